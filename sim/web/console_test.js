import { assert, assertEquals, consoleLines, test } from "./testing.js";

function shown(...args) {
  console.log(...args);
  return consoleLines().at(-1).replace("log: ", "");
}

test("levels", () => {
  console.debug("d");
  console.info("i");
  console.log("l");
  console.warn("w");
  console.error("e");
  assertEquals(consoleLines(), ["debug: d", "info: i", "log: l", "warn: w", "error: e"]);
});

test("primitives", () => {
  assertEquals(
    shown("a", 1, -0, 2n, true, null, undefined, Symbol("s")),
    "a 1 -0 2n true null undefined Symbol(s)",
  );
  assertEquals(
    shown(["it's", 'a "b"', "line\nbreak", "\u0007"]),
    "[ \"it's\", 'a \"b\"', 'line\\nbreak', '\\x07' ]",
  );
  assertEquals(shown(), "");
});

test("format directives", () => {
  assertEquals(
    shown("%s is %d and %i, %f%%", "x", 1.5, "42.9", "2.5", "rest"),
    "x is 1.5 and 42, 2.5% rest",
  );
  assertEquals(shown("%j %o %c!", { a: [1] }, { b: 1 }, "color: red"), '{"a":[1]} { b: 1 } !');
  assertEquals(shown("100%"), "100%");
  assertEquals(shown("%s"), "%s");
});

test("objects and arrays", () => {
  assertEquals(
    shown({ a: 1, "b-c": [1, "x"], [Symbol("k")]: null }),
    "{ a: 1, 'b-c': [ 1, 'x' ], [Symbol(k)]: null }",
  );
  assertEquals(shown([1, , , 4]), "[ 1, <2 empty items>, 4 ]");
  assertEquals(shown({}, []), "{} []");
  assertEquals(shown({ a: { b: { c: { d: 1 } } } }), "{ a: { b: { c: [Object] } } }");
  assertEquals(shown(Object.create(null)), "[Object: null prototype] {}");
  class Point {
    x = 1;
  }
  assertEquals(shown(new Point()), "Point { x: 1 }");
  assertEquals(
    shown({
      get a() {
        throw new Error("ran");
      },
      set b(v) {},
    }),
    "{ a: [Getter], b: [Setter] }",
  );
});

test("cycles", () => {
  const value = { name: "v" };
  value.self = value;
  assertEquals(shown(value), "<ref *1> { name: 'v', self: [Circular *1] }");
});

test("collections, dates, functions and the like", () => {
  assertEquals(shown(new Map([["a", { b: 1 }]])), "Map(1) { 'a' => { b: 1 } }");
  assertEquals(shown(new Set([1, "2"])), "Set(2) { 1, '2' }");
  assertEquals(shown(new Date(0)), "1970-01-01T00:00:00.000Z");
  assertEquals(shown(new Date(NaN)), "Invalid Date");
  assertEquals(shown(/a+/gi), "/a+/gi");
  assertEquals(
    shown(
      function f() {},
      () => {},
      class A extends Map {},
    ),
    "[Function: f] [Function (anonymous)] [class A extends Map]",
  );
  assertEquals(shown(new Uint8Array([1, 2])), "Uint8Array(2) [ 1, 2 ]");
  assertEquals(
    shown(new Uint8Array([1, 255]).buffer),
    "ArrayBuffer { [Uint8Contents]: <01 ff>, byteLength: 2 }",
  );
  assertEquals(
    shown(Promise.resolve(1), new Promise(() => {})),
    "Promise { 1 } Promise { <pending> }",
  );
  assertEquals(shown(new String("x")), "[String: 'x']");
  assertEquals(shown(new WeakMap()), "WeakMap { <items unknown> }");
});

test("Web API objects show their state", () => {
  assertEquals(
    shown(new URLSearchParams("a=1&b=2&b=3")),
    "URLSearchParams { 'a' => '1', 'b' => [ '2', '3' ] }",
  );
  assert(shown(new URL("http://a/b")).includes("href: 'http://a/b'"));
  assertEquals(
    shown(new Blob(["abc"], { type: "text/plain" })),
    "Blob { size: 3, type: 'text/plain' }",
  );
});

test("errors show their stack, further properties and cause", () => {
  const error = new RangeError("far", { cause: new Error("near") });
  error.code = 7;
  const text = shown(error);
  assert(text.startsWith("RangeError: far\n    at "), text);
  assert(text.includes("console_test.js:"), text);
  assert(text.includes("code: 7"), text);
  assert(text.includes("[cause]: Error: near"), text);
  assert(shown({ error }).includes("RangeError: far"));
});

test("long values break into lines", () => {
  const text = shown({ first: "x".repeat(40), second: "y".repeat(40), third: [1, 2] });
  assertEquals(
    text,
    `{\n  first: '${"x".repeat(40)}',\n  second: '${"y".repeat(40)}',\n  third: [ 1, 2 ]\n}`,
  );
  assert(shown(Array.from({ length: 120 }, (_, i) => i)).endsWith("... 20 more items\n]"));
});

test("hostile objects do not break it", () => {
  const proxy = new Proxy(
    {},
    {
      ownKeys() {
        throw new Error("no");
      },
    },
  );
  assertEquals(shown(proxy), "[object that cannot be inspected]");
  assertEquals(shown({ [Symbol.for("nodejs.util.inspect.custom")]: () => "custom!" }), "custom!");
});

test("assert, count, time, group, dir, table, trace", async () => {
  console.assert(true, "not shown");
  console.assert(false, "bad %s", "thing");
  console.count("c");
  console.count("c");
  console.countReset("c");
  console.count("c");
  console.time("t");
  await scheduler.wait(7);
  console.timeEnd("t");
  console.group("g");
  console.groupEnd();
  console.dir({ a: 1 });
  console.table([{ a: 1, b: "x" }, { a: 22 }]);
  console.trace("here");
  const lines = consoleLines();
  assertEquals(lines.slice(0, 8), [
    "error: Assertion failed: bad thing",
    "log: c: 1",
    "log: c: 2",
    "log: c: 1",
    "log: t: 7ms",
    "log: g",
    "log: { a: 1 }",
    "log: (index) | a  | b\n0       | 1  | 'x'\n1       | 22 |",
  ]);
  assert(lines[8].startsWith("log: Trace: here\n    at "), lines[8]);
});
