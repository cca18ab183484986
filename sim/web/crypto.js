// crypto (https://www.w3.org/TR/WebCryptoAPI/): random values of the request, digests, HMAC keys.
// Math.random draws from the same source.
import { DOMException } from "./dom_exception.js";
import { native } from "./native.js";
import {
  bufferIsView,
  promiseReject,
  promiseResolve,
  typedArrayTag,
  uncurryThis,
} from "./primordials.js";
import { bytesView, defineInterface, illegalConstructor, requireArguments } from "./webidl.js";

const integerArrays = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
]);
const setHas = uncurryThis(Set.prototype.has);

const create = Symbol("create");

/** The bytes of an argument, copied, so that later changes of it do not matter. */
function copyOf(data, what) {
  const view = bytesView(data);
  if (view === undefined) {
    throw new TypeError(
      `Failed to execute ${what}: the data is not an ArrayBuffer or a view of one.`,
    );
  }
  return new Uint8Array(view);
}

/** The name of an algorithm in upper case, and its other parameters. */
function normalize(algorithm, what) {
  if (algorithm !== null && typeof algorithm === "object") {
    if (algorithm.name === undefined) {
      throw new TypeError(`Failed to execute ${what}: Algorithm: name: Missing or not a string`);
    }
    return { ...algorithm, name: `${algorithm.name}`.toUpperCase() };
  }
  return { name: `${algorithm}`.toUpperCase() };
}

// What the digests are called, and the bytes of their block, which is HMAC's default key length.
const digestBlocks = Object.assign(Object.create(null), {
  MD5: 64,
  "SHA-1": 64,
  "SHA-256": 64,
  "SHA-384": 128,
  "SHA-512": 128,
});

function digestName(algorithm, what) {
  const { name } = normalize(algorithm, what);
  if (digestBlocks[name] === undefined) {
    throw new DOMException(
      `Unrecognized or unimplemented digest algorithm requested: "${name}".`,
      "NotSupportedError",
    );
  }
  return name;
}

/** Runs at once; the result or what it throws becomes a promise. */
function promised(body) {
  try {
    return promiseResolve(body());
  } catch (error) {
    return promiseReject(error);
  }
}

/** @type {(key: CryptoKey) => Uint8Array} */
let keyBytes;
/** @type {(value: any) => value is CryptoKey} */
let isCryptoKey;

export class CryptoKey {
  #bytes;
  #algorithm;
  #extractable;
  #usages;
  constructor(token, bytes, algorithm, extractable, usages) {
    if (token !== create) throw illegalConstructor();
    this.#bytes = bytes;
    this.#algorithm = algorithm;
    this.#extractable = extractable;
    this.#usages = usages;
  }
  get type() {
    if (!(#bytes in this)) throw new TypeError("Illegal invocation");
    return "secret";
  }
  get extractable() {
    return this.#extractable;
  }
  get algorithm() {
    return this.#algorithm;
  }
  get usages() {
    return this.#usages;
  }
  static {
    keyBytes = (key) => key.#bytes;
    isCryptoKey = (value) => value !== null && typeof value === "object" && #bytes in value;
  }
}
defineInterface(CryptoKey, { length: 0 });

function hmacAlgorithm(algorithm, what) {
  const { name, hash, length } = normalize(algorithm, what);
  if (name !== "HMAC") {
    throw new DOMException(
      `Unrecognized or unimplemented algorithm "${name}" requested: ${what} knows HMAC.`,
      "NotSupportedError",
    );
  }
  if (hash === undefined) {
    throw new TypeError(`Failed to execute ${what}: HmacParams: hash: Missing or not an object`);
  }
  return {
    hash: digestName(hash, what),
    length: length === undefined ? undefined : Number(length),
  };
}

function hmacUsages(usages) {
  const list = [...usages].map(String);
  for (const usage of list) {
    if (usage !== "sign" && usage !== "verify") {
      throw new DOMException(
        `Attempt to make a key with a usage that HMAC does not have: "${usage}".`,
        "SyntaxError",
      );
    }
  }
  if (list.length === 0) {
    throw new DOMException("A secret key must have a usage.", "SyntaxError");
  }
  return ["sign", "verify"].filter((usage) => list.includes(usage));
}

function hmacKey(bytes, hash, extractable, usages) {
  const algorithm = { name: "HMAC", hash: { name: hash }, length: bytes.byteLength * 8 };
  return new CryptoKey(create, bytes, algorithm, Boolean(extractable), usages);
}

const fromBase64Url = (text) => {
  const decoded = native.encoding.atob(`${text}`.replace(/-/g, "+").replace(/_/g, "/"));
  if (decoded === null) throw new DOMException("The key's `k` is not base64url.", "DataError");
  return Uint8Array.from(decoded, (c) => c.charCodeAt(0));
};
const toBase64Url = (bytes) =>
  native.encoding
    .btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

function requireHmacKey(algorithm, key, usage) {
  const what = `'${usage}' on 'SubtleCrypto'`;
  const { name } = normalize(algorithm, what);
  if (!isCryptoKey(key)) {
    throw new TypeError(`Failed to execute ${what}: parameter 2 is not of type 'CryptoKey'.`);
  }
  if (name !== key.algorithm.name) {
    throw new DOMException(
      `Requested algorithm "${name}" does not match the key's "${key.algorithm.name}".`,
      "InvalidAccessError",
    );
  }
  if (!key.usages.includes(usage)) {
    throw new DOMException(`The key may not be used to ${usage}.`, "InvalidAccessError");
  }
}

export class SubtleCrypto {
  constructor(token) {
    if (token !== create) throw illegalConstructor();
  }
  digest(algorithm, data) {
    return promised(() => {
      requireArguments(arguments.length, 2, "execute 'digest' on 'SubtleCrypto'");
      const name = digestName(algorithm, "'digest' on 'SubtleCrypto'");
      return native.crypto.digest(name, copyOf(data, "'digest' on 'SubtleCrypto'"));
    });
  }
  importKey(format, keyData, algorithm, extractable, keyUsages) {
    return promised(() => {
      requireArguments(arguments.length, 5, "execute 'importKey' on 'SubtleCrypto'");
      const what = "'importKey' on 'SubtleCrypto'";
      const { hash, length } = hmacAlgorithm(algorithm, what);
      const usages = hmacUsages(keyUsages);
      let bytes;
      if (format === "raw") {
        bytes = copyOf(keyData, what);
      } else if (format === "jwk") {
        if (keyData?.kty !== "oct" || typeof keyData.k !== "string") {
          throw new DOMException('The JSON Web Key needs "kty": "oct" and "k".', "DataError");
        }
        const expected = hash === "SHA-1" ? "HS1" : hash.replace("SHA-", "HS");
        if (keyData.alg !== undefined && keyData.alg !== expected) {
          throw new DOMException(
            `The JSON Web Key's "alg" is "${keyData.alg}", expected "${expected}".`,
            "DataError",
          );
        }
        if (keyData.ext === false && extractable) {
          throw new DOMException("The JSON Web Key may not be extractable.", "DataError");
        }
        bytes = fromBase64Url(keyData.k);
      } else {
        throw new DOMException(`Unsupported key format "${format}" for HMAC.`, "NotSupportedError");
      }
      if (bytes.byteLength === 0) {
        throw new DOMException("HMAC key data must not be empty.", "DataError");
      }
      if (length !== undefined && Math.ceil(length / 8) !== bytes.byteLength) {
        throw new DOMException(
          `The length ${length} does not fit key data of ${bytes.byteLength} bytes.`,
          "DataError",
        );
      }
      return hmacKey(bytes, hash, extractable, usages);
    });
  }
  exportKey(format, key) {
    return promised(() => {
      requireArguments(arguments.length, 2, "execute 'exportKey' on 'SubtleCrypto'");
      if (!isCryptoKey(key)) {
        throw new TypeError(
          "Failed to execute 'exportKey' on 'SubtleCrypto': parameter 2 is not of type " +
            "'CryptoKey'.",
        );
      }
      if (!key.extractable) {
        throw new DOMException("Attempt to export non-extractable HMAC key.", "InvalidAccessError");
      }
      const bytes = keyBytes(key);
      if (format === "raw") return new Uint8Array(bytes).buffer;
      if (format === "jwk") {
        const hash = key.algorithm.hash.name;
        return {
          kty: "oct",
          k: toBase64Url(bytes),
          alg: hash === "SHA-1" ? "HS1" : hash.replace("SHA-", "HS"),
          key_ops: [...key.usages],
          ext: true,
        };
      }
      throw new DOMException(`Unsupported key format "${format}" for HMAC.`, "NotSupportedError");
    });
  }
  generateKey(algorithm, extractable, keyUsages) {
    return promised(() => {
      requireArguments(arguments.length, 3, "execute 'generateKey' on 'SubtleCrypto'");
      const { hash, length } = hmacAlgorithm(algorithm, "'generateKey' on 'SubtleCrypto'");
      const usages = hmacUsages(keyUsages);
      if (length !== undefined && !(length > 0)) {
        throw new DOMException("The length of an HMAC key must be above 0.", "OperationError");
      }
      const size = length === undefined ? digestBlocks[hash] : Math.ceil(length / 8);
      const bytes = new Uint8Array(size);
      native.crypto.fillRandom(bytes);
      return hmacKey(bytes, hash, extractable, usages);
    });
  }
  sign(algorithm, key, data) {
    return promised(() => {
      requireArguments(arguments.length, 3, "execute 'sign' on 'SubtleCrypto'");
      requireHmacKey(algorithm, key, "sign");
      const bytes = copyOf(data, "'sign' on 'SubtleCrypto'");
      return native.crypto.hmac(key.algorithm.hash.name, keyBytes(key), bytes);
    });
  }
  verify(algorithm, key, signature, data) {
    return promised(() => {
      requireArguments(arguments.length, 4, "execute 'verify' on 'SubtleCrypto'");
      requireHmacKey(algorithm, key, "verify");
      const given = copyOf(signature, "'verify' on 'SubtleCrypto'");
      const bytes = copyOf(data, "'verify' on 'SubtleCrypto'");
      const expected = native.crypto.hmac(key.algorithm.hash.name, keyBytes(key), bytes);
      return (
        given.byteLength === expected.byteLength && native.crypto.timingSafeEqual(given, expected)
      );
    });
  }
  /** Not in the standard: production has it. */
  timingSafeEqual(a, b) {
    requireArguments(arguments.length, 2, "execute 'timingSafeEqual' on 'SubtleCrypto'");
    const left = copyOf(a, "'timingSafeEqual' on 'SubtleCrypto'");
    const right = copyOf(b, "'timingSafeEqual' on 'SubtleCrypto'");
    if (left.byteLength !== right.byteLength) {
      throw new TypeError("Input buffers must have the same byte length.");
    }
    return native.crypto.timingSafeEqual(left, right);
  }
}
defineInterface(SubtleCrypto, { length: 0 });

export class Crypto {
  #subtle;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    this.#subtle = new SubtleCrypto(create);
  }
  get subtle() {
    return this.#subtle;
  }
  getRandomValues(array) {
    requireArguments(arguments.length, 1, "execute 'getRandomValues' on 'Crypto'");
    if (!bufferIsView(array)) {
      throw new TypeError(
        "Failed to execute 'getRandomValues' on 'Crypto': parameter 1 is not of type " +
          "'ArrayBufferView'.",
      );
    }
    if (!setHas(integerArrays, typedArrayTag(array))) {
      throw new DOMException(
        "ArrayBufferView argument to getRandomValues() must be an integer-typed view.",
        "TypeMismatchError",
      );
    }
    const { byteLength } = array;
    if (byteLength > 65536) {
      throw new DOMException(
        `getRandomValues() only accepts buffers of size <= 64K but provided ${byteLength} bytes.`,
        "QuotaExceededError",
      );
    }
    native.crypto.fillRandom(array);
    return array;
  }
  randomUUID() {
    return native.crypto.randomUUID();
  }
}
defineInterface(Crypto, { length: 0 });

export const crypto = new Crypto(create);

// Global scope has no random source; Math.random works there all the same, from a fixed state, so
// that what a worker computes while it starts is the same each time. SplitMix32.
let globalState = 0x9e3779b9;
function globalRandom() {
  globalState = (globalState + 0x9e3779b9) | 0;
  let z = globalState;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return ((z ^ (z >>> 16)) >>> 0) / 4294967296;
}

/** Math.random. */
export const random = {
  random() {
    const value = native.crypto.random();
    return value < 0 ? globalRandom() : value;
  },
}.random;
