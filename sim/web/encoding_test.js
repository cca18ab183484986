import { assert, assertEquals, assertThrows, test } from "./testing.js";

const bytes = (...list) => new Uint8Array(list);

test("TextEncoder writes UTF-8", () => {
  const encoder = new TextEncoder();
  assertEquals(encoder.encoding, "utf-8");
  assertEquals(encoder.encode("abc"), bytes(97, 98, 99));
  assertEquals(encoder.encode("é€😀"), bytes(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80));
  assertEquals(encoder.encode("a\ud800b"), bytes(97, 0xef, 0xbf, 0xbd, 98));
  assertEquals(encoder.encode(), bytes());
  assertEquals(encoder.encode(null), bytes(110, 117, 108, 108));
});

test("encodeInto writes whole characters", () => {
  const encoder = new TextEncoder();
  const out = new Uint8Array(4);
  assertEquals(encoder.encodeInto("a€€", out), { read: 2, written: 4 });
  assertEquals(out, bytes(97, 0xe2, 0x82, 0xac));
  assertEquals(encoder.encodeInto("😀", new Uint8Array(3)), { read: 0, written: 0 });
  assertEquals(encoder.encodeInto("😀x", new Uint8Array(5)), { read: 3, written: 5 });
  assertThrows(() => encoder.encodeInto("a", []), "TypeError");
  assertThrows(() => TextEncoder.prototype.encode.call({}, ""), "TypeError",
    "Illegal invocation: function called with incorrect `this` reference. See " +
      "https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.");
});

test("TextDecoder reads UTF-8", () => {
  const decoder = new TextDecoder();
  assertEquals([decoder.encoding, decoder.fatal, decoder.ignoreBOM], ["utf-8", false, false]);
  assertEquals(decoder.decode(bytes(0xe2, 0x82, 0xac)), "€");
  assertEquals(decoder.decode(bytes(97).buffer), "a");
  assertEquals(decoder.decode(new DataView(bytes(97, 98, 99).buffer, 1, 1)), "b");
  assertEquals(decoder.decode(), "");
  assertEquals(decoder.decode(bytes(0xef, 0xbb, 0xbf, 97)), "a");
  assertEquals(
    new TextDecoder("utf8", { ignoreBOM: true }).decode(bytes(0xef, 0xbb, 0xbf, 97)),
    "\ufeffa",
  );
  assertThrows(() => decoder.decode("text"), "TypeError");
});

test("invalid UTF-8 is replaced by maximal parts, or refused", () => {
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(bytes(0xc0, 0x80, 97)), "\ufffd\ufffda");
  assertEquals(decoder.decode(bytes(0xe2, 0x82, 97)), "\ufffda");
  assertEquals(decoder.decode(bytes(0xed, 0xa0, 0x80)), "\ufffd\ufffd\ufffd");
  assertEquals(decoder.decode(bytes(0xf0, 0x9f, 0x98)), "\ufffd");
  assertEquals(decoder.decode(bytes(0xff)), "\ufffd");
  const fatal = new TextDecoder("utf-8", { fatal: true });
  assertThrows(() => fatal.decode(bytes(0xe2, 0x82)), "TypeError", "Failed to decode input.");
  assertEquals(fatal.decode(bytes(0xe2, 0x82, 0xac)), "€");
});

test("a stream may break inside a character", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (const byte of new TextEncoder().encode("\ufeffa€😀"))
    text += decoder.decode(bytes(byte), { stream: true });
  assertEquals(text + decoder.decode(), "a€😀");
  decoder.decode(bytes(0xf0, 0x9f), { stream: true });
  assertThrows(() => decoder.decode(), "TypeError");
  assertEquals(decoder.decode(bytes(97)), "a");
  const lenient = new TextDecoder();
  assertEquals(
    lenient.decode(bytes(0xf0, 0x9f), { stream: true }) + lenient.decode(bytes(97)),
    "\ufffda",
  );
});

test("UTF-16 in both orders", () => {
  assertEquals(new TextDecoder("utf-16").encoding, "utf-16le");
  const le = new TextDecoder("utf-16le");
  assertEquals(le.decode(bytes(0xff, 0xfe, 0x61, 0, 0x3d, 0xd8, 0, 0xde)), "a😀");
  assertEquals(new TextDecoder("utf-16be").decode(bytes(0x20, 0xac)), "€");
  assertEquals(le.decode(bytes(0x3d)), "\ufffd");
  assertEquals(le.decode(bytes(0x3d, 0xd8, 0x61, 0)), "\ufffda");
  let text = "";
  for (const byte of [0x61, 0, 0x3d, 0xd8, 0, 0xde])
    text += le.decode(bytes(byte), { stream: true });
  assertEquals(text + le.decode(), "a😀");
  assertThrows(
    () => new TextDecoder("utf-16le", { fatal: true }).decode(bytes(0, 0xd8)),
    "TypeError",
  );
});

test("legacy encodings", () => {
  const cases = [
    ["latin1", "windows-1252", [0x80, 0xe9, 0x81], "€é\u0081"],
    [" ISO-8859-1\n", "windows-1252", [0xff], "ÿ"],
    ["iso-8859-2", "iso-8859-2", [0xb1], "ą"],
    ["iso-8859-8-i", "iso-8859-8-i", [0xe0], "א"],
    ["koi8-r", "koi8-r", [0xc1], "а"],
    ["windows-1251", "windows-1251", [0xcf, 0xf0], "Пр"],
    ["macintosh", "macintosh", [0x80], "Ä"],
    ["ibm866", "ibm866", [0x80], "А"],
    ["windows-874", "windows-874", [0xa1], "ก"],
    ["shift_jis", "shift_jis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["euc-jp", "euc-jp", [0xc6, 0xfc], "日"],
    ["iso-2022-jp", "iso-2022-jp", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x1b, 0x28, 0x42, 0x61], "日a"],
    ["euc-kr", "euc-kr", [0xc7, 0xd1], "한"],
    ["big5", "big5", [0xa4, 0xa4], "中"],
    ["gb2312", "gbk", [0xd6, 0xd0], "中"],
    ["gb18030", "gb18030", [0x81, 0x30, 0x81, 0x30], "\u0080"],
    ["x-user-defined", "x-user-defined", [0x61, 0x80, 0xff], "a\uf780\uf7ff"],
  ];
  for (const [label, name, input, text] of cases) {
    const decoder = new TextDecoder(label);
    assertEquals(decoder.encoding, name);
    assertEquals(decoder.decode(bytes(...input)), text, label);
    let streamed = "";
    for (const byte of input) streamed += decoder.decode(bytes(byte), { stream: true });
    assertEquals(streamed + decoder.decode(), text, `${label}, byte by byte`);
  }
});

test("legacy encodings replace or refuse what they lack", () => {
  assertEquals(new TextDecoder("iso-8859-3").decode(bytes(0xa5, 0x61)), "\ufffda");
  assertThrows(
    () => new TextDecoder("iso-8859-3", { fatal: true }).decode(bytes(0xa5)),
    "TypeError",
  );
  assertEquals(new TextDecoder("shift_jis").decode(bytes(0x93)), "\ufffd");
});

test("unknown labels are refused", () => {
  assertThrows(
    () => new TextDecoder("utf-7"),
    "RangeError",
    '"utf-7" is not a valid encoding.',
  );
  assertThrows(() => new TextDecoder("replacement"), "RangeError");
  assertThrows(() => new TextDecoder(""), "RangeError");
});

test("btoa and atob", () => {
  assertEquals(btoa("hello\xff"), "aGVsbG//");
  assertEquals(btoa(""), "");
  assertEquals(btoa("a"), "YQ==");
  assertEquals(btoa(null), "bnVsbA==");
  assertEquals(atob(" aGVs\nbG8= "), "hello");
  assertEquals(atob("YQ"), "a");
  assertEquals(atob("////"), "\xff\xff\xff");
  assertEquals(atob(""), "");
  assertThrows(() => btoa("€"), "InvalidCharacterError", /Latin1/);
  for (const bad of ["a", "YQ=", "=", "Y=Q=", "YQ===", "YQ==YQ==", "a-b_", "€"]) {
    assertThrows(() => atob(bad), "InvalidCharacterError");
  }
});

test("classes have their shape", () => {
  assertEquals(
    `${new TextEncoder()} ${new TextDecoder()}`,
    "[object TextEncoder] [object TextDecoder]",
  );
  assert(Object.keys(TextDecoder.prototype).includes("decode"));
  assertEquals(TextDecoder.length, 0);
});
