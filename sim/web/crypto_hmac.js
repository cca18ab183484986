// HMAC (https://www.w3.org/TR/WebCryptoAPI/#hmac).
import { bytesOfText, fromBase64Url, jwkOfSecret } from "./crypto_jwk.js";
import { makeKey } from "./crypto_key.js";
import {
  byteLengthOf,
  checkedUsages,
  dataError,
  hashMember,
  integerMember,
  notSupported,
  operationError,
} from "./crypto_parameters.js";
import { native } from "./native.js";
import { stringSlice, stringStartsWith } from "./primordials.js";

const hmacUsages = ["sign", "verify"];

function hmacFromJwk(jwk, hash) {
  if (jwk.kty !== "oct") {
    throw dataError(
      'HMAC "jwk" key import requires a JSON Web Key with Key Type parameter ("kty") equal to ' +
        `"oct" (encountered "${jwk.kty}").`,
    );
  }
  const bytes = bytesOfText(
    fromBase64Url(jwk.k, 'HMAC "jwk" key import requires a base64Url encoding of the key'),
  );
  if (jwk.alg === undefined) return bytes;
  if (!stringStartsWith(hash.name, "SHA-")) {
    throw notSupported(`Unrecognized or unimplemented hash algorithm requested${jwk.alg}`);
  }
  const expected = `HS${stringSlice(hash.name, 4)}`;
  if (jwk.alg !== expected) {
    throw dataError(
      'HMAC "jwk" key import specifies "alg" that is incompatible with the hash name ' +
        `(encountered "${jwk.alg}", expected "${expected}").`,
    );
  }
  return bytes;
}

function hmacKey(material, hash, bits, extractable, usages) {
  const algorithm = { name: "HMAC", hash: { name: hash.name }, length: bits };
  return makeKey({ type: "secret", algorithm, extractable, usages, material });
}

export const hmac = {
  generate(name, members, extractable, usages) {
    const hash = hashMember(members);
    const checked = checkedUsages(name, "generate", usages, hmacUsages);
    const bits = integerMember(members, "length") ?? hash.block * 8;
    if (bits <= 0) {
      throw operationError(
        `HMAC key length must be a non-zero unsigned long integer (requested ${bits}).`,
      );
    }
    return hmacKey(native.crypto.randomSecret(bits), hash, bits, extractable, checked);
  },
  import(name, format, data, members, extractable, usages) {
    const checked = checkedUsages(name, "import secret", usages, hmacUsages);
    const hash = hashMember(members);
    if (format !== "raw" && format !== "jwk") {
      throw notSupported(`Unrecognized key import format "${format}".`);
    }
    const bytes = format === "jwk" ? hmacFromJwk(data, hash) : data;
    const available = byteLengthOf(bytes) * 8;
    const bits = integerMember(members, "length") ?? available;
    if (bits <= 0 || bits > available || bits <= available - 8) {
      throw dataError(
        `Imported HMAC key length (${bits}) must be a non-zero value up to 7 bits less than, and ` +
          `no greater than, the bit length of the raw key data (${available}).`,
      );
    }
    return hmacKey(native.crypto.secretKey(bytes, bits), hash, bits, extractable, checked);
  },
  export(state, format) {
    if (format === "raw") return native.crypto.secretBytes(state.material);
    if (format !== "jwk") throw notSupported(`Unimplemented key export format "${format}".`);
    const hash = state.algorithm.hash.name;
    if (!stringStartsWith(hash, "SHA-")) {
      throw notSupported(`Unimplemented JWK key export format for key algorithm "${hash}".`);
    }
    return jwkOfSecret(state, `HS${stringSlice(hash, 4)}`);
  },
  lengthOf(members) {
    const bits = integerMember(members, "length");
    if (bits === undefined) {
      return hashMember(members, 'Missing field "hash" in "derivedKeyParams".').block * 8;
    }
    if (bits > 0) return bits;
    throw new TypeError("HMAC key length must be a non-zero unsigned long integer.");
  },
  sign(state, members, data) {
    return native.crypto.hmac(state.material, state.algorithm.hash.name, data);
  },
  verify(state, members, signature, data) {
    return native.crypto.hmacVerify(state.material, state.algorithm.hash.name, signature, data);
  },
};
