import { assert, assertEquals, assertThrows, test } from "./testing.js";

const settled = () => scheduler.wait(1);

test("ports deliver copies, in order, after the code that posts", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard = [];
  port2.onmessage = (event) => heard.push(event.data);
  const value = { list: [1], when: new Date(5) };
  port1.postMessage(value);
  value.list.push(2);
  port1.postMessage("second");
  assertEquals(heard, []);
  await settled();
  assertEquals(heard[0].list, [1]);
  assertEquals(heard[0].when.getTime(), 5);
  assertEquals(heard[1], "second");
});

test("both ways, with what a message event says", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  port2.addEventListener("message", (event) => {
    seen.push(event.target === port2, event instanceof MessageEvent, event.isTrusted);
    seen.push(event.source === port2);
    port2.postMessage(event.data + 1);
  });
  port1.onmessage = ({ data }) => seen.push(data);
  port1.postMessage(1);
  await settled();
  assertEquals(seen, [true, true, true, true, 2]);
});

test("messages wait for a listener, and again when nobody listens any more", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard = [];
  const listener = ({ data }) => heard.push(data);
  port1.postMessage("a");
  port1.postMessage("b");
  await settled();
  port2.addEventListener("message", listener);
  await settled();
  assertEquals(heard, ["a", "b"]);
  port2.removeEventListener("message", listener);
  port1.postMessage("c");
  await settled();
  port2.onmessage = listener;
  port1.postMessage("d");
  await settled();
  assertEquals(heard, ["a", "b", "c", "d"]);
  port2.onmessage = null;
  port1.postMessage("e");
  await settled();
  assertEquals(heard.length, 4);
});

test("start() without a listener lets messages go unheard", async () => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage("lost");
  port2.start();
  await settled();
  const heard = [];
  port2.onmessage = ({ data }) => heard.push(data);
  await settled();
  assertEquals(heard, []);
});

test("close() ends both ports, the other one first", async () => {
  const { port1, port2 } = new MessageChannel();
  const heard = [];
  port1.addEventListener("close", () => heard.push("1"));
  port2.addEventListener("close", () => heard.push("2"));
  port2.onmessage = ({ data }) => heard.push(data);
  port1.close();
  port1.close();
  assertEquals(heard, ["2", "1"]);
  port1.postMessage("late");
  port2.postMessage("late");
  await settled();
  assertEquals(heard, ["2", "1"]);
});

test("what cannot be cloned or transferred is refused, also when nobody hears it", () => {
  const { port1, port2 } = new MessageChannel();
  assertThrows(() => port1.postMessage(() => {}), "DataCloneError");
  assertThrows(() => port1.postMessage(port2), "DataCloneError");
  const buffer = new ArrayBuffer(8);
  const message = "Transfer list is not supported";
  assertThrows(() => port1.postMessage(buffer, [buffer]), "Error", message);
  assertThrows(() => port1.postMessage(buffer, { transfer: [buffer] }), "Error", message);
  port1.postMessage(buffer, []);
  port1.close();
  assertThrows(() => port1.postMessage(Symbol("x")), "DataCloneError");
});

test("ports come in pairs only", () => {
  assertThrows(() => new MessagePort(), "TypeError", "Illegal constructor");
  const channel = new MessageChannel();
  assertEquals(Object.keys(channel).sort(), ["port1", "port2"]);
  assert(channel.port1 instanceof MessagePort && channel.port1 instanceof EventTarget);
  assertEquals(channel.port1.onmessage, null);
});

test("the same function may listen and be onmessage", async () => {
  const { port1, port2 } = new MessageChannel();
  let count = 0;
  const listener = () => count++;
  port2.onmessage = listener;
  port2.addEventListener("message", listener);
  port1.postMessage(0);
  await settled();
  assertEquals(count, 2);
});
