// What comes back from a cache is a message from outside, as the answer of a fetch() is.
import { assertEquals, assertRejects, test } from "./testing.js";

const kUrl = "https://example.com/";
// "hello" as gzip has it.
const kGzip = Uint8Array.from(atob("H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAA=="), (c) => c.charCodeAt(0));

function encoded(body, coding = "gzip", init = {}) {
  return new Response(body, {
    headers: { "content-encoding": coding, "cache-control": "max-age=60" }, ...init });
}

/** The response as it comes from outside. */
async function stored(response) {
  await caches.default.put(kUrl, response);
  return await caches.default.match(kUrl);
}

test("content that comes encoded is read decoded, in each way", async () => {
  for (const coding of ["gzip", "br"]) {
    await caches.default.put(kUrl, encoded("h\u00e9llo", coding));
    const read = async (how) => how(await caches.default.match(kUrl));
    assertEquals((await caches.default.match(kUrl)).headers.get("content-encoding"), coding);
    assertEquals(await read((found) => found.text()), "h\u00e9llo");
    assertEquals((await read((found) => found.bytes())).byteLength, 6);
    assertEquals(await read((found) => new Response(found.body).text()), "h\u00e9llo");
    assertEquals(await read((found) => found.clone().text()), "h\u00e9llo");
    const reader = (await caches.default.match(kUrl)).body.getReader();
    assertEquals((await reader.read()).value.byteLength, 6);
  }
});

test("a worker may have encoded the body itself", async () => {
  assertEquals(await (await stored(encoded(kGzip, "gzip", { encodeBody: "manual" }))).text(), "hello");
  // Else it is encoded once more.
  const twice = await stored(encoded(kGzip));
  assertEquals(await twice.bytes(), kGzip);
});

test("a body goes on in the coding that the new headers say", async () => {
  const gzip = await stored(encoded("text"));
  const brotli = await stored(encoded(gzip.body, "br"));
  assertEquals(brotli.headers.get("content-encoding"), "br");
  const plain = await stored(new Response(brotli.body, { headers: { "cache-control": "max-age=60" } }));
  assertEquals(await plain.text(), "text");
});

test("streams are encoded, too", async () => {
  const source = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 100; i++) controller.enqueue(new TextEncoder().encode(`${i} `.repeat(1000)));
      controller.close();
    },
  });
  const text = await (await stored(encoded(source))).text();
  assertEquals([text.length, text.slice(0, 4), text.slice(-4)], [290_000, "0 0 ", " 99 "]);
});

test("other codings are the worker's concern", async () => {
  assertEquals(await (await stored(encoded("text", "deflate"))).text(), "text");
});

test("what cannot be decoded is an error where it is read", async () => {
  for (const [coding, body, message] of [
    ["gzip", "no gzip", "Gzip decompression failed."],
    ["gzip", kGzip.subarray(0, -1), "Gzip compressed stream ended prematurely."],
    ["gzip", "", "Gzip compressed stream ended prematurely."],
    ["br", "no br", "Brotli decompression failed."],
    ["br", "", "Brotli compressed stream ended prematurely."],
  ]) {
    const broken = await stored(encoded(body, coding, { encodeBody: "manual" }));
    await assertRejects(broken.text(), "TypeError", message);
  }
  const found = await stored(encoded(kGzip.subarray(0, -1), "gzip", { encodeBody: "manual" }));
  const reader = found.body.getReader();
  assertEquals((await reader.read()).value.byteLength, 5);
  await assertRejects(reader.read(), "TypeError", "Gzip compressed stream ended prematurely.");
});

test("HTMLRewriter works on encoded documents", async () => {
  const found = await stored(encoded("<p>x</p>"));
  const rewritten = new HTMLRewriter().on("p", { element: (e) => e.append("!") }).transform(found);
  assertEquals(await (await stored(rewritten)).text(), "<p>x!</p>");
});
