// AES-CBC, AES-CTR, AES-GCM and AES-KW (https://www.w3.org/TR/WebCryptoAPI/#aes-cbc and following).
import { bytesOfText, duplicateIn, fromBase64Url, jwkOfSecret } from "./crypto_jwk.js";
import { makeKey } from "./crypto_key.js";
import {
  bufferMember,
  byteLengthOf,
  checkedUsages,
  dataError,
  includes,
  integerMember,
  notSupported,
  operationError,
  required,
} from "./crypto_parameters.js";
import { native } from "./native.js";
import { stringSlice } from "./primordials.js";

const nothing = new Uint8Array(0);

function isAesLength(bits) {
  return bits === 128 || bits === 192 || bits === 256;
}

function aesUsages(name, what, usages) {
  const allowed =
    name === "AES-KW" ? ["wrapKey", "unwrapKey"] : ["encrypt", "decrypt", "wrapKey", "unwrapKey"];
  return checkedUsages(name, what, usages, allowed);
}

const aesJwkAlgorithm = (name, bits) => `A${bits}${stringSlice(name, 4)}`;

function aesFromJwk(name, jwk, extractable, usages) {
  if (jwk.kty !== "oct") {
    throw dataError(
      'Symmetric "jwk" key import requires a JSON Web Key with Key Type parameter "kty" equal ' +
        `to "oct" (encountered "${jwk.kty}").`,
    );
  }
  const bytes = bytesOfText(
    fromBase64Url(jwk.k, 'Symmetric "jwk" key import requires a base64Url encoding of the key.'),
  );
  const bits = bytes.length * 8;
  requireAesLength(bits);
  const expected = aesJwkAlgorithm(name, bits);
  if (jwk.alg !== undefined && jwk.alg !== expected) {
    throw dataError(
      `Symmetric "jwk" key contains invalid "alg" value "${jwk.alg}", expected "${expected}".`,
    );
  }
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== "enc") {
    throw dataError(`Symmetric "jwk" key must have a "use" of "enc", not "${jwk.use}".`);
  }
  if (jwk.key_ops !== undefined) {
    const duplicate = duplicateIn(jwk.key_ops);
    if (duplicate !== undefined) {
      throw dataError(`Symmetric "jwk" key contains duplicate value "${duplicate}", in "key_op".`);
    }
    for (let i = 0; i < usages.length; i++) {
      if (!includes(jwk.key_ops, usages[i])) {
        throw dataError(`"jwk" key missing usage "${usages[i]}", in "key_ops".`);
      }
    }
  }
  if (jwk.ext === false && extractable) {
    throw dataError(
      '"jwk" key has value "false", for "ext" that is incompatible with import extractability ' +
        'value "true".',
    );
  }
  return bytes;
}

function requireAesLength(bits) {
  if (isAesLength(bits)) return;
  throw dataError(`Imported AES key length must be 128, 192, or 256 bits but provided ${bits}.`);
}

function aesKey(name, material, bits, extractable, usages) {
  const algorithm = { name, length: bits };
  return makeKey({ type: "secret", algorithm, extractable, usages, material });
}

const aesKeys = {
  generate(name, members, extractable, usages) {
    const checked = aesUsages(name, "generate", usages);
    const bits = required(
      integerMember(members, "length"),
      'Missing field "length" in "algorithm".',
    );
    if (!isAesLength(bits)) {
      throw operationError(
        `Generated AES key length must be 128, 192, or 256 bits but requested ${bits}.`,
      );
    }
    return aesKey(name, native.crypto.randomSecret(bits), bits, extractable, checked);
  },
  import(name, format, data, members, extractable, usages) {
    const checked = aesUsages(name, "import secret", usages);
    let bytes = data;
    if (format === "jwk") {
      bytes = aesFromJwk(name, data, extractable, usages);
    } else if (format === "raw") {
      requireAesLength(byteLengthOf(data) * 8);
    } else {
      throw notSupported(`Unrecognized key import format "${format}".`);
    }
    const bits = byteLengthOf(bytes) * 8;
    return aesKey(name, native.crypto.secretKey(bytes, bits), bits, extractable, checked);
  },
  export(state, format) {
    const { name, length } = state.algorithm;
    if (format === "raw") return native.crypto.secretBytes(state.material);
    if (format === "jwk") return jwkOfSecret(state, aesJwkAlgorithm(name, length));
    throw notSupported(`${name} key only supports exporting "raw", "raw-secret" & "jwk", not "${format}".`);
  },
  lengthOf(members) {
    const bits = required(
      integerMember(members, "length"),
      'Missing field "length" in "derivedKeyParams".',
    );
    if (!isAesLength(bits)) {
      throw operationError(
        `Derived AES key must be 128, 192, or 256 bits in length but provided ${bits}.`,
      );
    }
    return bits;
  },
};

const decryptionFailed = (name, length, outputLength) =>
  operationError(
    "Decryption failed. This could be due to a ciphertext authentication failure, bad padding, " +
      "incorrect CryptoKey, or another algorithm-specific reason. Input length was " +
      `${length}, output length expected to be ${outputLength} for ${name}`,
  );

function ivOf(members) {
  return required(
    bufferMember(members, "iv", "EncryptAlgorithm"),
    'Missing field "iv" in "algorithm".',
  );
}

function cbcIv(members, suffix) {
  const iv = ivOf(members);
  const length = byteLengthOf(iv);
  if (length !== 16) {
    throw operationError(`AES-CBC IV must be 16 bytes long (provided ${length}${suffix}).`);
  }
  return iv;
}

// What is out before the end: the last block is held back until its padding was seen.
function cbcOutput(length) {
  if (length === 0) return 0;
  return length - (length % 16 === 0 ? 16 : length % 16);
}

export const aesCbc = {
  ...aesKeys,
  encrypt(state, members, data) {
    return native.crypto.cbcEncrypt(state.material, cbcIv(members, " bytes"), data);
  },
  decrypt(state, members, data) {
    const plain = native.crypto.cbcDecrypt(state.material, cbcIv(members, ""), data);
    if (plain !== null) return plain;
    const length = byteLengthOf(data);
    throw decryptionFailed("AES-CBC", length, cbcOutput(length));
  },
};

function countered(state, members, data) {
  const counter = required(
    bufferMember(members, "counter", "EncryptAlgorithm"),
    'Missing "counter" member in "algorithm".',
  );
  const size = byteLengthOf(counter);
  if (size !== 16) {
    throw operationError(`Counter must have length of 16 bytes (provided ${size}).`);
  }
  const bits = required(
    integerMember(members, "length"),
    'Missing "length" member in "algorithm".',
  );
  if (!(bits > 0 && bits <= 128)) {
    throw operationError(`Invalid counter of ${bits} bits length provided.`);
  }
  return native.crypto.ctr(state.material, counter, bits, data);
}

export const aesCtr = { ...aesKeys, encrypt: countered, decrypt: countered };

function gcmParameters(members) {
  const iv = ivOf(members);
  if (byteLengthOf(iv) === 0) throw operationError("AES-GCM IV must not be empty.");
  const additional = bufferMember(members, "additionalData", "EncryptAlgorithm") ?? nothing;
  const tagLength = integerMember(members, "tagLength") ?? 128;
  if (!includes([32, 64, 96, 104, 112, 120, 128], tagLength)) {
    throw operationError(`Invalid AES-GCM tag length ${tagLength}.`);
  }
  return { iv, additional, tagLength };
}

export const aesGcm = {
  ...aesKeys,
  encrypt(state, members, data) {
    const { iv, additional, tagLength } = gcmParameters(members);
    return native.crypto.gcmEncrypt(state.material, iv, additional, tagLength, data);
  },
  decrypt(state, members, data) {
    const { iv, additional, tagLength } = gcmParameters(members);
    const length = byteLengthOf(data);
    if (length < tagLength / 8) {
      throw operationError(
        `Ciphertext length of ${length * 8} bits must be greater than or equal to the size of ` +
          `the AES-GCM tag length of ${tagLength} bits.`,
      );
    }
    const plain = native.crypto.gcmDecrypt(state.material, iv, additional, tagLength, data);
    if (plain !== null) return plain;
    const size = length - tagLength / 8;
    throw decryptionFailed("AES-GCM", size, size);
  },
};

export const aesKw = {
  ...aesKeys,
  wrap(state, members, data) {
    const length = byteLengthOf(data);
    if (length % 8 !== 0) {
      throw operationError(
        "Unwrapped key bit length must be a multiple of 64 bits but unwrapped key has a length " +
          `of ${length * 8} bits.`,
      );
    }
    if (length < 16) {
      throw operationError(
        `Unwrapped key has length ${length} bytes but it should be greater than or equal to 16 ` +
          "and less than or equal to 18446744073709551607",
      );
    }
    const wrapped = native.crypto.kwWrap(state.material, data);
    if (wrapped === null) throw operationError("AES-KW key wrapping failed.");
    return wrapped;
  },
  unwrap(state, members, data) {
    const length = byteLengthOf(data);
    if (length % 8 !== 0) {
      throw operationError(
        `Provided a wrapped key to unwrap that is ${length * 8} bits which isn't a multiple of ` +
          "64 bits.",
      );
    }
    if (length < 24) {
      throw operationError(
        `Provided a wrapped key to unwrap this is ${length * 8} bits that is less than the ` +
          "minimal length of 192 bits.",
      );
    }
    const key = native.crypto.kwUnwrap(state.material, data);
    if (key === null) throw operationError("AES-KW key unwrapping failed.");
    return key;
  },
};
