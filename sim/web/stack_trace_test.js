import { assert, assertEquals, consoleLines, test } from "./testing.js";

/** The file of each frame, the innermost first; builtins by their text. */
function files(stack) {
  return stack
    .split("\n")
    .slice(1)
    .map((line) => {
      assert(line.startsWith("    at "), line);
      return /([^\s(/]+):\d+:\d+\)?$/.exec(line)?.[1] ?? line.trim();
    });
}

function stackOf(run) {
  try {
    run();
  } catch (error) {
    return error.stack;
  }
  throw new Error("nothing was thrown");
}

const here = "stack_trace_test.js";

test("an error of the runtime points at the worker's call", () => {
  function callsIt() {
    new Headers([["a b", "c"]]);
  }
  const stack = stackOf(callsIt);
  assert(stack.startsWith(`TypeError: Invalid header name.\n    at callsIt (${here}:`), stack);
  assert(!stack.includes("flamesim:"), stack);
  for (const run of [
    () => new URL("nonsense"),
    () => structuredClone(new FormData()),
    () => atob("*"),
    () => new Response("x", { status: 1 }),
    () => AbortSignal.abort().throwIfAborted(),
    () => crypto.getRandomValues(1),
  ]) {
    assertEquals(new Set(files(stackOf(run))), new Set([here]), `${run}`);
  }
});

test("frames of the runtime between those of the worker are left out, builtins of the worker not", () => {
  const inCallback = stackOf(() => {
    new Headers({ a: 1 }).forEach(() => {
      [1].map(() => {
        throw new Error("inner");
      });
    });
  });
  const [first, second, third] = files(inCallback);
  assertEquals([first, second, third], [here, "at Array.map (<anonymous>)", here]);
  assert(!inCallback.includes("flamesim:"), inCallback);
});

test("builtins that the runtime calls are left out, asynchronous callers are not", async () => {
  async function reads() {
    await new Response("{").json();
  }
  let stack;
  try {
    await reads();
  } catch (error) {
    stack = error.stack;
  }
  assert(/^SyntaxError: .*\n {4}at async reads \(/.test(stack), stack);
  assertEquals(new Set(files(stack)), new Set([here]));
});

test("in timers and listeners", async () => {
  const timer = await new Promise((resolve) => {
    setTimeout(() => resolve(new Error("late").stack), 1);
  });
  assertEquals(files(timer), [here]);
  const target = new EventTarget();
  let heard;
  target.addEventListener("x", () => {
    heard = new Error("heard").stack;
  });
  target.dispatchEvent(new Event("x"));
  assertEquals(new Set(files(heard)), new Set([here]));
});

test("Error.captureStackTrace, with and without a function to start below", () => {
  const holder = { name: "Note", message: "here" };
  Error.captureStackTrace(holder);
  assert(holder.stack.startsWith("Note: here\n    at "), holder.stack);
  function outer() {
    return inner();
  }
  function inner() {
    const below = {};
    Error.captureStackTrace(below, inner);
    return below.stack;
  }
  assert(outer().startsWith(`Error\n    at outer (${here}:`), outer());
});

test("Error.stackTraceLimit", () => {
  const limit = Error.stackTraceLimit;
  const deep = (n) => (n === 0 ? new Error("deep").stack : deep(n - 1));
  try {
    assertEquals(limit, 10);
    assertEquals(files(deep(20)).length, 10);
    Error.stackTraceLimit = 3;
    assertEquals(files(deep(20)).length, 3);
    Error.stackTraceLimit = 0;
    assertEquals(deep(1), "Error: deep");
    Error.stackTraceLimit = 100;
    assert(files(deep(20)).length > 20);
  } finally {
    Error.stackTraceLimit = limit;
  }
});

test("a worker's Error.prepareStackTrace gets the worker's call sites", () => {
  try {
    Error.prepareStackTrace = function (error, sites) {
      return { self: this, error, names: sites.map((site) => site.getFileName()) };
    };
    let caught;
    try {
      new URL("nonsense");
    } catch (error) {
      caught = error;
    }
    const { self, error, names } = caught.stack;
    assertEquals([self === Error, error === caught], [true, true]);
    assertEquals(new Set(names), new Set([here]));
    Error.prepareStackTrace = () => {
      throw new RangeError("mine");
    };
    const failing = new Error("x");
    let thrown;
    try {
      failing.stack;
    } catch (error) {
      thrown = error;
    }
    Error.prepareStackTrace = undefined;
    assertEquals(thrown?.message, "mine");
  } finally {
    delete Error.prepareStackTrace;
  }
});

test("errors whose name or message cannot be had still have a stack", () => {
  const error = new Error("x");
  Object.defineProperty(error, "message", {
    get() {
      throw new Error("no");
    },
  });
  assert(error.stack.startsWith("<error>\n    at "), error.stack);
});

test("the console shows the same frames", () => {
  try {
    new Headers([["a b", "c"]]);
  } catch (error) {
    console.log(error);
  }
  console.trace("t");
  console.log({ error: new DOMException("m", "AbortError") });
  reportError(new Error("reported"));
  for (const line of consoleLines()) assert(!line.includes("flamesim:"), line);
  assertEquals(consoleLines().length, 4);
});
