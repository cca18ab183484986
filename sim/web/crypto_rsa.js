// RSASSA-PKCS1-v1_5, RSA-PSS and RSA-OAEP (https://www.w3.org/TR/WebCryptoAPI/#rsassa-pkcs1).
import {
  exportAsymmetric,
  importDer,
  makePair,
  namedParts,
  requirePrivate,
  requirePublic,
} from "./crypto_asymmetric.js";
import { asymmetricUse, bytesOfText, fromBase64Url } from "./crypto_jwk.js";
import { makeKey } from "./crypto_key.js";
import {
  bufferMember,
  checkedUsages,
  dataError,
  hashMember,
  includes,
  integerMember,
  invalidAccess,
  notSupported,
  operationError,
  required,
  table,
} from "./crypto_parameters.js";
import { native } from "./native.js";
import { stringSlice, stringStartsWith } from "./primordials.js";

const Bytes = Uint8Array;
const nothing = new Uint8Array(0);

const partNames = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];

const usagesOf = (name) =>
  name === "RSA-OAEP" ? ["encrypt", "decrypt", "wrapKey", "unwrapKey"] : ["sign", "verify"];

// "alg" of a JWK without the digest's number, which is behind it but for SHA-1 with OAEP.
const jwkPrefixes = table({
  "RSASSA-PKCS1-v1_5": "RS",
  "RSA-PSS": "PS",
  "RSA-OAEP": "RSA-OAEP-",
});

function jwkAlgorithm(name, hash) {
  if (name === "RSA-OAEP" && hash === "SHA-1") return "RSA-OAEP";
  return jwkPrefixes[name] + stringSlice(hash, 4);
}

/** A big endian number of at most four bytes; Infinity for a longer one. */
function smallNumber(bytes) {
  let number = 0;
  for (let i = 0; i < bytes.length; i++) {
    number = number * 256 + bytes[i];
    if (number > 0xffffffff) return Infinity;
  }
  return number;
}

function requireSize(bits) {
  if (bits % 8 === 0 && bits >= 256 && bits <= 16384) return;
  throw operationError(
    `The modulus length must be a multiple of 8 and between 256 and 16k, but ${bits} was ` +
      "requested.",
  );
}

function checkedExponent(bytes, isImport) {
  const exponent = smallNumber(bytes);
  if (exponent === Infinity) {
    throw operationError(
      'The "publicExponent" must be either 3 or 65537, but got a number larger than 2^32.',
    );
  }
  if (isImport && !includes([3, 17, 37, 65537], exponent)) {
    throw operationError(`Imported RSA key has invalid publicExponent ${exponent}.`);
  }
  if (!isImport && !includes([3, 65537], exponent)) {
    throw operationError(`The "publicExponent" must be either 3 or 65537, but got ${exponent}.`);
  }
}

function keyAlgorithm(name, bits, exponent, hash) {
  return { name, modulusLength: bits, publicExponent: exponent, hash: { name: hash.name } };
}

function checkJwkAlgorithm(name, jwk, hash) {
  if (jwk.alg === undefined) return;
  const known = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];
  let named;
  for (let i = 0; i < known.length; i++) {
    if (jwkAlgorithm(name, known[i]) === jwk.alg) named = known[i];
  }
  if (named === undefined) {
    throw notSupported(
      `Unrecognized or unimplemented algorithm "${jwk.alg}" listed in JSON Web Key Algorithm ` +
        "parameter.",
    );
  }
  if (named !== hash.name) {
    throw dataError(
      `JSON Web Key Algorithm parameter "alg" ("${jwk.alg}") does not match requested hash ` +
        `algorithm "${jwk.alg}".`,
    );
  }
}

const invalidJwk = "Invalid RSA key in JSON Web Key; ";
const partMessages = table({
  n: 'missing or invalid Modulus parameter ("n").',
  e: 'missing or invalid Exponent parameter ("e").',
  d: 'missing or invalid Private Exponent parameter ("d").',
  p: 'invalid First Prime Factor parameter ("p").',
  q: 'invalid Second Prime Factor parameter ("q").',
  dp: 'invalid First Factor CRT Exponent parameter ("dp").',
  dq: 'invalid Second Factor CRT Exponent parameter ("dq").',
  qi: 'invalid First CRT Coefficient parameter ("qi").',
});

function materialOfJwk(name, jwk, hash) {
  if (jwk.kty !== "RSA") {
    throw dataError(
      'RSASSA-PKCS1-v1_5 "jwk" key import requires a JSON Web Key with Key Type parameter "kty" ' +
        `("${jwk.kty}") equal to "RSA".`,
    );
  }
  checkJwkAlgorithm(name, jwk, hash);
  let present = 0;
  for (let i = 3; i < partNames.length; i++) present += jwk[partNames[i]] === undefined ? 0 : 1;
  if (jwk.d !== undefined && present !== 0 && present !== 5) {
    throw dataError(
      "Invalid RSA private key in JSON Web Key; if one Prime Factor or CRT Exponent/Coefficient " +
        'parameter is present, then they must all be present ("p", "q", "dp", "dq", "qi").',
    );
  }
  const count = jwk.d === undefined ? 2 : present === 0 ? 3 : 8;
  const parts = [];
  for (let i = 0; i < partNames.length; i++) {
    const part = partNames[i];
    parts[i] = i < count ? fromBase64Url(jwk[part], invalidJwk + partMessages[part]) : undefined;
  }
  return native.crypto.rsaFromParts(parts);
}

const rsaKeys = {
  generate(name, members, extractable, usages) {
    const exponent = required(
      bufferMember(members, "publicExponent", "GenerateKeyAlgorithm"),
      'Missing field "publicExponent" in "algorithm".',
    );
    const hash = hashMember(members);
    const bits = required(
      integerMember(members, "modulusLength"),
      'Missing field "modulusLength" in "algorithm".',
    );
    if (bits <= 0) {
      throw operationError(`modulusLength must be greater than zero (requested ${bits}).`);
    }
    const checked = checkedUsages(name, "generate", usages, usagesOf(name));
    const bytes = new Bytes(native.crypto.copy(exponent));
    requireSize(bits);
    checkedExponent(bytes, false);
    if (bits % 128 !== 0) {
      throw operationError("Can't generate key: RSA key size is required to be a multiple of 128");
    }
    const material = native.crypto.generateRsa(bits, bytes);
    return makePair(keyAlgorithm(name, bits, bytes, hash), material, extractable, checked);
  },
  import(name, format, data, members, extractable, usages) {
    const hash = hashMember(members);
    const allowed = usagesOf(name);
    const imported =
      format === "jwk"
        ? asymmetricUse(name, data, extractable, usages, allowed)
        : importDer(name, format, data, usages, allowed);
    const material = format === "jwk" ? materialOfJwk(name, data, hash) : imported.material;
    if (native.crypto.kindOf(material) !== "RSA") throw dataError("Input was not an RSA key.");
    const parts = native.crypto.rsaParts(material, false);
    const bits = parts[0].length * 8;
    const exponent = bytesOfText(parts[1]);
    requireSize(bits);
    checkedExponent(exponent, true);
    return makeKey({
      type: imported.type,
      algorithm: keyAlgorithm(name, bits, exponent, hash),
      extractable,
      usages: imported.usages,
      material,
    });
  },
  export(state, format) {
    return exportAsymmetric(state, format, jwkMembers, refuseRaw);
  },
};

function jwkMembers(state) {
  const { name, hash } = state.algorithm;
  if (!stringStartsWith(hash.name, "SHA")) {
    throw notSupported(`JWK export not supported for hash algorithm "${hash.name}".`);
  }
  const parts = native.crypto.rsaParts(state.material, state.type === "private");
  return { kty: "RSA", alg: jwkAlgorithm(name, hash.name), ...namedParts(partNames, parts) };
}

function refuseRaw(state) {
  throw invalidAccess(`Cannot export "${state.algorithm.name}" in "raw" format.`);
}

/** @param {(message: string) => Error} missing what is thrown where there is none */
function saltLength(name, members, missing) {
  if (name !== "RSA-PSS") return 0;
  const length = integerMember(members, "saltLength");
  if (length === undefined) {
    throw missing("Failed to provide salt for RSA-PSS key operation which requires a salt");
  }
  if (length >= 0) return length;
  throw dataError(`SaltLength for RSA-PSS must be non-negative (provided ${length}).`);
}

export const rsaSignature = {
  ...rsaKeys,
  sign(state, members, data) {
    requirePrivate(state);
    const { name, hash } = state.algorithm;
    const salt = saltLength(name, members, dataError);
    return native.crypto.sign(state.material, name, hash.name, salt, data);
  },
  verify(state, members, signature, data) {
    requirePublic(state);
    const { name, hash } = state.algorithm;
    const salt = saltLength(name, members, TypeError);
    return native.crypto.verify(state.material, name, hash.name, salt, signature, data);
  },
};

export const rsaOaep = {
  ...rsaKeys,
  encrypt(state, members, data) {
    if (state.type !== "public") {
      throw invalidAccess(
        `Encryption/key wrapping only works with public keys, not "${state.type}".`,
      );
    }
    const label = bufferMember(members, "label", "EncryptAlgorithm") ?? nothing;
    return native.crypto.oaepEncrypt(state.material, state.algorithm.hash.name, label, data);
  },
  decrypt(state, members, data) {
    if (state.type !== "private") {
      throw invalidAccess(
        `Decryption/key unwrapping only works with private keys, not "${state.type}".`,
      );
    }
    const label = bufferMember(members, "label", "EncryptAlgorithm") ?? nothing;
    return native.crypto.oaepDecrypt(state.material, state.algorithm.hash.name, label, data);
  },
};
