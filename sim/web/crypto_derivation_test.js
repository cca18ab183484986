// HKDF and PBKDF2 against the RFCs, deriveKey, and what is refused.
import { assertEquals, assertRejects, fromHex, hex, test } from "./testing.js";

const { subtle } = crypto;
const utf8 = (text) => new TextEncoder().encode(text);
const nothing = new Uint8Array();

const importSecret = (name, bytes, usages = ["deriveBits", "deriveKey"]) =>
  subtle.importKey("raw", bytes, name, false, usages);

const range = (first, last) => Uint8Array.from({ length: last - first + 1 }, (_, i) => first + i);

// RFC 5869, appendix A.
const hkdfCases = [
  [
    "A.1",
    "SHA-256",
    new Uint8Array(22).fill(0x0b),
    range(0, 12),
    range(0xf0, 0xf9),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    "A.2",
    "SHA-256",
    range(0, 0x4f),
    range(0x60, 0xaf),
    range(0xb0, 0xff),
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  [
    "A.3",
    "SHA-256",
    new Uint8Array(22).fill(0x0b),
    nothing,
    nothing,
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  ],
  [
    "A.4",
    "SHA-1",
    new Uint8Array(11).fill(0x0b),
    range(0, 12),
    range(0xf0, 0xf9),
    "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896",
  ],
];

for (const [section, hash, secret, salt, info, expected] of hkdfCases) {
  test(`HKDF (RFC 5869, ${section})`, async () => {
    const key = await importSecret("HKDF", secret);
    const algorithm = { name: "HKDF", hash, salt, info };
    const bits = await subtle.deriveBits(algorithm, key, expected.length * 4);
    assertEquals(hex(bits), expected);
  });
}

// RFC 6070 (SHA-1; not the case of 16,777,216 iterations), RFC 7914 section 11 (SHA-256).
const pbkdf2Cases = [
  ["RFC 6070", "SHA-1", "password", "salt", 1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"],
  ["RFC 6070", "SHA-1", "password", "salt", 2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"],
  ["RFC 6070", "SHA-1", "password", "salt", 4096, "4b007901b765489abead49d926f721d065a429c1"],
  [
    "RFC 6070",
    "SHA-1",
    "passwordPASSWORDpassword",
    "saltSALTsaltSALTsaltSALTsaltSALTsalt",
    4096,
    "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
  ],
  ["RFC 6070", "SHA-1", "pass\0word", "sa\0lt", 4096, "56fa6aa75548099dcc37d7f03425e0c3"],
  [
    "RFC 7914",
    "SHA-256",
    "passwd",
    "salt",
    1,
    `55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc
     49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783`,
  ],
];

for (const [source, hash, password, salt, iterations, expected] of pbkdf2Cases) {
  test(`PBKDF2 (${source}, ${JSON.stringify(password)}, ${iterations} iterations)`, async () => {
    const key = await importSecret("PBKDF2", utf8(password));
    const algorithm = { name: "PBKDF2", hash, salt: utf8(salt), iterations };
    const digits = hex(fromHex(expected));
    assertEquals(hex(await subtle.deriveBits(algorithm, key, digits.length * 4)), digits);
  });
}

test("secrets and salts may be empty", async () => {
  const hkdf = await importSecret("HKDF", nothing);
  const bits = await subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: nothing, info: nothing },
    hkdf,
    256,
  );
  // HMAC-SHA-256, twice, of the RFC's steps with empty inputs.
  const extract = await importHmac(new Uint8Array(32));
  const pseudorandom = await subtle.sign("HMAC", extract, nothing);
  const expand = await importHmac(pseudorandom);
  assertEquals(hex(bits), hex(await subtle.sign("HMAC", expand, Uint8Array.of(1))));

  const pbkdf2 = await importSecret("PBKDF2", nothing);
  const algorithm = { name: "PBKDF2", hash: "SHA-512", salt: nothing, iterations: 1 };
  assertEquals((await subtle.deriveBits(algorithm, pbkdf2, 8)).byteLength, 1);
});

const importHmac = (bytes) =>
  subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

test("deriveKey makes keys of the right length", async () => {
  const base = await importSecret("HKDF", utf8("secret"));
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: nothing, info: nothing };
  const bits = hex(await subtle.deriveBits(algorithm, base, 1024));
  for (const [type, usages, length] of [
    [{ name: "AES-GCM", length: 128 }, ["encrypt"], 128],
    [{ name: "aes-kw", length: 256 }, ["wrapKey"], 256],
    [{ name: "HMAC", hash: "SHA-256" }, ["sign"], 512],
    [{ name: "HMAC", hash: "SHA-512" }, ["sign"], 1024],
    [{ name: "HMAC", hash: "SHA-512", length: 64 }, ["sign"], 64],
  ]) {
    const key = await subtle.deriveKey(algorithm, base, type, true, usages);
    assertEquals([key.algorithm.length, key.usages], [length, usages]);
    assertEquals(hex(await subtle.exportKey("raw", key)), bits.slice(0, length / 4));
  }
  const derive = (type, usages = ["encrypt"]) =>
    subtle.deriveKey(algorithm, base, type, true, usages);
  await assertRejects(
    derive({ name: "AES-GCM", length: 64 }),
    "OperationError",
    "Derived AES key must be 128, 192, or 256 bits in length but provided 64.",
  );
  await assertRejects(
    derive("AES-GCM"),
    "TypeError",
    'Missing field "length" in "derivedKeyParams".',
  );
  await assertRejects(
    derive({ name: "HMAC", hash: "SHA-1", length: 0 }, ["sign"]),
    "TypeError",
    "HMAC key length must be a non-zero unsigned long integer.",
  );
  await assertRejects(derive("HMAC"), "TypeError", 'Missing field "hash" in "derivedKeyParams".');
  await assertRejects(
    derive("RSA-PSS"),
    "NotSupportedError",
    'Unrecognized derived key type "RSA-PSS" requested.',
  );
  await assertRejects(
    derive("PBKDF2", ["deriveBits"]),
    "OperationError",
    "HKDF cannot derive a key with null length.",
  );
  await assertRejects(derive({ name: "AES-GCM", length: 128 }, ["sign"]), "SyntaxError");
  await assertRejects(derive({ name: "AES-GCM", length: 128 }, []), "SyntaxError");
});

test("what HKDF refuses", async () => {
  const key = await importSecret("HKDF", utf8("secret"));
  const whole = { name: "HKDF", hash: "SHA-256", salt: nothing, info: nothing };
  const derive = (changes, length = 256) =>
    subtle.deriveBits({ ...whole, ...changes }, key, length);
  for (const field of ["hash", "salt", "info"]) {
    await assertRejects(
      derive({ [field]: undefined }),
      "TypeError",
      `Missing field "${field}" in "algorithm".`,
    );
  }
  for (const length of [7, 9]) {
    await assertRejects(
      derive({}, length),
      "OperationError",
      `HKDF requires a derived key length that is a multiple of eight (requested ${length}).`,
    );
  }
  for (const length of [undefined, null]) {
    await assertRejects(
      subtle.deriveBits(whole, key, length),
      "OperationError",
      "HKDF cannot derive a key with null length.",
    );
  }
  await assertRejects(derive({}, -8), "TypeError");
  assertEquals([(await derive({}, 0)).byteLength, (await derive({}, "many")).byteLength], [0, 0]);
  await assertRejects(derive({ salt: "text" }), "TypeError");
  // RFC 5869, section 2.3: at most 255 digests.
  assertEquals((await derive({}, 255 * 256)).byteLength, 255 * 32);
  await assertRejects(derive({}, 255 * 256 + 8), "OperationError", "HKDF deriveBits failed.");
});

test("what PBKDF2 refuses", async () => {
  const key = await importSecret("PBKDF2", utf8("secret"));
  const whole = { name: "PBKDF2", hash: "SHA-256", salt: nothing, iterations: 10 };
  const derive = (changes, length = 256) =>
    subtle.deriveBits({ ...whole, ...changes }, key, length);
  for (const field of ["hash", "salt", "iterations"]) {
    await assertRejects(
      derive({ [field]: undefined }),
      "TypeError",
      `Missing field "${field}" in "algorithm".`,
    );
  }
  await assertRejects(
    derive({ iterations: 0 }),
    "OperationError",
    "PBKDF2 requires a positive iteration count (requested 0).",
  );
  assertEquals((await derive({ iterations: 100000 }, 8)).byteLength, 1);
  await assertRejects(derive({ iterations: 2 ** 31 }), "TypeError");
  await assertRejects(
    derive({}, 12),
    "OperationError",
    "PBKDF2 requires a derived key length that is a multiple of eight (requested 12).",
  );
  assertEquals((await derive({}, 0)).byteLength, 0);
  await assertRejects(
    subtle.deriveBits(whole, key),
    "OperationError",
    "PBKDF2 cannot derive a key with null length.",
  );
});

test("PBKDF2 refuses more iterations than the edge has time for", async () => {
  const key = await importSecret("PBKDF2", utf8("secret"));
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: nothing, iterations: 100001 };
  await assertRejects(
    subtle.deriveBits(algorithm, key, 256),
    "NotSupportedError",
    "Pbkdf2 failed: iteration counts above 100000 are not supported (requested 100001).",
  );
});

test("keys of HKDF and PBKDF2 come in raw, and stay inside", async () => {
  for (const name of ["HKDF", "PBKDF2"]) {
    const key = await importSecret(name, utf8("secret"), ["deriveKey"]);
    assertEquals([key.algorithm, key.type], [{ name }, "secret"]);
    assertEquals([key.usages, key.extractable], [["deriveKey"], false]);
    await assertRejects(
      subtle.exportKey("raw", key),
      "InvalidAccessError",
      `Attempt to export non-extractable ${name} key.`,
    );
    await assertRejects(subtle.deriveBits({ name }, key, 8), "InvalidAccessError");
    await assertRejects(
      subtle.importKey("raw", utf8("s"), name, true, ["deriveKey"]),
      "SyntaxError",
      `${name} key cannot be extractable.`,
    );
    await assertRejects(
      subtle.importKey("jwk", { kty: "oct", k: "aw" }, name, false, ["deriveKey"]),
      "NotSupportedError",
      new RegExp(`^${name} key must be imported in "raw" format`),
    );
    await assertRejects(
      subtle.importKey("raw", utf8("s"), name, false, ["sign"]),
      "SyntaxError",
      `Attempt to import secret ${name} key with invalid usage "sign".`,
    );
    await assertRejects(
      subtle.generateKey({ name, length: 128 }, false, ["deriveKey"]),
      "NotSupportedError",
      `Unrecognized key generation algorithm "${name}" requested.`,
    );
  }
});
