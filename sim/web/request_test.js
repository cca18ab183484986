import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const kUrl = "https://example.com/";
const kGetWithBody = "Request with a GET or HEAD method cannot have a body.";

test("a request and its defaults", () => {
  const request = new Request("HTTPS://Example.com/a/../b?c#d");
  assertEquals([request.method, request.url, request.redirect, request.body, request.bodyUsed],
    ["GET", "https://example.com/b?c#d", "follow", null, false]);
  assertEquals([request.integrity, request.keepalive, request.cache, request.cf, request.fetcher],
    ["", false, undefined, undefined, null]);
  assert(request.signal instanceof AbortSignal && !request.signal.aborted);
  assert(request.signal === request.signal);
  assertThrows(() => new Request("/relative"), "TypeError", "Invalid URL: /relative");
});

test("methods that HTTP knows, in any case, and no others", () => {
  for (const method of ["get", "Post", "patch", "PROPFIND", "msearch", "purge"]) {
    assertEquals(new Request(kUrl, { method }).method, method.toUpperCase());
  }
  for (const method of ["", "FOO", "CONNECT", "M-SEARCH", "GET ", "__proto__"]) {
    assertThrows(() => new Request(kUrl, { method }), "TypeError",
      `Invalid HTTP method string: ${method}`);
  }
});

test("members that production refuses", () => {
  const make = (init) => () => new Request(kUrl, init);
  assertThrows(make({ redirect: "error" }), "TypeError", "Invalid redirect value, must be one of "
    + "\"follow\" or \"manual\" (\"error\" won't be implemented since it does not make sense at the "
    + "edge; use \"manual\" and check the response status code).");
  assertEquals(new Request(kUrl, { redirect: "Manual" }).redirect, "manual");
  assertThrows(make({ integrity: "sha256-x" }), "TypeError", "Subrequest integrity checking is not "
    + "implemented. The integrity option must be either undefined or an empty string.");
  assertEquals(new Request(kUrl, { integrity: "" }).integrity, "");
  for (const cache of ["default", "force-cache", "only-if-cached", "reload", "x"]) {
    assertThrows(make({ cache }), "TypeError", `Unsupported cache mode: ${cache}`);
  }
  assertThrows(make({ encodeResponseBody: "x" }), "TypeError",
    "encodeResponseBody: unexpected value: x");
  assertThrows(make({ signal: {} }), "TypeError", "Incorrect type for the 'signal' field on "
    + "'RequestInitializerDict': the provided value is not of type 'AbortSignal'.");
  assertThrows(make({ cf: 5 }), "TypeError", "Incorrect type for the 'cf' field on "
    + "'RequestInitializerDict': the provided value is not of type 'Object'.");
  assertThrows(make(5), "TypeError", "Failed to construct 'Request': constructor parameter 2 is not "
    + "of type 'RequestInitializerDict or Request'.");
  // What production looks past.
  assertEquals(new Request(kUrl, { mode: "cors", credentials: "omit", referrer: "x", keepalive: true,
    priority: "high" }).method, "GET");
});

test("cache modes are kept", () => {
  for (const cache of ["no-store", "no-cache"]) {
    const request = new Request(kUrl, { cache });
    assertEquals([request.cache, request.clone().cache, new Request(request).cache],
      [cache, cache, cache]);
  }
});

test("GET and HEAD have no body", () => {
  for (const init of [{ body: "x" }, { method: "HEAD", body: "x" }, { method: "get", body: "" }]) {
    assertThrows(() => new Request(kUrl, init), "TypeError", kGetWithBody);
  }
  const post = new Request(kUrl, { method: "POST", body: "x" });
  assertThrows(() => new Request(post, { method: "GET" }), "TypeError", kGetWithBody);
  assertEquals(new Request(kUrl, { body: null }).body, null);
});

test("a request made of another takes its body over", async () => {
  const first = new Request(kUrl, { method: "POST", body: "text", headers: { a: "b" } });
  const second = new Request(first, { headers: { c: "d" } });
  assertEquals([second.method, second.headers.get("a"), second.headers.get("c")], ["POST", null, "d"]);
  assert(first.bodyUsed && !second.bodyUsed);
  await assertRejects(first.text(), "TypeError", "Body has already been used. It can only be used "
    + "once. Use tee() first if you need to read it twice.");
  assertThrows(() => new Request(first), "TypeError", "Cannot reconstruct a Request with a used body.");
  // Another body, or none, leaves the first alone.
  const third = new Request(second, { body: "other" });
  const fourth = new Request(second, { body: null });
  assertEquals([await third.text(), fourth.body, await second.text()], ["other", null, "text"]);
  new Request(first, { body: "x" });
});

test("a request may stand for the members of a dictionary", async () => {
  const given = new Request(kUrl, { method: "PUT", body: "x", headers: { a: "b" }, redirect: "manual" });
  const made = new Request("https://other.example/", given);
  assertEquals([made.url, made.method, made.headers.get("a"), made.redirect],
    ["https://other.example/", "PUT", "b", "manual"]);
  assertEquals(await made.text(), "x");
});

test("clone() shares nothing but the content", async () => {
  const request = new Request(kUrl, { method: "POST", body: "x", headers: { a: "b" }, cf: { n: [1] } });
  const copy = request.clone();
  copy.headers.set("a", "c");
  copy.cf.n.push(2);
  assertEquals([request.headers.get("a"), request.cf], ["b", { n: [1] }]);
  assertEquals([await copy.text(), await request.text()], ["x", "x"]);
  const message = "This ReadableStream is currently locked to a reader,";
  assertThrows(() => request.clone(), "TypeError", message);
  const locked = new Request(kUrl, { method: "POST", body: "x" });
  locked.body.getReader();
  assertThrows(() => locked.clone(), "TypeError", message);
});

test("cf is copied when it is given", () => {
  const cf = { image: { width: 1 } };
  const request = new Request(kUrl, { cf });
  cf.image.width = 2;
  assertEquals(request.cf.image.width, 1);
  const copy = new Request(request);
  copy.cf.image.width = 3;
  assertEquals(request.cf.image.width, 1);
});

test("signals go along, and null takes one away", () => {
  const { signal } = new AbortController();
  const request = new Request(kUrl, { signal });
  assert(request.signal === signal && request.clone().signal === signal);
  assert(new Request(request).signal === signal);
  assert(new Request(request, { signal: null }).signal !== signal);
});

test("bodies and the type that they imply", async () => {
  const typeOf = (body, headers) =>
    new Request(kUrl, { method: "POST", body, headers }).headers.get("content-type");
  assertEquals(typeOf("x"), "text/plain;charset=UTF-8");
  assertEquals(typeOf(new URLSearchParams("a=b")), "application/x-www-form-urlencoded;charset=UTF-8");
  assertEquals(typeOf(new Blob(["x"], { type: "a/b" })), "a/b");
  assertEquals(typeOf(new Blob(["x"])), null);
  assertEquals(typeOf(new Uint8Array(1)), null);
  assertEquals(typeOf("x", { "Content-Type": "a/b" }), "a/b");
  const stream = new Blob(["x"]).stream();
  stream.getReader();
  assertThrows(() => typeOf(stream), "TypeError",
    "This ReadableStream is locked to a reader, and cannot be used as a body.");
  const read = new Blob(["x"]).stream();
  const reader = read.getReader();
  await reader.read();
  reader.releaseLock();
  assertThrows(() => typeOf(read), "TypeError", "This ReadableStream is disturbed (has already been "
    + "read from), and cannot be used as a body.");
});

test("Request and Response inherit from Body", async () => {
  assert(new Request("http://x/") instanceof Body && new Response() instanceof Body);
  assertEquals(Object.hasOwn(Request.prototype, "text"), false);
  assertEquals(await Request.prototype.text.call(new Response("of another class")), "of another class");
  assertEquals(String(Body.prototype), "[object Body]");
  const message = "Illegal invocation: function called with incorrect `this` reference. See "
    + "https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";
  assertThrows(() => Body.prototype.body, "TypeError", message);
  await assertRejects((async () => await Body.prototype.text.call({}))(), "TypeError", message);
});
