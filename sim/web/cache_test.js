import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const kUrl = "https://example.com/a?b";
const cacheable = (text = "body", headers = {}) =>
  new Response(text, { headers: { "Cache-Control": "max-age=60", ...headers } });

test("caches: what was put is matched, by URL", async () => {
  assertEquals(await caches.default.match(kUrl), undefined);
  const response = cacheable("text", { a: "b" });
  const putting = caches.default.put(kUrl, response);
  assert(response.bodyUsed);
  assertEquals(await putting, undefined);
  const found = await caches.default.match(new Request(kUrl));
  assertEquals([found.status, found.headers.get("a"), found.headers.get("cf-cache-status"),
    found.url, found.redirected], [200, "b", "HIT", "", false]);
  assertEquals(await found.text(), "text");
  assertThrows(() => found.headers.set("a", "c"), "TypeError", "Can't modify immutable headers.");
  assertEquals(await caches.default.match("https://example.com/a"), undefined);
  assertEquals(await (await caches.default.match(`${kUrl}#fragment`)).text(), "text");
});

test("caches: open() gives a cache of that name", async () => {
  const mine = await caches.open("mine");
  await caches.default.delete(kUrl);
  await mine.put(kUrl, cacheable("mine"));
  assertEquals(await caches.default.match(kUrl), undefined);
  assertEquals(await (await caches.open("other")).match(kUrl), undefined);
  assertEquals(await (await (await caches.open("mine")).match(kUrl)).text(), "mine");
  await assertRejects(caches.open("n".repeat(1024)), "TypeError", "Cache name is too long.");
  await assertRejects(caches.open(), "TypeError");
  assert((await caches.open("n".repeat(1023))) instanceof Cache);
});

test("caches: responses are fresh on the request's clock", async () => {
  await caches.default.put(kUrl, cacheable("body", { "Cache-Control": "max-age=2" }));
  await scheduler.wait(1500);
  assertEquals((await caches.default.match(kUrl)).headers.get("age"), "1");
  await scheduler.wait(600);
  assertEquals(await caches.default.match(kUrl), undefined);
});

test("caches: a response that must not be stored is read all the same", async () => {
  const response = cacheable("x", { "Cache-Control": "no-store" });
  await caches.default.put(kUrl, response);
  assert(response.bodyUsed);
  assertEquals(await caches.default.match(kUrl), undefined);
});

test("caches: bodies may be streams, and absent", async () => {
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("one "));
      controller.enqueue(new TextEncoder().encode("two"));
      controller.close();
    },
  });
  await caches.default.put(kUrl, cacheable(source));
  assertEquals(await (await caches.default.match(kUrl)).text(), "one two");
  await caches.default.put(kUrl, cacheable(null));
  const empty = await caches.default.match(kUrl);
  assert(empty.body instanceof ReadableStream);
  assertEquals(await empty.text(), "");
  await caches.default.put(kUrl, new Response(null, { status: 204, headers: { "Cache-Control": "max-age=9" } }));
  const nothing = await caches.default.match(kUrl);
  assertEquals([nothing.status, nothing.body], [204, null]);
  const failing = new ReadableStream({ start: (controller) => controller.error(new Error("boom")) });
  await assertRejects(caches.default.put(kUrl, cacheable(failing)), "Error", /boom/);
});

test("caches: delete() says whether there was one", async () => {
  await caches.default.put(kUrl, cacheable());
  assertEquals(await caches.default.delete(kUrl), true);
  assertEquals(await caches.default.delete(kUrl), false);
  assertEquals(await caches.default.match(kUrl), undefined);
});

test("caches: other methods than GET match nothing, but where it is ignored", async () => {
  await caches.default.put(kUrl, cacheable());
  const post = new Request(kUrl, { method: "POST", body: "x" });
  const head = new Request(kUrl, { method: "HEAD" });
  assertEquals(await caches.default.match(post), undefined);
  assertEquals(await caches.default.match(head, {}), undefined);
  assertEquals(await (await caches.default.match(post, { ignoreMethod: true })).text(), "body");
  assertEquals(await caches.default.delete(post), false);
  assertEquals(await caches.default.delete(post, { ignoreMethod: true }), true);
  assert(!post.bodyUsed);
});

test("caches: put() refuses what cannot be cached", async () => {
  const put = (request, response) => caches.default.put(request, response);
  await assertRejects(put(new Request(kUrl, { method: "POST" }), cacheable()), "TypeError",
    "Cannot cache response to non-GET request.");
  await assertRejects(put(kUrl, new Response("x", { status: 206 })), "TypeError",
    "Cannot cache response to a range request (206 Partial Content).");
  await assertRejects(put(kUrl, cacheable("x", { Vary: "Accept, *" })), "TypeError",
    "Cannot cache response with 'Vary: *' header.");
  await assertRejects(put(kUrl, Response.error()), "TypeError",
    "Cache is unable to store an error response");
  await assertRejects(put(kUrl, "text"), "TypeError",
    "Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.");
  await assertRejects(caches.default.put(kUrl), "TypeError");
  await assertRejects(put("/relative", cacheable()), "TypeError", "Invalid URL: /relative");
  await assertRejects(put("data:text/plain,x", cacheable()), "TypeError",
    "Invalid URL. Cache API keys must be fully-qualified, valid URLs.");
  const used = cacheable();
  await used.text();
  await assertRejects(put(kUrl, used), "TypeError", /already been used/);
});

test("caches: a 304 is dropped without a word", async () => {
  assertEquals(await caches.default.put(kUrl, new Response(null, { status: 304 })), undefined);
  assertEquals(await caches.default.match(kUrl), undefined);
});

test("caches: what production lacks is said to be missing", async () => {
  for (const name of ["add", "addAll", "matchAll", "keys"]) {
    assertThrows(() => caches.default[name](kUrl), "Error",
      `Failed to execute '${name}' on 'Cache': the method is not implemented.`);
  }
  for (const name of ["delete", "match", "has", "keys"]) {
    assertThrows(() => caches[name]("x"), "Error",
      `Failed to execute '${name}' on 'CacheStorage': the method is not implemented.`);
  }
  await assertRejects(caches.default.match(kUrl, { ignoreSearch: true }), "Error",
    "The 'ignoreSearch' field on 'CacheQueryOptions' is not implemented.");
  await assertRejects(caches.default.delete(kUrl, { ignoreVary: false }), "Error",
    "The 'ignoreVary' field on 'CacheQueryOptions' is not implemented.");
  await assertRejects(caches.default.match(kUrl, 5), "TypeError",
    "Failed to execute 'match' on 'Cache': parameter 2 is not of type 'CacheQueryOptions'.");
});

test("caches and its classes are part of the platform", () => {
  assertEquals(`${caches} ${caches.default}`, "[object CacheStorage] [object Cache]");
  assert(caches.default === caches.default);
  assertThrows(() => new Cache(), "TypeError", "Illegal constructor");
  assertThrows(() => new CacheStorage(), "TypeError", "Illegal constructor");
});
