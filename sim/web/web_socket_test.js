import { assert, assertEquals, assertThrows, test } from "./testing.js";

/** Resolves with the next event of that type. */
const next = (socket, type) =>
  new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));

/** Both ends of a pair, accepted, and the list of what `b` hears. */
function connected() {
  const [a, b] = Object.values(new WebSocketPair());
  for (const end of [a, b]) {
    end.accept({ allowHalfOpen: true });
    end.binaryType = "arraybuffer";
  }
  const heard = [];
  b.addEventListener("message", (event) => heard.push(event.data));
  return { a, b, heard };
}

/** A socket that stays open is work that its request waits for. */
function end(a, b) {
  a.close();
  b.close();
}

const kNotAccepted = "You must call one of accept() or state.acceptWebSocket() on this WebSocket "
  + "before sending messages.";

test("a pair has two sockets, by index, by Object.values and by iteration", () => {
  const pair = new WebSocketPair();
  assertEquals(Object.keys(pair), ["0", "1"]);
  assert(pair[0] instanceof WebSocket && pair[1] instanceof WebSocket && pair[0] !== pair[1]);
  const [first, second] = pair;
  assert(first === pair[0] && second === pair[1]);
  assertEquals([first.url, first.protocol, first.extensions, first.readyState, first.binaryType],
    [null, "", "", 1, "blob"]);
});

test("texts and bytes arrive in order, as they were when they were sent", async () => {
  const { a, b, heard } = connected();
  const bytes = new Uint8Array([1, 2, 3, 4]);
  a.send("text \u{1f525}");
  a.send(bytes.subarray(1, 3));
  a.send(bytes.buffer);
  a.send(7);
  a.send("");
  bytes.fill(9);
  a.send("last");
  while (heard.at(-1) !== "last") await next(b, "message");
  assertEquals(heard.map((data) => (typeof data === "string" ? data : [...new Uint8Array(data)])),
    ["text \u{1f525}", [2, 3], [1, 2, 3, 4], "7", "", "last"]);
  assert(heard[1] instanceof ArrayBuffer);
  end(a, b);
});

test("a message waits for the other end to be accepted", async () => {
  const [a, b] = Object.values(new WebSocketPair());
  a.accept();
  a.send("early");
  a.close(1000, "done");
  await scheduler.wait(5);
  const heard = next(b, "message");
  const closed = next(b, "close");
  b.accept();
  assertEquals((await heard).data, "early");
  assertEquals((await closed).code, 1000);
});

test("a lone surrogate is sent as U+FFFD", async () => {
  const { a, b, heard } = connected();
  a.send("\ud800");
  await next(b, "message");
  end(a, b);
  assertEquals(heard, ["\ufffd"]);
});

test("messages are trusted MessageEvents for listeners and for onmessage", async () => {
  const { a, b } = connected();
  const seen = [];
  b.onmessage = (event) => {
    seen.push(event instanceof MessageEvent, event.isTrusted, event.target === b);
  };
  a.send("x");
  await next(b, "message");
  assertEquals(seen, [true, true, true]);
  end(a, b);
});

test("binaryType says what bytes become, and takes nothing that it does not know", async () => {
  const { a, b } = connected();
  b.binaryType = "blob";
  b.binaryType = "nodebuffer";
  assertEquals(b.binaryType, "blob");
  a.send(new Uint8Array([104, 105]));
  const { data } = await next(b, "message");
  assert(data instanceof Blob);
  assertEquals(await data.text(), "hi");
  end(a, b);
});

test("a close passes with its code and reason; the states are those of production", async () => {
  const { a, b } = connected();
  a.close(4001, "enough");
  assertEquals([a.readyState, b.readyState], [WebSocket.CLOSING, WebSocket.OPEN]);
  const event = await next(b, "close");
  assert(event instanceof CloseEvent);
  assertEquals([event.code, event.reason, event.wasClean], [4001, "enough", true]);
  assertEquals(b.readyState, WebSocket.READY_STATE_CLOSING);
  b.send("still goes");
  b.close();
  assertEquals(b.readyState, WebSocket.CLOSED);
  assertEquals((await next(a, "message")).data, "still goes");
  const back = await next(a, "close");
  assertEquals([back.code, back.reason, back.wasClean], [1005, "", true]);
  assertEquals(a.readyState, WebSocket.CLOSED);
  b.close(1000);
});

test("a close is answered with its code and reason before anybody hears of it", async () => {
  for (const options of [undefined, { allowHalfOpen: false }]) {
    const [a, b] = Object.values(new WebSocketPair());
    a.accept();
    b.accept(options);
    const seen = [];
    b.addEventListener("close", () => {
      b.close(3000, "too late");
      seen.push(b.readyState);
    });
    a.close(4002, "bye");
    const { code, reason } = await next(a, "close");
    assertEquals([code, reason], [4002, "bye"]);
    assertEquals([...seen, a.readyState, b.readyState], [3, 3, 3]);
  }
});

test("what a socket may not do, in production's words", () => {
  const [a, b] = Object.values(new WebSocketPair());
  assertThrows(() => a.send("x"), "TypeError", kNotAccepted);
  assertThrows(() => a.close(), "TypeError", kNotAccepted);
  a.accept();
  a.accept();
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 5000, -1]) {
    assertThrows(() => a.close(code), "InvalidAccessError", `Invalid WebSocket close code: ${code}.`);
  }
  assertThrows(() => a.close(undefined, "why"), "InvalidAccessError",
    "If you specify a WebSocket close reason, you must also specify a code.");
  assertEquals(a.readyState, 1);
  a.close(1000);
  a.close(1000);
  assertThrows(() => a.send("x"), "TypeError", "Can't call WebSocket send() after close().");
  b.accept();
});

test("a response holds a socket; status and type are checked", () => {
  const [client] = Object.values(new WebSocketPair());
  assertThrows(() => new Response(null, { webSocket: client }), "RangeError",
    "Responses with a WebSocket must have status code 101.");
  assertThrows(() => new Response(null, { status: 101 }), "RangeError",
    "Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
  assertThrows(() => new Response(null, { status: 101, webSocket: {} }), "TypeError");
  const response = new Response(null, { status: 101, webSocket: client });
  assert(response.webSocket === client);
  assertEquals(response.status, 101);
  assert(new Response(null, response).webSocket === client);
  assertThrows(() => response.clone(), "TypeError",
    "Cannot clone a response to a WebSocket handshake.");
  assertEquals(new Response("x").webSocket, null);
});

test("what a listener throws ends the connection, with an error event at both ends", async () => {
  const { a, b, heard } = connected();
  const seen = [];
  b.addEventListener("message", () => {
    throw new Error("from a listener");
  });
  b.addEventListener("error", (event) => seen.push(event.message, event.error.message));
  a.addEventListener("error", (event) => seen.push(event.message));
  a.send("one");
  a.send("two");
  assertEquals((await next(a, "close")).code, 1006);
  await scheduler.wait(1);
  assertEquals(heard, ["one"]);
  assertEquals(seen, ["Uncaught Error: from a listener", "from a listener",
    "Uncaught Error: Network connection lost."]);
  assertEquals([a.readyState, b.readyState], [3, 3]);
});

test("new WebSocket() checks its arguments", () => {
  const cases = [
    ["no url", undefined, "The url is invalid."],
    ["http://a.example", undefined, "The url scheme must be ws or wss."],
    ["ws://a.example/#part", undefined, "The url fragment must be empty."],
    ["ws://a.example/", "", "The protocol header token is invalid."],
    ["ws://a.example/", ["a", "b c"], "One of the protocol header tokens is invalid."],
    ["ws://a.example/", ["a", "a"], "The protocols header cannot have repeating values."],
  ];
  for (const [url, protocols, message] of cases) {
    assertThrows(() => new WebSocket(url, protocols), "SyntaxError",
      `WebSocket Constructor: ${message}`);
  }
});

test("attachments are copies, of at most 16 KiB", () => {
  const [socket] = new WebSocketPair();
  assertEquals(socket.deserializeAttachment(), null);
  const value = { list: [1, new Date(5)] };
  socket.serializeAttachment(value);
  value.list = [];
  assertEquals(socket.deserializeAttachment().list[1].getTime(), 5);
  assertThrows(() => socket.serializeAttachment("x".repeat(16 * 1024)), "Error",
    /^A WebSocket 'attachment' cannot be larger than 16384 bytes\.'attachment' was \d+ bytes\.$/);
});

let foreign;
test("a socket belongs to its request: first it is made", () => {
  foreign = Object.values(new WebSocketPair());
});
test("a socket belongs to its request: another one cannot use it", () => {
  const message = /^Cannot perform I\/O on behalf of a different request\. /;
  assertThrows(() => foreign[1].accept(), "Error", message);
});

test("sockets cannot be cloned", () => {
  const [socket] = new WebSocketPair();
  assertThrows(() => structuredClone(socket), "DataCloneError");
  assertThrows(() => structuredClone(new WebSocketPair()), "DataCloneError");
});

test("many messages, more than the stack is deep", async () => {
  const { a, b, heard } = connected();
  const kCount = 20_000;
  for (let i = 0; i < kCount; ++i) a.send(`${i}`);
  a.close(1000, "end");
  await next(b, "close");
  assertEquals(heard.length, kCount);
  assertEquals(heard.at(-1), `${kCount - 1}`);
  b.close();
});

test("the constants are on the class and on instances", () => {
  assertEquals([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED],
    [0, 1, 2, 3]);
  assertEquals(new WebSocketPair()[0].READY_STATE_CLOSED, 3);
});

test("WebSocketRequestResponsePair keeps two strings", () => {
  const pair = new WebSocketRequestResponsePair("ping", 2);
  assertEquals([pair.request, pair.response], ["ping", "2"]);
  assertThrows(
    () => new WebSocketRequestResponsePair("ping"),
    "TypeError",
    "Failed to construct 'WebSocketRequestResponsePair': constructor parameter 2 is not of type 'string'.",
  );
});
