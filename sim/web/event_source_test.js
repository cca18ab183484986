import { assert, assertEquals, assertThrows, consoleLines, test } from "./testing.js";

const next = (target, type) =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

/** The events that come of a stream of these chunks, as [type, data, id] each. */
async function eventsOf(chunks, ...types) {
  const stream = new ReadableStream({
    type: "bytes",
    start(controller) {
      for (const chunk of chunks) {
        // A copy: enqueuing takes the buffer.
        controller.enqueue(
          typeof chunk === "string" ? new TextEncoder().encode(chunk) : new Uint8Array(chunk));
      }
      controller.close();
    },
  });
  const source = EventSource.from(stream);
  const heard = [];
  for (const type of ["message", ...types]) {
    source.addEventListener(type, (event) => {
      heard.push([event.type, event.data, event.lastEventId]);
    });
  }
  await next(source, "error");
  return heard;
}

test("events of a stream: data, several lines of it, types and ids", async () => {
  const heard = await eventsOf([
    ": a comment\n\ndata: one\n\nevent: other\nid: 7\ndata: two\ndata\ndata:  three\n\n",
    "data: four\nunknown: x\nretry: x\n\nid\ndata: five\n\n",
    "event: other\n\ndata\n\ndata: never ended",
  ], "other");
  assertEquals(heard, [
    ["message", "one", ""],
    ["other", "two\n\n three", "7"],
    ["message", "four", "7"],
    ["message", "five", ""],
    ["message", "", ""],
  ]);
});

test("every line end, wherever chunks are cut, and a byte order mark", async () => {
  const bytes = new TextEncoder().encode(
    "\ufeffdata: \u20ac\r\ndata: b\r\rdata: c\n\r\ndata: d\r\n\r\n");
  const whole = await eventsOf([bytes.slice()]);
  assertEquals(whole, [
    ["message", "\u20ac\nb", ""],
    ["message", "c", ""],
    ["message", "d", ""],
  ]);
  for (let cut = 1; cut < bytes.length; ++cut) {
    assertEquals(await eventsOf([bytes.slice(0, cut), bytes.slice(cut)]), whole, `cut at ${cut}`);
  }
  assertEquals(await eventsOf(Array.from(bytes, (byte) => new Uint8Array([byte]))), whole);
});

test("an id with NUL is none, and malformed UTF-8 is replaced", async () => {
  assertEquals(await eventsOf(["id: 1\nid: a\0b\ndata: ", new Uint8Array([0xff]), "\n\n"]),
    [["message", "\ufffd", "1"]]);
});

test("from(): the state, what it takes, and its end", async () => {
  const source = EventSource.from(new Response("data: x\n\n").body);
  assertEquals([source.readyState, source.url, source.withCredentials], [1, "", false]);
  const event = await next(source, "message");
  assert(event instanceof MessageEvent && event.isTrusted);
  const error = await next(source, "error");
  assert(error instanceof ErrorEvent);
  assertEquals(error.error.message, "The server disconnected.");
  assertEquals(source.readyState, EventSource.CLOSED);
  assert(consoleLines().some((line) => line.includes("The server disconnected.")));

  const { body } = new Response("x");
  body.getReader();
  assertThrows(() => EventSource.from(body), "TypeError", "This ReadableStream is locked.");
  const read = new Response("x").body;
  await read.cancel();
  assertThrows(() => EventSource.from(read), "TypeError",
    "This ReadableStream has already been read from.");
  assertThrows(() => EventSource.from("x"), "TypeError");
});

test("close() cancels the stream, and nothing is heard any more", async () => {
  let cancelled = false;
  const stream = new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => (cancelled = true),
  });
  const source = EventSource.from(stream);
  let count = 0;
  source.onmessage = () => {
    if (++count === 3) source.close();
  };
  source.onerror = () => (count = -1);
  await scheduler.wait(1);
  assertEquals([count, cancelled, source.readyState], [3, true, 2]);
});

test("what a listener throws does not end the stream", async () => {
  const source = EventSource.from(new Response("data: 1\n\ndata: 2\n\n").body);
  const heard = [];
  source.onmessage = ({ data }) => {
    heard.push(data);
    throw new Error("from a listener");
  };
  await next(source, "error");
  assertEquals(heard, ["1", "2"]);
});

test("what the constructor refuses", () => {
  assertThrows(() => new EventSource("no url"), "SyntaxError",
    "Cannot open an EventSource to 'no url'. The URL is invalid.");
  assertThrows(() => new EventSource("http://a.example/", { withCredentials: true }),
    "NotSupportedError",
    "The init.withCredentials option is not supported. It must be false or undefined.");
  assertThrows(() => new EventSource("http://a.example/", { fetcher: {} }), "TypeError");
  assertThrows(() => new EventSource(), "TypeError");
  assertEquals([EventSource.CONNECTING, EventSource.OPEN, EventSource.CLOSED], [0, 1, 2]);
});
