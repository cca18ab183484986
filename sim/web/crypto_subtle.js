// crypto.subtle (https://www.w3.org/TR/WebCryptoAPI/#subtlecrypto-interface): finds the algorithm,
// checks that the key may do what is asked of it, and leaves the rest to the algorithm's file. All
// is done at once; the result, or what was thrown, becomes a promise.
import { aesCbc, aesCtr, aesGcm, aesKw } from "./crypto_aes.js";
import { ed25519, x25519 } from "./crypto_curve25519.js";
import { hkdf, pbkdf2 } from "./crypto_derivation.js";
import { ecdh, ecdsa } from "./crypto_elliptic.js";
import { hmac } from "./crypto_hmac.js";
import { dictionaryOf, jwkOf } from "./crypto_jwk.js";
import { isCryptoKey, stateOf } from "./crypto_key.js";
import {
  algorithmOf,
  bufferArgument,
  dataError,
  digestNamed,
  includes,
  invalidAccess,
  isBufferSource,
  notSupported,
  syntaxError,
  table,
  toInteger,
  usagesArgument,
} from "./crypto_parameters.js";
import { rsaOaep, rsaSignature } from "./crypto_rsa.js";
import { native } from "./native.js";
import { promiseReject, promiseResolve, stringToUpperCase } from "./primordials.js";
import {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  requireArguments,
  requireTypes,
} from "./webidl.js";

/**
 * An algorithm has those of these functions that it supports. `members`: of the algorithm that the
 * caller gave; bytes are BufferSources.
 * @typedef {object} Algorithm
 * @property {(name, members, extractable, usages) => any} [generate] a CryptoKey or a pair
 * @property {(name, format, data, members, extractable, usages) => any} [import]
 * @property {(state, format) => any} [export] bytes, or a JWK
 * @property {(members) => number | null} [lengthOf] bits that deriveKey makes for such a key
 * @property {(state, members, data) => ArrayBuffer} [encrypt]
 * @property {(state, members, data) => ArrayBuffer} [decrypt]
 * @property {(state, members, data) => ArrayBuffer} [wrap] where it is not as encrypt
 * @property {(state, members, data) => ArrayBuffer} [unwrap]
 * @property {(state, members, data) => ArrayBuffer} [sign]
 * @property {(state, members, signature, data) => boolean} [verify]
 * @property {(state, members, bits: number | null) => ArrayBuffer} [deriveBits]
 */

/** By name: the standard's spelling, and the algorithm. */
const algorithms = table({});
for (const [name, algorithm] of /** @type {[string, Algorithm][]} */ ([
  ["AES-CBC", aesCbc],
  ["AES-CTR", aesCtr],
  ["AES-GCM", aesGcm],
  ["AES-KW", aesKw],
  ["ECDH", ecdh],
  ["ECDSA", ecdsa],
  ["Ed25519", ed25519],
  ["HKDF", hkdf],
  ["HMAC", hmac],
  ["NODE-ED25519", ed25519],
  ["PBKDF2", pbkdf2],
  ["RSA-OAEP", rsaOaep],
  ["RSA-PSS", rsaSignature],
  ["RSASSA-PKCS1-v1_5", rsaSignature],
  ["X25519", x25519],
])) {
  algorithms[name.toUpperCase()] = { name, algorithm };
}

const { parse: parseJson, stringify } = JSON;
const create = Symbol("create");

/** @returns {{name: string, algorithm: Algorithm} | undefined} */
const algorithmNamed = (name) => algorithms[stringToUpperCase(name)];
const algorithmOfKey = (state) => algorithmNamed(state.algorithm.name).algorithm;

function keyArgument(value, method, position) {
  if (isCryptoKey(value)) return stateOf(value);
  throw new TypeError(
    `Failed to execute '${method}' on 'SubtleCrypto': parameter ${position} is not of type ` +
      `'CryptoKey'.`,
  );
}

function requireUsage(state, name, usage) {
  if (stringToUpperCase(name) !== stringToUpperCase(state.algorithm.name)) {
    throw invalidAccess(
      `Requested algorithm "${name}" does not match this CryptoKey's algorithm ` +
        `"${state.algorithm.name}".`,
    );
  }
  if (!includes(state.usages, usage)) {
    throw invalidAccess(
      `Requested key usage "${usage}" does not match any usage listed in this CryptoKey.`,
    );
  }
}

/** A function of the key's algorithm. */
function operationOf(state, operation, shown = `The ${operation} operation is`) {
  const run = algorithmOfKey(state)[operation];
  if (run !== undefined) return run;
  throw notSupported(`${shown} not implemented for "${state.algorithm.name}".`);
}

function deriveBits(state, members, bits) {
  const operations = "The deriveKey and deriveBits operations are";
  return operationOf(state, "deriveBits", operations)(state, members, bits);
}

function exportFrom(state, format) {
  const { name } = state.algorithm;
  if (!state.extractable) throw invalidAccess(`Attempt to export non-extractable ${name} key.`);
  const run = algorithmOfKey(state).export;
  if (run !== undefined) {
    const exported = run(state, format);
    return format === "jwk" ? dictionaryOf(exported) : exported;
  }
  throw notSupported(`Unrecognized or unsupported export of "${name}" requested.`);
}

const bufferFormats = ["raw", "pkcs8", "spki"];

function importInto(format, data, { name, members }, extractable, usages) {
  let material = data;
  if (includes(bufferFormats, format)) {
    if (!isBufferSource(data)) {
      throw new TypeError(
        "Import data provided for buffer-based import formats must be a buffer source.",
      );
    }
  } else if (format === "jwk") {
    if (data === null || typeof data !== "object" || isBufferSource(data)) {
      throw new TypeError('Import data provided for "jwk" import format must be a JsonWebKey.');
    }
    material = jwkOf(data);
    if (material.ext === false && extractable) {
      throw dataError(`JWK ext field for "${name}" is set to false but extractable is true`);
    }
  } else {
    throw notSupported(`Unrecognized key import format "${format}".`);
  }
  const known = algorithmNamed(name);
  if (known?.algorithm.import === undefined) {
    throw notSupported(`Unrecognized key import algorithm "${name}" requested.`);
  }
  const key = known.algorithm.import(known.name, format, material, members, extractable, usages);
  const { type, usages: allowed } = stateOf(key);
  if (allowed.length === 0 && type !== "public") throw withoutUsage();
  return key;
}

function withoutUsage() {
  return syntaxError("Secret/private CryptoKeys must have at least one usage.");
}

/** @type {(value: any) => boolean} */
let isSubtle;

// Of the required parameters, as production names their types.
const parameterTypes = {
  __proto__: null,
  encrypt: ["string or EncryptAlgorithm", "CryptoKey", "BufferSource"],
  decrypt: ["string or EncryptAlgorithm", "CryptoKey", "BufferSource"],
  sign: ["string or SignAlgorithm", "CryptoKey", "BufferSource"],
  verify: ["string or SignAlgorithm", "CryptoKey", "BufferSource", "BufferSource"],
  digest: ["string or HashAlgorithm", "BufferSource"],
  generateKey: ["string or GenerateKeyAlgorithm", "boolean", "Array"],
  deriveKey: ["string or DeriveKeyAlgorithm", "CryptoKey", "string or ImportKeyAlgorithm", "boolean", "Array"],
  deriveBits: ["string or DeriveKeyAlgorithm", "CryptoKey"],
  importKey: ["string", "BufferSource or JsonWebKey", "string or ImportKeyAlgorithm", "boolean",
    "Array"],
  exportKey: ["string", "CryptoKey"],
  wrapKey: ["string", "CryptoKey", "CryptoKey", "string or EncryptAlgorithm"],
  unwrapKey: ["string", "BufferSource", "CryptoKey", "string or EncryptAlgorithm", "string or ImportKeyAlgorithm", "boolean",
    "Array"],
};

/** What `body` comes to, as a promise. @param {any} self what must be a SubtleCrypto */
function promised(self, method, given, body) {
  if (!isSubtle(self)) throw illegalInvocation();
  try {
    requireTypes(given, `execute '${method}' on 'SubtleCrypto'`, parameterTypes[method]);
    return promiseResolve(body());
  } catch (error) {
    return promiseReject(error);
  }
}

export class SubtleCrypto {
  #brand = true;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
  }

  static {
    isSubtle = (value) => value !== null && typeof value === "object" && #brand in value;
  }

  encrypt(algorithm, key, data) {
    return promised(this, "encrypt", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(key, "encrypt", 2);
      const bytes = bufferArgument(data, "encrypt", 3);
      requireUsage(state, name, "encrypt");
      return operationOf(state, "encrypt")(state, members, bytes);
    });
  }
  decrypt(algorithm, key, data) {
    return promised(this, "decrypt", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(key, "decrypt", 2);
      const bytes = bufferArgument(data, "decrypt", 3);
      requireUsage(state, name, "decrypt");
      return operationOf(state, "decrypt")(state, members, bytes);
    });
  }
  sign(algorithm, key, data) {
    return promised(this, "sign", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(key, "sign", 2);
      const bytes = bufferArgument(data, "sign", 3);
      requireUsage(state, name, "sign");
      return operationOf(state, "sign")(state, members, bytes);
    });
  }
  verify(algorithm, key, signature, data) {
    return promised(this, "verify", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(key, "verify", 2);
      const given = bufferArgument(signature, "verify", 3);
      const bytes = bufferArgument(data, "verify", 4);
      requireUsage(state, name, "verify");
      return operationOf(state, "verify")(state, members, given, bytes);
    });
  }
  digest(algorithm, data) {
    return promised(this, "digest", arguments.length, () => {
      const { name } = algorithmOf(algorithm);
      const bytes = bufferArgument(data, "digest", 2);
      return native.crypto.digest(digestNamed(name).name, bytes);
    });
  }
  generateKey(algorithm, extractable, keyUsages) {
    return promised(this, "generateKey", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const usages = usagesArgument(keyUsages, "generateKey", 3);
      const known = algorithmNamed(name);
      if (known?.algorithm.generate === undefined) {
        throw notSupported(`Unrecognized key generation algorithm "${name}" requested.`);
      }
      const made = known.algorithm.generate(known.name, members, !!extractable, usages);
      if (isCryptoKey(made)) {
        if (stateOf(made).usages.length === 0) throw withoutUsage();
      } else if (stateOf(made.privateKey).usages.length === 0) {
        throw syntaxError("Attempt to generate asymmetric keys with no valid private key usages.");
      }
      return made;
    });
  }
  deriveKey(algorithm, baseKey, derivedKeyType, extractable, keyUsages) {
    return promised(this, "deriveKey", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(baseKey, "deriveKey", 2);
      const derived = algorithmOf(derivedKeyType);
      const usages = usagesArgument(keyUsages, "deriveKey", 5);
      requireUsage(state, name, "deriveKey");
      const lengthOf = algorithmNamed(derived.name)?.algorithm.lengthOf;
      if (lengthOf === undefined) {
        throw notSupported(`Unrecognized derived key type "${derived.name}" requested.`);
      }
      const secret = deriveBits(state, members, lengthOf(derived.members));
      return importInto("raw", secret, derived, !!extractable, usages);
    });
  }
  deriveBits(algorithm, baseKey, length = null) {
    return promised(this, "deriveBits", arguments.length, () => {
      const { name, members } = algorithmOf(algorithm);
      const state = keyArgument(baseKey, "deriveBits", 2);
      const bits = length === null ? null : toInteger(length);
      if (bits !== null && bits < 0) {
        throw new TypeError("deriveBits length must be an unsigned long integer.");
      }
      requireUsage(state, name, "deriveBits");
      return deriveBits(state, members, bits);
    });
  }
  importKey(format, keyData, algorithm, extractable, keyUsages) {
    return promised(this, "importKey", arguments.length, () => {
      const text = `${format}`;
      const named = algorithmOf(algorithm);
      const usages = usagesArgument(keyUsages, "importKey", 5);
      return importInto(text, keyData, named, !!extractable, usages);
    });
  }
  exportKey(format, key) {
    return promised(this, "exportKey", arguments.length, () => {
      const text = `${format}`;
      return exportFrom(keyArgument(key, "exportKey", 2), text);
    });
  }
  wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    return promised(this, "wrapKey", arguments.length, () => {
      const text = `${format}`;
      const state = keyArgument(key, "wrapKey", 2);
      const wrapping = keyArgument(wrappingKey, "wrapKey", 3);
      const { name, members } = algorithmOf(wrapAlgorithm);
      requireUsage(wrapping, name, "wrapKey");
      const exported = exportFrom(state, text);
      const bytes = text === "jwk" ? native.encoding.encode(stringify(exported)) : exported;
      const { wrap } = algorithmOfKey(wrapping);
      if (wrap !== undefined) return wrap(wrapping, members, bytes);
      return operationOf(wrapping, "encrypt")(wrapping, members, bytes);
    });
  }
  unwrapKey(
    format,
    wrappedKey,
    unwrappingKey,
    unwrapAlgorithm,
    unwrappedKeyAlgorithm,
    extractable,
    keyUsages,
  ) {
    return promised(this, "unwrapKey", arguments.length, () => {
      const text = `${format}`;
      const wrapped = bufferArgument(wrappedKey, "unwrapKey", 2);
      const unwrapping = keyArgument(unwrappingKey, "unwrapKey", 3);
      const { name, members } = algorithmOf(unwrapAlgorithm);
      const unwrapped = algorithmOf(unwrappedKeyAlgorithm);
      const usages = usagesArgument(keyUsages, "unwrapKey", 7);
      requireUsage(unwrapping, name, "unwrapKey");
      const { unwrap } = algorithmOfKey(unwrapping);
      const run = unwrap ?? operationOf(unwrapping, "decrypt");
      const bytes = run(unwrapping, members, wrapped);
      const data = text === "jwk" ? jwkInBytes(bytes) : bytes;
      return importInto(text, data, unwrapped, !!extractable, usages);
    });
  }
  /** Not in the standard: production has it. */
  timingSafeEqual(a, b) {
    requireArguments(arguments.length, "execute 'timingSafeEqual' on 'SubtleCrypto'", "BufferSource",
      "BufferSource");
    const left = bufferArgument(a, "timingSafeEqual", 1);
    const right = bufferArgument(b, "timingSafeEqual", 2);
    if (native.crypto.byteLength(left) !== native.crypto.byteLength(right)) {
      throw new TypeError("Input buffers must have the same byte length.");
    }
    return native.crypto.timingSafeEqual(left, right);
  }
}
defineInterface(SubtleCrypto);

function jwkInBytes(bytes) {
  const value = parseJson(native.encoding.decodeUtf8(bytes, false, true));
  if (value === null || typeof value !== "object") {
    throw dataError('Missing "kty" field or corrupt JSON unwrapping key?');
  }
  return value;
}

export const makeSubtle = () => new SubtleCrypto(create);
