import { WorkerEntrypoint } from "cloudflare:workers";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

const globalScopeError =
  "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, " +
  "and generating random values are not allowed within global scope. To fix this error, perform this operation " +
  "within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/";

for (const [name, body] of Object.entries({
  setTimeout: () => setTimeout(() => {}, 1),
  setInterval: () => setInterval(() => {}, 1),
  getRandomValues: () => crypto.getRandomValues(new Uint8Array(1)),
  randomUUID: () => crypto.randomUUID(),
  timeout: () => AbortSignal.timeout(1),
  clearTimeout: () => clearTimeout(1),
})) {
  let caught;
  try {
    body();
  } catch (error) {
    caught = error;
  }
  test(`${name} is not allowed in global scope`, () => {
    assertEquals([caught?.name, caught?.message], ["Error", globalScopeError]);
  });
}

const random = [Math.random(), Math.random()];
console.log("goes nowhere");

test("Math.random works in global scope, the same each time", () => {
  assertEquals(random, [0.23765396769158542, 0.10578142385929823]);
});

test("globals are properties of the global object, and not enumerable", () => {
  assertEquals(
    Object.keys(globalThis).filter((name) => !name.startsWith("__")),
    [],
  );
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "URL");
  assertEquals(
    [descriptor.writable, descriptor.enumerable, descriptor.configurable],
    [true, false, true],
  );
});

test("globals can be replaced", () => {
  const original = URL;
  globalThis.URL = "mine";
  assertEquals(URL, "mine");
  globalThis.URL = original;
  assertEquals(new URL("http://a.example/").host, "a.example");
});

test("every global class has its own name, and prototypes that say it", () => {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    if (typeof value !== "function" || name.startsWith("__")) continue;
    assertEquals(value.name, name);
    if (!/^[A-Z]/.test(name)) continue;
    const tag = Object.getOwnPropertyDescriptor(value.prototype ?? {}, Symbol.toStringTag);
    if (typeof tag?.value === "string") assertEquals(tag.value, name);
  }
});

test("events of other handlers have classes that nobody can make", () => {
  for (const name of ["ScheduledEvent", "TailEvent", "TraceEvent"]) {
    assertThrows(() => new globalThis[name]("x"), "TypeError", "Illegal constructor");
    assert(globalThis[name].prototype instanceof ExtendableEvent, name);
  }
  assertEquals([typeof QueueEvent, typeof TraceItem], ["undefined", "undefined"]);
});

test("self, origin, navigator", () => {
  assert(self === globalThis && self.self === self);
  assertEquals([origin, navigator.userAgent], ["null", "Cloudflare-Workers"]);
  assertThrows(() => new Navigator(), "TypeError", "Illegal constructor");
  assertEquals({ ...navigator }, {
    languages: ["en"],
    language: "en",
    platform: "",
    hardwareConcurrency: 1,
    userAgent: "Cloudflare-Workers",
  });
});

test("navigator.sendBeacon() takes any URL", () => {
  assertThrows(
    () => navigator.sendBeacon(),
    "TypeError",
    "Failed to execute 'sendBeacon' on 'Navigator': parameter 1 is not of type 'string'.",
  );
});

test("the global object says what it is", () => {
  assertEquals(String(globalThis), "[object ServiceWorkerGlobalScope]");
  assert(globalThis instanceof ServiceWorkerGlobalScope);
  assert(!(globalThis instanceof WorkerGlobalScope) && !(globalThis instanceof EventTarget));
  for (const name of ["ServiceWorkerGlobalScope", "WorkerGlobalScope", "Body"]) {
    assertThrows(() => new globalThis[name](), "TypeError", "Illegal constructor");
  }
  assertEquals(typeof ExecutionContext, "undefined");
  assertEquals(typeof Fetcher, "undefined");
});

test("what V8 itself lacks is there", () => {
  const closed = [];
  const stack = new DisposableStack();
  stack.defer(() => closed.push("first"));
  stack.use({ [Symbol.dispose]: () => closed.push("second") });
  stack.dispose();
  assertEquals(closed, ["second", "first"]);
  assertEquals(typeof AsyncDisposableStack + typeof SuppressedError, "functionfunction");
  assertEquals(new Uint8Array([255, 0, 16]).toBase64({ alphabet: "base64url" }), "_wAQ");
  assertEquals(Uint8Array.fromHex("ff00"), new Uint8Array([255, 0]));
  assertEquals(RegExp.escape("a.b"), "\\x61\\.b");
  assertEquals([Error.isError(new TypeError()), Error.isError({})], [true, false]);
  assertEquals(Math.sumPrecise([1e20, 0.1, -1e20]), 0.1);
  assertEquals(new Map([["a", 1]]).getOrInsert("b", 2), 2);
  assertEquals([...Iterator.concat([1], [2])], [1, 2]);
});

test("code from strings is refused", () => {
  assertThrows(
    () => eval("1"),
    "EvalError",
    "Code generation from strings disallowed for this context",
  );
  assertThrows(
    () => new Function("1"),
    "EvalError",
    "Code generation from strings disallowed for this context",
  );
});

test("cloudflare:workers has the base class of entrypoints", () => {
  class Mine extends WorkerEntrypoint {}
  const [context, environment] = [{}, {}];
  const mine = new Mine(context, environment);
  assert(mine.ctx === context && mine.env === environment);
});

test("what ES2024 has and V8 10.2 lacks is there", () => {
  const { promise, resolve } = Promise.withResolvers();
  resolve();
  assert(promise instanceof Promise);
  assertEquals(Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")).odd, [1, 3]);
  assertEquals([3, 1].toSorted(), [1, 3]);
  assertEquals([...new Set([1, 2]).union(new Set([3]))], [1, 2, 3]);
  assertEquals(
    [1, 2, 3]
      .values()
      .map((n) => n * 2)
      .toArray(),
    [2, 4, 6],
  );
  assertEquals(
    [Object.hasOwn({ a: 1 }, "a"), [1, 2].at(-1), "a\ud800".isWellFormed()],
    [true, 2, false],
  );
});
