import url, {
  URL as Imported,
  domainToASCII,
  domainToUnicode,
  fileURLToPath,
  format,
  parse,
  pathToFileURL,
  resolve,
  urlToHttpOptions,
} from "node:url";
import querystring from "node:querystring";
import punycode from "node:punycode";
import { assertEquals, assertThrows, test } from "./testing.js";

test("URL is the global one", () => {
  assertEquals([Imported === URL, url.URLSearchParams === URLSearchParams], [true, true]);
});

test("the older parse(), format(), resolve()", () => {
  const parts = parse("http://u:p@Host.com:80/a/b?x=1&y=2#h", true);
  assertEquals(
    [parts.protocol, parts.auth, parts.host, parts.port, parts.pathname, parts.search, parts.hash],
    ["http:", "u:p", "host.com:80", "80", "/a/b", "?x=1&y=2", "#h"],
  );
  assertEquals([parts.query.x, parts.query.y], ["1", "2"]);
  assertEquals(parse("/a?b").pathname, "/a");
  assertEquals(
    format({ protocol: "https", host: "h", pathname: "/p", query: { a: [1, 2] } }),
    "https://h/p?a=1&a=2",
  );
  assertEquals(resolve("http://h/a/b", "../c"), "http://h/c");
  assertEquals(resolve("/one/two", "three"), "/one/three");
  assertThrows(() => parse(1), "TypeError", /"url" argument must be of type string/);
});

test("format() of a URL", () => {
  const given = new URL("https://u:p@xn--mnchen-3ya.de/a?b#c");
  assertEquals(format(given), given.href);
  assertEquals(
    format(given, { auth: false, fragment: false, search: false, unicode: true }),
    "https://münchen.de/a",
  );
});

test("files and URLs", () => {
  assertEquals(fileURLToPath("file:///a/b%20c"), "/a/b c");
  assertEquals(fileURLToPath(new URL("file:///x")), "/x");
  assertEquals(pathToFileURL("/a b#c?d").href, "file:///a%20b%23c%3Fd");
  let error;
  try {
    fileURLToPath("http://a");
  } catch (thrown) {
    error = thrown;
  }
  assertEquals(
    [error.code, error.message],
    ["ERR_INVALID_URL_SCHEME", "The URL must be of scheme file"],
  );
  assertThrows(
    () => fileURLToPath(1),
    "TypeError",
    'The "path" argument must be of type string or an instance of URL. Received type number (1)',
  );
});

test("hosts", () => {
  assertEquals(domainToASCII("español.com"), "xn--espaol-zwa.com");
  assertEquals(domainToUnicode("xn--espaol-zwa.com"), "español.com");
  assertEquals(domainToASCII("xn--iñvalid.com"), "");
  assertEquals(urlToHttpOptions(new URL("https://a:b@h:81/p?q")).path, "/p?q");
});

test("querystring", () => {
  assertEquals({ ...querystring.parse("a=1&b=%20x&a=2&c") }, { a: ["1", "2"], b: " x", c: "" });
  assertEquals(querystring.parse("a:1;b:2", ";", ":").b, "2");
  assertEquals(querystring.stringify({ a: [1, "x y"], b: true, c: null }), "a=1&a=x%20y&b=true&c=");
  assertEquals([querystring.escape("ü&"), querystring.unescape("%C3%BC")], ["%C3%BC%26", "ü"]);
  assertEquals(querystring.decode === querystring.parse, true);
});

test("punycode", () => {
  assertEquals([punycode.encode("mañana"), punycode.decode("maana-pta")], ["maana-pta", "mañana"]);
  assertEquals(punycode.toASCII("mañana.com"), "xn--maana-pta.com");
});
