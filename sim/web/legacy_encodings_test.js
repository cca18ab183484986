// The legacy encodings, in full: what production's decoder makes of every sequence.
import { assertEquals, assertThrows, test } from "./testing.js";

/** The labels of each encoding that a decoder may have. */
const labels = {
  big5: "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
  "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
  "euc-kr":
    "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 " +
    "ksc_5601 windows-949",
  gb18030: "gb18030",
  gbk: "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
  ibm866: "866 cp866 csibm866 ibm866",
  "iso-2022-jp": "csiso2022jp iso-2022-jp",
  "iso-8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
  "iso-8859-13": "iso-8859-13 iso8859-13 iso885913",
  "iso-8859-14": "iso-8859-14 iso8859-14 iso885914",
  "iso-8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
  "iso-8859-16": "iso-8859-16",
  "iso-8859-2":
    "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 " +
    "latin2",
  "iso-8859-3":
    "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 " +
    "latin3",
  "iso-8859-4":
    "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 " +
    "latin4",
  "iso-8859-5":
    "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 " +
    "iso_8859-5:1988",
  "iso-8859-6":
    "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 " +
    "iso-8859-6-e iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
  "iso-8859-7":
    "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 " +
    "iso_8859-7 iso_8859-7:1987 sun_eu_greek",
  "iso-8859-8":
    "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 " +
    "iso88598 iso_8859-8 iso_8859-8:1988 visual",
  "iso-8859-8-i": "csiso88598i iso-8859-8-i logical",
  "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
  "koi8-u": "koi8-ru koi8-u",
  macintosh: "csmacintosh mac macintosh x-mac-roman",
  shift_jis: "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
  "utf-16be": "unicodefffe utf-16be",
  "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
  "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
  "windows-1250": "cp1250 windows-1250 x-cp1250",
  "windows-1251": "cp1251 windows-1251 x-cp1251",
  "windows-1252":
    "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 " +
    "iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
  "windows-1253": "cp1253 windows-1253 x-cp1253",
  "windows-1254":
    "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 " +
    "l5 latin5 windows-1254 x-cp1254",
  "windows-1255": "cp1255 windows-1255 x-cp1255",
  "windows-1256": "cp1256 windows-1256 x-cp1256",
  "windows-1257": "cp1257 windows-1257 x-cp1257",
  "windows-1258": "cp1258 windows-1258 x-cp1258",
  "windows-874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
  "x-mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
  "x-user-defined": "x-user-defined",
};

test("every label names its encoding", () => {
  let count = 0;
  for (const [encoding, list] of Object.entries(labels)) {
    for (const label of list.split(" ")) {
      assertEquals(new TextDecoder(label).encoding, encoding, label);
      assertEquals(new TextDecoder(`\t ${label.toUpperCase()}\r\n\f`).encoding, encoding, label);
      ++count;
    }
  }
  // With the six of "replacement" all of the standard's.
  assertEquals([Object.keys(labels).length, count], [39, 222]);
  for (const label of "csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr replacement".split(
    " ",
  )) {
    assertThrows(
      () => new TextDecoder(label),
      "RangeError",
      `"${label}" is not a valid encoding.`,
    );
  }
});

/** Every sequence of one character of these encodings, and every wrong one of that length. */
function* sequences(encoding) {
  if (encoding === "iso-2022-jp") {
    for (let a = 0; a < 256; ++a) {
      yield [0x1b, 0x28, 0x4a, a, 0x1b, 0x28, 0x42];
      yield [0x1b, 0x28, 0x49, a, 0x1b, 0x28, 0x42];
      yield [0x1b, 0x24, a];
      yield [0x1b, 0x28, a];
      for (let b = 0; b < 256; ++b) yield [0x1b, 0x24, 0x42, a, b, 0x1b, 0x28, 0x42];
    }
    return;
  }
  for (let a = 0; a < 256; ++a) yield [a];
  if (!["big5", "euc-jp", "euc-kr", "gb18030", "shift_jis"].includes(encoding)) return;
  for (let a = 0x80; a < 256; ++a) for (let b = 0; b < 256; ++b) yield [a, b];
  if (encoding === "euc-jp") {
    for (let a = 0; a < 256; ++a) for (let b = 0; b < 256; ++b) yield [0x8f, a, b];
  }
  if (encoding === "gb18030") {
    for (let a = 0x81; a < 0x86; ++a) {
      for (let b = 0x30; b < 0x3a; ++b) {
        for (let c = 0x80; c < 256; ++c) {
          for (let d = 0x2f; d < 0x3b; ++d) yield [a, b, c, d];
        }
      }
    }
    for (const a of [0x8f, 0x90, 0xe3, 0xe4]) {
      for (let b = 0x30; b < 0x3a; ++b) yield [a, b, 0x81, 0x30, a, b, 0x9a, 0x35, a, b, 0x9a, 0x36];
    }
  }
}

/** All of them with a line feed behind each, decoded at once: the start of the text's SHA-256. */
async function fingerprint(encoding) {
  const bytes = [];
  for (const sequence of sequences(encoding)) {
    for (const byte of sequence) bytes[bytes.length] = byte;
    bytes[bytes.length] = 10;
  }
  const text = new TextDecoder(encoding).decode(new Uint8Array(bytes));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest, 0, 6), (b) => b.toString(16).padStart(2, "0")).join("");
}

test("every sequence is decoded as in production", async () => {
  for (const [encoding, expected] of [
    ["ibm866", "5a856a1cc72f"],
    ["iso-8859-2", "5e9a0811bf08"],
    ["iso-8859-3", "655525833557"],
    ["iso-8859-4", "08e4e0f402fa"],
    ["iso-8859-5", "df3e28bbb226"],
    ["iso-8859-6", "ac5e5b97608b"],
    ["iso-8859-7", "9f68204513e9"],
    ["iso-8859-8", "16b842dbf177"],
    ["iso-8859-8-i", "16b842dbf177"],
    ["iso-8859-10", "34e36339240c"],
    ["iso-8859-13", "3bac58e9cc8e"],
    ["iso-8859-14", "ec2339ae801d"],
    ["iso-8859-15", "e3f0667fe893"],
    ["iso-8859-16", "c68ff962b685"],
    ["koi8-r", "e18c51434de7"],
    ["koi8-u", "09ca3df06fe0"],
    ["macintosh", "a6af4ef8837c"],
    ["windows-874", "328a1a499919"],
    ["windows-1250", "697d3e9c2063"],
    ["windows-1251", "046cabf3dd73"],
    ["windows-1252", "b45da48fcc29"],
    ["windows-1253", "b86ba26ea99f"],
    ["windows-1254", "233441a35d0b"],
    ["windows-1255", "63cacbae4c94"],
    ["windows-1256", "8f0f0e8f96c6"],
    ["windows-1257", "a2e34bb97e73"],
    ["windows-1258", "7ab8842d941a"],
    ["x-mac-cyrillic", "b84eb464bfaf"],
    ["x-user-defined", "87337a75680c"],
    ["gbk", "38af21c034b0"],
    ["gb18030", "09981b1eff50"],
    ["big5", "8ad7b133fb12"],
    ["euc-jp", "7939062a03cf"],
    ["iso-2022-jp", "d4d58c2a5025"],
    ["shift_jis", "9744908d69bd"],
    ["euc-kr", "f7cfb5a10b60"],
  ]) {
    assertEquals(await fingerprint(encoding), expected, encoding);
  }
});

const units = (text) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));

/** [encoding, bytes, code units of the text] */
const cases = [
  // What is wrong ends before an ASCII byte, which is read again.
  ["big5", [0x81, 0x40], [0xfffd, 0x40]],
  ["big5", [0x81, 0xff, 0x41], [0xfffd, 0x41]],
  ["big5", [0x88, 0x62, 0x88, 0xa5], [0xca, 0x304, 0xea, 0x30c]],
  ["big5", [0x87, 0x40], [0x43f0]],
  ["euc-jp", [0x8f, 0xa1, 0x20], [0xfffd, 0x20]],
  ["euc-jp", [0x8e, 0xb1, 0x8f, 0xb0, 0xa1, 0xa1, 0xa1], [0xff71, 0x4e02, 0x3000]],
  ["euc-kr", [0xc7, 0xd1, 0x81, 0x20, 0xff], [0xd55c, 0xfffd, 0x20, 0xfffd]],
  ["shift_jis", [0xb1, 0x80, 0xf0, 0x40, 0x81, 0x20], [0xff71, 0x80, 0xe000, 0xfffd, 0x20]],
  ["gb18030", [0x80, 0x81, 0x30, 0x81, 0x41], [0x20ac, 0xfffd, 0x30, 0x4e04]],
  ["gb18030", [0x90, 0x30, 0x81, 0x30, 0xe3, 0x32, 0x9a, 0x35], [0xd800, 0xdc00, 0xdbff, 0xdfff]],
  ["gb18030", [0xe3, 0x32, 0x9a, 0x36, 0x84, 0x31, 0xa4, 0x37], [0xfffd, 0xfffd]],
  ["gbk", [0xa6, 0xd9, 0xa8, 0xbc], [0xfe10, 0x1e3f]],
  ["iso-2022-jp", [0x1b, 0x24, 0x80], [0xfffd, 0x24, 0xfffd]],
  ["iso-2022-jp", [0x1b, 0x24, 0x42, 0x1b, 0x28, 0x42], [0xfffd]],
  ["iso-2022-jp", [0x1b, 0x28, 0x4a, 0x5c, 0x7e, 0x1b, 0x28, 0x49, 0x31], [0xa5, 0x203e, 0xff71]],
  ["iso-2022-jp", [0x1b, 0x24, 0x42, 0x21, 0x1b, 0x28, 0x42, 0x61], [0xfffd, 0x61]],
  ["iso-2022-jp", [0x61, 0x1b], [0x61, 0xfffd]],
  ["iso-2022-jp", [0x1b, 0x24], [0xfffd, 0x24]],
  ["iso-2022-jp", [0x0e, 0x41], [0xfffd, 0x41]],
  ["macintosh", [0xf0], [0xf8ff]],
  ["windows-1255", [0xca, 0xd9], [0x5ba, 0xfffd]],
  ["iso-8859-16", [0xa4, 0xaa], [0x20ac, 0x218]],
  ["koi8-u", [0xae, 0xbe], [0x45e, 0x40e]],
  ["x-user-defined", [0x7f, 0x80, 0xff], [0x7f, 0xf780, 0xf7ff]],
  ["utf-16be", [0xd8, 0x3d, 0xde, 0x00, 0xdc], [0xd83d, 0xde00, 0xfffd]],
];

test("wrong sequences, whole and byte by byte", () => {
  for (const [encoding, bytes, expected] of cases) {
    const decoder = new TextDecoder(encoding);
    const what = `${encoding} ${bytes.map((byte) => byte.toString(16)).join(" ")}`;
    assertEquals(units(decoder.decode(new Uint8Array(bytes))), expected, what);
    let text = "";
    for (const byte of bytes) text += decoder.decode(new Uint8Array([byte]), { stream: true });
    assertEquals(units(text + decoder.decode()), expected, `${what}, byte by byte`);
  }
});

test("a fatal decoder refuses them, and starts anew", () => {
  for (const [encoding, bytes, expected] of cases) {
    const decoder = new TextDecoder(encoding, { fatal: true });
    const wrong = expected.includes(0xfffd);
    const decode = () => decoder.decode(new Uint8Array(bytes));
    if (wrong) {
      assertThrows(decode, "TypeError", "Failed to decode input.");
    } else {
      assertEquals(units(decode()), expected, encoding);
    }
    if (encoding.startsWith("utf-16")) continue;
    assertEquals(decoder.decode(new Uint8Array([0x41])), "A", encoding);
  }
});

test("the end of a text ends its shifts", () => {
  const decoder = new TextDecoder("iso-2022-jp");
  assertEquals(decoder.decode(new Uint8Array([0x1b, 0x24, 0x42])), "");
  assertEquals(decoder.decode(new Uint8Array([0x41])), "A");
  decoder.decode(new Uint8Array([0x1b, 0x24, 0x42, 0x46]), { stream: true });
  assertEquals(decoder.decode(new Uint8Array([0x7c])), "日");
});

test("a stream of text in a legacy encoding", async () => {
  const chunks = [[0x93], [0xfa, 0x96], [0x7b]].map((list) => new Uint8Array(list));
  const stream = ReadableStream.from(chunks).pipeThrough(new TextDecoderStream("sjis"));
  let text = "";
  for await (const chunk of stream) text += chunk;
  assertEquals(text, "日本");
});
