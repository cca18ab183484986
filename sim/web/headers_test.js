import { assert, assertEquals, assertThrows, test } from "./testing.js";

const kImmutable = "Can't modify immutable headers.";

test("Headers are made of pairs, records and other headers", () => {
  const wanted = [["a", "1, 2"], ["b", "3"]];
  const pairs = new Headers([["B", "3"], ["a", " 1 "], ["A", "2"]]);
  assertEquals([...pairs], wanted);
  assertEquals([...new Headers({ b: 3, a: "1, 2" })], wanted);
  assertEquals([...new Headers(pairs)], wanted);
  assertEquals([...new Headers(new Map([["b", "3"], ["a", "1, 2"]]))], wanted);
  assertEquals([...new Headers(undefined)], []);
  const copy = new Headers(pairs);
  copy.set("b", "4");
  assertEquals(pairs.get("b"), "3");
});

test("what headers cannot be made of", () => {
  for (const init of [null, 5, "a: b"]) {
    assertThrows(() => new Headers(init), "TypeError",
      "Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.");
  }
  for (const pairs of [[["a"]], [["a", "b", "c"]], [[]]]) {
    assertThrows(() => new Headers(pairs), "TypeError", "To initialize a Headers object from a "
      + "sequence, each inner sequence must have exactly two elements.");
  }
  assertThrows(() => new Headers([["a b", "c"]]), "TypeError", "Invalid header name.");
});

test("names and values are checked", () => {
  const headers = new Headers();
  for (const name of ["a b", "a:", "a\n"]) {
    assertThrows(() => headers.set(name, "x"), "TypeError", "Invalid header name.");
    assertThrows(() => headers.get(name), "TypeError", "Invalid header name.");
    assertThrows(() => headers.has(name), "TypeError", "Invalid header name.");
    assertThrows(() => headers.delete(name), "TypeError", "Invalid header name.");
  }
  for (const value of ["a\nb", "a\rb", "a\0b"]) {
    assertThrows(() => headers.append("x", value), "TypeError", "Invalid header value.");
  }
  headers.set("x", "\r\n a \t");
  assertEquals(headers.get("X"), "a");
  assertThrows(() => headers.set("x"), "TypeError",
    "Failed to execute 'set' on 'Headers': parameter 2 is not of type 'string'.");
});

test("names that are empty or not ASCII are refused", () => {
  for (const name of ["", "é"]) {
    assertThrows(() => new Headers().set(name, "x"), "TypeError", "Invalid header name.");
    assertThrows(() => new Headers().get(name), "TypeError", "Invalid header name.");
  }
});

test("append, set and delete", () => {
  const headers = new Headers();
  headers.append("A", "1");
  headers.append("a", "2");
  assertEquals([headers.get("a"), headers.has("A"), headers.get("b"), headers.has("b")],
    ["1, 2", true, null, false]);
  headers.set("a", "3");
  assertEquals(headers.get("a"), "3");
  headers.delete("A");
  assertEquals([...headers], []);
});

test("Set-Cookie headers stay apart", () => {
  const headers = new Headers([["set-cookie", "a=1"], ["Set-Cookie", "b=2"], ["x", "1"], ["X", "2"]]);
  assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(headers.getAll("SET-cookie"), ["a=1", "b=2"]);
  assertEquals([...headers], [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x", "1, 2"]]);
  assertEquals(new Headers().getSetCookie(), []);
  for (const name of ["x", "not a name"]) {
    assertThrows(() => headers.getAll(name), "TypeError",
      "getAll() can only be used with the header name \"Set-Cookie\".");
  }
});

test("an iterator has the headers as they were when it was made", () => {
  const headers = new Headers({ a: "1", b: "2" });
  const iterators = [headers.entries(), headers.keys(), headers.values()];
  headers.set("c", "3");
  headers.delete("a");
  assertEquals(iterators.map((iterator) => [...iterator]),
    [[["a", "1"], ["b", "2"]], ["a", "b"], ["1", "2"]]);
  const seen = [];
  for (const [name] of headers) {
    seen.push(name);
    headers.delete("c");
    headers.append("d", "4");
  }
  assertEquals(seen, ["b", "c"]);
  const iterator = headers.entries();
  assertEquals([iterator, headers.keys(), headers.values()].map(String),
    ["[object EntryIterator]", "[object KeyIterator]", "[object ValueIterator]"]);
  assert(iterator[Symbol.iterator]() === iterator);
  assertEquals(iterator.next(), { done: false, value: ["b", "2"] });
});

test("forEach gives value, name and the headers", () => {
  const headers = new Headers({ b: "2", a: "1" });
  const self = {};
  const seen = [];
  headers.forEach(function (value, name, all) {
    assert(this === self && all === headers);
    headers.delete("b");
    seen.push(name + value);
  }, self);
  assertEquals(seen, ["a1", "b2"]);
  assertThrows(() => headers.forEach(5), "TypeError",
    "Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'function'.");
});

test("headers that may not be changed say so, before anything else is checked", () => {
  const { headers } = Response.redirect("https://example.com/");
  for (const change of [() => headers.set("not a name", "b"), () => headers.append("a", "b"),
    () => headers.delete("location")]) {
    assertThrows(change, "TypeError", kImmutable);
  }
  const copy = new Headers(headers);
  copy.delete("location");
  assertEquals(headers.get("location"), "https://example.com/");
});
