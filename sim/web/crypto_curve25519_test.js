// Ed25519 and X25519 against the RFCs, their keys in every format, and what is refused.
import { assertEquals, assertRejects, fromHex, hex, test } from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);

const toBase64Url = (digits) =>
  btoa(String.fromCharCode(...fromHex(digits)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

// That the two belong together.
async function signAndVerify(algorithm, publicKey, privateKey, size) {
  const data = utf8("some data");
  const signature = await subtle.sign(algorithm, privateKey, data);
  assertEquals(signature.byteLength, size);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, data), true);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, utf8("other")), false);
}

async function agree(name, publicKey, privateKey) {
  const other = await subtle.generateKey({ name }, true, ["deriveBits"]);
  const here = await subtle.deriveBits({ name, public: other.publicKey }, privateKey);
  const there = await subtle.deriveBits({ name, public: publicKey }, other.privateKey);
  assertEquals(hex(here), hex(there));
}

// RFC 8032, section 7.1.
const ed25519Cases = [
  [
    "TEST 1",
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    `e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
     5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b`,
  ],
  [
    "TEST 2",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    `92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
     085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00`,
  ],
  [
    "TEST 3",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    `6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
     18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a`,
  ],
];

for (const [name, secret, point, message, expected] of ed25519Cases) {
  test(`Ed25519 (RFC 8032, section 7.1, ${name})`, async () => {
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(point), d: toBase64Url(secret) };
    const key = await subtle.importKey("jwk", jwk, "Ed25519", true, ["sign"]);
    const signature = await subtle.sign("ed25519", key, fromHex(message));
    assertEquals(hex(signature), hex(fromHex(expected)));
    const publicKey = await subtle.importKey("raw", fromHex(point), "Ed25519", true, ["verify"]);
    assertEquals(await subtle.verify("Ed25519", publicKey, signature, fromHex(message)), true);
    assertEquals(await subtle.verify("Ed25519", publicKey, signature, utf8("other")), false);
    new Uint8Array(signature)[3] ^= 1;
    assertEquals(await subtle.verify("Ed25519", publicKey, signature, fromHex(message)), false);
    await assertRejects(
      subtle.verify("Ed25519", publicKey, signature.slice(1), fromHex(message)),
      "OperationError",
      "Invalid Ed25519 signature length 63",
    );
    const exported = await subtle.exportKey("jwk", key);
    assertEquals([exported.x, exported.d, exported.alg], [jwk.x, jwk.d, "EdDSA"]);
  });
}

test("NODE-ED25519 is Ed25519 under production's older name", async () => {
  const algorithm = { name: "NODE-ED25519", namedCurve: "NODE-ED25519" };
  const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  assertEquals(pair.publicKey.algorithm, algorithm);
  await signAndVerify("NODE-ED25519", pair.publicKey, pair.privateKey, 64);
  const jwk = await subtle.exportKey("jwk", pair.privateKey);
  assertEquals([jwk.kty, jwk.crv, jwk.alg], ["OKP", "Ed25519", undefined]);
  const key = await subtle.importKey("jwk", jwk, "Ed25519", true, ["sign"]);
  const data = utf8("data");
  assertEquals(
    hex(await subtle.sign("Ed25519", key, data)),
    hex(await subtle.sign("NODE-ED25519", pair.privateKey, data)),
  );
  const raw = await subtle.exportKey("raw", pair.publicKey);
  const publicKey = await subtle.importKey("raw", raw, algorithm, false, ["verify"]);
  assertEquals(publicKey.algorithm, algorithm);
  await assertRejects(
    subtle.generateKey("NODE-ED25519", true, ["sign"]),
    "TypeError",
    'Missing field "namedCurve" in "algorithm".',
  );
  await assertRejects(
    subtle.importKey("raw", raw, { ...algorithm, namedCurve: "NODE-ED448" }, true, ["verify"]),
    "NotSupportedError",
    'EDDSA curve "NODE-ED448" isn\'t supported.',
  );
});

// RFC 7748, section 6.1.
const alice = {
  kty: "OKP",
  crv: "X25519",
  x: toBase64Url("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"),
  d: toBase64Url("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
};
const bobPoint = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

test("X25519 (RFC 7748, section 6.1)", async () => {
  const secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  const key = await subtle.importKey("jwk", alice, "X25519", true, ["deriveBits", "deriveKey"]);
  assertEquals(key.algorithm, { name: "X25519" });
  const bob = await subtle.importKey("raw", fromHex(bobPoint), "X25519", true, []);
  const derive = { name: "x25519", public: bob };
  assertEquals(hex(await subtle.deriveBits(derive, key)), secret);
  assertEquals(hex(await subtle.deriveBits(derive, key, 32)), secret.slice(0, 8));
  await assertRejects(
    subtle.deriveBits(derive, key, 264),
    "OperationError",
    "Derived key length (264 bits) is too long (should be at most 256 bits).",
  );
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  const derived = await subtle.deriveKey(derive, key, hmac, true, ["sign"]);
  assertEquals(hex(await subtle.exportKey("raw", derived)), secret);
  // A point of small order has no secret to share (RFC 7748, section 6.1, last paragraph).
  const zero = await subtle.importKey("raw", new Uint8Array(32), "X25519", true, []);
  await assertRejects(
    subtle.deriveBits({ name: "X25519", public: zero }, key),
    "OperationError",
    "Failed to derive EDDH key: public key routines INVALID_PEER_KEY.",
  );
});

for (const name of ["Ed25519", "X25519"]) {
  test(`${name}: keys generated, in every format`, async () => {
    const isEd = name === "Ed25519";
    const usages = isEd ? ["sign", "verify"] : ["deriveKey", "deriveBits"];
    const forPublic = isEd ? ["verify"] : [];
    const forPrivate = isEd ? ["sign"] : usages;
    const pair = await subtle.generateKey({ name }, true, usages);
    assertEquals(pair.privateKey.algorithm, { name });
    assertEquals([pair.publicKey.usages, pair.privateKey.usages], [forPublic, forPrivate]);
    const check = (publicKey, privateKey) =>
      isEd ? signAndVerify(name, publicKey, privateKey, 64) : agree(name, publicKey, privateKey);
    await check(pair.publicKey, pair.privateKey);

    const raw = await subtle.exportKey("raw", pair.publicKey);
    assertEquals(raw.byteLength, 32);
    const pkcs8 = await subtle.exportKey("pkcs8", pair.privateKey);
    const privateJwk = await subtle.exportKey("jwk", pair.privateKey);
    assertEquals([privateJwk.kty, privateJwk.crv], ["OKP", name]);
    for (const format of ["raw", "spki", "jwk"]) {
      const data = await subtle.exportKey(format, pair.publicKey);
      const publicKey = await subtle.importKey(format, data, name, true, forPublic);
      const privateKey =
        format === "jwk"
          ? await subtle.importKey("jwk", privateJwk, name, true, forPrivate)
          : await subtle.importKey("pkcs8", pkcs8, name, true, forPrivate);
      await check(publicKey, privateKey);
      assertEquals(hex(await subtle.exportKey("raw", publicKey)), hex(raw));
    }
    await assertRejects(
      subtle.exportKey("raw", pair.privateKey),
      "InvalidAccessError",
      `Raw export of ${name} keys is only allowed for public keys.`,
    );
    await assertRejects(
      subtle.importKey("raw", new Uint8Array(31), name, true, forPublic),
      "DataError",
      `${name} raw keys must be exactly 32-bytes (provided 31).`,
    );
    await assertRejects(
      subtle.importKey("raw", raw, name, true, forPrivate),
      "SyntaxError",
      `Attempt to import public ${name} key with invalid usage "${forPrivate[0]}".`,
    );
    await assertRejects(subtle.generateKey(name, true, []), "SyntaxError");
  });
}

test("keys of Curve25519 as JSON Web Keys, and what is refused", async () => {
  const read = (changes, name = "X25519", usages = ["deriveBits"]) =>
    subtle.importKey("jwk", { ...alice, ...changes }, name, true, usages);
  assertEquals((await read({})).type, "private");
  await assertRejects(read({ kty: "EC" }), "DataError", /"kty" \("EC"\) equal to "OKP"\.$/);
  await assertRejects(read({ crv: undefined }), "DataError", 'Missing field "crv" for X25519 key.');
  await assertRejects(
    read({}, "Ed25519", ["sign"]),
    "NotSupportedError",
    'Only Ed25519 is supported but "X25519" was requested.',
  );
  await assertRejects(read({ x: undefined }), "DataError", /public key component \("x"\)\.$/);
  await assertRejects(read({ x: "AAAA" }), "DataError", "Invalid length 3 for public key");
  await assertRejects(read({ d: "AAAA" }), "DataError", "Invalid length 3 for private key");
  await assertRejects(read({ use: "sig" }), "DataError");
  await assertRejects(
    read({ crv: "Ed25519", alg: "ES256" }, "Ed25519", ["sign"]),
    "DataError",
    'JSON Web Key Algorithm parameter "alg" ("ES256") does not match requested Ed25519 curve.',
  );
});
