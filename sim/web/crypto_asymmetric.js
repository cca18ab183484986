// What the algorithms of public and private keys have in common: import from DER, export, the
// results of generateKey.
import { toBase64Url } from "./crypto_jwk.js";
import { makeKey } from "./crypto_key.js";
import {
  checkedUsages,
  common,
  dataError,
  invalidAccess,
  notSupported,
  privateUsages,
  publicUsages,
} from "./crypto_parameters.js";
import { native } from "./native.js";

/**
 * The material of an "spki" or "pkcs8", and what it may be used for.
 * @param {string[]} allowed usages of public keys, or of private ones
 * @returns {{type: "public" | "private", usages: string[], material: any}}
 */
export function importDer(name, format, data, usages, allowed) {
  if (format !== "spki" && format !== "pkcs8") {
    throw notSupported(`Unrecognized key import format "${format}".`);
  }
  const isPublic = format === "spki";
  const { parsePublicKey, parsePrivateKey } = native.crypto;
  const parsed = isPublic ? parsePublicKey(data) : parsePrivateKey(data);
  const material = parsed[0];
  const left = parsed[1];
  const shown = isPublic ? "SPKI" : "PKCS8";
  if (material === null) throw dataError(`Invalid ${shown} input.`);
  if (left > 0) throw dataError(`Invalid ${left} trailing bytes after ${shown} input.`);
  const what = isPublic ? "import public" : "import private";
  const checked = checkedUsages(
    name,
    what,
    usages,
    common(allowed, isPublic ? publicUsages : privateUsages),
  );
  return { type: isPublic ? "public" : "private", usages: checked, material };
}

/** The pair that generateKey gives. `material`: of the private key. */
export function makePair(algorithm, material, extractable, usages) {
  return {
    publicKey: makeKey({
      type: "public",
      algorithm,
      extractable: true,
      usages: common(usages, publicUsages),
      material: native.crypto.publicHalf(material),
    }),
    privateKey: makeKey({
      type: "private",
      algorithm,
      extractable,
      usages: common(usages, privateUsages),
      material,
    }),
  };
}

/**
 * exportKey.
 * @param {import("./crypto_key.js").KeyState} state
 * @param {(state: any) => object} jwkMembers @param {(state: any) => ArrayBuffer} raw
 */
export function exportAsymmetric(state, format, jwkMembers, raw) {
  const { type, algorithm, material } = state;
  switch (format) {
    case "pkcs8":
      if (type !== "private") {
        throw invalidAccess(`Asymmetric pkcs8 export requires private key (not "${type}").`);
      }
      return native.crypto.privateDer(material);
    case "spki":
      if (type !== "public") {
        throw invalidAccess(`Asymmetric spki export requires public key (not "${type}").`);
      }
      return native.crypto.publicDer(material);
    case "jwk": {
      const { kty, alg, ...numbers } = jwkMembers(state);
      const jwk = { kty, key_ops: common(state.usages, state.usages) };
      if (alg !== undefined) jwk.alg = alg;
      return { ...jwk, ext: true, ...numbers };
    }
    case "raw":
      return raw(state);
    default:
      throw invalidAccess(`Cannot export "${algorithm.name}" in "${format}" format.`);
  }
}

/** Members of a JWK: `parts` as base64url, by name; what there is no part for is left out. */
export function namedParts(names, parts) {
  const members = {};
  for (let i = 0; i < parts.length; i++) members[names[i]] = toBase64Url(parts[i]);
  return members;
}

export function requirePrivate(state) {
  if (state.type !== "private") {
    throw invalidAccess("Asymmetric signing requires a private key.");
  }
}

export function requirePublic(state) {
  if (state.type !== "public") {
    throw invalidAccess("Asymmetric verification requires a public key.");
  }
}
