import timers, { clearTimeout as clear, setTimeout as start } from "node:timers";
import * as promised from "node:timers/promises";
import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

test("a Timeout can be cleared, refreshed, compared", async () => {
  const seen = [];
  const cleared = start(() => seen.push("cleared"), 5);
  clear(cleared);
  clear(undefined);
  const refreshed = start(() => seen.push(Date.now() - began), 10);
  const began = Date.now();
  await scheduler.wait(5);
  assertEquals(refreshed.refresh() === refreshed, true);
  await scheduler.wait(50);
  assertEquals(seen.length, 1);
  const [after] = seen;
  assert(after >= 15 && after < 50, `refreshed after ${after} ms`);
  assertEquals([cleared.hasRef(), cleared.unref().hasRef()], [true, false]);
  assert(Number(refreshed) > 0);
  assertThrows(() => start("code"), "TypeError", /"callback" argument must be of type function/);
});

test("intervals and immediates", async () => {
  let count = 0;
  const interval = timers.setInterval(() => {
    if (++count === 3) timers.clearInterval(interval);
  }, 10);
  await scheduler.wait(100);
  assertEquals(count, 3);
  const seen = [];
  timers.clearImmediate(setImmediate(() => seen.push("no")));
  await new Promise((resolve) => setImmediate((a) => resolve(seen.push(a)), "yes"));
  assertEquals(seen, ["yes"]);
});

test("timers/promises", async () => {
  assertEquals(timers.promises.setTimeout, promised.setTimeout);
  const began = Date.now();
  assertEquals(await promised.setTimeout(20, "value"), "value");
  const passed = Date.now() - began;
  assert(passed >= 20 && passed < 60, `${passed} ms`);
  assertEquals(await promised.setImmediate(7), 7);
  const ticks = [];
  for await (const tick of promised.setInterval(10, "t")) {
    ticks.push(tick);
    if (ticks.length === 2) break;
  }
  assertEquals(ticks, ["t", "t"]);
  await promised.scheduler.wait(5);
});

test("timers/promises can be aborted", async () => {
  const controller = new AbortController();
  const waiting = promised.setTimeout(1000, undefined, { signal: controller.signal });
  controller.abort();
  const error = await assertRejects(waiting, "AbortError", "The operation was aborted");
  assertEquals(error.code, "ABORT_ERR");
  await assertRejects(promised.setImmediate(1, { signal: AbortSignal.abort() }), "AbortError");
  await assertRejects(
    promised.setTimeout("5"),
    "TypeError",
    /"delay" argument must be of type number/,
  );
});
