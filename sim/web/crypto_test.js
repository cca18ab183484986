import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);

test("getRandomValues fills integer arrays", () => {
  const array = new Uint8Array(32);
  assertEquals(crypto.getRandomValues(array), array);
  assert(new Set(array).size > 10);
  assert(crypto.getRandomValues(new BigUint64Array(1))[0] !== 0n);
  const part = new Uint8Array(8);
  crypto.getRandomValues(part.subarray(4));
  assertEquals([...part.subarray(0, 4)], [0, 0, 0, 0]);
});

test("getRandomValues refuses what is too long or not integers", () => {
  assertThrows(
    () => crypto.getRandomValues(new Uint8Array(65537)),
    "QuotaExceededError",
    /65537 bytes/,
  );
  assertEquals(crypto.getRandomValues(new Uint8Array(65536)).length, 65536);
  for (const bad of [new Float32Array(1), new Float64Array(1), new DataView(new ArrayBuffer(1))]) {
    assertThrows(() => crypto.getRandomValues(bad), "TypeMismatchError");
  }
  assertThrows(() => crypto.getRandomValues([]), "TypeError");
});

const draws = [];
for (let i = 0; i < 2; i++) {
  test(`the seed of a request decides what it draws, part ${i}`, () => {
    draws.push(`${crypto.randomUUID()} ${Math.random()}`);
    if (i === 1) assert(draws[0] !== draws[1]);
  });
}

test("randomUUID is version 4", () => {
  assert(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(
      crypto.randomUUID(),
    ),
  );
  assert(crypto.randomUUID() !== crypto.randomUUID());
});

test("Math.random is in range", () => {
  const values = Array.from({ length: 1000 }, Math.random);
  assert(values.every((value) => value >= 0 && value < 1));
  assert(new Set(values).size > 990);
  assertEquals([Math.random.name, Math.random.length], ["random", 0]);
});

test("digest", async () => {
  const cases = [
    ["SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      { name: "SHA-384" },
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ],
    [
      "SHA-512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
    ["MD5", "900150983cd24fb0d6963f7d28e17f72"],
  ];
  for (const [algorithm, expected] of cases) {
    const result = await crypto.subtle.digest(algorithm, utf8("abc"));
    assert(result instanceof ArrayBuffer);
    assertEquals(hex(result), expected);
  }
  assertEquals(
    hex(await crypto.subtle.digest("SHA-1", new DataView(utf8("xabc").buffer, 1))),
    cases[0][1],
  );
  await assertRejects(crypto.subtle.digest("SHA-3", utf8("")), "NotSupportedError");
  await assertRejects(crypto.subtle.digest({}, utf8("")), "TypeError");
  await assertRejects(crypto.subtle.digest("SHA-1", "text"), "TypeError");
  await assertRejects(crypto.subtle.digest("SHA-1"), "TypeError");
});

test("HMAC (RFC 4231, case 2)", async () => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8("Jefe"), algorithm, false, [
    "sign",
    "verify",
  ]);
  assertEquals([key.type, key.extractable, key.usages], ["secret", false, ["sign", "verify"]]);
  assertEquals(key.algorithm, { name: "HMAC", hash: { name: "SHA-256" }, length: 32 });
  const data = utf8("what do ya want for nothing?");
  const signature = await crypto.subtle.sign("HMAC", key, data);
  assertEquals(hex(signature), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assertEquals(await crypto.subtle.verify("HMAC", key, signature, data), true);
  assertEquals(await crypto.subtle.verify("HMAC", key, signature.slice(1), data), false);
  new Uint8Array(signature)[0] ^= 1;
  assertEquals(await crypto.subtle.verify("HMAC", key, signature, data), false);
  await assertRejects(crypto.subtle.exportKey("raw", key), "InvalidAccessError");
});

test("HMAC keys as JSON Web Keys, and what is refused", async () => {
  const algorithm = { name: "HMAC", hash: { name: "SHA-512" } };
  const key = await crypto.subtle.generateKey(algorithm, true, ["sign"]);
  assertEquals(key.algorithm.length, 1024);
  const jwk = await crypto.subtle.exportKey("jwk", key);
  assertEquals([jwk.kty, jwk.alg, jwk.key_ops, jwk.ext], ["oct", "HS512", ["sign"], true]);
  const again = await crypto.subtle.importKey("jwk", jwk, algorithm, true, ["sign"]);
  assertEquals(
    hex(await crypto.subtle.exportKey("raw", again)),
    hex(await crypto.subtle.exportKey("raw", key)),
  );
  await assertRejects(crypto.subtle.verify("HMAC", key, utf8(""), utf8("")), "InvalidAccessError");
  await assertRejects(
    crypto.subtle.importKey("raw", utf8("k"), algorithm, true, ["encrypt"]),
    "SyntaxError",
  );
  await assertRejects(
    crypto.subtle.importKey("raw", utf8("k"), algorithm, true, []),
    "SyntaxError",
  );
  await assertRejects(
    crypto.subtle.importKey("raw", utf8(""), algorithm, true, ["sign"]),
    "DataError",
  );
  await assertRejects(
    crypto.subtle.importKey("spki", utf8("k"), algorithm, true, ["sign"]),
    "NotSupportedError",
  );
  await assertRejects(
    crypto.subtle.importKey("raw", utf8("k"), "AES-GCM", true, ["sign"]),
    "NotSupportedError",
  );
  assertThrows(() => new CryptoKey(), "TypeError", "Illegal constructor");
});

test("timingSafeEqual", () => {
  assertEquals(crypto.subtle.timingSafeEqual(utf8("ab"), utf8("ab").buffer), true);
  assertEquals(crypto.subtle.timingSafeEqual(utf8("ab"), utf8("ac")), false);
  assertThrows(
    () => crypto.subtle.timingSafeEqual(utf8("a"), utf8("ab")),
    "TypeError",
    /same byte length/,
  );
});
