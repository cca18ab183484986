import process, { env, nextTick } from "node:process";
import module, { createRequire, isBuiltin } from "node:module";
import console, { log } from "node:console";
import { join } from "node:path";
import { assert, assertEquals, assertThrows, consoleLines, test } from "./testing.js";

test("what a process is", () => {
  assertEquals(
    [process.platform, process.arch, process.pid, process.cwd()],
    ["linux", "x64", 1, "/bundle"],
  );
  assert(
    /^v\d+\.\d+\.\d+$/.test(process.version) && process.versions.node === process.version.slice(1),
  );
  assertEquals(Object.prototype.toString.call(process), "[object process]");
  assertEquals(process, globalThis.process);
  assert(Array.isArray(process.argv));
});

test("env holds strings alone", () => {
  env.NUMBER = 5;
  assertEquals([env.NUMBER, env.MISSING, "NUMBER" in env], ["5", undefined, true]);
  delete env.NUMBER;
  assertEquals(env.NUMBER, undefined);
  assertThrows(
    () => (env.A = Symbol("x")),
    "TypeError",
    "Cannot convert a symbol value to a string",
  );
  const error = assertThrows(() => Object.defineProperty(env, "A", { value: "x" }), "TypeError");
  assertEquals(error.code, "ERR_INVALID_ARG_VALUE");
});

test("nextTick comes before what waits longer", async () => {
  const seen = [];
  await new Promise((resolve) => {
    setTimeout(() => resolve(seen.push("timer")), 0);
    nextTick((a) => seen.push(a), "tick");
    seen.push("now");
  });
  assertEquals(seen, ["now", "tick", "timer"]);
  assertThrows(() => nextTick(1), "TypeError", /"callback" argument must be of type function/);
});

test("hrtime follows the request's clock", async () => {
  const start = process.hrtime();
  const before = process.hrtime.bigint();
  await scheduler.wait(1500);
  assertEquals(process.hrtime(start), [1, 500_000_000]);
  assertEquals(process.hrtime.bigint() - before, 1_500_000_000n);
});

test("warnings are events of the process", async () => {
  const warned = new Promise((resolve) => process.once("warning", resolve));
  process.emitWarning("careful", { type: "Custom", code: "C1", detail: "d" });
  const warning = await warned;
  assertEquals(
    [warning.name, warning.message, warning.code, warning.detail],
    ["Custom", "careful", "C1", "d"],
  );
  assertThrows(() => process.emitWarning(5), "TypeError", /"warning" argument/);
});

test("getBuiltinModule, node:module", () => {
  assertEquals(process.getBuiltinModule("path").join, join);
  assertEquals(process.getBuiltinModule("node:nothing"), undefined);
  assertEquals([isBuiltin("path"), isBuiltin("node:test"), isBuiltin("test")], [true, true, false]);
  assert(module.builtinModules.includes("buffer"));
  const require = createRequire("file:///bundle/a.js");
  assertEquals(require("node:path").join, join);
  assertThrows(() => require("nothing"), "Error", 'No such module "nothing".');
  assertThrows(() => createRequire("relative"), "TypeError", /must be a file URL object/);
});

test("what is not there says so", () => {
  for (const name of ["binding", "dlopen", "kill", "cpuUsage"]) {
    const error = assertThrows(
      () => process[name](),
      "Error",
      `The process.${name} method is not implemented`,
    );
    assertEquals(error.code, "ERR_METHOD_NOT_IMPLEMENTED");
  }
  assertThrows(() => new console.Console(), "Error", "The Console method is not implemented");
});

test("node:console is the console", () => {
  console.log("a %s", 1);
  log({ b: 2 });
  assertEquals(consoleLines(), ["log: a 1", "log: { b: 2 }"]);
});
