import {
  RpcPromise,
  RpcProperty,
  RpcStub,
  RpcTarget,
  WorkerEntrypoint,
  env,
  waitUntil,
  withEnv,
} from "cloudflare:workers";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("Symbol.dispose is there", () => {
  assertEquals(typeof Symbol.dispose, "symbol");
  assertEquals(typeof Symbol.asyncDispose, "symbol");
});

test("WorkerEntrypoint keeps what it is made of", () => {
  class Made extends WorkerEntrypoint {}
  const [ctx, env] = [{}, () => {}];
  const made = new Made(ctx, env);
  assert(made.ctx === ctx && made.env === env);
  for (const [position, given] of [[1, []], [1, [null, env]], [2, [ctx]], [2, [ctx, 5]]]) {
    assertThrows(() => new Made(...given), "TypeError",
      `Failed to construct 'WorkerEntrypoint': constructor parameter ${position} is not of type 'Object'.`);
  }
});

test("RpcTarget is a class to derive from", () => {
  class Mine extends RpcTarget {
    value = 1;
  }
  assert(new Mine() instanceof RpcTarget);
  assertEquals(new Mine().value, 1);
});

test("promises and properties cannot be made", () => {
  assertThrows(() => new RpcPromise(), "TypeError");
  assertThrows(() => new RpcProperty(), "TypeError");
});

test("an RpcStub wraps plain objects, functions and RpcTargets only", () => {
  for (const value of [[], new Map(), new (class Foo {})()]) {
    assertThrows(() => new RpcStub(value), "TypeError",
      "RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.");
  }
  for (const value of [null, 1, "text"]) {
    assertThrows(() => new RpcStub(value), "TypeError",
      "Failed to construct 'JsRpcStub': constructor parameter 1 is not of type 'Object'.");
  }
});

test("methods of stubs refuse other objects", () => {
  for (const call of [
    () => RpcStub.prototype.dup.call({}),
    () => RpcStub.prototype[Symbol.dispose].call(() => {}),
    () => RpcPromise.prototype.then.call(Promise.resolve(), () => {}),
    () => RpcProperty.prototype.then.call(() => {}, () => {}),
  ]) {
    assertThrows(call, "TypeError");
  }
});

test("withEnv() holds through what it begins, and no longer", async () => {
  const later = async () => {
    await scheduler.wait(1);
    return env.A;
  };
  const inner = withEnv({ A: 1 }, () => [env.A, later()]);
  assertEquals([inner[0], await inner[1]], [1, 1]);
  assertEquals(env.A, undefined);
});

test("env shows and takes properties", () => {
  withEnv({ A: 1, B: 2 }, () => {
    env.C = 3;
    delete env.A;
    assertEquals(Object.keys(env), ["B", "C"]);
    assertEquals("A" in env, false);
    assertEquals({ ...env }, { B: 2, C: 3 });
  });
});

test("waitUntil() belongs to the request that calls it", async () => {
  let done = false;
  waitUntil(scheduler.wait(1).then(() => {
    done = true;
  }));
  await scheduler.wait(2);
  assert(done);
});
