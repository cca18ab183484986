import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("all components", () => {
  const url = new URL("HTTPS://us%20er:p:w@Example.COM:8080/a/../b%20c?q=1&r#frag");
  assertEquals(
    [
      url.href,
      url.origin,
      url.protocol,
      url.username,
      url.password,
      url.host,
      url.hostname,
      url.port,
      url.pathname,
      url.search,
      url.hash,
    ],
    [
      "https://us%20er:p%3Aw@example.com:8080/b%20c?q=1&r#frag",
      "https://example.com:8080",
      "https:",
      "us%20er",
      "p%3Aw",
      "example.com:8080",
      "example.com",
      "8080",
      "/b%20c",
      "?q=1&r",
      "#frag",
    ],
  );
  assertEquals([`${url}`, JSON.stringify({ url })], [url.href, `{"url":"${url.href}"}`]);
});

test("absent and empty components", () => {
  const url = new URL("http://h:80");
  assertEquals(
    [url.href, url.port, url.host, url.search, url.hash, url.username, url.password],
    ["http://h/", "", "h", "", "", "", ""],
  );
  const empty = new URL("http://h/?#");
  assertEquals([empty.href, empty.search, empty.hash], ["http://h/?#", "", ""]);
  const user = new URL("http://u@h/");
  assertEquals([user.username, user.password], ["u", ""]);
  const password = new URL("http://:p@h/");
  assertEquals([password.username, password.password], ["", "p"]);
});

test("URLs without a host", () => {
  const mail = new URL("mailto:a@b?c#d");
  assertEquals(
    [
      mail.origin,
      mail.host,
      mail.hostname,
      mail.port,
      mail.pathname,
      mail.search,
      mail.hash,
      mail.username,
    ],
    ["null", "", "", "", "a@b", "?c", "#d", ""],
  );
  const odd = new URL("web+demo:/.//not-a-host/");
  assertEquals(
    [odd.href, odd.host, odd.pathname],
    ["web+demo:/.//not-a-host/", "", "//not-a-host/"],
  );
  assertEquals([new URL("file:///a/b").origin, new URL("file:///a/b").host], ["null", ""]);
  assertEquals(new URL("blob:https://a.b:1/x").origin, "https://a.b:1");
});

test("relative to a base, and non-ASCII", () => {
  assertEquals(new URL("../x?y", "http://h/a/b/c").href, "http://h/a/x?y");
  assertEquals(new URL("//other", new URL("https://h/")).href, "https://other/");
  assertEquals(
    new URL("http://bücher.de/é?ü#ö").href,
    "http://xn--bcher-kva.de/%C3%A9?%C3%BC#%C3%B6",
  );
  assertEquals(new URL("http://h/\ud800").pathname, "/%EF%BF%BD");
});

test("invalid URLs", () => {
  assertThrows(() => new URL("nope"), "TypeError", "Invalid URL string.");
  assertThrows(() => new URL("/x", "mailto:a"), "TypeError", "Invalid URL string.");
  assertThrows(
    () => new URL(),
    "TypeError",
    "Failed to construct 'URL': constructor parameter 1 is not of type 'USVString'.",
  );
  assertThrows(() => URL("http://h"), "TypeError");
  assertEquals(
    [URL.canParse("nope"), URL.canParse("x", "http://h"), URL.parse("nope")],
    [false, true, null],
  );
  assertEquals(URL.parse("y", "http://h/x").href, "http://h/y");
});

test("setters", () => {
  const url = new URL("http://h/p");
  url.protocol = "https";
  url.username = "me";
  url.password = "s:";
  url.hostname = "EXAMPLE.org";
  url.port = "444";
  url.pathname = "a b";
  url.search = "x=y";
  url.hash = "z";
  assertEquals(url.href, "https://me:s%3A@example.org:444/a%20b?x=y#z");
  url.host = "q:1";
  assertEquals([url.hostname, url.port], ["q", "1"]);
  url.port = "99999";
  url.protocol = "nope:";
  assertEquals([url.port, url.protocol], ["1", "https:"]);
  url.search = "";
  url.hash = "";
  assertEquals(url.href, "https://me:s%3A@q:1/a%20b");
  url.href = "ftp://x";
  assertEquals(url.href, "ftp://x/");
  assertThrows(() => (url.href = "nope"), "TypeError", /Failed to set the 'href' property on 'URL'/);
  assertEquals(url.href, "ftp://x/");
});

test("searchParams and search are one", () => {
  const url = new URL("http://h/?a=1&b=2");
  const params = url.searchParams;
  assertEquals(params, url.searchParams);
  assertEquals(params.get("a"), "1");
  params.append("c", "3 4");
  assertEquals(url.search, "?a=1&b=2&c=3+4");
  url.search = "?d=5";
  assertEquals([...params], [["d", "5"]]);
  url.href = "http://h/?e=6#x";
  assertEquals([...params], [["e", "6"]]);
  params.delete("e");
  assertEquals(url.href, "http://h/#x");
  params.set("f", "é");
  params.sort();
  assertEquals(url.href, "http://h/?f=%C3%A9#x");
});

test("URLSearchParams from every kind of input", () => {
  assertEquals(`${new URLSearchParams("?a=b&c=%26+d&e&&=f")}`, "a=b&c=%26+d&e=&=f");
  assertEquals(`${new URLSearchParams([["a", "b"], new Set(["c", "d"])])}`, "a=b&c=d");
  assertEquals(`${new URLSearchParams({ a: 1, b: null })}`, "a=1&b=null");
  assertEquals(`${new URLSearchParams(new URLSearchParams("x=y"))}`, "x=y");
  assertEquals(`${new URLSearchParams()}`, "");
  assertEquals(`${new URLSearchParams(undefined)}`, "");
  assertEquals(`${new URLSearchParams(new FormData())}`, "");
  assertEquals(`${new URLSearchParams(12)}`, "12=");
  assertThrows(() => new URLSearchParams([["a"]]), "TypeError", "Invalid URL search params sequence.");
  assertThrows(() => new URLSearchParams([5]), "TypeError", /not of type 'Sequence'/);
});

test("URLSearchParams lists", () => {
  const params = new URLSearchParams("a=1&b=2&a=3&a=1");
  assertEquals([params.size, params.get("a"), params.get("z")], [4, "1", null]);
  assertEquals(params.getAll("a"), ["1", "3", "1"]);
  assertEquals([params.has("b"), params.has("b", "3"), params.has("b", 2)], [true, false, true]);
  params.delete("a", "1");
  assertEquals(`${params}`, "b=2&a=3");
  params.set("b", "9");
  params.append("b", "8");
  params.set("b", "7");
  assertEquals(`${params}`, "b=7&a=3");
  const sorted = new URLSearchParams("z=1&\ufffd=2&\ud83c\udf08=3&z=0&a=4");
  sorted.sort();
  assertEquals([...sorted.keys()], ["a", "z", "z", "\ud83c\udf08", "\ufffd"]);
  assertEquals(sorted.getAll("z"), ["1", "0"]);
  assertThrows(
    () => params.get(),
    "TypeError",
    "Failed to execute 'get' on 'URLSearchParams': parameter 1 is not of type 'USVString'.",
  );
});

test("URLSearchParams iterators are live and have their shape", () => {
  const params = new URLSearchParams("a=1&b=2");
  const seen = [];
  for (const [name] of params) {
    seen.push(name);
    if (name === "a") params.append("c", "3");
  }
  assertEquals(seen, ["a", "b", "c"]);
  const iterator = params.values();
  assertEquals(iterator.next(), { done: false, value: "1" });
  assertEquals([params.entries(), params.keys(), iterator].map(String),
    ["[object EntryIterator]", "[object KeyIterator]", "[object ValueIterator]"]);
  assertEquals([...params.entries()].length, 3);
  const each = [];
  params.forEach((value, name, self) => each.push(name + value + (self === params)));
  assertEquals(each, ["a1true", "b2true", "c3true"]);
  assertThrows(() => params.forEach(1), "TypeError");
  assertThrows(() => URLSearchParams.prototype.keys.call({}), "TypeError");
});

test("classes have their shape", () => {
  assertEquals([URL.name, URL.length, URLSearchParams.length], ["URL", 0, 0]);
  assertEquals(`${Object.prototype.toString.call(new URL("a:b"))}`, "[object URL]");
  assert(Object.keys(URL.prototype).includes("href"));
  assert(Object.keys(URL).includes("canParse"));
  assertEquals(Object.keys(new URL("a:b")), []);
});
