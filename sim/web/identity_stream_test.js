import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const bytes = (...list) => new Uint8Array(list);
/** One of each; the length is for those that want one. */
const both = (length) => [new IdentityTransformStream(), new FixedLengthStream(length)];
const tooFew = "FixedLengthStream did not see all expected bytes before close().";
const tooMany = "Attempt to write too many bytes through a FixedLengthStream.";

/** Whether the promise has settled. */
async function settled(promise) {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await scheduler.wait(1);
  return done;
}

function writerOf(stream) {
  const writer = stream.writable.getWriter();
  for (const promise of [writer.closed, writer.ready]) promise.catch(() => {});
  return writer;
}

test("a write is done when it was read", async () => {
  for (const stream of both(10)) {
    const writer = writerOf(stream);
    const reader = stream.readable.getReader();
    const write = writer.write(bytes(1, 2, 3));
    assertEquals(await settled(write), false);
    assertEquals(await reader.read(), { value: bytes(1, 2, 3), done: false });
    await write;
    const waiting = reader.read();
    await writer.write(bytes(4));
    assertEquals((await waiting).value, bytes(4));
  }
});

test("chunks are buffers, views, strings and nothing", async () => {
  const stream = new IdentityTransformStream();
  const writer = writerOf(stream);
  const reader = stream.readable.getReader();
  for (const [chunk, expected] of [
    ["né", bytes(110, 195, 169)],
    [bytes(1, 2).buffer, bytes(1, 2)],
    [new Uint16Array([1, 2]), bytes(1, 0, 2, 0)],
    [new DataView(bytes(1, 2, 3).buffer, 1, 1), bytes(2)],
  ]) {
    const write = writer.write(chunk);
    assertEquals((await reader.read()).value, expected);
    await write;
  }
  await writer.write(bytes());
  await writer.write();
  const kept = bytes(1, 2);
  const read = reader.read();
  await writer.write(kept);
  (await read).value[0] = 9;
  assertEquals(kept, bytes(1, 2));
  for (const bad of [3, null, {}, [1], new Date(0)]) {
    const other = new IdentityTransformStream();
    await assertRejects(
      writerOf(other).write(bad),
      "TypeError",
      "This TransformStream is being used as a byte stream, but received an object of " +
        "non-ArrayBuffer/ArrayBufferView type on its writable side.",
    );
  }
});

test("the readable side is a byte stream", async () => {
  for (const stream of both(9)) {
    const writer = writerOf(stream);
    const reader = stream.readable.getReader({ mode: "byob" });
    const write = writer.write(bytes(1, 2, 3, 4, 5));
    const { value, done } = await reader.read(new Uint16Array(2));
    assertEquals([new Uint8Array(value.buffer), done], [bytes(1, 2, 3, 4), false]);
    assertEquals(await settled(write), false);
    assertEquals((await reader.read(new Uint8Array(10))).value, bytes(5));
    await write;

    const least = reader.readAtLeast(3, new Uint8Array(8));
    await writer.write(bytes(6));
    assertEquals(await settled(least), false);
    await writer.write(bytes(7, 8, 9));
    assertEquals(await least, { value: bytes(6, 7, 8, 9), done: false });
    writer.close();
    assertEquals(await reader.read(new Uint8Array(4)), { value: bytes(), done: true });
  }
});

test("a read gives a view of the type that it was given", async () => {
  const stream = new IdentityTransformStream();
  writerOf(stream).write(bytes(1, 2, 3, 4));
  const reader = stream.readable.getReader({ mode: "byob" });
  const words = await reader.read(new Uint16Array(2));
  assertEquals(words, { value: new Uint16Array([0x201, 0x403]), done: false });
});

test("the end before the least was read", async () => {
  const stream = new IdentityTransformStream();
  const writer = writerOf(stream);
  const reader = stream.readable.getReader({ mode: "byob" });
  const read = reader.readAtLeast(5, new Uint8Array(8));
  await writer.write(bytes(1, 2, 3));
  await writer.close();
  assertEquals(await read, { value: bytes(1, 2, 3), done: false });
  const end = await reader.readAtLeast(5, new Uint8Array(8));
  assertEquals(end, { value: bytes(), done: true });
});

test("a reader without a buffer gets 4 KiB at a time", async () => {
  const stream = new IdentityTransformStream();
  const writer = writerOf(stream);
  writer.write(new Uint8Array(10_000));
  writer.close();
  const sizes = [];
  for await (const chunk of stream.readable) sizes.push(chunk.byteLength);
  assertEquals(sizes, [4096, 4096, 1808]);
});

test("what was written when the reader cancels fails, and all after it", async () => {
  for (const stream of both(5)) {
    const writer = writerOf(stream);
    const write = writer.write(bytes(1));
    write.catch(() => {});
    await scheduler.wait(1);
    await stream.readable.cancel(new RangeError("enough"));
    await assertRejects(write, "RangeError", "enough");
    await assertRejects(writer.closed, "RangeError", "enough");
  }
  for (const stream of both(5)) {
    await stream.readable.cancel();
    await assertRejects(writerOf(stream).write(bytes(1)), "Error", "Stream was cancelled.");
  }
  for (const stream of both(5)) {
    await stream.readable.cancel("text");
    await assertRejects(writerOf(stream).write(bytes(1)), "Error", "text");
  }
});

test("each write after a cancel fails with its reason", async () => {
  const stream = new IdentityTransformStream();
  await stream.readable.cancel(new RangeError("enough"));
  const writer = writerOf(stream);
  await assertRejects(writer.write(bytes(1)), "RangeError", "enough");
  await assertRejects(writer.write(bytes(2)), "RangeError", "enough");
});

test("a reader who waits when the writer aborts gets the reason", async () => {
  const stream = new IdentityTransformStream();
  const reader = stream.readable.getReader();
  const read = reader.read();
  await writerOf(stream).abort(new RangeError("no more"));
  await assertRejects(read, "RangeError", "no more");
  await assertRejects(reader.closed, "RangeError", "no more");
  const other = new IdentityTransformStream();
  await writerOf(other).abort("text");
  await assertRejects(other.readable.getReader().read(), "Error", "text");
});

test("fewer bytes than a FixedLengthStream expects", async () => {
  const stream = new FixedLengthStream(3);
  const writer = writerOf(stream);
  const reader = stream.readable.getReader();
  const write = writer.write(bytes(1));
  assertEquals((await reader.read()).value, bytes(1));
  await write;
  await writer.close();
  await assertRejects(reader.read(), "TypeError", tooFew);
  await assertRejects(reader.closed, "TypeError", tooFew);
  const empty = new FixedLengthStream(0);
  writerOf(empty).close();
  assertEquals(await empty.readable.getReader().read(), { value: undefined, done: true });
});

test("more bytes than a FixedLengthStream expects", async () => {
  const stream = new FixedLengthStream(2);
  const writer = writerOf(stream);
  const reader = stream.readable.getReader();
  const write = writer.write(bytes(1, 2, 3));
  await assertRejects(reader.read(), "TypeError", tooMany);
  await write;
  await assertRejects(writer.write(bytes(4)), "TypeError", tooMany);
  const pieces = new FixedLengthStream(2);
  const other = pieces.readable.getReader();
  const refused = writerOf(pieces).write(new Uint8Array(5000));
  refused.catch(() => {});
  await assertRejects(other.read(), "TypeError", tooMany);
  await assertRejects(refused, "TypeError", tooMany);
});

test("lengths", () => {
  for (const length of [0, 1.5, "5", null, 10n, true, Number.MAX_SAFE_INTEGER]) {
    assert(new FixedLengthStream(length) instanceof FixedLengthStream);
  }
  const notInteger = "The value cannot be converted because it is not an integer.";
  for (const length of ["x", undefined, {}, NaN, Infinity]) {
    assertThrows(() => new FixedLengthStream(length), "TypeError", notInteger);
  }
  const negative =
    "The value cannot be converted because it is negative and this API expects a positive bigint.";
  for (const length of [-1, -0.5, "-1"]) {
    assertThrows(() => new FixedLengthStream(length), "TypeError", negative);
  }
  const truncated = "The value cannot be converted because it is either negative and this API " +
    "expects a positive bigint, or the value would be truncated.";
  for (const length of [-1n, 2n ** 64n]) {
    assertThrows(() => new FixedLengthStream(length), "TypeError", truncated);
  }
  assertThrows(() => new FixedLengthStream(2 ** 70), "TypeError",
    "Value out of range. Must be less than or equal to 18446744073709551615.");
  assertThrows(
    () => new FixedLengthStream(2 ** 53),
    "TypeError",
    "FixedLengthStream requires an integer expected length less than 2^53.",
  );
  assertThrows(
    () => new FixedLengthStream(),
    "TypeError",
    "Failed to construct 'FixedLengthStream': constructor parameter 1 is not of type 'bigint'.",
  );
});

test("a high water mark counts bytes", async () => {
  for (const stream of [
    new IdentityTransformStream({ highWaterMark: 10 }),
    new FixedLengthStream(30, { highWaterMark: 10 }),
  ]) {
    const writer = stream.writable.getWriter();
    assertEquals(writer.desiredSize, 10);
    writer.write(new Uint8Array(20));
    assertEquals(writer.desiredSize, -10);
    assertEquals(await settled(writer.ready), false);
    await stream.readable.getReader().read();
    await writer.ready;
    assertEquals(writer.desiredSize, 10);
  }
  assertEquals(new IdentityTransformStream().writable.getWriter().desiredSize, 1);
  assertThrows(() => new IdentityTransformStream({ highWaterMark: -1 }), "TypeError");
  assertThrows(() => new IdentityTransformStream({ highWaterMark: "x" }), "TypeError");
  assertThrows(
    () => new IdentityTransformStream(5),
    "TypeError",
    "Failed to construct 'IdentityTransformStream': constructor parameter 1 is not of type " +
      "'QueuingStrategy'.",
  );
});

test("a body through a FixedLengthStream, and tee", async () => {
  const stream = new FixedLengthStream(5);
  const piped = new Response("hello").body.pipeTo(stream.writable);
  assertEquals(await new Response(stream.readable).text(), "hello");
  await piped;
  const other = new IdentityTransformStream();
  const writer = writerOf(other);
  writer.write("hello");
  writer.close();
  const [a, b] = other.readable.tee();
  assertEquals([await new Response(a).text(), await new Response(b).text()], ["hello", "hello"]);
});

test("the classes have their shape", () => {
  const fixed = new FixedLengthStream(1);
  assertEquals(
    `${new IdentityTransformStream()} ${fixed}`,
    "[object IdentityTransformStream] [object FixedLengthStream]",
  );
  assert(fixed instanceof IdentityTransformStream && fixed instanceof TransformStream);
  assertEquals([IdentityTransformStream.length, FixedLengthStream.length], [0, 0]);
});
