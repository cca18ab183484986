import { assert, assertEquals, assertRejects, assertThrows, hex, test } from "./testing.js";

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
  await assertRejects(
    crypto.subtle.digest("SHA-3", utf8("")),
    "NotSupportedError",
    "Unrecognized or unimplemented digest algorithm requested.",
  );
  await assertRejects(
    crypto.subtle.digest({}, utf8("")),
    "NotSupportedError",
    "Unrecognized or unimplemented digest algorithm requested.",
  );
  await assertRejects(
    crypto.subtle.digest("SHA-1", "text"),
    "TypeError",
    "Failed to execute 'digest' on 'SubtleCrypto': parameter 2 is not of type " +
      "'BufferSource'.",
  );
  await assertRejects(crypto.subtle.digest("SHA-1"), "TypeError");
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

test("the classes are not to be constructed, and their methods need their object", () => {
  for (const cls of [Crypto, SubtleCrypto, CryptoKey]) {
    assertThrows(() => new cls(), "TypeError", "Illegal constructor");
  }
  const { digest } = crypto.subtle;
  const message = /^Illegal invocation: function called with incorrect `this` reference\. See https:/;
  assertThrows(() => digest("SHA-1", utf8("")), "TypeError", message);
  assertThrows(() => digest.call({}, "SHA-1", utf8("")), "TypeError", message);
});

test("what a script changes does not change what it gets", async () => {
  const { includes, push, sort } = Array.prototype;
  const { iterator } = Symbol;
  const iterate = Array.prototype[iterator];
  const { charCodeAt } = String.prototype;
  try {
    const broken = () => {
      throw new Error("called");
    };
    Object.assign(Array.prototype, { includes: broken, push: broken, sort: broken });
    Array.prototype[iterator] = broken;
    String.prototype.charCodeAt = broken;
    const key = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const jwk = await crypto.subtle.exportKey("jwk", key.privateKey);
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const again = await crypto.subtle.importKey("jwk", jwk, algorithm, true, ["sign"]);
    const hmac = { name: "HMAC", hash: "SHA-256" };
    const secret = await crypto.subtle.importKey("jwk", { kty: "oct", k: "AQID" }, hmac, true, [
      "sign",
    ]);
    assertEquals([again.type, secret.type].length, 2);
  } finally {
    Object.assign(Array.prototype, { includes, push, sort });
    Array.prototype[iterator] = iterate;
    String.prototype.charCodeAt = charCodeAt;
  }
});
