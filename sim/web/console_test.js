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

test("URLs, blobs and forms show what is in them", () => {
  assertEquals(
    shown(new URLSearchParams("a=1&b=2&b=3")),
    "URLSearchParams(3) { 'a' => '1', 'b' => '2', 'b' => '3' }",
  );
  const url = shown(new URL("http://a/b?c=d"));
  assert(url.startsWith("URL {\n  href: 'http://a/b?c=d',\n"), url);
  assert(url.includes("searchParams: URLSearchParams(1) { 'c' => 'd' }"), url);
  assertEquals(
    shown(new Blob(["abc"], { type: "text/plain" })),
    "Blob { size: 3, type: 'text/plain' }",
  );
  const file = new File(["abc"], "f.txt", { lastModified: 5 });
  assertEquals(shown(file), "File { size: 3, type: '', name: 'f.txt', lastModified: 5 }");
  const form = new FormData();
  form.append("a", "1");
  form.append("f", file);
  assertEquals(shown(form), `FormData(2) {\n  'a' => '1',\n  'f' => ${shown(file)}\n}`);
});

test("Headers, Request and Response show their state and stay readable", async () => {
  const headers = new Headers({ "Content-Type": "text/html", B: "2" });
  headers.append("set-cookie", "x=1");
  headers.append("set-cookie", "y=2");
  assertEquals(
    shown(headers),
    "Headers(4) {\n  'b' => '2',\n  'content-type' => 'text/html',\n  'set-cookie' => 'x=1',\n" +
      "  'set-cookie' => 'y=2'\n}",
  );
  assertEquals(shown(new Headers()), "Headers(0) {}");
  const request = new Request("http://a/", { method: "POST", body: "text", headers: { h: "1" } });
  assertEquals(
    shown(request),
    "Request {\n  method: 'POST',\n  url: 'http://a/',\n  headers: Headers(2) { " +
      "'content-type' => 'text/plain;charset=UTF-8', 'h' => '1' },\n  redirect: 'follow',\n" +
      "  body: ReadableStream { locked: false, state: 'readable', supportsBYOB: true },\n" +
      "  bodyUsed: false\n}",
  );
  assertEquals(await request.text(), "text");
  assert(shown(request).includes("bodyUsed: true"));
  const response = new Response(null, { status: 204 });
  assertEquals(
    shown(response),
    "Response {\n  status: 204,\n  statusText: '',\n  headers: Headers(0) {},\n  body: null,\n" +
      "  bodyUsed: false,\n  ok: true,\n  redirected: false,\n  type: 'default',\n  url: ''\n}",
  );
  const streamed = new Response(new Blob(["streamed"]).stream());
  assert(shown(streamed).includes("body: ReadableStream {"));
  assertEquals(await streamed.text(), "streamed");
});

test("streams, signals, events and others show their state alone", () => {
  const stream = new ReadableStream();
  assertEquals(
    shown(stream),
    "ReadableStream { locked: false, state: 'readable', supportsBYOB: false }",
  );
  assertEquals(shown(stream.getReader()), "ReadableStreamDefaultReader {}");
  assert(shown(stream).includes("locked: true"));
  assertEquals(shown(new WritableStream()), "WritableStream { locked: false, state: 'writable' }");
  assertEquals(
    shown(new FixedLengthStream(1)),
    "FixedLengthStream {\n" +
      "  readable: ReadableStream { locked: false, state: 'readable', supportsBYOB: true },\n" +
      "  writable: WritableStream { locked: false, state: 'writable' }\n}",
  );
  assertEquals(
    shown(new AbortController()),
    "AbortController { signal: AbortSignal { aborted: false } }",
  );
  assertEquals(shown(AbortSignal.abort("why")), "AbortSignal { aborted: true, reason: 'why' }");
  const event = shown(new CustomEvent("e", { detail: { a: 1 } }));
  assert(/^CustomEvent \{\n {2}type: 'e',[^]*detail: \{ a: 1 \}\n\}$/.test(event), event);
  assertEquals(
    shown(new TextDecoder()),
    "TextDecoder { encoding: 'utf-8', fatal: false, ignoreBOM: false }",
  );
  assertEquals(shown(new EventTarget()), "EventTarget {}");
});

test("Web API objects: depth, derived classes, own properties, look-alikes", () => {
  const headers = new Headers({ a: "1" });
  assertEquals(shown({ headers }), "{ headers: Headers(1) { 'a' => '1' } }");
  assertEquals(
    shown({ a: { b: { c: headers, d: new Response() } } }),
    "{ a: { b: { c: [Headers], d: [Response] } } }",
  );
  class Mine extends Headers {
    x = 1;
    forEach() {
      throw new Error("ran");
    }
  }
  assertEquals(shown(new Mine({ a: "1" })), "Mine(1) { 'a' => '1', x: 1 }");
  class Closed extends Request {
    get url() {
      throw new Error("ran");
    }
  }
  assert(shown(new Closed("http://a/")).includes("url: 'http://a/'"));
  assertEquals(shown(Object.create(Headers.prototype)), "Headers {}");
  assertEquals(
    shown(Object.assign(new WritableStream(), { tag: 1 })),
    "WritableStream { locked: false, state: 'writable', tag: 1 }",
  );
});

test("long collections are cut", () => {
  const params = new URLSearchParams();
  for (let i = 0; i < 102; i++) params.append("k", i);
  assert(shown(params).endsWith("'k' => '99',\n  ... 2 more items\n}"));
  assert(shown(new Map(params.entries())).startsWith("Map(1) {"));
  assert(shown(new Set(Array.from({ length: 101 }, (_, i) => i))).endsWith("... 1 more item\n}"));
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
