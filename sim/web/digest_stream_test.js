// crypto.DigestStream.
import {
  assert,
  assertEquals,
  assertRejects,
  assertThrows,
  consoleLines,
  hex,
  test,
} from "./testing.js";

const utf8 = (text) => new TextEncoder().encode(text);

async function digestOf(algorithm, ...chunks) {
  const stream = new crypto.DigestStream(algorithm);
  const writer = stream.getWriter();
  for (const chunk of chunks) await writer.write(chunk);
  await writer.close();
  return { digest: await stream.digest, bytesWritten: stream.bytesWritten };
}

test("a digest of what is written", async () => {
  for (const algorithm of ["MD5", "SHA-1", "sha-256", { name: "SHA-384" }, "SHA-512"]) {
    const { digest, bytesWritten } = await digestOf(algorithm, utf8("hello"), utf8("there"));
    assert(digest instanceof ArrayBuffer);
    assertEquals(hex(digest), hex(await crypto.subtle.digest(algorithm, utf8("hellothere"))));
    assertEquals(bytesWritten, 10n);
  }
  const { digest, bytesWritten } = await digestOf("MD5");
  assertEquals([hex(digest), bytesWritten], ["d41d8cd98f00b204e9800998ecf8427e", 0n]);
});

test("chunks are buffers, views of any kind, and strings as UTF-8", async () => {
  const expected = hex(await crypto.subtle.digest("SHA-256", utf8("aé\u{1f600}")));
  const { digest, bytesWritten } = await digestOf("SHA-256", "a", "é", "", "\u{1f600}");
  assertEquals([hex(digest), bytesWritten], [expected, 7n]);
  const words = new Uint32Array([0, 1, 2]);
  const whole = hex(await crypto.subtle.digest("SHA-1", words.slice(1)));
  assertEquals(hex((await digestOf("SHA-1", words.subarray(1))).digest), whole);
  assertEquals(hex((await digestOf("SHA-1", words.slice(1).buffer)).digest), whole);
  assertEquals(hex((await digestOf("SHA-1", new DataView(words.buffer, 4))).digest), whole);
  await assertRejects(
    digestOf("SHA-1", 123),
    "TypeError",
    "DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/" +
      "string type on its writable side.",
  );
});

// The check values of the catalogue of parametrised CRC algorithms (CRC-32/ISO-HDLC,
// CRC-32/ISCSI, CRC-64/NVME).
test("cyclic redundancy checks", async () => {
  for (const [name, expected] of [
    ["crc32", "cbf43926"],
    ["crc32c", "e3069283"],
    ["crc64nvme", "ae8b14860a799888"],
  ]) {
    const { digest, bytesWritten } = await digestOf(name, "1234", "56789");
    assertEquals([hex(digest), bytesWritten], [expected, 9n]);
  }
  assertThrows(() => new crypto.DigestStream("CRC32"), "NotSupportedError");
});

test("it is a WritableStream", async () => {
  const stream = new crypto.DigestStream("SHA-256");
  assert(stream instanceof WritableStream);
  assertEquals(Object.prototype.toString.call(stream), "[object DigestStream]");
  await new Response("a body").body.pipeTo(stream);
  assertEquals(
    hex(await stream.digest),
    hex(await crypto.subtle.digest("SHA-256", utf8("a body"))),
  );
  assertEquals(stream.digest, stream.digest);
});

test("what the console shows of it", async () => {
  const stream = new crypto.DigestStream("SHA-1");
  const writer = stream.getWriter();
  await writer.write("four");
  writer.releaseLock();
  console.log(stream);
  const shown = "DigestStream { locked: false, state: 'writable', bytesWritten: 4n }";
  assertEquals(consoleLines(), [`log: ${shown}`]);
});

test("an aborted stream has no digest", async () => {
  const stream = new crypto.DigestStream("MD5");
  const writer = stream.getWriter();
  await writer.write("hello");
  await writer.abort(new RangeError("enough"));
  await assertRejects(stream.digest, "RangeError", "enough");
  assertEquals(stream.bytesWritten, 5n);
});

test("a disposed stream has no digest", async () => {
  const stream = new crypto.DigestStream("MD5");
  stream[Symbol.dispose]();
  stream[Symbol.dispose]();
  await assertRejects(stream.getWriter().write("x"), "TypeError", "The DigestStream was disposed.");
  await assertRejects(stream.digest, "TypeError", "The DigestStream was disposed.");
  const finished = new crypto.DigestStream("MD5");
  await finished.close();
  finished[Symbol.dispose]();
  assertEquals(hex(await finished.digest), "d41d8cd98f00b204e9800998ecf8427e");
});

test("unknown digests", () => {
  assertThrows(
    () => new crypto.DigestStream("foo"),
    "NotSupportedError",
    "Unrecognized or unimplemented digest algorithm requested.",
  );
  assertThrows(() => new crypto.DigestStream({}), "NotSupportedError");
  assertThrows(() => new crypto.DigestStream(), "TypeError");
});
