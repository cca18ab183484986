// Ed25519 and X25519 (https://wicg.github.io/webcrypto-secure-curves/), and NODE-ED25519,
// production's older name of the first.
import {
  exportAsymmetric,
  importDer,
  makePair,
  namedParts,
  requirePrivate,
  requirePublic,
} from "./crypto_asymmetric.js";
import { sharedBits } from "./crypto_elliptic.js";
import { asymmetricUse, fromBase64Url, textOfBytes } from "./crypto_jwk.js";
import { makeKey } from "./crypto_key.js";
import {
  byteLengthOf,
  checkedUsages,
  dataError,
  invalidAccess,
  notSupported,
  operationError,
  required,
} from "./crypto_parameters.js";
import { native } from "./native.js";

const signing = ["sign", "verify"];
const deriving = ["deriveKey", "deriveBits"];

const kindNamed = (name) => (name === "X25519" ? "X25519" : "Ed25519");
const usagesNamed = (name) => (name === "X25519" ? deriving : signing);

function edwardsAlgorithm(name, members) {
  if (name !== "NODE-ED25519") return { name };
  const curve = `${required(members.namedCurve, 'Missing field "namedCurve" in "algorithm".')}`;
  if (curve !== "NODE-ED25519") throw notSupported(`EDDSA curve "${curve}" isn't supported.`);
  return { name, namedCurve: curve };
}

function materialOfEdwardsJwk(name, jwk) {
  const kind = kindNamed(name);
  if (jwk.kty !== "OKP") {
    throw dataError(
      `${kind} "jwk" key imports requires a JSON Web Key with Key Type parameter "kty" ` +
        `("${jwk.kty}") equal to "OKP".`,
    );
  }
  if (jwk.crv === undefined) throw dataError(`Missing field "crv" for ${kind} key.`);
  if (jwk.crv !== kind) {
    throw notSupported(`Only ${kind} is supported but "${jwk.crv}" was requested.`);
  }
  if (kind === "Ed25519" && jwk.alg !== undefined && jwk.alg !== "EdDSA") {
    throw dataError(
      `JSON Web Key Algorithm parameter "alg" ("${jwk.alg}") does not match requested Ed25519 ` +
        "curve.",
    );
  }
  const x = fromBase64Url(
    jwk.x,
    `Invalid ${kind} key in JSON WebKey; missing or invalid public key component ("x").`,
  );
  if (x.length !== 32) throw dataError(`Invalid length ${x.length} for public key`);
  if (jwk.d === undefined) return native.crypto.edwardsKey(kind, x, false);
  const d = fromBase64Url(
    jwk.d,
    `Invalid ${kind} key in JSON Web Key; missing or invalid private key component ("d").`,
  );
  if (d.length !== 32) throw dataError(`Invalid length ${d.length} for private key`);
  return native.crypto.edwardsKey(kind, d, true);
}

function edwardsJwk(state) {
  const { name } = state.algorithm;
  const parts = native.crypto.edwardsParts(state.material, state.type === "private");
  const alg = name === "Ed25519" ? "EdDSA" : undefined;
  return { kty: "OKP", alg, crv: kindNamed(name), ...namedParts(["x", "d"], parts) };
}

function rawEdwards(state) {
  if (state.type === "public") return native.crypto.rawPublic(state.material);
  throw invalidAccess(
    `Raw export of ${state.algorithm.name} keys is only allowed for public keys.`,
  );
}

function importEdwards(name, format, data, extractable, usages) {
  const kind = kindNamed(name);
  const allowed = usagesNamed(name);
  if (format === "raw") {
    const ofPublic = name === "X25519" ? [] : ["verify"];
    const checked = checkedUsages(name, "import public", usages, ofPublic);
    const size = byteLengthOf(data);
    if (size !== 32) {
      throw dataError(`${kind} raw keys must be exactly 32-bytes (provided ${size}).`);
    }
    const bytes = textOfBytes(native.crypto.copy(data));
    return {
      type: "public",
      usages: checked,
      material: native.crypto.edwardsKey(kind, bytes, false),
    };
  }
  if (format !== "jwk") return importDer(name, format, data, usages, allowed);
  const imported = asymmetricUse(name, data, extractable, usages, allowed);
  return { ...imported, material: materialOfEdwardsJwk(name, data) };
}

const edwardsKeys = {
  generate(name, members, extractable, usages) {
    const checked = checkedUsages(name, "generate", usages, usagesNamed(name));
    const algorithm = edwardsAlgorithm(name, members);
    const material = native.crypto.generateElliptic(kindNamed(name));
    return makePair(algorithm, material, extractable, checked);
  },
  import(name, format, data, members, extractable, usages) {
    const algorithm = edwardsAlgorithm(name, members);
    const imported = importEdwards(name, format, data, extractable, usages);
    const kind = kindNamed(name);
    if (native.crypto.kindOf(imported.material) !== kind) {
      throw dataError(`Input was not an ${kind} key.`);
    }
    return makeKey({ ...imported, algorithm, extractable });
  },
  export(state, format) {
    return exportAsymmetric(state, format, edwardsJwk, rawEdwards);
  },
};

export const ed25519 = {
  ...edwardsKeys,
  sign(state, members, data) {
    requirePrivate(state);
    return native.crypto.sign(state.material, "EdDSA", "", 0, data);
  },
  verify(state, members, signature, data) {
    requirePublic(state);
    const size = byteLengthOf(signature);
    if (size !== 64) {
      throw operationError(`Invalid ${state.algorithm.name} signature length ${size}`);
    }
    return native.crypto.verify(state.material, "EdDSA", "", 0, signature, data);
  },
};

export const x25519 = { ...edwardsKeys, deriveBits: sharedBits };
