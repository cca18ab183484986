import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

test("ReadableStream.from and async iteration", async () => {
  assertEquals(await collect(ReadableStream.from([1, 2, 3])), [1, 2, 3]);
  let cancelled;
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue("x"),
    cancel: (reason) => (cancelled = reason),
  });
  for await (const chunk of stream) {
    assertEquals(chunk, "x");
    break;
  }
  assertEquals([cancelled, stream.locked], [undefined, false]);
});

test("pipes through transforms", async () => {
  const doubled = ReadableStream.from([1, 2]).pipeThrough(
    new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk * 2) }),
  );
  assertEquals(await collect(doubled), [2, 4]);
  const written = [];
  await ReadableStream.from("ab").pipeTo(
    new WritableStream({ write: (chunk) => void written.push(chunk) }),
  );
  assertEquals(written, ["a", "b"]);
});

test("tee", async () => {
  const [a, b] = ReadableStream.from([1, 2]).tee();
  assertEquals(
    [await collect(a), await collect(b)],
    [
      [1, 2],
      [1, 2],
    ],
  );
});

test("pipeTo is aborted by a signal", async () => {
  const controller = new AbortController();
  const endless = new ReadableStream({ pull: (c) => scheduler.wait(1).then(() => c.enqueue(1)) });
  const piping = endless.pipeTo(new WritableStream(), { signal: controller.signal });
  await scheduler.wait(5);
  controller.abort();
  const error = await assertRejects(piping, "AbortError");
  assert(error instanceof DOMException);
});

test("byte streams and BYOB readers", async () => {
  let next = 0;
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const { view } = controller.byobRequest;
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(++next);
      controller.byobRequest.respond(view.byteLength);
    },
  });
  const reader = stream.getReader({ mode: "byob" });
  const buffer = new Uint8Array(3);
  const { value } = await reader.read(buffer);
  assertEquals([value, buffer.length], [new Uint8Array([1, 1, 1]), 0]);
});

test("text streams keep characters whole", async () => {
  const bytes = await collect(
    ReadableStream.from(["a", "\ud83d", "\ude00", "\ud800"]).pipeThrough(new TextEncoderStream()),
  );
  assertEquals(
    bytes.flatMap((chunk) => [...chunk]),
    [97, 0xf0, 0x9f, 0x98, 0x80, 0xef, 0xbf, 0xbd],
  );
  const euro = new TextEncoder().encode("€!");
  const text = await collect(
    ReadableStream.from([euro.subarray(0, 1), euro.subarray(1)]).pipeThrough(
      new TextDecoderStream(),
    ),
  );
  assertEquals(text.join(""), "€!");
  const bad = ReadableStream.from([new Uint8Array([0xff])]).pipeThrough(
    new TextDecoderStream("utf-8", { fatal: true }),
  );
  await assertRejects(collect(bad), "TypeError", "Failed to decode input.");
  assertEquals(new TextEncoderStream().encoding, "utf-8");
});

test("IdentityTransformStream and FixedLengthStream", async () => {
  const identity = new IdentityTransformStream();
  const writer = identity.writable.getWriter();
  writer.write(new Uint8Array([1, 2]));
  writer.close();
  assertEquals(await collect(identity.readable), [new Uint8Array([1, 2])]);
  const strict = new IdentityTransformStream();
  strict.writable
    .getWriter()
    .write("text")
    .catch(() => {});
  await assertRejects(collect(strict.readable), "TypeError", /non-ArrayBuffer/);

  const fixed = new FixedLengthStream(2);
  const fixedWriter = fixed.writable.getWriter();
  fixedWriter.write(new Uint8Array([1, 2]));
  fixedWriter.close();
  assertEquals(await collect(fixed.readable), [new Uint8Array([1, 2])]);
  const over = new FixedLengthStream(1);
  const overWriter = over.writable.getWriter();
  overWriter.write(new Uint8Array([1, 2])).catch(() => {});
  overWriter.closed.catch(() => {});
  await assertRejects(collect(over.readable), "TypeError", /too many bytes/);
  const under = new FixedLengthStream(3);
  under.writable
    .getWriter()
    .close()
    .catch(() => {});
  await assertRejects(collect(under.readable), "TypeError", /did not see all expected bytes/);
  assertThrows(() => new FixedLengthStream("x"), "TypeError");
});

test("strategies and constructors are there", () => {
  assertEquals(new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size(new Uint8Array(2)), 2);
  assertEquals(new CountQueuingStrategy({ highWaterMark: 3 }).size(9), 1);
  for (const name of [
    "ReadableStreamDefaultReader",
    "ReadableStreamBYOBReader",
    "WritableStreamDefaultWriter",
  ]) {
    assertEquals(typeof globalThis[name], "function", name);
  }
  assertThrows(() => new ReadableByteStreamController(), "TypeError");
});
