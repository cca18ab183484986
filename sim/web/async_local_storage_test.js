import asyncHooks, { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("run() holds through await, timers and microtasks", async () => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  await storage.run("a", async () => {
    seen.push(storage.getStore());
    await null;
    seen.push(storage.getStore());
    await scheduler.wait(1);
    seen.push(storage.getStore());
    await new Promise((resolve) => setTimeout(() => resolve(seen.push(storage.getStore())), 1));
    await new Promise((resolve) => queueMicrotask(() => resolve(seen.push(storage.getStore()))));
  });
  assertEquals(seen, ["a", "a", "a", "a", "a"]);
  assertEquals(storage.getStore(), undefined);
});

test("runs nest, side by side", async () => {
  const one = new AsyncLocalStorage();
  const two = new AsyncLocalStorage();
  const result = one.run(1, () =>
    two.run(2, () => one.run(3, () => [one.getStore(), two.getStore()]).concat(one.getStore())),
  );
  assertEquals(result, [3, 2, 1]);
  const values = await Promise.all(
    [10, 20, 30].map((value) =>
      one.run(value, async () => {
        await scheduler.wait(40 - value);
        return one.getStore();
      }),
    ),
  );
  assertEquals(values, [10, 20, 30]);
});

test("exit, arguments and errors; what production lacks", () => {
  const storage = new AsyncLocalStorage();
  storage.run(
    "x",
    (a, b) => {
      assertEquals([a, b], [1, 2]);
      assertEquals(
        storage.exit(() => storage.getStore()),
        undefined,
      );
      assertThrows(
        () => storage.enterWith("y"),
        "Error",
        "asyncLocalStorage.enterWith() is not implemented",
      );
      assertThrows(
        () => storage.disable(),
        "Error",
        "asyncLocalStorage.disable() is not implemented",
      );
    },
    1,
    2,
  );
  assertThrows(
    () =>
      storage.run("z", () => {
        throw new RangeError("out");
      }),
    "RangeError",
  );
  assertEquals(storage.getStore(), undefined);
  assertThrows(() => storage.run("z"), "TypeError");
  assertEquals(new AsyncLocalStorage({ defaultValue: 4 }).getStore(), 4);
});

test("bind and snapshot keep the frame of now", () => {
  const storage = new AsyncLocalStorage();
  const [bound, snapshot] = storage.run("then", () => [
    AsyncLocalStorage.bind((a) => [storage.getStore(), a]),
    AsyncLocalStorage.snapshot(),
  ]);
  storage.run("now", () => {
    assertEquals(bound(5), ["then", 5]);
    assertEquals(
      snapshot((a) => storage.getStore() + a, "!"),
      "then!",
    );
    assertEquals(storage.getStore(), "now");
  });
});

test("AsyncResource", () => {
  const storage = new AsyncLocalStorage();
  const resource = storage.run("r", () => new AsyncResource("mine"));
  const self = {};
  assertEquals(
    resource.runInAsyncScope(
      function (a) {
        return [this === self, a, storage.getStore()];
      },
      self,
      1,
    ),
    [true, 1, "r"],
  );
  assertEquals(resource.bind(() => storage.getStore())(), "r");
  assertEquals(storage.run("s", () => AsyncResource.bind(() => storage.getStore()))(), "s");
  class Mine extends AsyncResource {}
  assert(new Mine("m") instanceof AsyncResource);
});

test("EventTarget listeners run in the frame of the dispatch", () => {
  const storage = new AsyncLocalStorage();
  const target = new EventTarget();
  let seen;
  target.addEventListener("x", () => (seen = storage.getStore()));
  storage.run("d", () => target.dispatchEvent(new Event("x")));
  assertEquals(seen, "d");
});

test("nothing leaks into the next request", () => {
  const storage = asyncHooks.AsyncLocalStorage;
  assertEquals(storage, AsyncLocalStorage);
  assertEquals(leaky.getStore(), undefined);
});
const leaky = new AsyncLocalStorage();
