import util, {
  callbackify,
  deprecate,
  format,
  inherits,
  inspect,
  isDeepStrictEqual,
  parseArgs,
  promisify,
  styleText,
  types,
} from "node:util";
import * as alone from "node:util/types";
import {
  assert,
  assertEquals,
  assertRejects,
  assertThrows,
  consoleLines,
  test,
} from "./testing.js";

test("inspect() shows values as Node does", () => {
  for (const [value, shown] of [
    [{ a: 1, b: "x", [Symbol("s")]: null }, "{ a: 1, b: 'x', Symbol(s): null }"],
    [[1, , undefined], "[ 1, <1 empty item>, undefined ]"],
    [new Map([["k", { v: 1 }]]), "Map(1) { 'k' => { v: 1 } }"],
    [new Set([1, "2"]), "Set(2) { 1, '2' }"],
    ["it's", '"it\'s"'],
    [-0, "-0"],
    [10n, "10n"],
    [new (class A {})(), "A {}"],
    [class B extends Array {}, "[class B extends Array]"],
    [function f() {}, "[Function: f]"],
    [Object.create(null), "[Object: null prototype] {}"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [/a/g, "/a/g"],
    [new Uint8Array(2), "Uint8Array(2) [ 0, 0 ]"],
    [{ a: { b: { c: { d: 1 } } } }, "{ a: { b: { c: [Object] } } }"],
    [
      {
        get g() {
          return 1;
        },
        set g(v) {},
      },
      "{ g: [Getter/Setter] }",
    ],
    [Object("s"), "[String: 's']"],
    [Symbol("x"), "Symbol(x)"],
    [Buffer.from("hi"), "<Buffer 68 69>"],
  ]) {
    assertEquals(inspect(value), shown);
  }
  const circular = {};
  circular.self = circular;
  assertEquals(inspect(circular), "<ref *1> { self: [Circular *1] }");
  assertEquals(inspect({ a: { b: { c: {} } } }, { depth: 0 }), "{ a: [Object] }");
  assertEquals(inspect({ b: 1, a: 2 }, { sorted: true }), "{ a: 2, b: 1 }");
  assertEquals(inspect([1, 2, 3], { maxArrayLength: 1 }), "[ 1, ... 2 more items ]");
  assertEquals(inspect("a", { colors: true }), "\u001b[32m'a'\u001b[39m");
  const custom = { [inspect.custom]: (depth, options) => `<${depth} ${typeof options.stylize}>` };
  assertEquals(inspect(custom), "<2 function>");
});

test("an error is shown with its stack, its code and its cause", () => {
  const shown = inspect(Object.assign(new Error("boom", { cause: "why" }), { code: "E" }));
  assert(/^Error: boom\n {4}at /.test(shown), shown);
  assert(/code: 'E'/.test(shown) && /\[cause\]: 'why'/.test(shown), shown);
});

test("format()", () => {
  assertEquals(
    format("%s %d %i %f %j %o %%", "a", 1.5, 1.5, "2.5", { a: 1 }, [1]),
    'a 1.5 1 2.5 {"a":1} [ 1, [length]: 1 ] %',
  );
  assertEquals(
    format("%s", { a: { b: 1 } }, "more"),
    "[object Object] more".replace("[object Object]", "{ a: [Object] }"),
  );
  assertEquals(format("a", { b: 1 }), "a { b: 1 }");
  assertEquals(format(1, "x"), "1 x");
});

test("promisify() and its custom form", async () => {
  const add = (a, b, done) => (a < 0 ? done(new Error("negative")) : done(null, a + b));
  assertEquals(await promisify(add)(1, 2), 3);
  await assertRejects(promisify(add)(-1, 2), "Error", "negative");
  const custom = () => {};
  custom[promisify.custom] = async () => "custom";
  assertEquals(await promisify(custom)(), "custom");
  const error = assertThrows(
    () => promisify(1),
    "TypeError",
    'The "original" argument must be of type function. Received type number (1)',
  );
  assertEquals(error.code, "ERR_INVALID_ARG_TYPE");
});

test("callbackify()", async () => {
  const called = (fn) => new Promise((resolve) => callbackify(fn)((...all) => resolve(all)));
  assertEquals(await called(async () => 1), [null, 1]);
  assertEquals((await called(async () => Promise.reject(new Error("x"))))[0].message, "x");
  const [falsy] = await called(() => Promise.reject(null));
  assertEquals([falsy.code, falsy.reason], ["ERR_FALSY_VALUE_REJECTION", null]);
  assertEquals(callbackify(async function name(_a) {}).name, "nameCallbackified");
});

test("deprecate() warns once", () => {
  const old = deprecate((a) => a * 2, "old is old", "DEP1");
  assertEquals([old(1), old(2)], [2, 4]);
  assertEquals(consoleLines(), ["warn: [DEP1] DeprecationWarning: old is old"]);
});

test("inherits()", () => {
  function A() {}
  A.prototype.a = () => 1;
  function B() {}
  inherits(B, A);
  assertEquals([new B().a(), B.super_ === A], [1, true]);
  assertThrows(
    () => inherits(B, null),
    "TypeError",
    'The "superCtor" argument must be of type function. Received null',
  );
});

test("isDeepStrictEqual()", () => {
  assertEquals(isDeepStrictEqual({ a: [new Set([1])] }, { a: [new Set([1])] }), true);
  assertEquals(isDeepStrictEqual([1], ["1"]), false);
});

test("types know what a value is", () => {
  assertEquals(types, alone.default);
  for (const [name, value] of [
    ["isDate", new Date()],
    ["isRegExp", /a/],
    ["isMap", new Map()],
    ["isSet", new Set()],
    ["isWeakMap", new WeakMap()],
    ["isPromise", Promise.resolve()],
    ["isNativeError", new RangeError()],
    ["isUint8Array", Buffer.alloc(1)],
    ["isTypedArray", new Float64Array(1)],
    ["isDataView", new DataView(new ArrayBuffer(1))],
    ["isArrayBuffer", new ArrayBuffer(1)],
    ["isAnyArrayBuffer", new ArrayBuffer(1)],
    ["isBoxedPrimitive", Object(1n)],
    ["isNumberObject", Object(1)],
    ["isSymbolObject", Object(Symbol())],
    ["isAsyncFunction", async () => {}],
    ["isGeneratorFunction", function* () {}],
    ["isGeneratorObject", (function* () {})()],
    ["isMapIterator", new Map().keys()],
    ["isSetIterator", new Set().values()],
    ["isModuleNamespaceObject", alone],
    [
      "isArgumentsObject",
      (function () {
        return arguments;
      })(),
    ],
  ]) {
    assertEquals(types[name](value), true, name);
    assertEquals(types[name]({}), false, name);
    assertEquals(types[name](null), false, name);
  }
  const disguised = Object.setPrototypeOf(new Map(), null);
  assertEquals(types.isMap(disguised), true);
});

test("parseArgs, styleText, TextDecoder, legacy checks", () => {
  const { values, positionals } = parseArgs({
    args: ["-f", "--bar", "b", "x"],
    options: { foo: { type: "boolean", short: "f" }, bar: { type: "string" } },
    allowPositionals: true,
  });
  assertEquals([values.foo, values.bar, positionals], [true, "b", ["x"]]);
  assertEquals(styleText("red", "a"), "\u001b[31ma\u001b[39m");
  assertEquals(util.TextDecoder, TextDecoder);
  assertEquals([util.isArray([]), util.isString("a"), util.isObject(null)], [true, true, false]);
  assertEquals(util.stripVTControlCharacters("\u001b[31ma\u001b[39m"), "a");
});
