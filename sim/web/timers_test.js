import { assert, assertEquals, assertThrows, consoleLines, test } from "./testing.js";

test("setTimeout runs after its delay, with arguments, in order", async () => {
  const start = Date.now();
  const calls = [];
  setTimeout((...args) => calls.push(["late", Date.now() - start, ...args]), 20, 1, 2);
  setTimeout(() => calls.push(["early", Date.now() - start]), 10);
  setTimeout(() => calls.push(["same", Date.now() - start]), 20);
  await scheduler.wait(30);
  assertEquals(calls, [
    ["early", 10],
    ["late", 20, 1, 2],
    ["same", 20],
  ]);
});

test("time stands still while code runs", async () => {
  const before = Date.now();
  assertEquals(Date.now(), before);
  assertEquals(performance.now(), before);
  await scheduler.wait(5);
  assertEquals(Date.now(), before + 5);
});

test("clearTimeout, also from another timer and of nothing", async () => {
  let ran = 0;
  const id = setTimeout(() => ran++, 10);
  assertEquals(typeof id, "number");
  clearTimeout(id);
  const second = setTimeout(() => ran++, 20);
  setTimeout(() => clearTimeout(second), 10);
  assertThrows(() => clearTimeout(), "TypeError", /parameter 1 is not of type 'Number'/);
  clearTimeout(null);
  clearTimeout(123456);
  clearTimeout("x");
  await scheduler.wait(30);
  assertEquals(ran, 0);
});

test("setInterval repeats until it clears itself", async () => {
  const start = Date.now();
  const times = [];
  await new Promise((resolve) => {
    const id = setInterval(() => {
      times.push(Date.now() - start);
      if (times.length === 3) {
        clearInterval(id);
        resolve();
      }
    }, 10);
  });
  await scheduler.wait(50);
  assertEquals(times, [10, 20, 30]);
});

test("an interval of nothing lets time pass", async () => {
  let count = 0;
  const id = setInterval(() => {
    if (++count === 5) clearInterval(id);
  }, 0);
  await scheduler.wait(20);
  assertEquals(count, 5);
});

test("negative, missing and odd delays are now", async () => {
  const order = [];
  setTimeout(() => order.push("missing"));
  setTimeout(() => order.push("negative"), -5);
  setTimeout(() => order.push("text"), "none");
  await scheduler.wait(1);
  assertEquals(order, ["missing", "negative", "text"]);
});

test("the callback must be a function", () => {
  assertThrows(() => setTimeout("code"), "TypeError", /parameter 1 is not of type 'function'/);
  assertThrows(() => setTimeout(), "TypeError", /parameter 1 is not of type 'function'/);
});

test("an exception of a callback is reported and the others run", async () => {
  let ran = false;
  setTimeout(() => {
    throw new Error("in a timer");
  }, 1);
  setTimeout(() => (ran = true), 2);
  await scheduler.wait(3);
  assert(ran);
  assertEquals(consoleLines().length, 1);
  assert(consoleLines()[0].startsWith("error: Uncaught Error: in a timer\n"), consoleLines()[0]);
});

test("at most 10,000 are active", () => {
  const ids = [];
  for (let i = 0; i < 10_000; i++) ids.push(setTimeout(() => {}, 1));
  const error = assertThrows(
    () => setTimeout(() => {}, 1),
    "QuotaExceededError",
    /max active timeouts: 10000/,
  );
  assert(error instanceof DOMException);
  clearTimeout(ids[0]);
  ids.push(setTimeout(() => {}, 1));
  for (const id of ids) clearTimeout(id);
});

test("queueMicrotask runs before the next timer, and reports errors", async () => {
  const order = [];
  setTimeout(() => order.push("timer"), 0);
  queueMicrotask(() => order.push("microtask"));
  queueMicrotask(() => {
    throw new Error("micro");
  });
  order.push("now");
  await scheduler.wait(1);
  assertEquals(order, ["now", "microtask", "timer"]);
  assert(consoleLines()[0].startsWith("error: Uncaught Error: micro"));
  assertThrows(() => queueMicrotask(1), "TypeError");
});

test("timers have the shape of functions of the global scope", () => {
  assertEquals([setTimeout.name, setTimeout.length, clearTimeout.length], ["setTimeout", 0, 0]);
  assert(!Object.keys(globalThis).includes("setTimeout"));
});
