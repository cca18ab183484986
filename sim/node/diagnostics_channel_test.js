import { AsyncLocalStorage } from "node:async_hooks";
import dc, { channel, subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { assertEquals, assertThrows, test } from "./testing.js";

test("what is published reaches those who subscribed", () => {
  const seen = [];
  const listener = (message, name) => seen.push([message, name]);
  assertEquals(dc.hasSubscribers("a"), false);
  subscribe("a", listener);
  channel("a").publish({ x: 1 });
  assertEquals([unsubscribe("a", listener), unsubscribe("a", listener)], [undefined, undefined]);
  assertEquals(dc.hasSubscribers("a"), false);
  channel("a").publish(2);
  assertEquals(seen, [[{ x: 1 }, "a"]]);
  assertEquals(channel("a"), channel("a"));
  assertEquals(channel(1), channel("1"));
  for (const [call, where, index] of [
    [() => subscribe("a", 1), "'subscribe' on 'DiagnosticsChannelModule'", 2],
    [() => unsubscribe("a"), "'unsubscribe' on 'DiagnosticsChannelModule'", 2],
    [() => channel("a").subscribe(1), "'subscribe' on 'Channel'", 1],
    [() => channel("a").unsubscribe(), "'unsubscribe' on 'Channel'", 1],
  ]) {
    assertThrows(
      call,
      "TypeError",
      `Failed to execute ${where}: parameter ${index} is not of type 'function'.`,
    );
  }
});

test("stores hold what is published while the callback runs", () => {
  const storage = new AsyncLocalStorage();
  const stores = channel("stores");
  stores.bindStore(storage, (message) => message.id);
  assertEquals(
    stores.runStores({ id: 7 }, (a) => [storage.getStore(), a], undefined, "arg"),
    [7, "arg"],
  );
  assertEquals([stores.unbindStore(storage), storage.getStore()], [undefined, undefined]);
  assertEquals(
    stores.runStores({ id: 7 }, () => storage.getStore()),
    undefined,
  );
});

test("a tracing channel tells the phases of calls", async () => {
  const tracing = tracingChannel("work");
  const seen = [];
  const handlers = {};
  for (const phase of ["start", "end", "asyncStart", "asyncEnd", "error"]) {
    handlers[phase] = (context) =>
      seen.push(`${phase} ${context.result ?? context.error?.message ?? ""}`);
  }
  tracing.subscribe(handlers);
  assertEquals(
    tracing.traceSync((a) => a + 1, {}, undefined, 1),
    2,
  );
  await tracing.tracePromise(async () => 3);
  tracing.traceCallback(
    (done) => done(null, 4),
    0,
    {},
    undefined,
    () => {},
  );
  assertThrows(
    () =>
      tracing.traceSync(() => {
        throw new Error("boom");
      }),
    "Error",
    "boom",
  );
  assertEquals(seen, [
    "start ",
    "end 2",
    "start ",
    "end ",
    "asyncStart 3",
    "asyncEnd 3",
    "start ",
    "asyncStart 4",
    "asyncEnd 4",
    "end 4",
    "start ",
    "error boom",
    "end boom",
  ]);
  tracing.unsubscribe(handlers);
  assertEquals(tracing.hasSubscribers, false);
  assertThrows(() => tracingChannel(1), "TypeError", /^The "channels" argument must be of type object/);
  assertThrows(
    () => tracingChannel({ start: 1 }),
    "TypeError",
    /^The "channels.start" property must be an instance of Channel/,
  );
});
