import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

test("a controller aborts its signal once", () => {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  let order = "";
  signal.addEventListener("abort", (event) => {
    count++;
    order += " listener";
    assertEquals(event.isTrusted, true);
    assertEquals(event.target, signal);
  });
  signal.onabort = () => (order += "handler");
  assertEquals(signal.aborted, false);
  signal.throwIfAborted();
  controller.abort();
  controller.abort("again");
  assertEquals(count, 1);
  assertEquals(order, " listenerhandler");
  assertEquals(signal.aborted, true);
  assertEquals(
    [signal.reason.name, signal.reason.message],
    ["AbortError", "The operation was aborted"],
  );
  assertThrows(() => signal.throwIfAborted(), "AbortError");
});

test("a reason is handed on as it is", () => {
  const controller = new AbortController();
  controller.abort(0);
  assertEquals(controller.signal.reason, 0);
  assertEquals(AbortSignal.abort("why").reason, "why");
  assertEquals(AbortSignal.abort().reason.name, "AbortError");
});

test("timeout() aborts after its time", async () => {
  const signal = AbortSignal.timeout(50);
  const start = Date.now();
  await new Promise((resolve) => (signal.onabort = resolve));
  const elapsed = Date.now() - start;
  assert(elapsed >= 49 && elapsed < 1000, `${elapsed} ms`);
  assertEquals(signal.reason.name, "TimeoutError");
  assertEquals(signal.reason.message, "The operation was aborted due to timeout");
  assertEquals(AbortSignal.timeout(-1).aborted, false);
});

test("any() follows the first of its signals", () => {
  const a = new AbortController();
  const b = new AbortController();
  const either = AbortSignal.any([a.signal, b.signal]);
  const nested = AbortSignal.any([either]);
  let events = 0;
  nested.addEventListener("abort", () => events++);
  assertEquals(either.aborted, false);
  b.abort("b");
  a.abort("a");
  assertEquals([either.reason, nested.reason, events], ["b", "b", 1]);
  assertEquals(AbortSignal.any([AbortSignal.abort(1), a.signal]).reason, 1);
  assertEquals(AbortSignal.any([]).aborted, false);
  assertThrows(() => AbortSignal.any([{}]), "TypeError");
});

test("signals cannot be constructed", () => {
  assertThrows(() => new AbortSignal(), "TypeError", "Illegal constructor");
  assert(AbortSignal.abort() instanceof EventTarget);
  assertThrows(
    () => Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted").get.call({}),
    "TypeError",
  );
});

test("scheduler.wait can be aborted", async () => {
  const controller = new AbortController();
  const waiting = scheduler.wait(1000, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(waiting, "Error", "enough");
  await assertRejects(
    scheduler.wait(1, { signal: AbortSignal.abort(new Error("no")) }),
    "Error",
    "no",
  );
});

test("a request's signal does not need the global that makes signals", () => {
  // Broke: the runtime took AbortController from the worker's globals.
  const { AbortController } = globalThis;
  globalThis.AbortController = undefined;
  try {
    assertEquals(new Request("http://a.example/").signal.aborted, false);
  } finally {
    globalThis.AbortController = AbortController;
  }
});
