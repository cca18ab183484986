import crypto, {
  createHash,
  createHmac,
  getHashes,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  timingSafeEqual,
} from "node:crypto";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("digests of text and bytes, in pieces", () => {
  assertEquals(
    createHash("sha256").update("a").update(Buffer.from("bc")).digest("hex"),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  assertEquals(createHash("md5").update("").digest("base64"), "1B2M2Y8AsgTpgAmY7PhCfg==");
  assertEquals(
    createHash("sha1").update("616263", "hex").digest().toString("hex").slice(0, 8),
    "a9993e36",
  );
  assertEquals(crypto.hash("sha1", "abc").slice(0, 8), "a9993e36");
  assertEquals(createHash("SHA-512".replace("-", "")).digest().length, 64);
});

test("a digest of any length", () => {
  assertEquals(createHash("shake128", { outputLength: 4 }).update("").digest("hex"), "7f9c2ba4");
});

test("every digest that is listed can be made", () => {
  for (const name of getHashes()) createHash(name).update("a").digest();
  assert(getHashes().includes("sha256"));
});

test("a digest can be copied, and is given once", () => {
  const hash = createHash("sha256").update("ab");
  const copy = hash.copy();
  assertEquals(copy.update("c").digest("hex").slice(0, 8), "ba7816bf");
  assertEquals(hash.digest("hex").slice(0, 8), "fb8e20fc");
  const error = assertThrows(() => hash.update("x"), "Error", "Digest already called");
  assertEquals(error.code, "ERR_CRYPTO_HASH_FINALIZED");
  assertThrows(() => hash.digest(), "Error", "Digest already called");
  assertThrows(() => createHash("nonsense"), "Error", "Digest method not supported");
  assertThrows(
    () => createHash("sha1").update(1),
    "TypeError",
    'The "data" argument must be of type string or an instance of Buffer, TypedArray, or ' +
      "DataView. Received type number (1)",
  );
});

test("a digest is a stream", async () => {
  const hash = createHash("sha256");
  hash.write("ab");
  hash.end("c");
  const parts = [];
  for await (const part of hash) parts.push(part);
  assertEquals(Buffer.concat(parts).toString("hex").slice(0, 8), "ba7816bf");
});

test("HMAC", () => {
  assertEquals(
    createHmac("sha256", "key").update("The quick brown fox jumps over the lazy dog").digest("hex"),
    "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
  );
  const hmac = createHmac("sha1", Buffer.alloc(0)).update("");
  assertEquals(hmac.digest("hex").slice(0, 8), "fbdb1d1b");
  assertEquals(hmac.digest("hex"), "");
  assertThrows(() => createHmac("nonsense", "k"), "Error", "Digest method not supported");
  assertThrows(
    () => createHmac("sha1", 5),
    "TypeError",
    /^The "key" argument must be of type string/,
  );
});

test("random values", async () => {
  const bytes = randomBytes(16);
  assert(Buffer.isBuffer(bytes) && bytes.length === 16 && bytes.some((b) => b !== 0));
  const later = await new Promise((resolve) => randomBytes(4, (_error, value) => resolve(value)));
  assertEquals(later.length, 4);
  for (let i = 0; i < 50; i++) {
    const n = randomInt(5, 8);
    assert(n >= 5 && n < 8 && Number.isInteger(n));
  }
  assertEquals(randomInt(1), 0);
  assertThrows(() => randomInt(5, 5), "RangeError", /The value of "min" is out of range/);
  assertThrows(
    () => randomBytes(-1),
    "RangeError",
    'The value of "size" is out of range. It must be >= 0 && <= 2147483647. Received -1',
  );
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(randomUUID()));
  assertThrows(() => randomUUID(1), "TypeError", /"options" argument must be of type object/);
});

test("randomFillSync() fills a part", () => {
  assertEquals([...randomFillSync(new Uint8Array(64), 32)].slice(0, 32), new Array(32).fill(0));
});

test("timingSafeEqual, webcrypto, pbkdf2", async () => {
  assertEquals(timingSafeEqual(Buffer.from("ab"), Buffer.from("ab")), true);
  assertEquals(timingSafeEqual(Buffer.from("ab"), Buffer.from("ac")), false);
  assertThrows(
    () => timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2)),
    "TypeError",
    "Input buffers must have the same byte length.",
  );
  assertEquals(crypto.webcrypto, globalThis.crypto);
  assertEquals(pbkdf2Sync("password", "salt", 1, 8, "sha1").toString("hex"), "0c60c80f961f0e71");
  const derived = await new Promise((resolve) =>
    pbkdf2("password", "salt", 2, 8, "sha1", (_error, value) => resolve(value)),
  );
  assertEquals(derived.toString("hex"), "ea6c014dc72d6f8c");
  assertThrows(() => pbkdf2Sync("a", "b", 1, 8, "nope"), "TypeError", "Invalid Pbkdf2 digest: nope.");
});
