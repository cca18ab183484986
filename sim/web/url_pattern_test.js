import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("URLPattern matches and gives its groups", () => {
  const pattern = new URLPattern({ pathname: "/books/:id(\\d+)/*" });
  const match = pattern.exec("https://example.com/books/12/pages/3");
  assertEquals(match.pathname.groups.id, "12");
  assertEquals(match.pathname.groups[0], "pages/3");
  assertEquals(pattern.test("https://example.com/books/x/"), false);
  assertEquals(pattern.exec("https://example.com/other"), null);
});

test("URLPattern takes a base and the short form", () => {
  const pattern = new URLPattern("https://*.example.com/:kind{.:ext}?");
  assertEquals(pattern.hostname, "*.example.com");
  assert(pattern.test("https://a.example.com/photo.jpg"));
  assert(pattern.test("/photo", "https://b.example.com"));
  assertEquals(pattern.test("http://a.example.com/photo.jpg"), false);
});

test("URLPattern names what is wrong with a pattern", () => {
  assertThrows(() => new URLPattern({ pathname: "/(" }), "TypeError");
});

test("URLPattern is a global that a worker can replace, and no clone", () => {
  assertThrows(() => structuredClone(new URLPattern()), "DataCloneError");
  const own = class {};
  const before = URLPattern;
  globalThis.URLPattern = own;
  assertEquals(URLPattern, own);
  globalThis.URLPattern = before;
});
