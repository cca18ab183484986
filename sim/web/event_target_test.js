import { assert, assertEquals, assertThrows, consoleLines, test } from "./testing.js";

test("calls listeners in order, each once per type and callback", () => {
  const target = new EventTarget();
  const calls = [];
  const a = () => calls.push("a");
  target.addEventListener("x", a);
  target.addEventListener("x", a);
  target.addEventListener("x", { handleEvent: () => calls.push("object") });
  target.addEventListener("y", () => calls.push("y"));
  target.dispatchEvent(new Event("x"));
  assertEquals(calls, ["a", "object"]);
  target.removeEventListener("x", a);
  target.dispatchEvent(new Event("x"));
  assertEquals(calls, ["a", "object", "object"]);
});

test("once and signal", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let count = 0;
  target.addEventListener("x", () => count++, { once: true });
  target.addEventListener("x", () => count++, { signal: controller.signal });
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
  assertEquals([event.eventPhase, event.composedPath().length], [0, 0]);
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

test("capture and objects without handleEvent are refused", () => {
  const target = new EventTarget();
  const add = (options) => target.addEventListener("x", () => {}, options);
  assertThrows(() => add(true), "TypeError", "addEventListener(): useCapture must be false.");
  assertThrows(
    () => add({ capture: true }),
    "TypeError",
    "addEventListener(): options.capture must be false.",
  );
  add({ passive: true });
  assertThrows(
    () => target.addEventListener("x", {}),
    "TypeError",
    "Incorrect type for the 'handleEvent' field on 'HandlerObject': the provided value is not of type 'function'.",
  );
});

test("a promise that nobody handles is an event of the global scope", async () => {
  let seen = null;
  const listener = (event) => {
    seen = [event instanceof PromiseRejectionEvent, event.reason, event.promise === promise];
    event.preventDefault();
  };
  addEventListener("unhandledrejection", listener);
  const promise = Promise.reject("why");
  await scheduler.wait(1);
  removeEventListener("unhandledrejection", listener);
  assertEquals(seen, [true, "why", true]);
});

test("what a listener throws is reported, and the others run", () => {
  const target = new EventTarget();
  const reported = [];
  let self;
  const onError = (event) => {
    reported.push(event.message);
    event.preventDefault();
  };
  addEventListener("error", onError);
  target.addEventListener("x", () => {
    throw new Error("first");
  });
  target.addEventListener("x", function () {
    self = this;
  });
  assertEquals(target.dispatchEvent(new Event("x")), true);
  removeEventListener("error", onError);
  assertEquals(reported, ["Uncaught Error: first"]);
  assert(self === target);
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
  assertThrows(
    () => new Event(),
    "TypeError",
    "Failed to construct 'Event': constructor parameter 1 is not of type 'string'.",
  );
  for (const make of [() => new ExtendableEvent("x"), () => new PromiseRejectionEvent("x")]) {
    assertThrows(make, "TypeError", "Illegal constructor");
  }
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
