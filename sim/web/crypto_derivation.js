// HKDF and PBKDF2 (https://www.w3.org/TR/WebCryptoAPI/#hkdf, #pbkdf2).
import { makeKey } from "./crypto_key.js";
import {
  bufferMember,
  byteLengthOf,
  checkedUsages,
  hashMember,
  integerMember,
  notSupported,
  operationError,
  required,
  syntaxError,
} from "./crypto_parameters.js";
import { native } from "./native.js";

const Buffer = ArrayBuffer;

const derivationKeys = {
  import(name, format, data, members, extractable, usages) {
    const checked = checkedUsages(name, "import secret", usages, ["deriveKey", "deriveBits"]);
    if (extractable) throw syntaxError(`${name} key cannot be extractable.`);
    if (format !== "raw") {
      const end = name === "HKDF" ? "" : ".";
      throw notSupported(
        `${name} key must be imported in "raw" format (requested "${format}")${end}`,
      );
    }
    const material = native.crypto.secretKey(data, byteLengthOf(data) * 8);
    return makeKey({
      type: "secret",
      algorithm: { name },
      extractable,
      usages: checked,
      material,
    });
  },
  lengthOf() {
    return null;
  },
};

function saltOf(members) {
  return required(
    bufferMember(members, "salt", "DeriveKeyAlgorithm"),
    'Missing field "salt" in "algorithm".',
  );
}

function requireDerivedLength(name, bits) {
  if (bits === null) throw operationError(`${name} cannot derive a key with null length.`);
  if (bits % 8 !== 0) {
    throw operationError(
      `${name} requires a derived key length that is a multiple of eight (requested ${bits}).`,
    );
  }
}

export const hkdf = {
  ...derivationKeys,
  deriveBits(state, members, bits) {
    const hash = hashMember(members);
    const salt = saltOf(members);
    const info = required(
      bufferMember(members, "info", "DeriveKeyAlgorithm"),
      'Missing field "info" in "algorithm".',
    );
    requireDerivedLength("HKDF", bits);
    if (bits === 0) return new Buffer(0);
    return native.crypto.hkdf(state.material, hash.name, salt, info, bits);
  },
};

const mostIterations = 100000;

export const pbkdf2 = {
  ...derivationKeys,
  deriveBits(state, members, bits) {
    const hash = hashMember(members);
    const salt = saltOf(members);
    const iterations = required(
      integerMember(members, "iterations"),
      'Missing field "iterations" in "algorithm".',
    );
    requireDerivedLength("PBKDF2", bits);
    if (iterations <= 0) {
      throw operationError(`PBKDF2 requires a positive iteration count (requested ${iterations}).`);
    }
    if (iterations > mostIterations) {
      throw notSupported(
        `Pbkdf2 failed: iteration counts above ${mostIterations} are not supported (requested ` +
          `${iterations}).`,
      );
    }
    if (bits === 0) return new Buffer(0);
    return native.crypto.pbkdf2(state.material, hash.name, salt, iterations, bits);
  },
};
