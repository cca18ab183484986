// ECDSA and ECDH on the NIST curves (https://www.w3.org/TR/WebCryptoAPI/#ecdsa, #ecdh).
import {
  exportAsymmetric,
  importDer,
  makePair,
  namedParts,
  requirePrivate,
  requirePublic,
} from "./crypto_asymmetric.js";
import { asymmetricUse, fromBase64Url } from "./crypto_jwk.js";
import { isCryptoKey, makeKey, stateOf } from "./crypto_key.js";
import {
  checkedUsages,
  dataError,
  hashMember,
  invalidAccess,
  notSupported,
  operationError,
  required,
  table,
  wrongField,
} from "./crypto_parameters.js";
import { native } from "./native.js";
import { stringToUpperCase } from "./primordials.js";

const Bytes = Uint8Array;

const signing = ["sign", "verify"];
const deriving = ["deriveKey", "deriveBits"];

// "alg" of a JWK that is for ECDSA.
const jwkCurves = table({ ES256: "P-256", ES384: "P-384", ES512: "P-521" });
const curves = table({ "P-256": true, "P-384": true, "P-521": true });

function curveOf(members) {
  const text = `${required(members.namedCurve, 'Missing field "namedCurve" in "algorithm".')}`;
  const curve = stringToUpperCase(text);
  if (curves[curve] === undefined) {
    throw notSupported(`Unrecognized or unimplemented EC curve "${text}" requested.`);
  }
  return curve;
}

function materialOfCurveJwk(name, jwk, curve) {
  if (jwk.kty !== "EC") {
    throw dataError(
      'Elliptic curve "jwk" key import requires a JSON Web Key with Key Type parameter "kty" ' +
        `("${jwk.kty}") equal to "EC".`,
    );
  }
  if (name === "ECDSA" && jwk.alg !== undefined) {
    const named = jwkCurves[jwk.alg];
    if (named === undefined) {
      throw notSupported(
        `Unrecognized or unimplemented algorithm "${jwk.alg}" listed in JSON Web Key Algorithm ` +
          "parameter.",
      );
    }
    if (named !== curve) {
      throw dataError(
        `JSON Web Key Algorithm parameter "alg" ("${jwk.alg}") does not match requested curve.`,
      );
    }
  }
  const x = fromBase64Url(jwk.x, 'Invalid EC key in JSON Web Key; missing "x".');
  const y = fromBase64Url(jwk.y, 'Invalid EC key in JSON Web Key; missing "y".');
  if (jwk.d === undefined) return native.crypto.curveKey(curve, x, y, undefined);
  const d = fromBase64Url(
    jwk.d,
    'Invalid EC key in JSON Web Key; missing or invalid private key component ("d").',
  );
  return native.crypto.curveKey(curve, x, y, d);
}

function curveJwk(state) {
  const { type, algorithm, material } = state;
  const parts = native.crypto.curveParts(material, type === "private");
  return { kty: "EC", crv: algorithm.namedCurve, ...namedParts(["x", "y", "d"], parts) };
}

function rawCurve(state) {
  if (state.type === "public") return native.crypto.rawPublic(state.material);
  throw invalidAccess("Raw export of elliptic curve keys is only allowed for public keys.");
}

function importCurve(name, format, data, curve, extractable, usages) {
  if (format === "raw") {
    const allowed = name === "ECDSA" ? ["verify"] : [];
    const checked = checkedUsages(name, "import public", usages, allowed);
    return { type: "public", usages: checked, material: native.crypto.curvePoint(curve, data) };
  }
  const allowed = name === "ECDSA" ? signing : deriving;
  if (format !== "jwk") return importDer(name, format, data, usages, allowed);
  const imported = asymmetricUse(name, data, extractable, usages, allowed);
  return { ...imported, material: materialOfCurveJwk(name, data, curve) };
}

const curveKeys = {
  generate(name, members, extractable, usages) {
    const checked = checkedUsages(name, "generate", usages, name === "ECDSA" ? signing : deriving);
    const curve = curveOf(members);
    const algorithm = { name, namedCurve: curve };
    return makePair(algorithm, native.crypto.generateElliptic(curve), extractable, checked);
  },
  import(name, format, data, members, extractable, usages) {
    const curve = curveOf(members);
    const imported = importCurve(name, format, data, curve, extractable, usages);
    const kind = native.crypto.kindOf(imported.material);
    if (kind === "RSA" || kind === "Ed25519" || kind === "X25519") {
      throw dataError(
        name === "ECDSA"
          ? "Input was not an EC key."
          : "Input was not an EC public key nor a DH key.",
      );
    }
    if (kind !== curve) {
      throw dataError(
        `"algorithm.namedCurve" "${members.namedCurve}"${name === "ECDSA" ? "" : ","} does not ` +
          "match the curve specified by the input key data.",
      );
    }
    return makeKey({ ...imported, algorithm: { name, namedCurve: curve }, extractable });
  },
  export(state, format) {
    return exportAsymmetric(state, format, curveJwk, rawCurve);
  },
};

const callTimeHash =
  'Missing "hash" in AlgorithmIdentifier. (ECDSA requires that the hash algorithm be specified ' +
  "at call time rather than on the key. This differs from other WebCrypto algorithms for " +
  "historical reasons.)";

export const ecdsa = {
  ...curveKeys,
  sign(state, members, data) {
    requirePrivate(state);
    const { name } = hashMember(members, callTimeHash);
    return native.crypto.sign(state.material, "ECDSA", name, 0, data);
  },
  verify(state, members, signature, data) {
    requirePublic(state);
    const { name } = hashMember(members, callTimeHash);
    return native.crypto.verify(state.material, "ECDSA", name, 0, signature, data);
  },
};

/** The state of the other's key, which must be of the same algorithm and curve. */
function peerOf(state, members) {
  const peerKey = required(members.public, 'Missing field "public" in "derivedKeyParams".');
  if (!isCryptoKey(peerKey)) throw wrongField("public", "DeriveKeyAlgorithm", "CryptoKey");
  const { name, namedCurve } = state.algorithm;
  if (state.type !== "private") {
    throw invalidAccess(
      `The deriveBits operation is only valid for a private key, not "${state.type}".`,
    );
  }
  const peer = stateOf(peerKey);
  if (peer.type !== "public") {
    throw invalidAccess(`The provided key has type "${peer.type}", not "public"`);
  }
  const other = peer.algorithm;
  // Algorithms that have the same members are told apart by name.
  if (other.hash !== undefined || (other.namedCurve === undefined) !== (namedCurve === undefined)) {
    throw invalidAccess(
      `Base ${name} private key cannot be used to derive a key from a peer ${other.name} public ` +
        "key",
    );
  }
  if (other.name !== name) {
    throw invalidAccess(
      `Private key for derivation is using "${name}" while public key is using "${other.name}".`,
    );
  }
  if (other.namedCurve !== namedCurve) {
    throw invalidAccess(
      `Private key for derivation is using curve "${namedCurve}" while public key is using ` +
        `"${other.namedCurve}".`,
    );
  }
  return peer;
}

/** deriveBits of ECDH and of X25519. */
export function sharedBits(state, members, bits) {
  const peer = peerOf(state, members);
  const secret = new Bytes(native.crypto.agree(state.material, peer.material));
  const available = secret.length * 8;
  const wanted = bits ?? available;
  if (wanted > available) {
    throw operationError(
      `Derived key length (${wanted} bits) is too long (should be at most ${available} bits).`,
    );
  }
  const size = (wanted + 7) >> 3;
  const result = new Bytes(size);
  for (let i = 0; i < size; i++) result[i] = secret[i];
  if (wanted % 8 !== 0) result[size - 1] &= 0xff00 >> (wanted % 8);
  return native.crypto.copy(result);
}

export const ecdh = { ...curveKeys, deriveBits: sharedBits };
