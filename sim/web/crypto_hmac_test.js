// HMAC against RFC 4231 and RFC 2202, its keys, and what is refused.
import { assert, assertEquals, assertRejects, fromHex, hex, test } from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const both = ["sign", "verify"];

const importHmac = (key, hash, usages = both) =>
  subtle.importKey("raw", key, { name: "HMAC", hash }, true, usages);

const filled = (byte, count) => new Uint8Array(count).fill(byte);

// RFC 4231, sections 4.2, 4.3, 4.4 and 4.7; RFC 2202, section 3 for SHA-1.
const cases = [
  [
    "case 1",
    filled(0x0b, 20),
    utf8("Hi There"),
    {
      "SHA-1": "b617318655057264e28bc0b6fb378c8ef146be00",
      "SHA-256": "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "SHA-384":
        "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
      "SHA-512":
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    },
  ],
  [
    "case 2",
    utf8("Jefe"),
    utf8("what do ya want for nothing?"),
    {
      "SHA-1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
      "SHA-256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "SHA-384":
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
      "SHA-512":
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    },
  ],
  [
    "case 3",
    filled(0xaa, 20),
    filled(0xdd, 50),
    {
      "SHA-1": "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
      "SHA-256": "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      "SHA-384":
        "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
      "SHA-512":
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
    },
  ],
  [
    "case 6, a key longer than a block",
    filled(0xaa, 131),
    utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    {
      "SHA-256": "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      "SHA-384":
        "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
      "SHA-512":
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    },
  ],
];

for (const [name, keyBytes, data, results] of cases) {
  test(`HMAC (RFC 4231, ${name})`, async () => {
    for (const hash of Object.keys(results)) {
      const key = await importHmac(keyBytes, hash);
      const signature = await subtle.sign("HMAC", key, data);
      assertEquals(hex(signature), results[hash], hash);
      assertEquals(await subtle.verify("hmac", key, signature, data), true);
      assertEquals(await subtle.verify("HMAC", key, signature, utf8("other")), false);
      assertEquals(await subtle.verify("HMAC", key, signature.slice(1), data), false);
      assertEquals(await subtle.verify("HMAC", key, new Uint8Array(), data), false);
      new Uint8Array(signature)[0] ^= 1;
      assertEquals(await subtle.verify("HMAC", key, signature, data), false);
    }
  });
}

test("HMAC of MD5 (RFC 2202, section 2, case 2), which is production's own", async () => {
  const key = await importHmac(utf8("Jefe"), "MD5");
  const signature = await subtle.sign("HMAC", key, utf8("what do ya want for nothing?"));
  assertEquals(hex(signature), "750c783e6ab0b503eaa86e310a5db738");
  await assertRejects(
    subtle.exportKey("jwk", key),
    "NotSupportedError",
    'Unimplemented JWK key export format for key algorithm "MD5".',
  );
});

test("HMAC keys: generated, exported, imported", async () => {
  for (const [hash, bits] of [
    ["SHA-1", 512],
    ["SHA-256", 512],
    ["SHA-384", 1024],
    ["SHA-512", 1024],
  ]) {
    const algorithm = { name: "HMAC", hash: { name: hash.toLowerCase() } };
    const key = await subtle.generateKey(algorithm, true, ["verify", "sign", "sign"]);
    assertEquals(key.algorithm, { name: "HMAC", hash: { name: hash }, length: bits });
    assertEquals([key.type, key.usages], ["secret", both]);
    const raw = hex(await subtle.exportKey("raw", key));
    assertEquals(raw.length, bits / 4);
    const jwk = await subtle.exportKey("jwk", key);
    assertEquals([jwk.kty, jwk.alg, jwk.ext], ["oct", `HS${hash.slice(4)}`, true]);
    assertEquals(jwk.key_ops, both);
    const again = await subtle.importKey("jwk", jwk, { name: "HMAC", hash }, true, ["sign"]);
    assertEquals(hex(await subtle.exportKey("raw", again)), raw);
  }
});

test("HMAC keys as JSON Web Keys, the digest in lower case", async () => {
  const jwk = { kty: "oct", alg: "HS256", k: "AQID" };
  const key = await subtle.importKey("jwk", jwk, { name: "HMAC", hash: "sha-256" }, true, ["sign"]);
  assertEquals(key.algorithm.hash.name, "SHA-256");
});

test("HMAC key lengths that are no whole bytes", async () => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await subtle.generateKey({ ...algorithm, length: 12 }, true, both);
  assertEquals(key.algorithm.length, 12);
  const raw = new Uint8Array(await subtle.exportKey("raw", key));
  assertEquals([raw.length, raw[1] & 0x0f], [2, 0]);
  const imported = await subtle.importKey(
    "raw",
    fromHex("ffff"),
    { ...algorithm, length: 11 },
    true,
    both,
  );
  assertEquals(hex(await subtle.exportKey("raw", imported)), "ffe0");
  for (const length of [8, 17, 0]) {
    await assertRejects(
      subtle.importKey("raw", fromHex("ffff"), { ...algorithm, length }, true, both),
      "DataError",
      `Imported HMAC key length (${length}) must be a non-zero value up to 7 bits less than, and ` +
        "no greater than, the bit length of the raw key data (16).",
    );
  }
  await assertRejects(
    subtle.generateKey({ ...algorithm, length: 0 }, true, both),
    "OperationError",
    "HMAC key length must be a non-zero unsigned long integer (requested 0).",
  );
});

test("what HMAC refuses", async () => {
  const algorithm = { name: "HMAC", hash: "SHA-512" };
  const key = await subtle.importKey("raw", utf8("k"), algorithm, false, ["sign"]);
  const message = "Attempt to export non-extractable HMAC key.";
  await assertRejects(subtle.exportKey("raw", key), "InvalidAccessError", message);
  await assertRejects(subtle.verify("HMAC", key, utf8(""), utf8("")), "InvalidAccessError");
  await assertRejects(subtle.sign("ECDSA", key, utf8("")), "InvalidAccessError");
  const read = (format, data, usages = ["sign"], changes = {}) =>
    subtle.importKey(format, data, { ...algorithm, ...changes }, true, usages);
  await assertRejects(
    read("raw", utf8("k"), ["encrypt"]),
    "SyntaxError",
    'Attempt to import secret HMAC key with invalid usage "encrypt".',
  );
  await assertRejects(
    read("raw", utf8("k"), []),
    "SyntaxError",
    "Secret/private CryptoKeys must have at least one usage.",
  );
  await assertRejects(read("raw", utf8("k"), "sign"), "TypeError", /parameter 5 is not of type/);
  await assertRejects(read("raw", utf8("")), "DataError", /^Imported HMAC key length \(0\)/);
  await assertRejects(read("spki", utf8("k")), "NotSupportedError");
  await assertRejects(
    read("der", utf8("k")),
    "NotSupportedError",
    'Unrecognized key import format "der".',
  );
  await assertRejects(
    read("raw", utf8("k"), ["sign"], { hash: undefined }),
    "TypeError",
    'Missing field "hash" in "algorithm".',
  );
  await assertRejects(read("raw", utf8("k"), ["sign"], { hash: "SHA-3" }), "NotSupportedError");
  const jwk = { kty: "oct", k: "aw" };
  assert((await read("jwk", jwk)) instanceof CryptoKey);
  await assertRejects(read("jwk", { ...jwk, kty: "EC" }), "DataError");
  await assertRejects(
    read("jwk", { ...jwk, alg: "HS256" }),
    "DataError",
    'HMAC "jwk" key import specifies "alg" that is incompatible with the hash name (encountered ' +
      '"HS256", expected "HS512").',
  );
  await assertRejects(
    subtle.importKey("raw", utf8("k"), "HMAC-2", true, ["sign"]),
    "NotSupportedError",
    'Unrecognized key import algorithm "HMAC-2" requested.',
  );
  await assertRejects(
    subtle.generateKey("HMAC-2", true, ["sign"]),
    "NotSupportedError",
    'Unrecognized key generation algorithm "HMAC-2" requested.',
  );
});
