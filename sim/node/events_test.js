import EventEmitter, {
  EventEmitter as Named,
  EventEmitterAsyncResource,
  errorMonitor,
  getEventListeners,
  on,
  once,
  setMaxListeners,
} from "node:events";
import { AsyncLocalStorage } from "node:async_hooks";
import { inherits } from "node:util";
import {
  assert,
  assertEquals,
  assertRejects,
  assertThrows,
  consoleLines,
  test,
} from "./testing.js";

test("listeners are called in their order, with the emitter as this", () => {
  const emitter = new EventEmitter();
  const seen = [];
  emitter.on("e", function (...args) {
    seen.push(this === emitter, ...args);
  });
  emitter.prependListener("e", () => seen.push("first"));
  emitter.once("e", () => seen.push("once"));
  assertEquals(emitter.emit("e", 1, 2), true);
  emitter.emit("e");
  assertEquals(seen, ["first", true, 1, 2, "once", "first", true]);
  assertEquals(emitter.emit("other"), false);
  assertEquals(Named, EventEmitter);
});

test("an error that nobody listens for is thrown", () => {
  const emitter = new EventEmitter();
  assertThrows(() => emitter.emit("error", new RangeError("boom")), "RangeError", "boom");
  const error = assertThrows(() => emitter.emit("error", "text"), "Error");
  assertEquals(
    [error.code, error.message, error.context],
    ["ERR_UNHANDLED_ERROR", "Unhandled error. ('text')", "text"],
  );
  const seen = [];
  emitter.on(errorMonitor, (e) => seen.push(e.message));
  assertThrows(() => emitter.emit("error", new Error("watched")), "Error", "watched");
  emitter.on("error", () => {});
  emitter.emit("error", new Error("handled"));
  assertEquals(seen, ["watched", "handled"]);
});

test("listeners come and go", () => {
  const emitter = new EventEmitter();
  const log = [];
  emitter.on("newListener", (name) => log.push(`+${String(name)}`));
  emitter.on("removeListener", (name) => log.push(`-${String(name)}`));
  const a = () => {};
  const b = () => {};
  emitter.on("x", a).on("x", b).once("x", a);
  assertEquals(emitter.listenerCount("x"), 3);
  assertEquals(emitter.listeners("x"), [a, b, a]);
  assertEquals(emitter.rawListeners("x")[2].listener, a);
  emitter.off("x", a);
  assertEquals(emitter.listeners("x"), [a, b]);
  emitter.off("x", () => {});
  emitter.removeAllListeners("x");
  assertEquals(emitter.eventNames(), ["newListener", "removeListener"]);
  assertEquals(log, ["+removeListener", "+x", "+x", "+x", "-x", "-x", "-x"]);
  emitter.removeAllListeners();
  assertEquals(emitter.eventNames(), []);
});

test("what listeners do to the list counts from the next event on", () => {
  const emitter = new EventEmitter();
  const seen = [];
  const second = () => seen.push(2);
  emitter.on("e", () => {
    seen.push(1);
    emitter.off("e", second);
    emitter.on("e", () => seen.push(3));
  });
  emitter.on("e", second);
  emitter.emit("e");
  assertEquals(seen, [1, 2]);
});

test("a listener must be a function", () => {
  const error = assertThrows(
    () => new EventEmitter().on("x", null),
    "TypeError",
    'The "listener" argument must be of type function. Received null',
  );
  assertEquals(error.code, "ERR_INVALID_ARG_TYPE");
});

test("too many listeners are warned of once", () => {
  const emitter = new EventEmitter();
  setMaxListeners(1, emitter);
  for (let i = 0; i < 4; i++) emitter.on("x", () => {});
  assertEquals(consoleLines().length, 1);
  assert(/Possible EventEmitter memory leak detected. 2 x listeners/.test(consoleLines()[0]));
});

test("once() resolves, rejects, aborts", async () => {
  const emitter = new EventEmitter();
  queueMicrotask(() => emitter.emit("ready", 1, 2));
  assertEquals(await once(emitter, "ready"), [1, 2]);
  queueMicrotask(() => emitter.emit("error", new Error("boom")));
  await assertRejects(once(emitter, "ready"), "Error", "boom");
  assertEquals(emitter.eventNames(), []);
  const error = await assertRejects(
    once(emitter, "x", { signal: AbortSignal.abort() }),
    "AbortError",
    "The operation was aborted",
  );
  assertEquals(error.code, "ABORT_ERR");
  const controller = new AbortController();
  const waiting = once(emitter, "x", { signal: controller.signal });
  controller.abort();
  await assertRejects(waiting, "AbortError");
  const target = new EventTarget();
  queueMicrotask(() => target.dispatchEvent(new Event("go")));
  assertEquals((await once(target, "go"))[0].type, "go");
});

test("on() iterates", async () => {
  const emitter = new EventEmitter();
  queueMicrotask(() => {
    emitter.emit("n", 1);
    emitter.emit("n", 2);
    emitter.emit("end");
  });
  const seen = [];
  for await (const [n] of on(emitter, "n", { close: ["end"] })) seen.push(n);
  assertEquals(seen, [1, 2]);
  const iterator = on(emitter, "n");
  queueMicrotask(() => emitter.emit("error", new Error("boom")));
  await assertRejects(iterator.next(), "Error", "boom");
  assertEquals(await iterator.next(), { value: undefined, done: true });
});

test("captureRejections sends what a listener rejects with to error", async () => {
  const emitter = new EventEmitter({ captureRejections: true });
  emitter.on("e", async () => {
    throw new Error("late");
  });
  const failed = once(emitter, "error");
  emitter.emit("e");
  assertEquals((await failed)[0].message, "late");
});

test("old code inherits without a class", () => {
  function Old() {
    EventEmitter.call(this);
  }
  inherits(Old, EventEmitter);
  const old = new Old();
  let seen = 0;
  old.on("x", () => seen++);
  old.emit("x");
  assert(old instanceof EventEmitter && seen === 1);
  class New extends EventEmitter {}
  assert(new New() instanceof New);
});

test("getEventListeners and defaultMaxListeners", () => {
  const emitter = new EventEmitter();
  const listener = () => {};
  emitter.on("x", listener);
  assertEquals(getEventListeners(emitter, "x"), [listener]);
  assertThrows(
    () => getEventListeners({}, "x"),
    "TypeError",
    /"emitter" argument must be an instance/,
  );
  assertEquals(EventEmitter.defaultMaxListeners, 10);
  assertEquals(emitter.getMaxListeners(), 10);
});

test("EventEmitterAsyncResource emits in its own context", () => {
  const storage = new AsyncLocalStorage();
  const emitter = storage.run("made", () => new EventEmitterAsyncResource({ name: "R" }));
  let seen;
  emitter.on("x", () => (seen = storage.getStore()));
  storage.run("emitted", () => emitter.emit("x"));
  assertEquals(seen, "made");
});
