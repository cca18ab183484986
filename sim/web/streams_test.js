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
  const wide = await reader.read(new Uint16Array(2));
  assertEquals(wide.value, new Uint16Array([0x202, 0x202]));
  const part = await reader.read(new DataView(new ArrayBuffer(8), 2, 3));
  assertEquals([part.value.byteOffset, part.value.byteLength], [2, 3]);
  reader.releaseLock();
  const other = stream.getReader({ mode: "byob" });
  assertEquals((await other.read(new Uint8Array(1))).value, new Uint8Array([4]));
});

test("a byte stream answers a request with a view of its own, or with what it had", async () => {
  const stream = new ReadableStream({
    type: "bytes",
    autoAllocateChunkSize: 4,
    pull(controller) {
      const { view } = controller.byobRequest;
      view[0] = view.byteLength;
      controller.byobRequest.respondWithNewView(view.subarray(0, 1));
    },
  });
  const reader = stream.getReader();
  assertEquals((await reader.read()).value, new Uint8Array([4]));
  reader.releaseLock();
  const queued = new ReadableStream({
    type: "bytes",
    start(controller) {
      controller.enqueue(new Uint8Array([1, 2, 3]));
      controller.enqueue(new Uint8Array([4, 5, 6]));
      controller.close();
    },
  });
  const byob = queued.getReader({ mode: "byob" });
  assertEquals((await byob.read(new Uint8Array(4))).value, new Uint8Array([1, 2, 3, 4]));
  assertEquals((await byob.read(new Uint8Array(4))).value, new Uint8Array([5, 6]));
  assertEquals(await byob.read(new Uint8Array(4)), { value: new Uint8Array(0), done: true });
});

/** A byte stream that gives one byte a pull, and what each pull was asked for at least. */
function oneByOne(count) {
  const asked = [];
  let next = 0;
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const request = controller.byobRequest;
      asked.push(request.atLeast);
      if (next === count) {
        controller.close();
        request.respond(0);
        assertEquals(request.atLeast, null);
        return;
      }
      new Uint8Array(request.view.buffer, request.view.byteOffset, 1)[0] = ++next;
      request.respond(1);
    },
  });
  return { reader: stream.getReader({ mode: "byob" }), asked };
}

test("reads of at least so many elements", async () => {
  const bytes = oneByOne(9);
  const first = await bytes.reader.readAtLeast(3, new Uint8Array(8));
  assertEquals(first, { value: new Uint8Array([1, 2, 3]), done: false });
  const second = await bytes.reader.read(new Uint8Array(8), { min: 2 });
  assertEquals(second, { value: new Uint8Array([4, 5]), done: false });
  assertEquals(bytes.asked, [3, 2, 1, 2, 1]);
  const last = await bytes.reader.readAtLeast(5, new Uint8Array(8));
  assertEquals(last, { value: new Uint8Array([6, 7, 8, 9]), done: false });
  const end = await bytes.reader.readAtLeast(5, new Uint8Array(8));
  assertEquals(end, { value: new Uint8Array(0), done: true });

  const wide = oneByOne(9);
  const words = await wide.reader.readAtLeast(2, new Uint16Array(3));
  assertEquals(words.value, new Uint16Array([0x201, 0x403]));
  assertEquals(wide.asked, [4, 3, 2, 1]);
});

test("reads of too few or too many elements", async () => {
  const { reader } = oneByOne(9);
  const none = "Requested invalid minimum number of bytes to read (0).";
  const tooMany = (least, size) =>
    `Minimum bytes to read (${least}) exceeds size of buffer (${size}).`;
  for (const read of [
    (min, view) => reader.readAtLeast(min, view),
    (min, view) => reader.read(view, { min }),
  ]) {
    await assertRejects(read(0, new Uint8Array(8)), "TypeError", none);
    await assertRejects(read("x", new Uint8Array(8)), "TypeError", none);
    await assertRejects(read(9, new Uint8Array(8)), "TypeError", tooMany(9, 8));
    await assertRejects(read(4, new Uint16Array(3)), "TypeError", tooMany(8, 6));
    const negative = tooMany("18446744073709551615", 8);
    await assertRejects(read(-1, new Uint8Array(8)), "TypeError", negative);
    const empty =
      'You must call read() on a "byob" reader with a positive-sized TypedArray object.';
    await assertRejects(read(1, new Uint8Array(0)), "TypeError", empty);
  }
  const missing = (name, position, type) =>
    `Failed to execute '${name}' on 'ReadableStreamBYOBReader': parameter ${position} is not of ` +
    `type '${type}'.`;
  const view = "ArrayBufferView";
  await assertRejects(reader.read(), "TypeError", missing("read", 1, view));
  await assertRejects(reader.read({}, { min: 1 }), "TypeError", missing("read", 1, view));
  await assertRejects(reader.readAtLeast(1), "TypeError", missing("readAtLeast", 2, view));
  await assertRejects(reader.readAtLeast(), "TypeError", missing("readAtLeast", 1, "integer"));
  reader.releaseLock();
  const released = "This ReadableStream reader has been released.";
  await assertRejects(reader.readAtLeast(1, new Uint8Array(3)), "TypeError", released);
  await assertRejects(reader.read(new Uint8Array(3)), "TypeError", released);
});

test("tee of a byte stream gives byte streams, each with its own bytes", async () => {
  const [a, b] = new ReadableStream({
    type: "bytes",
    start(controller) {
      controller.enqueue(new Uint8Array([1, 2, 3, 4]));
      controller.close();
    },
  }).tee();
  const byob = a.getReader({ mode: "byob" });
  const first = await byob.read(new Uint8Array(2));
  first.value[0] = 9;
  assertEquals(first.value, new Uint8Array([9, 2]));
  assertEquals((await byob.read(new Uint8Array(4))).value, new Uint8Array([3, 4]));
  assertEquals((await collect(b)).flatMap((chunk) => [...chunk]), [1, 2, 3, 4]);
});

test("tee passes errors on", async () => {
  const failing = new ReadableStream({
    pull() {
      throw new RangeError("boom");
    },
  });
  for (const branch of failing.tee()) await assertRejects(collect(branch), "RangeError", "boom");
});

test("tee cancels when both branches are, with both reasons", async () => {
  let reason;
  const [a, b] = new ReadableStream({
    pull: (controller) => controller.enqueue(1),
    cancel: (given) => void (reason = given),
  }).tee();
  const first = a.cancel("x");
  await scheduler.wait(1);
  assertEquals(reason, undefined);
  await Promise.all([first, b.cancel("y")]);
  assertEquals(reason, ["x", "y"]);
});

test("iteration ends, fails, and cancels unless told not to", async () => {
  const endless = () => {
    const state = { cancelled: "not" };
    state.stream = new ReadableStream({
      pull: (controller) => controller.enqueue(1),
      cancel: (reason) => void (state.cancelled = reason),
    });
    return state;
  };
  const broken = endless();
  for await (const chunk of broken.stream) {
    if (chunk === 1) break;
  }
  assertEquals([broken.cancelled, broken.stream.locked], [undefined, false]);
  const thrown = endless();
  await assertRejects(
    (async () => {
      for await (const chunk of thrown.stream) throw new RangeError(`${chunk}`);
    })(),
    "RangeError",
    "1",
  );
  assertEquals([thrown.cancelled, thrown.stream.locked], [undefined, false]);
  const kept = endless();
  for await (const chunk of kept.stream.values({ preventCancel: true })) {
    if (chunk === 1) break;
  }
  assertEquals([kept.cancelled, kept.stream.locked], ["not", false]);
  const failing = new ReadableStream({
    pull() {
      throw new RangeError("boom");
    },
  });
  await assertRejects(collect(failing), "RangeError", "boom");
});

test("ReadableStream.from takes what can be iterated", async () => {
  assertEquals(await collect(ReadableStream.from("ab")), ["a", "b"]);
  assertEquals(await collect(ReadableStream.from(ReadableStream.from([1, 2]))), [1, 2]);
  let returned = 0;
  async function* numbers() {
    try {
      for (let i = 0; ; ++i) yield i;
    } finally {
      ++returned;
    }
  }
  const reader = ReadableStream.from(numbers()).getReader();
  assertEquals((await reader.read()).value, 0);
  await reader.cancel();
  assertEquals(returned, 1);
  const message =
    "Failed to execute 'from' on 'ReadableStream': parameter 1 is not of type 'AsyncGenerator'.";
  for (const bad of [5, {}]) {
    assertThrows(() => ReadableStream.from(bad), "TypeError", message);
  }
});

/** An endless source and a sink, and what became of them. */
function pipeEnds() {
  const ends = { cancelled: "not", aborted: "not", closed: false, written: [] };
  ends.source = new ReadableStream({
    pull: (controller) => scheduler.wait(1).then(() => controller.enqueue(1)),
    cancel: (reason) => void (ends.cancelled = reason),
  });
  ends.sink = new WritableStream({
    write: (chunk) => void ends.written.push(chunk),
    close: () => void (ends.closed = true),
    abort: (reason) => void (ends.aborted = reason),
  });
  return ends;
}

test("a signal ends a pipe on both sides, unless told not to", async () => {
  const why = new RangeError("why");
  for (const early of [true, false]) {
    for (const keep of [true, false]) {
      const ends = pipeEnds();
      const controller = new AbortController();
      if (early) controller.abort(why);
      const options = { signal: controller.signal, preventCancel: keep, preventAbort: keep };
      const piping = ends.source.pipeTo(ends.sink, options);
      piping.catch(() => {});
      await scheduler.wait(5);
      controller.abort(why);
      assertEquals(await assertRejects(piping, "RangeError"), why);
      assertEquals([ends.cancelled, ends.aborted], keep ? ["not", "not"] : [why, why]);
      assertEquals([ends.source.locked, ends.sink.locked], [false, false]);
      assertEquals(ends.written.length > 0, !early);
    }
  }
  const message =
    "Incorrect type for the 'signal' field on 'PipeToOptions': the provided value is not of type " +
    "'AbortSignal'.";
  const { source, sink } = pipeEnds();
  await assertRejects(source.pipeTo(sink, { signal: {} }), "TypeError", message);
});

test("a signal ends pipeThrough", async () => {
  const controller = new AbortController();
  const through = pipeEnds().source.pipeThrough(new TransformStream(), {
    signal: controller.signal,
  });
  const reader = through.getReader();
  assertEquals((await reader.read()).value, 1);
  const next = reader.read();
  controller.abort();
  await assertRejects(next, "AbortError", "The operation was aborted");
});

test("pipes close, abort and cancel the other end, unless told not to", async () => {
  const closing = pipeEnds();
  await ReadableStream.from([1]).pipeTo(closing.sink, { preventClose: true });
  assertEquals(closing.closed, false);
  await ReadableStream.from([2]).pipeTo(closing.sink);
  assertEquals([closing.closed, closing.written], [true, [1, 2]]);

  const boom = new RangeError("boom");
  const failing = () =>
    new ReadableStream({
      pull() {
        throw boom;
      },
    });
  const aborting = pipeEnds();
  await assertRejects(failing().pipeTo(aborting.sink, { preventAbort: true }), "RangeError");
  assertEquals(aborting.aborted, "not");
  await assertRejects(failing().pipeTo(aborting.sink), "RangeError", "boom");
  assertEquals(aborting.aborted, boom);

  const refusing = () =>
    new WritableStream({
      write() {
        throw boom;
      },
    });
  const cancelling = pipeEnds();
  await assertRejects(cancelling.source.pipeTo(refusing(), { preventCancel: true }), "RangeError");
  assertEquals(cancelling.cancelled, "not");
  await assertRejects(cancelling.source.pipeTo(refusing()), "RangeError", "boom");
  assertEquals(cancelling.cancelled, boom);

  const closed = pipeEnds();
  await closed.sink.close();
  const message = "This destination writable stream is closed.";
  await assertRejects(closed.source.pipeTo(closed.sink), "TypeError", message);
  assertEquals(closed.cancelled.message, message);
});

test("a sink's controller has a signal", async () => {
  let signal;
  const stream = new WritableStream({
    start: (controller) => void (signal = controller.signal),
    write: () => new Promise(() => {}),
  });
  const writer = stream.getWriter();
  for (const promise of [writer.write(1), writer.closed, writer.ready]) promise.catch(() => {});
  await scheduler.wait(1);
  assertEquals([signal instanceof AbortSignal, signal.aborted], [true, false]);
  const why = new RangeError("why");
  writer.abort(why).catch(() => {});
  assertEquals([signal.aborted, signal.reason], [true, why]);
});

test("errors say what production's say", async () => {
  const source = (options = {}) => new ReadableStream({ pull: (c) => c.enqueue(1), ...options });
  const locked = source();
  const reader = locked.getReader();
  const lockedSink = new WritableStream();
  const writer = lockedSink.getWriter();
  const readerLocked = "This ReadableStream is currently locked to a reader.";
  const writerLocked = "This WritableStream is currently locked to a writer.";
  const closing = new WritableStream();
  const closed = closing.getWriter();
  await closed.close();
  let controller;
  const finished = new ReadableStream({ start: (given) => void (controller = given) });
  controller.close();
  let byteController;
  const byteStream = new ReadableStream({
    type: "bytes",
    start: (given) => void (byteController = given),
  });
  assertEquals([finished.locked, byteStream.locked], [false, false]);
  const notWritable =
    "Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'.";
  const notBytes =
    "Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1 is not of type " +
    "'BufferSource'.";
  const cases = [
    [() => locked.getReader(), readerLocked],
    [() => locked.cancel(), readerLocked],
    [() => locked.tee(), "This ReadableStream is currently locked to a reader,"],
    [() => locked.values(), readerLocked],
    [() => locked.pipeTo(new WritableStream()), readerLocked],
    [() => locked.pipeThrough(new TransformStream()), readerLocked],
    [() => new ReadableStreamDefaultReader(locked), readerLocked],
    [() => lockedSink.getWriter(), writerLocked],
    [() => lockedSink.close(), writerLocked],
    [() => lockedSink.abort(), writerLocked],
    [() => source().pipeTo(lockedSink), "This WritableStream is currently locked to a writer"],
    [() => source().pipeThrough({ readable: source(), writable: lockedSink }), writerLocked],
    [() => source().pipeTo({}), notWritable],
    [() => source().pipeTo(), notWritable],
    [() => closed.write(1), "This WritableStream has been closed."],
    [() => closed.close(), "This WritableStream has been closed."],
    [() => source().getReader({ mode: "x" }), "mode must be undefined or 'byob' in call to getReader()."],
    [() => source().getReader({ mode: "byob" }), "This ReadableStream does not support BYOB reads."],
    [() => source({ type: "x" }), '"x" is not a valid type of ReadableStream.'],
    [
      () => source({ type: "bytes", autoAllocateChunkSize: 0 }),
      "The autoAllocateChunkSize option cannot be zero.",
    ],
    [() => controller.enqueue(1), "Unable to enqueue"],
    [() => controller.close(), "This ReadableStream is closed."],
    [() => byteController.enqueue("x"), notBytes],
    [() => byteController.enqueue(new Uint8Array(0)), "Cannot enqueue a zero-length ArrayBuffer."],
    [() => new ReadableByteStreamController(), "Illegal constructor"],
  ];
  for (const [run, message] of cases) {
    await assertRejects((async () => await run())(), "TypeError", message);
  }
  const pending = new ReadableStream().getReader();
  const read = pending.read();
  pending.releaseLock();
  reader.releaseLock();
  writer.releaseLock();
  for (const promise of [read, reader.read(), reader.closed, reader.cancel()]) {
    await assertRejects(promise, "TypeError", "This ReadableStream reader has been released.");
  }
  for (const promise of [writer.write(1), writer.close(), writer.closed, writer.ready]) {
    await assertRejects(promise, "TypeError", "This WritableStream writer has been released.");
  }
});

test("wrong answers to a BYOB request", async () => {
  const answered = async (answer) => {
    let caught;
    const stream = new ReadableStream({
      type: "bytes",
      pull(controller) {
        const request = controller.byobRequest;
        try {
          answer(request);
        } catch (error) {
          caught = error;
          if (request.view !== null) request.respond(1);
        }
      },
    });
    await stream.getReader({ mode: "byob" }).read(new Uint8Array(4));
    return `${caught}`;
  };
  assertEquals(
    await answered((request) => request.respond(10)),
    "RangeError: Too many bytes [10] in response to a BYOB read request.",
  );
  assertEquals(
    await answered((request) => request.respond(0)),
    "TypeError: The bytesWritten must be more than zero while the stream is open.",
  );
  const twice = (request) => {
    request.respond(1);
    request.respond(1);
  };
  assertEquals(
    await answered(twice),
    "TypeError: This ReadableStreamBYOBRequest has been invalidated.",
  );
});

test("streams as bodies, and bodies as streams", async () => {
  const chunks = [new Uint8Array([65]), new Uint8Array([66]).buffer, new DataView(new ArrayBuffer(0))];
  assertEquals(await new Response(ReadableStream.from(chunks)).text(), "AB");
  for (const bad of ["text", 1, null, {}]) {
    await assertRejects(
      new Response(ReadableStream.from([bad])).text(),
      "TypeError",
      "This ReadableStream did not return bytes.",
    );
  }
  const request = new Request("http://a/", { method: "POST", body: "hello" });
  const reader = request.body.getReader({ mode: "byob" });
  const { value } = await reader.readAtLeast(5, new Uint8Array(9));
  assertEquals(new TextDecoder().decode(value), "hello");
  assertEquals((await reader.read(new Uint8Array(1))).done, true);
  const [a, b] = new Response("hello").body.tee();
  assertEquals([await new Response(a).text(), await new Response(b).text()], ["hello", "hello"]);
  const upper = new TransformStream({
    transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()),
  });
  const changed = new Response("hello").body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(upper)
    .pipeThrough(new TextEncoderStream());
  assertEquals(await new Response(changed).text(), "HELLO");
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
  const noBytes = ReadableStream.from(["x"]).pipeThrough(new TextDecoderStream());
  await assertRejects(
    collect(noBytes),
    "TypeError",
    "This TransformStream is being used as a byte stream, but received a value that is not a " +
      "BufferSource.",
  );
  const numbers = ReadableStream.from([12]).pipeThrough(new TextEncoderStream());
  assertEquals(await collect(numbers), [new Uint8Array([49, 50])]);
  const symbols = ReadableStream.from([Symbol("s")]).pipeThrough(new TextEncoderStream());
  await assertRejects(collect(symbols), "TypeError", "Cannot convert a Symbol value to a string");
});

test("text streams are TransformStreams of their own", () => {
  const encoder = new TextEncoderStream();
  const decoder = new TextDecoderStream("latin1", { fatal: true, ignoreBOM: true });
  assertEquals(encoder.encoding, "utf-8");
  assertEquals(
    [decoder.encoding, decoder.fatal, decoder.ignoreBOM],
    ["windows-1252", true, true],
  );
  assertEquals(new TextDecoderStream().fatal, false);
  assertEquals(`${encoder} ${decoder}`, "[object TextEncoderStream] [object TextDecoderStream]");
  for (const stream of [encoder, decoder]) {
    assert(stream instanceof TransformStream);
    assertEquals(stream.writable.getWriter().desiredSize, 1);
  }
  assertThrows(() => new TextDecoderStream("nope"), "RangeError");
});

test("strategies and constructors are there", () => {
  assertEquals(new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size(new Uint8Array(2)), 2);
  assertEquals(new CountQueuingStrategy({ highWaterMark: 3 }).size(9), 1);
  for (const name of [
    "ReadableStreamDefaultReader",
    "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "ReadableByteStreamController",
    "WritableStream",
    "WritableStreamDefaultWriter",
    "WritableStreamDefaultController",
    "TransformStream",
    "TransformStreamDefaultController",
    "CompressionStream",
    "DecompressionStream",
    "TextEncoderStream",
    "TextDecoderStream",
    "FixedLengthStream",
    "IdentityTransformStream",
  ]) {
    assertEquals(typeof globalThis[name], "function", name);
  }
  assertThrows(() => new ReadableByteStreamController(), "TypeError");
});
