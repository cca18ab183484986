import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const formats = ["gzip", "deflate", "deflate-raw", "brotli"];
const bytes = (...list) => new Uint8Array(list);
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);

/** 8,800 bytes, and what Python's gzip and zlib (Node's Brotli) make of them. */
const line = "flamesim runs internal workers on a laptop. ";
const lines = line.repeat(200);
const compressed = {
  gzip:
    "H4sIAAAAAAACA+3Kyw2AIBQAsFXeBO7EARIjv4DG9R3E9txSU8v7bLGevuPsd1491XjHuvLaMXqkqGneYx5RXNd1" +
    "Xdd1Xdd1Xdd1Xdd1Xdd1Xdd1Xdd13d/dD8EtZbBgIgAA",
  deflate:
    "eNrtyssNgCAUALBV3gTuxAESI7+AxvUdxPbcUlPL+2yxnr7j7HdePdV4x7ry2jF6pKhp3mMeUVzXdV3XdV3XdV3X" +
    "dV3XdV3XdV3XdV3Xdd3f3Q+b/8iV",
  "deflate-raw":
    "7crLDYAgFACwVd4E7sQBEiO/gMb1HcT23FJTy/tssZ6+4+x3Xj3VeMe68toxeqSoad5jHlFc13Vd13Vd13Vd13Vd" +
    "13Vd13Vd13Vd13Xd390P",
  brotli: "G18i+EW3RqkuJGNfUBBe9C4LMejA3EGgn9KCqeeJ/ZWjIXrcMwCI4LweAQ==",
};

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(...chunk);
  return new Uint8Array(chunks);
}

/** What comes out for these chunks; the writer's promises are looked at by those who test them. */
function through(transform, ...chunks) {
  const writer = transform.writable.getWriter();
  const ignore = () => {};
  for (const chunk of chunks) writer.write(chunk).catch(ignore);
  writer.close().catch(ignore);
  writer.closed.catch(ignore);
  writer.ready.catch(ignore);
  return collect(transform.readable);
}
const compress = (format, ...chunks) => through(new CompressionStream(format), ...chunks);
const decompress = (format, ...chunks) => through(new DecompressionStream(format), ...chunks);
const text = (data) => new TextDecoder().decode(data);

for (const format of formats) {
  test(`${format}: what other programs compressed is decompressed, whole and byte by byte`, async () => {
    const data = fromBase64(compressed[format]);
    assertEquals(text(await decompress(format, data)), lines);
    const pieces = [...data].map((byte) => bytes(byte));
    assertEquals(text(await decompress(format, ...pieces)), lines, "byte by byte");
  });

  test(`${format}: what is compressed here is smaller, and comes back`, async () => {
    const packed = await compress(format, utf8(lines));
    assert(packed.byteLength < 200, `${packed.byteLength} bytes`);
    assertEquals(text(await decompress(format, packed)), lines);
    const random = new Uint8Array(100_000);
    for (let at = 0; at < random.length; at += 50_000) {
      crypto.getRandomValues(random.subarray(at, at + 50_000));
    }
    const incompressible = await compress(format, random.subarray(0, 1), random.subarray(1));
    assertEquals(await decompress(format, incompressible), random);
  });

  test(`${format}: nothing compresses to something, and back to nothing`, async () => {
    const packed = await compress(format);
    assert(packed.byteLength > 0);
    assertEquals(await decompress(format, packed), bytes());
    assertEquals(await compress(format, bytes(), bytes()), packed);
  });

  test(`${format}: wrong, cut and trailing data`, async () => {
    const data = fromBase64(compressed[format]);
    const bad = bytes(255, 255, 255, 255, 255);
    assertEquals(await failure(format, bad), "TypeError: Decompression failed.");
    const cut = "TypeError: Called close() on a decompression stream with incomplete data";
    for (const chunks of [[], [bytes()], [data.subarray(0, -1)], [data.subarray(0, 1)]]) {
      assertEquals(await failure(format, ...chunks), cut);
    }
    const trailing = "TypeError: Trailing bytes after end of compressed data";
    assertEquals(await failure(format, new Uint8Array([...data, 0])), trailing);
    assertEquals(await failure(format, data, bytes(1)), trailing);
    assertEquals(await failure(format, new Uint8Array([...data, ...data])), trailing);
    assertEquals(text(await decompress(format, data, bytes())), lines);
  });
}

test("headers and blocks that this library does not write", async () => {
  const withName = "H4sICAEAAAAE/25hbWUudHh0AMtLzE1NAQCHzOBxBQAAAA==";
  assertEquals(text(await decompress("gzip", fromBase64(withName))), "named");
  assertEquals(text(await decompress("deflate", fromBase64("eAEBBgD5/3N0b3JlZAk8ApI="))), "stored");
});

test("the bytes of zlib's default level", async () => {
  const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
  assertEquals(
    hex(await compress("gzip", utf8("hello"))),
    "1f8b0800000000000003cb48cdc9c9070086a6103605000000",
  );
  assertEquals(hex(await compress("deflate", utf8("hello"))), "789ccb48cdc9c90700062c0215");
  assertEquals(hex(await compress("deflate-raw", utf8("hello"))), "cb48cdc9c90700");
});

test("chunks are buffers, views and strings", async () => {
  const view = new DataView(utf8("xabcx").buffer, 1, 3);
  const wide = new Uint16Array(utf8("abcd").buffer);
  const packed = await compress("gzip", utf8("ab").buffer, view, wide, "é");
  assertEquals(text(await decompress("gzip", packed)), "ababcabcdé");
  const message =
    "This TransformStream is being used as a byte stream, but received an object of " +
    "non-ArrayBuffer/ArrayBufferView type on its writable side.";
  for (const bad of [3, null, {}, [1], new Date(0)]) {
    const writer = new DecompressionStream("gzip").writable.getWriter();
    writer.closed.catch(() => {});
    writer.ready.catch(() => {});
    await assertRejects(writer.write(bad), "TypeError", message);
  }
});

test("the stream ends with a chunk that is no bytes", async () => {
  await assertRejects(compress("gzip", 3), "TypeError");
});

/** The message with which the reader, the first write or close that fails, and `closed` fail. */
async function failure(format, ...chunks) {
  const transform = new DecompressionStream(format);
  const writer = transform.writable.getWriter();
  const settled = chunks.map((chunk) => writer.write(chunk));
  settled.push(writer.close(), writer.closed);
  const messages = settled.map((promise) =>
    promise.then(
      () => null,
      (error) => `${error}`,
    ),
  );
  writer.ready.catch(() => {});
  const error = await collect(transform.readable).catch((caught) => caught);
  const written = (await Promise.all(messages)).filter((message) => message !== null);
  assert(written.length >= 2, "neither write nor close failed");
  assertEquals([written.at(0), written.at(-1)], [`${error}`, `${error}`]);
  return `${error}`;
}

test("a wrong checksum", async () => {
  for (const [format, fromEnd] of [
    ["gzip", 8],
    ["gzip", 4],
    ["deflate", 4],
  ]) {
    const data = fromBase64(compressed[format]);
    data[data.length - fromEnd] ^= 1;
    assertEquals(await failure(format, data), "TypeError: Decompression failed.");
  }
});

test("formats", () => {
  const message = /^The compression format must be either 'deflate', 'deflate-raw'/;
  for (const cls of [CompressionStream, DecompressionStream]) {
    for (const format of ["br", "GZIP", "zstd", "", undefined, null]) {
      assertThrows(() => new cls(format), "TypeError", message);
    }
    assertThrows(
      () => new cls(),
      "TypeError",
      `Failed to construct '${cls.name}': constructor parameter 1 is not of type 'string'.`,
    );
  }
});

test("the readable side is a byte stream", async () => {
  const transform = new CompressionStream("deflate-raw");
  const writer = transform.writable.getWriter();
  writer.write(utf8("hello"));
  writer.close();
  const reader = transform.readable.getReader({ mode: "byob" });
  const first = await reader.read(new Uint8Array(3));
  assertEquals(first, { value: bytes(0xcb, 0x48, 0xcd), done: false });
  const rest = await reader.readAtLeast(4, new Uint8Array(8));
  assertEquals(rest, { value: bytes(0xc9, 0xc9, 0x07, 0x00), done: false });
  assertEquals((await reader.read(new Uint8Array(8))).done, true);
});

test("a reader who came first gets output as soon as there is some", async () => {
  const transform = new DecompressionStream("deflate-raw");
  const reader = transform.readable.getReader();
  const read = reader.read();
  const writer = transform.writable.getWriter();
  await writer.write(bytes(0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00));
  assertEquals((await read).value, utf8("hello"));
  const end = reader.read();
  await writer.close();
  assertEquals(await end, { value: undefined, done: true });
});

test("a writer need not wait for a reader", async () => {
  const transform = new CompressionStream("gzip");
  const writer = transform.writable.getWriter();
  assertEquals(writer.desiredSize, 1);
  await writer.write(utf8(lines));
  await writer.close();
  assertEquals(text(await decompress("gzip", await collect(transform.readable))), lines);
});

/** Chunks of bytes that do not compress, the same each time. */
function* noise(chunks, size) {
  let state = 1;
  for (let i = 0; i < chunks; ++i) {
    const words = new Uint32Array(size / 4);
    for (let j = 0; j < words.length; ++j) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[j] = state;
    }
    yield new Uint8Array(words.buffer);
  }
}

test("with much output waiting, a writer waits for a reader", async () => {
  const transform = new CompressionStream("deflate-raw");
  const writer = transform.writable.getWriter();
  let written = 0;
  let writing = true;
  const filled = (async () => {
    for (const chunk of noise(24, 1 << 20)) {
      await writer.write(chunk);
      ++written;
    }
    writing = false;
    await writer.close();
  })();
  await scheduler.wait(1);
  assert(writing && written >= 15 && written <= 17, `${written} MiB were written`);
  let read = 0;
  for await (const chunk of transform.readable) read += chunk.byteLength;
  await filled;
  assert(read > 24 << 20, `${read} bytes were read`);
});

test("what expands to much comes in pieces", async () => {
  const zeros = new Uint8Array(1 << 20);
  const packed = await compress("gzip", ...Array(48).fill(zeros));
  assert(packed.byteLength < 100_000);
  const transform = new DecompressionStream("gzip");
  const writer = transform.writable.getWriter();
  let done = false;
  const closed = writer.write(packed).then(() => {
    done = true;
    return writer.close();
  });
  await scheduler.wait(1);
  assertEquals(done, false);
  let size = 0;
  for await (const chunk of transform.readable) size += chunk.byteLength;
  await closed;
  assertEquals(size, 48 << 20);
});

test("64 MiB go through", async () => {
  const source = ReadableStream.from(
    (function* () {
      const block = utf8(line.repeat(1490)).subarray(0, 1 << 16);
      for (let i = 0; i < 1024; ++i) yield block;
    })(),
  );
  let size = 0;
  const packed = source.pipeThrough(new CompressionStream("gzip"));
  for await (const chunk of packed.pipeThrough(new DecompressionStream("gzip"))) {
    size += chunk.byteLength;
  }
  assertEquals(size, 64 << 20);
});

test("cancel and abort reach the other side", async () => {
  for (const reason of [new RangeError("enough"), undefined]) {
    const cancelled = new CompressionStream("gzip");
    const writer = cancelled.writable.getWriter();
    writer.closed.catch(() => {});
    await cancelled.readable.cancel(reason);
    const [name, message] = reason ? ["RangeError", "enough"] : ["Error", "Stream was cancelled."];
    await assertRejects(writer.write(bytes(1)), name, message);
  }

  const aborted = new DecompressionStream("gzip");
  await aborted.writable.abort(new RangeError("enough"));
  await assertRejects(aborted.readable.getReader().read(), "RangeError", "enough");
});

test("a writer that waits for a reader fails when that cancels", async () => {
  const full = new CompressionStream("deflate-raw");
  const writer = full.writable.getWriter();
  writer.closed.catch(() => {});
  let write;
  for (const chunk of noise(18, 1 << 20)) {
    write = writer.write(chunk);
    write.catch(() => {});
  }
  await scheduler.wait(1);
  await full.readable.cancel(new RangeError("enough"));
  await assertRejects(write, "RangeError", "enough");
});

test("bodies through compression", async () => {
  const response = new Response(new Response(lines).body.pipeThrough(new CompressionStream("gzip")));
  const unpacked = response.body.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(unpacked).text(), lines);
});

test("the classes have their shape", () => {
  for (const cls of [CompressionStream, DecompressionStream]) {
    const stream = new cls("gzip");
    assertEquals(`${stream}`, `[object ${cls.name}]`);
    assert(stream instanceof TransformStream);
    assert(stream.readable instanceof ReadableStream);
    assert(stream.writable instanceof WritableStream);
    assertEquals(cls.length, 0);
  }
});

let inGlobalScope;
try {
  new CompressionStream("gzip");
} catch (error) {
  inGlobalScope = error;
}
test("there is none in the global scope", () => {
  assert(/^Disallowed operation called within global scope/.test(inGlobalScope.message));
});
