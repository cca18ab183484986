// ECDSA and ECDH against the RFCs, their keys in every format, and what is refused.
import {
  assert,
  assertEquals,
  assertRejects,
  fromBase64Url,
  fromHex,
  hex,
  test,
} from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const curves = ["P-256", "P-384", "P-521"];
const digests = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];

// RFC 7515, appendix A.3.1.
const p256Jwk = {
  kty: "EC",
  crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
};
const publicOf = ({ d, ...jwk }) => (assert(d !== undefined), jwk);

test("ES256 (RFC 7515, appendix A.3)", async () => {
  const input = utf8(
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
  );
  const signature = fromBase64Url(
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  );
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await subtle.importKey("jwk", publicOf(p256Jwk), algorithm, true, ["verify"]);
  const verify = (bytes, data = input, hash = "SHA-256") =>
    subtle.verify({ name: "ECDSA", hash }, key, bytes, data);
  assertEquals(await verify(signature), true);
  assertEquals(await verify(signature, utf8("other")), false);
  assertEquals(await verify(signature, input, "SHA-512"), false);
  assertEquals(await verify(signature.subarray(1)), false);
  assertEquals(await verify(new Uint8Array(64)), false);
  assertEquals(await verify(new Uint8Array(64).fill(255)), false);
  for (const position of [0, 31, 32, 63]) {
    const changed = signature.slice();
    changed[position] ^= 1;
    assertEquals(await verify(changed), false);
  }
});

// RFC 6979, appendix A.2.5 has the public key and signatures of P-256; they verify like any other.
test("ECDSA on P-256 (RFC 6979, appendix A.2.5)", async () => {
  const point = fromHex(`04
    60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
    7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299`);
  const algorithm = { name: "ECDSA", namedCurve: "p-256" };
  const key = await subtle.importKey("raw", point, algorithm, true, ["verify"]);
  assertEquals(key.algorithm, { name: "ECDSA", namedCurve: "P-256" });
  const signature = fromHex(`
    efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
    f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8`);
  const verify = { name: "ECDSA", hash: "SHA-256" };
  assertEquals(await subtle.verify(verify, key, signature, utf8("sample")), true);
  assertEquals(await subtle.verify(verify, key, signature, utf8("test")), false);
});

// RFC 5903, section 8: the keys and the shared secrets of ECDH.
const ecdhCases = [
  {
    curve: "P-256",
    d: "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
    x: "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180",
    y: "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
    peerX: "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63",
    peerY: "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
    secret: "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
  },
  {
    curve: "P-384",
    d: "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
    x: "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa",
    y: "9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
    peerX:
      "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571",
    peerY:
      "dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
    secret:
      "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
  },
];

const toBase64Url = (digits) =>
  btoa(String.fromCharCode(...fromHex(digits)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");

for (const { curve, d, x, y, peerX, peerY, secret } of ecdhCases) {
  test(`ECDH on ${curve} (RFC 5903, section 8)`, async () => {
    const algorithm = { name: "ECDH", namedCurve: curve };
    const jwk = {
      kty: "EC",
      crv: curve,
      x: toBase64Url(x),
      y: toBase64Url(y),
      d: toBase64Url(d),
    };
    const key = await subtle.importKey("jwk", jwk, algorithm, true, ["deriveBits", "deriveKey"]);
    const peer = await subtle.importKey("raw", fromHex(`04${peerX}${peerY}`), algorithm, true, []);
    const derive = { name: "ECDH", public: peer };
    for (const length of [undefined, null, secret.length * 4]) {
      assertEquals(hex(await subtle.deriveBits(derive, key, length)), secret);
    }
    assertEquals(hex(await subtle.deriveBits(derive, key)), secret);
    const first = parseInt(secret.slice(0, 4), 16);
    const some = new Uint8Array(await subtle.deriveBits(derive, key, 11));
    assertEquals((some[0] << 8) | some[1], first & 0xffe0);
    assertEquals((await subtle.deriveBits(derive, key, 0)).byteLength, 0);
    const tooMany = secret.length * 4 + 1;
    await assertRejects(
      subtle.deriveBits(derive, key, tooMany),
      "OperationError",
      `Derived key length (${tooMany} bits) is too long (should be at most ${tooMany - 1} bits).`,
    );
    const aes = { name: "AES-GCM", length: 256 };
    const derived = await subtle.deriveKey(derive, key, aes, true, ["encrypt"]);
    assertEquals(hex(await subtle.exportKey("raw", derived)), secret.slice(0, 64));
    // Keys of a derivation take the whole secret.
    const base = await subtle.deriveKey(derive, key, "HKDF", false, ["deriveBits"]);
    assertEquals(base.algorithm, { name: "HKDF" });
  });
}

test("what ECDH refuses", async () => {
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  const pair = await subtle.generateKey(ecdh, true, ["deriveBits"]);
  const derive = (peer, key = pair.privateKey) =>
    subtle.deriveBits({ name: "ECDH", public: peer }, key, 128);
  await assertRejects(
    derive(undefined),
    "TypeError",
    'Missing field "public" in "derivedKeyParams".',
  );
  await assertRejects(derive({}), "TypeError", /'public' field on 'DeriveKeyAlgorithm'/);
  await assertRejects(
    derive(pair.privateKey),
    "InvalidAccessError",
    'The provided key has type "private", not "public"',
  );
  const other = { name: "ECDH", namedCurve: "P-384" };
  const { publicKey } = await subtle.generateKey(other, true, ["deriveBits"]);
  await assertRejects(
    derive(publicKey),
    "InvalidAccessError",
    'Private key for derivation is using curve "P-256" while public key is using "P-384".',
  );
  const signing = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  await assertRejects(
    derive(signing.publicKey),
    "InvalidAccessError",
    'Private key for derivation is using "ECDH" while public key is using "ECDSA".',
  );
  const montgomery = await subtle.generateKey("X25519", true, ["deriveBits"]);
  await assertRejects(
    derive(montgomery.publicKey),
    "InvalidAccessError",
    "Base ECDH private key cannot be used to derive a key from a peer X25519 public key",
  );
  await assertRejects(derive(pair.publicKey, pair.publicKey), "InvalidAccessError");
});

// That the two belong together.
async function signAndVerify(algorithm, publicKey, privateKey, size) {
  const data = utf8("some data");
  const signature = await subtle.sign(algorithm, privateKey, data);
  assertEquals(signature.byteLength, size);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, data), true);
  assertEquals(await subtle.verify(algorithm, publicKey, signature, utf8("other")), false);
}

async function agree(name, publicKey, privateKey) {
  const { namedCurve } = publicKey.algorithm;
  const other = await subtle.generateKey({ name, namedCurve }, true, ["deriveBits"]);
  const here = await subtle.deriveBits({ name, public: other.publicKey }, privateKey);
  const there = await subtle.deriveBits({ name, public: publicKey }, other.privateKey);
  assertEquals(hex(here), hex(there));
}

const sizes = { "P-256": 32, "P-384": 48, "P-521": 66 };

for (const name of ["ECDSA", "ECDH"]) {
  for (const namedCurve of curves) {
    test(`${name} on ${namedCurve}: keys generated, in every format`, async () => {
      const algorithm = { name, namedCurve };
      const usages = name === "ECDSA" ? ["sign", "verify"] : ["deriveKey", "deriveBits"];
      const forPublic = name === "ECDSA" ? ["verify"] : [];
      const forPrivate = name === "ECDSA" ? ["sign"] : usages;
      const size = sizes[namedCurve];
      const pair = await subtle.generateKey(algorithm, true, usages);
      assertEquals(pair.privateKey.algorithm, algorithm);
      assertEquals([pair.publicKey.usages, pair.privateKey.usages], [forPublic, forPrivate]);
      assertEquals([pair.publicKey.type, pair.privateKey.type], ["public", "private"]);

      const check = async (publicKey, privateKey) => {
        if (name === "ECDH") return agree(name, publicKey, privateKey);
        for (const hash of digests) {
          await signAndVerify({ name, hash }, publicKey, privateKey, 2 * size);
        }
      };
      await check(pair.publicKey, pair.privateKey);

      const privateJwk = await subtle.exportKey("jwk", pair.privateKey);
      assertEquals(Object.keys(privateJwk).length, 20);
      assertEquals(Object.keys(JSON.parse(JSON.stringify(privateJwk))),
        ["kty", "key_ops", "ext", "crv", "x", "y", "d"]);
      assertEquals([privateJwk.kty, privateJwk.crv, privateJwk.ext], ["EC", namedCurve, true]);
      for (const part of ["x", "y", "d"]) {
        assertEquals(fromBase64Url(privateJwk[part]).length, size, part);
      }
      const pkcs8 = await subtle.exportKey("pkcs8", pair.privateKey);
      const raw = await subtle.exportKey("raw", pair.publicKey);
      assertEquals(raw.byteLength, 1 + 2 * size);
      const forms = {
        jwk: await subtle.exportKey("jwk", pair.publicKey),
        spki: await subtle.exportKey("spki", pair.publicKey),
        raw,
      };
      for (const format of Object.keys(forms)) {
        const read = (form, data, asked) => subtle.importKey(form, data, algorithm, true, asked);
        const publicKey = await read(format, forms[format], forPublic);
        const privateKey =
          format === "jwk"
            ? await read("jwk", privateJwk, forPrivate)
            : await read("pkcs8", pkcs8, forPrivate);
        await check(publicKey, privateKey);
        assertEquals(hex(await subtle.exportKey("raw", publicKey)), hex(raw));
      }
      await assertRejects(
        subtle.exportKey("raw", pair.privateKey),
        "InvalidAccessError",
        "Raw export of elliptic curve keys is only allowed for public keys.",
      );
      await assertRejects(
        subtle.exportKey("der", pair.publicKey),
        "InvalidAccessError",
        `Cannot export "${name}" in "der" format.`,
      );
    });
  }
}

test("a compressed point is the same key", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const whole = await subtle.importKey("jwk", publicOf(p256Jwk), algorithm, true, ["verify"]);
  const compressed = new Uint8Array(33);
  compressed.set(fromBase64Url(p256Jwk.x), 1);
  compressed[0] = 2 + (fromBase64Url(p256Jwk.y)[31] & 1);
  const key = await subtle.importKey("raw", compressed, algorithm, true, ["verify"]);
  assertEquals(hex(await subtle.exportKey("raw", key)), hex(await subtle.exportKey("raw", whole)));
});

test("EC keys that are not made", async () => {
  const generate = (namedCurve, usages = ["sign"]) =>
    subtle.generateKey({ name: "ECDSA", namedCurve }, true, usages);
  await assertRejects(
    generate("P-192"),
    "NotSupportedError",
    'Unrecognized or unimplemented EC curve "P-192" requested.',
  );
  await assertRejects(
    generate(undefined),
    "TypeError",
    'Missing field "namedCurve" in "algorithm".',
  );
  await assertRejects(generate("P-256", ["verify"]), "SyntaxError");
  await assertRejects(generate("P-256", ["deriveBits"]), "SyntaxError");
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  await assertRejects(subtle.generateKey(ecdh, true, []), "SyntaxError");
});

test("EC keys that are not imported", async () => {
  const read = (changes, usages = ["sign"], name = "ECDSA", namedCurve = "P-256") =>
    subtle.importKey("jwk", { ...p256Jwk, ...changes }, { name, namedCurve }, true, usages);
  assertEquals((await read({ alg: "ES256", use: "sig" })).type, "private");
  await assertRejects(read({ kty: "RSA" }), "DataError", /"kty" \("RSA"\) equal to "EC"\.$/);
  await assertRejects(read({ alg: "RS256" }), "NotSupportedError");
  await assertRejects(
    read({ alg: "ES384" }),
    "DataError",
    'JSON Web Key Algorithm parameter "alg" ("ES384") does not match requested curve.',
  );
  // ECDH does not look at it.
  assertEquals((await read({ alg: "anything" }, ["deriveBits"], "ECDH")).type, "private");
  for (const part of ["x", "y"]) {
    await assertRejects(
      read({ [part]: undefined }),
      "DataError",
      `Invalid EC key in JSON Web Key; missing "${part}".`,
    );
  }
  await assertRejects(
    read({ y: p256Jwk.x }),
    "OperationError",
    'Invalid EC key; public key coordinates "x" and "y" are invalid: Point is not on curve..',
  );
  await assertRejects(
    read({ d: toBase64Url("01") }),
    "DataError",
    "Invalid EC key in JSON Web Key.",
  );
  await assertRejects(read({ d: "!" }), "DataError", /private key component \("d"\)\.$/);
  await assertRejects(read({ d: undefined }, ["deriveBits"], "ECDH"), "SyntaxError");
  assertEquals((await read({ d: undefined, use: "enc" }, [], "ECDH")).type, "public");
  await assertRejects(
    read({ d: undefined, use: "enc", key_ops: ["deriveBits"] }, [], "ECDH"),
    "DataError",
    /there are no valid usages/,
  );
  const raw = (bytes, usages = ["verify"], name = "ECDSA") =>
    subtle.importKey("raw", bytes, { name, namedCurve: "P-256" }, true, usages);
  const point = fromHex(`04${"00".repeat(63)}01`);
  await assertRejects(
    raw(point),
    "DataError",
    "Failed to import raw EC key data: Point is not on curve..",
  );
  for (const [bytes, message] of [
    [point.subarray(1), "Failed to import raw EC key data: Invalid point encoding.."],
    [new Uint8Array(), "Failed to import raw EC key data."],
  ]) {
    await assertRejects(raw(bytes), "DataError", message);
  }
  await assertRejects(raw(new Uint8Array(1)), "DataError");
  await assertRejects(raw(point, ["sign"]), "SyntaxError");
  await assertRejects(raw(point, ["deriveBits"], "ECDH"), "SyntaxError");
});

test("DER of another curve or algorithm, or of nothing", async () => {
  const p384 = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, true, ["sign"]);
  const edwards = await subtle.generateKey("Ed25519", true, ["sign"]);
  const read = (format, data, usages, name = "ECDSA") =>
    subtle.importKey(format, data, { name, namedCurve: "P-256" }, true, usages);
  const spki = await subtle.exportKey("spki", p384.publicKey);
  const pkcs8 = await subtle.exportKey("pkcs8", p384.privateKey);
  const mismatch =
    '"algorithm.namedCurve" "P-256" does not match the curve specified by the input key data.';
  await assertRejects(read("spki", spki, ["verify"]), "DataError", mismatch);
  await assertRejects(read("pkcs8", pkcs8, ["sign"]), "DataError", mismatch);
  await assertRejects(
    read("spki", spki, [], "ECDH"),
    "DataError",
    mismatch.replace('"P-256"', '"P-256",'),
  );
  await assertRejects(
    read("spki", await subtle.exportKey("spki", edwards.publicKey), ["verify"]),
    "DataError",
    "Input was not an EC key.",
  );
  await assertRejects(read("spki", pkcs8, ["verify"]), "DataError", "Invalid SPKI input.");
  await assertRejects(read("pkcs8", spki, ["sign"]), "DataError", "Invalid PKCS8 input.");
});

test("DER of an EC key is no Ed25519 key", async () => {
  const { publicKey } = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"]);
  await assertRejects(
    subtle.importKey("spki", await subtle.exportKey("spki", publicKey), "Ed25519", true, ["verify"]),
    "DataError",
    "Input was not an Ed25519 key.",
  );
});

test("what ECDSA refuses", async () => {
  const { publicKey, privateKey } = await subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["sign", "verify"],
  );
  await assertRejects(
    subtle.sign("ECDSA", privateKey, utf8("")),
    "TypeError",
    /^Missing "hash" in AlgorithmIdentifier\. \(ECDSA requires that the hash algorithm/,
  );
  await assertRejects(
    subtle.sign({ name: "ECDSA", hash: "SHA-3" }, privateKey, utf8("")),
    "NotSupportedError",
  );
  const sha256 = { name: "ECDSA", hash: "SHA-256" };
  await assertRejects(subtle.sign(sha256, publicKey, utf8("")), "InvalidAccessError");
  await assertRejects(subtle.verify(sha256, privateKey, utf8(""), utf8("")), "InvalidAccessError");
  await assertRejects(subtle.exportKey("jwk", privateKey), "InvalidAccessError");
});

test("private keys wrapped, in every format", async () => {
  const wrapping = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, [
    "wrapKey",
    "unwrapKey",
  ]);
  const algorithm = { name: "ECDSA", namedCurve: "P-384" };
  const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const seal = { name: "AES-GCM", iv: new Uint8Array(12) };
  for (const [format, key, usages] of [
    ["pkcs8", pair.privateKey, ["sign"]],
    ["jwk", pair.privateKey, ["sign"]],
    ["spki", pair.publicKey, ["verify"]],
    ["raw", pair.publicKey, ["verify"]],
  ]) {
    const wrapped = await subtle.wrapKey(format, key, wrapping, seal);
    const unwrap = (asked) =>
      subtle.unwrapKey(format, wrapped, wrapping, seal, algorithm, true, asked);
    const again = await unwrap(usages);
    assertEquals([again.type, again.usages], [key.type, usages]);
    const form = format === "raw" || format === "spki" ? format : "pkcs8";
    assertEquals(hex(await subtle.exportKey(form, again)), hex(await subtle.exportKey(form, key)));
    await assertRejects(unwrap(["encrypt"]), "SyntaxError");
  }
  await assertRejects(
    subtle.wrapKey("raw", pair.publicKey, pair.privateKey, "ECDSA"),
    "InvalidAccessError",
    'Requested key usage "wrapKey" does not match any usage listed in this CryptoKey.',
  );
  const encrypting = await subtle.importKey(
    "raw",
    await subtle.exportKey("raw", wrapping),
    "AES-GCM",
    true,
    ["encrypt"],
  );
  const sealed = async (text) => subtle.encrypt(seal, encrypting, utf8(text));
  const unwrapJwk = (bytes) =>
    subtle.unwrapKey("jwk", bytes, wrapping, seal, algorithm, true, ["sign"]);
  await assertRejects(
    unwrapJwk(await sealed("5")),
    "DataError",
    'Missing "kty" field or corrupt JSON unwrapping key?',
  );
  await assertRejects(unwrapJwk(await sealed("{")), "SyntaxError");
  await assertRejects(unwrapJwk(await sealed("{}")), "SyntaxError",
    'Attempt to import public ECDSA key with invalid usage "sign".');
  await assertRejects(unwrapJwk(await sealed('\ufeff{"kty":"EC"}')), "SyntaxError", /JSON/);
});
