// JSON Web Keys (RFC 7517): reading the dictionary, checking what it says of its use, base64url.
import {
  common,
  checkedUsages,
  dataError,
  includes,
  notSupported,
  privateUsages,
  publicUsages,
  wrongField,
} from "./crypto_parameters.js";
import { native } from "./native.js";
import { isArray, stringCharCodeAt, stringReplace } from "./primordials.js";

const Bytes = Uint8Array;
const { fromCharCode } = String;

const minus = /-/g;
const underscore = /_/g;
const plus = /\+/g;
const slash = /\//g;
const padding = /=/g;

/** @param {string} bytes one character a byte */
export function toBase64Url(bytes) {
  let text = stringReplace(native.encoding.btoa(bytes), plus, "-");
  text = stringReplace(text, slash, "_");
  return stringReplace(text, padding, "");
}

/** The bytes of a member, one character a byte. Throws a DataError of that message. */
export function fromBase64Url(text, message) {
  if (text === undefined) throw dataError(message);
  const bytes = native.encoding.atob(
    stringReplace(stringReplace(text, minus, "+"), underscore, "/"),
  );
  if (bytes === null) throw dataError(message);
  return bytes;
}

/** @param {string} text one character a byte */
export function bytesOfText(text) {
  const bytes = new Bytes(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = stringCharCodeAt(text, i);
  return bytes;
}

export function textOfBytes(buffer) {
  const bytes = new Bytes(buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += fromCharCode(bytes[i]);
  return text;
}

/** What exportKey gives for a secret key. @param {import("./crypto_key.js").KeyState} state */
export function jwkOfSecret(state, alg) {
  return {
    kty: "oct",
    key_ops: common(state.usages, state.usages),
    alg,
    ext: true,
    k: toBase64Url(textOfBytes(native.crypto.secretBytes(state.material))),
  };
}

const noMembers = {};
for (const name of [
  "kty", "use", "key_ops", "alg", "ext", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "oth", "k", "pub", "priv",
]) {
  noMembers[name] = undefined;
}

/** The JWK as production gives it: with every member, undefined where there is none. */
export const dictionaryOf = (jwk) => ({ ...noMembers, ...jwk });

const textMembers = ["crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

/** The value as the dictionary JsonWebKey. */
export function jwkOf(value) {
  const jwk = { __proto__: null };
  jwk.kty = `${value.kty}`;
  const { use, key_ops: operations, alg, ext, oth } = value;
  if (use !== undefined) jwk.use = `${use}`;
  if (operations !== undefined) jwk.key_ops = operationsOf(operations);
  if (alg !== undefined) jwk.alg = `${alg}`;
  if (ext !== undefined) jwk.ext = !!ext;
  for (let i = 0; i < textMembers.length; i++) {
    const member = value[textMembers[i]];
    if (member !== undefined) jwk[textMembers[i]] = `${member}`;
  }
  if (oth !== undefined) jwk.oth = oth;
  return jwk;
}

function operationsOf(value) {
  if (!isArray(value)) throw wrongField("key_ops", "JsonWebKey", "Array");
  const operations = [];
  for (let i = 0; i < value.length; i++) operations[i] = `${value[i]}`;
  return operations;
}

/** The first element that is there twice, or undefined. */
export function duplicateIn(list) {
  for (let i = 0; i < list.length; i++) {
    for (let j = 0; j < i; j++) {
      if (list[i] === list[j]) return list[i];
    }
  }
  return undefined;
}

/**
 * What an asymmetric key may be used for, checked against what its JWK says.
 * @param {string[]} allowed the usages of its algorithm
 * @returns {{type: "public" | "private", usages: string[]}}
 */
export function asymmetricUse(name, jwk, extractable, usages, allowed) {
  const isPrivate = jwk.d !== undefined;
  const checked = checkedUsages(
    name,
    isPrivate ? "import private" : "import public",
    usages,
    common(allowed, isPrivate ? privateUsages : publicUsages),
  );
  if (isPrivate && jwk.oth !== undefined) {
    throw notSupported("Multi-prime private keys not supported.");
  }
  const expected = expectedUse(name);
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== expected.use) {
    throw dataError(
      'Asymmetric "jwk" key import with usages requires a JSON Web Key with Public Key Use ' +
        `parameter "use" ("${jwk.use}") equal to "sig".`,
    );
  }
  if (jwk.key_ops !== undefined) checkOperations(name, jwk, usages, expected);
  if (extractable && jwk.ext === false) {
    throw dataError("Cannot create an extractable CryptoKey from an unextractable JSON Web Key.");
  }
  return { type: isPrivate ? "private" : "public", usages: checked };
}

function expectedUse(name) {
  if (name === "RSA-OAEP") return { use: "enc", operations: ["encrypt", "wrapKey"] };
  if (name === "ECDH" || name === "X25519") return { use: "enc", operations: [] };
  return { use: "sig", operations: ["sign", "verify"] };
}

const inconsistent =
  'A JSON Web Key should have either a Public Key Use parameter ("use") or a Key Operations ' +
  'parameter ("key_ops"); otherwise, the parameters must be consistent with each other. ';

function checkOperations(name, jwk, usages, expected) {
  if (duplicateIn(jwk.key_ops) !== undefined) {
    throw dataError(
      'A JSON Web Key\'s Key Operations parameter ("key_ops") must not contain duplicates.',
    );
  }
  if (jwk.use !== undefined) checkConsistency(name, jwk, expected);
  for (let i = 0; i < usages.length; i++) {
    if (!includes(jwk.key_ops, usages[i])) {
      throw dataError(
        "All specified key usages must be present in the JSON Web Key's Key Operations parameter " +
          '("key_ops").',
      );
    }
  }
}

function checkConsistency(name, jwk, { use, operations }) {
  if (jwk.use !== use) {
    throw dataError(
      'Asymmetric "jwk" import requires a JSON Web Key with Public Key Use "use" ' +
        `("${jwk.use}") equal to "${use}".`,
    );
  }
  for (let i = 0; i < jwk.key_ops.length; i++) {
    if (operations.length === 0) {
      throw dataError(
        `${inconsistent}For public ${name} keys, there are no valid usages,so keys with a ` +
          'non-empty "key_ops" parameter are not allowed.',
      );
    }
    if (!includes(operations, jwk.key_ops[i])) {
      throw dataError(
        `${inconsistent}A Public Key Use for ${name} would allow a Key Operations array with ` +
          `only "${operations[0]}" and/or "${operations[1]}" values (not "${jwk.key_ops[i]}").`,
      );
    }
  }
}
