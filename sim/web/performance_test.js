import { assertEquals, assertThrows, test } from "./testing.js";

const atStart = [performance.now(), Date.now()];

test("follows Date, from the epoch", async () => {
  assertEquals(atStart, [0, 0]);
  assertEquals([performance.timeOrigin, performance.now()], [0, Date.now()]);
  await scheduler.wait(3);
  assertEquals(performance.now(), Date.now());
  assertEquals(JSON.stringify(performance), "{}");
  assertThrows(() => new Performance(), "TypeError", "Illegal constructor");
});
