import { assert, assertEquals, assertThrows, consoleLines, test } from "./testing.js";

test("calls listeners in order, each once per type, callback and capture", () => {
  const target = new EventTarget();
  const calls = [];
  const a = () => calls.push("a");
  target.addEventListener("x", a);
  target.addEventListener("x", a);
  target.addEventListener("x", a, true);
  target.addEventListener("x", { handleEvent: () => calls.push("object") });
  target.addEventListener("y", () => calls.push("y"));
  target.dispatchEvent(new Event("x"));
  assertEquals(calls, ["a", "a", "object"]);
  target.removeEventListener("x", a);
  target.dispatchEvent(new Event("x"));
  assertEquals(calls, ["a", "a", "object", "a", "object"]);
});

test("once, signal and passive", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let count = 0;
  target.addEventListener("x", () => count++, { once: true });
  target.addEventListener("x", () => count++, { signal: controller.signal });
  target.addEventListener("x", (event) => event.preventDefault(), { passive: true });
  const event = new Event("x", { cancelable: true });
  assertEquals(target.dispatchEvent(event), true);
  controller.abort();
  target.dispatchEvent(new Event("x"));
  assertEquals(count, 2);
});

test("preventDefault and stopImmediatePropagation", () => {
  const target = new EventTarget();
  let reached = false;
  target.addEventListener("x", (event) => {
    assertEquals(event.target, target);
    assertEquals(event.currentTarget, target);
    assertEquals(event.eventPhase, Event.AT_TARGET);
    assertEquals(event.composedPath(), [target]);
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  target.addEventListener("x", () => (reached = true));
  const event = new Event("x", { cancelable: true });
  assertEquals(target.dispatchEvent(event), false);
  assertEquals(event.defaultPrevented, true);
  assertEquals(event.currentTarget, null);
  assertEquals(reached, false);
});

test("an event cannot be dispatched within its own dispatch", () => {
  const target = new EventTarget();
  let error;
  target.addEventListener("x", (event) => {
    error = assertThrows(() => target.dispatchEvent(event), "InvalidStateError");
  });
  target.dispatchEvent(new Event("x"));
  assert(error !== undefined);
});

test("a listener that throws is reported and the others run", () => {
  const target = new EventTarget();
  let reached = false;
  target.addEventListener("x", () => {
    throw new Error("first");
  });
  target.addEventListener("x", () => (reached = true));
  target.dispatchEvent(new Event("x"));
  assert(reached);
  assert(consoleLines()[0].startsWith("error: Uncaught Error: first\n"), consoleLines()[0]);
});

test("the global scope is an event target", () => {
  let seen = null;
  const listener = function (event) {
    seen = [this === globalThis, event.target === globalThis, event.detail];
  };
  addEventListener("mine", listener);
  dispatchEvent(new CustomEvent("mine", { detail: 7 }));
  assertEquals(seen, [true, true, 7]);
  removeEventListener("mine", listener);
  seen = null;
  self.dispatchEvent(new CustomEvent("mine"));
  assertEquals(seen, null);
});

test("reportError makes an error event, and a console line unless prevented", () => {
  let message;
  const listener = (event) => {
    assert(event instanceof ErrorEvent);
    message = event.message;
    event.preventDefault();
  };
  addEventListener("error", listener);
  reportError(new TypeError("odd"));
  removeEventListener("error", listener);
  assertEquals(message, "Uncaught TypeError: odd");
  assertEquals(consoleLines(), []);
  reportError("plain");
  assertEquals(consoleLines(), ["error: Uncaught 'plain'"]);
});

test("event classes carry what they are given", () => {
  assertEquals(new CustomEvent("x").detail, null);
  assertEquals(new MessageEvent("m", { data: { a: 1 } }).data, { a: 1 });
  const close = new CloseEvent("close", { code: 1001, reason: "away", wasClean: true });
  assertEquals([close.code, close.reason, close.wasClean], [1001, "away", true]);
  const promise = Promise.resolve();
  const rejection = new PromiseRejectionEvent("unhandledrejection", { promise, reason: 3 });
  assertEquals([rejection.promise === promise, rejection.reason], [true, 3]);
  assertThrows(
    () => new Event(),
    "TypeError",
    "Failed to construct 'Event': 1 argument required, but only 0 present.",
  );
  assertThrows(() => new ExtendableEvent("x").waitUntil(1), "InvalidStateError");
  assertEquals(Event.prototype[Symbol.toStringTag], "Event");
  assertEquals(new Event("x").isTrusted, false);
});

test("subclasses of EventTarget work", () => {
  class Emitter extends EventTarget {
    ping() {
      this.dispatchEvent(new Event("ping"));
    }
  }
  const emitter = new Emitter();
  let count = 0;
  emitter.addEventListener("ping", () => count++);
  emitter.ping();
  assertEquals(count, 1);
});
