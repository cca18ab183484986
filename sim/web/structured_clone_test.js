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
  assertThrows(
    () => structuredClone(1, { transfer: new Set() }),
    "TypeError",
    "Incorrect type for the 'transfer' field on 'StructuredCloneOptions': the provided value is not of type 'Array'.",
  );
});

test("refuses what cannot be copied", () => {
  assertThrows(() => structuredClone({ f() {} }), "DataCloneError", "f() {} could not be cloned.");
  assertThrows(() => structuredClone(Symbol("s")), "DataCloneError");
  assertThrows(() => structuredClone(new WeakMap()), "DataCloneError");
  assertThrows(() => structuredClone(1, { transfer: [{}] }), "TypeError", "Object is not transferable");
  assertThrows(() => structuredClone(), "TypeError");
  const thrower = {
    get a() {
      throw new TypeError("mine");
    },
  };
  assertThrows(() => structuredClone(thrower), "TypeError", "mine");
});

test("a buffer is transferred once", () => {
  const buffer = new ArrayBuffer(1);
  assertThrows(() => structuredClone(1, { transfer: [buffer, buffer] }), "DataCloneError");
  structuredClone(buffer, { transfer: [buffer] });
  assertThrows(() => structuredClone(buffer, { transfer: [buffer] }), "DataCloneError");
});

test("shared buffers are refused", () => {
  const shared = new SharedArrayBuffer(1);
  assertThrows(() => structuredClone(shared), "DataCloneError");
  assertThrows(() => structuredClone(new Uint8Array(shared)), "DataCloneError");
});

const messages = {
  ReadableStream: "ReadableStream can only be serialized for RPC.",
  WritableStream: "WritableStream can only be serialized for RPC.",
  AbortSignal: "AbortSignal serialization is not enabled.",
};
const unclonable = (name) =>
  messages[name] ??
  `Could not serialize object of type "${name}". This type does not support serialization.`;

test("refuses objects of the Web APIs, however deep", () => {
  const stream = new ReadableStream();
  const instances = {
    URL: new URL("http://a/"),
    URLSearchParams: new URLSearchParams(),
    FormData: new FormData(),
    ReadableStream: stream,
    ReadableStreamDefaultReader: stream.getReader(),
    WritableStream: new WritableStream(),
    TransformStream: new TransformStream(),
    IdentityTransformStream: new IdentityTransformStream(),
    AbortController: new AbortController(),
    AbortSignal: AbortSignal.abort(),
    EventTarget: new EventTarget(),
    Event: new Event("e"),
    CustomEvent: new CustomEvent("e"),
    TextEncoder: new TextEncoder(),
    TextDecoder: new TextDecoder(),
    Crypto: crypto,
    SubtleCrypto: crypto.subtle,
    Performance: performance,
    Navigator: navigator,
    Scheduler: scheduler,
  };
  for (const name of Object.keys(instances)) {
    const value = instances[name];
    for (const holder of [
      value,
      { a: { b: value } },
      [1, [value]],
      new Map([["k", value]]),
      new Map([[value, 1]]),
      new Set([value]),
      Object.assign([], { named: value }),
    ]) {
      assertThrows(() => structuredClone(holder), "DataCloneError", unclonable(name));
    }
  }
});

test("refuses requests and responses, with a body or without", () => {
  const request = new Request("http://a/");
  request.params = { id: 1 };
  assertThrows(() => structuredClone({ request }), "DataCloneError", unclonable("Request"));
  assertThrows(() => structuredClone(new Response("text")), "DataCloneError", unclonable("Response"));
});

test("refuses what is derived from them, also with properties of its own", () => {
  class Mine extends URL {
    x = 1;
  }
  class Closer extends Mine {}
  assertThrows(() => structuredClone(new Closer("a:b")), "DataCloneError");
  const { buffer } = new Uint8Array(1);
  assertThrows(() => structuredClone([buffer, new FormData()], { transfer: [buffer] }), "DataCloneError");
  assertEquals(buffer.byteLength, 1);
});

test("headers keep names and values, cookies apart", () => {
  const headers = new Headers([["b", "1"], ["set-cookie", "x"], ["set-cookie", "y"], ["b", "2"]]);
  const copy = structuredClone({ headers, again: headers, list: [new Map([[1, headers]])] });
  assert(copy.headers !== headers && copy.headers === copy.again);
  assert(copy.list[0].get(1) === copy.headers);
  assertEquals(Object.getPrototypeOf(copy.headers), Headers.prototype);
  assertEquals([copy.headers.get("b"), copy.headers.getSetCookie()], ["1, 2", ["x", "y"]]);
});

test("blobs keep content and type; files are refused, as in production", async () => {
  const blob = new Blob(["0123456789"], { type: "a/b" }).slice(2, 5, "c/d");
  const copy = structuredClone({ blob, again: blob });
  assert(copy.blob !== blob && copy.blob === copy.again);
  assertEquals([copy.blob.size, copy.blob.type, await copy.blob.text()], [3, "c/d", "234"]);
  assertThrows(() => structuredClone([new File([], "f")]), "DataCloneError", unclonable("File"));
});

test("exceptions of the DOM stay what they are", () => {
  const exception = new DOMException("gone", "AbortError");
  const { list } = structuredClone({ list: [exception] });
  assert(list[0] instanceof DOMException && list[0] !== exception);
  assertEquals(
    [list[0].name, list[0].message, list[0].code, list[0].stack],
    ["AbortError", "gone", 20, exception.stack],
  );
  const error = structuredClone({ e: new TypeError("t", { cause: 1 }) }).e;
  assertEquals([error.name, error.message, error instanceof TypeError], ["TypeError", "t", true]);
});

test("views of one buffer share its copy", () => {
  const { buffer } = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  const value = {
    middle: new Uint8Array(buffer, 2, 3),
    words: new Uint16Array(buffer, 4),
    data: new DataView(buffer, 1, 2),
    big: new BigInt64Array(buffer),
    buffer,
  };
  value.again = value.middle;
  const copy = structuredClone(value);
  assert(copy.buffer !== buffer && copy.again === copy.middle);
  for (const view of [copy.middle, copy.words, copy.data, copy.big]) {
    assert(view.buffer === copy.buffer, view.constructor.name);
  }
  assertEquals(
    [copy.middle, copy.words, copy.data.getUint8(1), copy.data.byteLength, copy.big.length],
    [new Uint8Array([3, 4, 5]), new Uint16Array([0x605, 0x807]), 3, 2, 1],
  );
  copy.buffer.transfer();
  assertThrows(() => structuredClone({ view: copy.middle }), "DataCloneError");
});

test("headers and exceptions survive a clone that transfers", () => {
  const { buffer } = new Uint8Array([1]);
  const value = { headers: new Headers({ a: "x" }), e: new DOMException("m", "AbortError"), buffer };
  const copy = structuredClone(value, { transfer: [buffer] });
  assertEquals([copy.headers.get("a"), copy.e.name, copy.buffer.byteLength], ["x", "AbortError", 1]);
  assertEquals(buffer.byteLength, 0);
});

test("each property is read once", () => {
  let reads = 0;
  const value = {
    get a() {
      reads++;
      return { pattern: /x/ };
    },
    get b() {
      delete this.c;
      return 1;
    },
    c: 1,
  };
  const copy = structuredClone(value);
  assertEquals([reads, Object.keys(copy), `${copy.a.pattern}`], [1, ["a", "b"], "/x/"]);
});

test("properties named like those of Object.prototype are plain data", () => {
  const value = JSON.parse('{"__proto__": {"polluted": true}, "toString": 1, "constructor": 2}');
  const copy = structuredClone(value);
  assertEquals(Object.getPrototypeOf(copy), Object.prototype);
  assertEquals(Object.keys(copy), ["__proto__", "toString", "constructor"]);
  assertEquals(JSON.stringify(copy), JSON.stringify(value));
});

test("arrays keep holes, length and names", () => {
  const list = [1, , undefined];
  list.length = 5;
  const copy = structuredClone(list);
  assertEquals([copy.length, Object.keys(copy)], [5, ["0", "2"]]);
  const long = [];
  long[4_000_000_000] = "far";
  assertEquals([structuredClone(long).length, structuredClone(long)[4e9]], [4_000_000_001, "far"]);
  const named = structuredClone(Object.assign([1], { name: "n" }));
  assertEquals([named.length, named[0], named.name], [1, 1, "n"]);
});

test("objects of the language that hold what cannot be copied are refused", () => {
  for (const value of [
    new WeakRef({}),
    new Intl.NumberFormat(),
    [][Symbol.iterator](),
    new Map().entries(),
    (function* () {})(),
    Promise.resolve(),
    new Proxy({}, {}),
    new Proxy([], {}),
  ]) {
    assertThrows(() => structuredClone({ value }), "DataCloneError", / could not be cloned\.$/);
  }
});

test("a worker that changed builtins still gets clones", () => {
  const { push } = Array.prototype;
  const { get } = Map.prototype;
  const { from } = Array;
  try {
    Array.prototype.push = Map.prototype.get = Array.from = () => {
      throw new Error("changed");
    };
    assertEquals(structuredClone({ a: [1, new Map([[1, 2]])] }).a.length, 2);
  } finally {
    Array.prototype.push = push;
    Map.prototype.get = get;
    Array.from = from;
  }
});
