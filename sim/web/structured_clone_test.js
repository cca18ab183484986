import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("copies values of every kind", () => {
  const value = {
    text: "é",
    number: -0,
    big: 2n ** 70n,
    date: new Date(5),
    pattern: /a/gi,
    list: [1, , 3],
    map: new Map([["k", new Set([1])]]),
    bytes: new Uint16Array([1, 2]),
    nothing: null,
    boxed: Object(true),
    undef: undefined,
  };
  const copy = structuredClone(value);
  assert(copy !== value && copy.list !== value.list && copy.bytes.buffer !== value.bytes.buffer);
  assertEquals(copy, value);
  assertEquals(1 in copy.list, false);
  assertEquals(`${copy.pattern}`, "/a/gi");
});

test("keeps identity and cycles", () => {
  const shared = { n: 1 };
  const value = { a: shared, b: shared };
  value.self = value;
  const copy = structuredClone(value);
  assert(copy.a === copy.b && copy.self === copy && copy.a !== shared);
});

test("class instances become plain objects, errors stay errors", () => {
  class Point {
    x = 1;
    get y() {
      return 2;
    }
  }
  const copy = structuredClone(new Point());
  assertEquals(copy, { x: 1 });
  assertEquals(Object.getPrototypeOf(copy), Object.prototype);
  const error = structuredClone(new RangeError("far"));
  assert(error instanceof RangeError);
  assertEquals(error.message, "far");
});

test("transfers buffers", () => {
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  const view = new Uint8Array(buffer, 1);
  const copy = structuredClone({ buffer, view }, { transfer: [buffer] });
  assertEquals([buffer.byteLength, view.length], [0, 0]);
  assert(copy.view.buffer === copy.buffer);
  assertEquals(copy.view, new Uint8Array([2, 3]));
  assertEquals(structuredClone(1, { transfer: new Set() }), 1);
});

test("refuses what cannot be copied", () => {
  assertThrows(() => structuredClone({ f() {} }), "DataCloneError", "f() {} could not be cloned.");
  assertThrows(() => structuredClone(Symbol("s")), "DataCloneError");
  assertThrows(() => structuredClone(new WeakMap()), "DataCloneError");
  assertThrows(() => structuredClone(new SharedArrayBuffer(1)), "DataCloneError");
  assertThrows(() => structuredClone(1, { transfer: [{}] }), "DataCloneError");
  const buffer = new ArrayBuffer(1);
  assertThrows(() => structuredClone(1, { transfer: [buffer, buffer] }), "DataCloneError");
  structuredClone(buffer, { transfer: [buffer] });
  assertThrows(() => structuredClone(buffer, { transfer: [buffer] }), "DataCloneError");
  assertThrows(() => structuredClone(), "TypeError");
  const thrower = {
    get a() {
      throw new TypeError("mine");
    },
  };
  assertThrows(() => structuredClone(thrower), "TypeError", "mine");
});
