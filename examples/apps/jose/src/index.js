// An issuer of tokens, on jose: signed with the algorithm that is asked for, or encrypted.
import { EncryptJWT, SignJWT, errors, exportJWK, generateKeyPair, generateSecret, jwtDecrypt,
  jwtVerify } from "jose";

const SIGNING = ["HS256", "RS256", "PS256", "ES256", "EdDSA"];
const ENCRYPTION = ["dir", "A256KW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW"];
const CLAIMS = { issuer: "issuer.example", audience: "tests" };

// Made when they are first asked for: keys are random, and only requests may draw random values.
const keys = new Map();

async function keyOf(algorithm) {
  let key = keys.get(algorithm);
  if (!key) {
    if (["HS256", "A256KW"].includes(algorithm)) {
      key = { secret: await generateSecret(algorithm, { extractable: true }) };
    } else if (algorithm === "dir") {
      key = { secret: await generateSecret("A256GCM", { extractable: true }) };
    } else {
      key = await generateKeyPair(algorithm, { extractable: true });
    }
    keys.set(algorithm, key);
  }
  return key;
}

const withClaims = (token) => token.setIssuedAt().setIssuer(CLAIMS.issuer)
  .setAudience(CLAIMS.audience).setExpirationTime("10 minutes");

async function issue(algorithm, payload) {
  const { secret, privateKey, publicKey } = await keyOf(algorithm);
  if (SIGNING.includes(algorithm)) {
    return withClaims(new SignJWT(payload)).setProtectedHeader({ alg: algorithm })
      .sign(secret ?? privateKey);
  }
  return withClaims(new EncryptJWT(payload))
    .setProtectedHeader({ alg: algorithm, enc: "A256GCM" }).encrypt(secret ?? publicKey);
}

async function check(algorithm, token) {
  const { secret, privateKey, publicKey } = await keyOf(algorithm);
  return SIGNING.includes(algorithm)
    ? jwtVerify(token, secret ?? publicKey, { ...CLAIMS, algorithms: [algorithm] })
    : jwtDecrypt(token, secret ?? privateKey, CLAIMS);
}

export default {
  async fetch(request) {
    const [, action, name] = new URL(request.url).pathname.split("/");
    const algorithm = decodeURIComponent(name ?? "");
    if (![...SIGNING, ...ENCRYPTION].includes(algorithm)) {
      return Response.json({ algorithms: [...SIGNING, ...ENCRYPTION] }, { status: 404 });
    }
    try {
      if (action === "issue") return new Response(await issue(algorithm, await request.json()));
      if (action === "check") return Response.json(await check(algorithm, await request.text()));
      const { secret, publicKey } = await keyOf(algorithm);
      return Response.json(await exportJWK(publicKey ?? secret));
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      return Response.json({ code: error.code, message: error.message }, { status: 401 });
    }
  },
};
