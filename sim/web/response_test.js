import { assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const kRange =
  "Responses may only be constructed with status codes in the range 200 to 599, inclusive.";
const kUsed = "Body has already been used. It can only be used once. Use tee() first if you need to "
  + "read it twice.";

test("a response and its defaults", () => {
  const response = new Response();
  assertEquals([response.status, response.statusText, response.ok, response.type, response.url,
    response.redirected, response.body, response.bodyUsed, response.cf],
  [200, "", true, "default", "", false, null, false, undefined]);
});

test("status and its text", () => {
  assertEquals(new Response(null, { status: 404 }).statusText, "");
  const own = new Response(null, { status: 404, statusText: "" });
  assertEquals([own.statusText, own.ok], ["", false]);
  assertEquals(new Response(null, { statusText: "Alles gut ☃" }).statusText, "Alles gut ☃");
  for (const status of [0, 100, 199, 600, 999, -1, NaN, "x"]) {
    assertThrows(() => new Response(null, { status }), "RangeError", kRange);
  }
  for (const statusText of ["a\nb", "\0", "\t"]) {
    assertThrows(() => new Response(null, { statusText }), "TypeError", "Invalid statusText");
  }
});

test("statuses without a body", () => {
  for (const status of [204, 205, 304]) {
    for (const body of ["x", new ReadableStream()]) {
      assertThrows(() => new Response(body, { status }), "TypeError",
        "Response with null body status (101, 204, 205, or 304) cannot have a body.");
    }
    for (const body of [null, undefined, "", new Uint8Array(0)]) {
      assertEquals(new Response(body, { status }).body, null);
    }
  }
});

test("a response made of another", async () => {
  const given = new Response("x", { status: 201, statusText: "Yes", headers: { a: "b" }, cf: { n: 1 } });
  const made = new Response("y", given);
  assertEquals([made.status, made.statusText, made.headers.get("a"), made.cf], [201, "Yes", "b", { n: 1 }]);
  made.headers.set("a", "c");
  assertEquals([given.headers.get("a"), await given.text(), await made.text()], ["b", "x", "y"]);
  assertThrows(() => new Response(null, Response.error()), "RangeError", kRange);
  assertThrows(() => new Response(null, "x"), "TypeError", "Failed to construct 'Response': "
    + "constructor parameter 2 is not of type 'InitializerDict or Response'.");
});

test("encodeBody is checked", () => {
  for (const encodeBody of ["manual", "automatic"]) new Response("x", { encodeBody });
  assertThrows(() => new Response("x", { encodeBody: "gzip" }), "TypeError",
    "encodeBody: unexpected value: gzip");
});

test("cf of a response", () => {
  const cf = { a: [1] };
  const response = new Response(null, { cf });
  cf.a.push(2);
  assertEquals(response.cf, { a: [1] });
  assertThrows(() => new Response(null, { cf: "x" }), "TypeError", "Incorrect type for the 'cf' field on "
    + "'InitializerDict': the provided value is not of type 'Object'.");
});

test("Response.error()", () => {
  const response = Response.error();
  assertEquals([response.type, response.status, response.statusText, response.ok, response.body],
    ["error", 0, "", false, null]);
  assertEquals(response.clone().type, "error");
});

test("Response.redirect()", () => {
  const response = Response.redirect("https://Example.com/a b", 307);
  assertEquals([response.status, response.headers.get("location"), response.redirected],
    [307, "https://example.com/a%20b", false]);
  assertEquals(Response.redirect("https://example.com").status, 302);
  for (const status of [200, 304, 309, 0]) {
    assertThrows(() => Response.redirect("https://example.com", status), "RangeError",
      `${status} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.`);
  }
  assertThrows(() => Response.redirect("/a"), "TypeError", "Unable to parse URL: /a");
  assertThrows(() => Response.redirect(), "TypeError");
  assertThrows(() => response.headers.set("a", "b"), "TypeError", "Can't modify immutable headers.");
  assertThrows(() => response.clone().headers.set("a", "b"), "TypeError",
    "Can't modify immutable headers.");
});

test("Response.json()", async () => {
  const response = Response.json({ a: [1] }, { status: 201, headers: { b: "c" } });
  assertEquals([response.status, response.headers.get("content-type"), response.headers.get("b")],
    [201, "application/json", "c"]);
  assertEquals(await response.text(), "{\"a\":[1]}");
  assertEquals(await Response.json("☃").json(), "☃");
  const typed = Response.json(1, { headers: { "content-type": "a/b" } });
  assertEquals(typed.headers.get("content-type"), "a/b");
  assertEquals(Response.json(1, new Response(null, { status: 404 })).status, 404);
  assertThrows(() => Response.json(1n), "TypeError");
  assertEquals(await Response.json(undefined).text(), "undefined");
  assertThrows(() => Response.json(1, { status: 204 }), "TypeError", /null body status/);
});

test("clone() of a response", async () => {
  const response = new Response("x", { status: 404, headers: { a: "b" }, cf: { n: 1 } });
  const copy = response.clone();
  copy.headers.set("a", "c");
  copy.cf.n = 2;
  assertEquals([response.headers.get("a"), response.cf.n, copy.status, copy.statusText],
    ["b", 1, 404, ""]);
  assertEquals([await response.text(), await copy.text()], ["x", "x"]);
  assertThrows(() => response.clone(), "TypeError",
    "This ReadableStream is currently locked to a reader,");
  assertThrows(() => new Response(response.body), "TypeError", "This ReadableStream is disturbed (has "
    + "already been read from), and cannot be used as a body.");
});

test("a body of text or bytes fills small buffers", async () => {
  for (const body of ["abcdef", new TextEncoder().encode("abcdef")]) {
    const reader = new Response(body).body.getReader({ mode: "byob" });
    const sizes = [];
    for (const size of [2, 1, 9]) sizes.push((await reader.read(new Uint8Array(size))).value.length);
    assertEquals(sizes, [2, 1, 3]);
    assertEquals((await reader.read(new Uint8Array(1))).done, true);
  }
});

test("a body is read once, in whichever way", async () => {
  const ways = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"];
  for (const way of ways) {
    const response = new Response("1", { headers: { "content-type": "a/b" } });
    await response.text();
    assertEquals(response.bodyUsed, true);
    await assertRejects(response[way](), "TypeError", kUsed);
    if (way === "formData") continue;
    const locked = new Response("1");
    locked.body.getReader();
    await assertRejects(locked[way](), "TypeError", "This ReadableStream is currently locked to a reader.");
  }
});

test("a response without a body reads as empty", async () => {
  assertEquals(await new Response(null).text(), "");
  assertEquals((await new Response(null).arrayBuffer()).byteLength, 0);
  assertEquals((await new Response(null).blob()).size, 0);
  await assertRejects(new Response(null).json(), "SyntaxError");
  const response = new Response(null);
  await response.text();
  assertEquals(response.bodyUsed, false);
});

test("blob() has the media type of the response", async () => {
  const typeOf = async (header) =>
    (await new Response("x", { headers: { "content-type": header } }).blob()).type;
  assertEquals(await typeOf("Text/HTML; Charset=utf-8"), "text/html;charset=utf-8");
  assertEquals(await typeOf("text/html;charset=\"a b\";x=y;x=z;q"), "text/html;charset=\"a b\";x=y");
  assertEquals(await typeOf("text/plain, text/html"), "text/html");
  assertEquals(await typeOf("text/html;charset=a, text/html"), "text/html;charset=a");
  assertEquals(await typeOf("text/html;a=\"b,c\""), "text/html;a=\"b,c\"");
  assertEquals(await typeOf("nonsense"), "");
  assertEquals(await typeOf("text/html, */*, x"), "text/html");
  assertEquals((await new Response(new Uint8Array(1)).blob()).type, "");
});

test("text of a body drops a byte order mark and replaces what is no UTF-8", async () => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 97, 0xff]);
  assertEquals(await new Response(bytes).text(), "a\ufffd");
  assertEquals(await new Response(new Blob([bytes])).text(), "a\ufffd");
});
