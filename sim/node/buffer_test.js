import buffer, {
  Blob,
  Buffer as Imported,
  File,
  constants,
  isAscii,
  isUtf8,
  transcode,
} from "node:buffer";
import { assert, assertEquals, assertThrows, test } from "./testing.js";

const bytes = (...list) => Buffer.from(list);
const codeOf = (body) => {
  try {
    body();
  } catch (error) {
    return error.code;
  }
  return "nothing was thrown";
};

test("Buffer is a Uint8Array, and one class", () => {
  assertEquals(Imported === Buffer && buffer.Buffer === Buffer, true);
  assert(Buffer.from("a") instanceof Uint8Array);
  assert(Buffer.isBuffer(Buffer.alloc(1)) && !Buffer.isBuffer(new Uint8Array(1)));
  assertEquals(buffer.Blob, Blob);
  assertEquals([globalThis.Blob === Blob, globalThis.File === File], [true, true]);
  assertEquals(constants.MAX_LENGTH, buffer.kMaxLength);
});

test("text in every encoding, both ways", () => {
  for (const [encoding, text, shown] of [
    ["utf8", "a€😀", "61e282acf09f9880"],
    ["utf-8", "é", "c3a9"],
    ["ucs2", "aé", "6100e900"],
    ["utf16le", "a😀", "61003dd800de"],
    ["latin1", "aé", "61e9"],
    ["binary", "ÿ", "ff"],
    ["ascii", "abc", "616263"],
    ["hex", "0aff", "0aff"],
    ["base64", "+/+/", "fbffbf"],
    ["base64url", "-_-_", "fbffbf"],
    ["BASE64URL", "YQ", "61"],
  ]) {
    const made = Buffer.from(text, encoding);
    assertEquals(made.toString("hex"), shown, encoding);
    assertEquals(made.toString(encoding), text, encoding);
    assertEquals(Buffer.byteLength(text, encoding), made.length, encoding);
    assert(Buffer.isEncoding(encoding), encoding);
  }
  assertEquals(Buffer.from("YWI=", "base64url").toString(), "ab");
  assertEquals(Buffer.from("abxx", "hex").toString("hex"), "ab");
  assertEquals([Buffer.isEncoding("utf9"), Buffer.isEncoding(1)], [false, false]);
  const error = assertThrows(() => Buffer.from("a", "utf9"), "TypeError", "Unknown encoding: utf9");
  assertEquals(error.code, "ERR_UNKNOWN_ENCODING");
  assertEquals(
    codeOf(() => bytes(1).toString("utf9")),
    "ERR_UNKNOWN_ENCODING",
  );
});

test("what is no UTF-8, and halves of pairs, are replaced; a byte order mark stays", () => {
  assertEquals(bytes(0x61, 0xff, 0x62).toString(), "a\ufffdb");
  assertEquals(Buffer.from("\ud800").toString("hex"), "efbfbd");
  assertEquals(bytes(0xef, 0xbb, 0xbf, 0x61).toString(), "\ufeffa");
  assertEquals(Buffer.from("hello").toString("utf8", 1, 3), "el");
  assertEquals(Buffer.from("hello").toString(undefined, -2, 99), "hello");
});

test("from() takes arrays, views, buffers, objects", () => {
  assertEquals([...Buffer.from([1, 257, -1])], [1, 1, 255]);
  const shared = new Uint8Array([1, 2, 3]);
  const over = Buffer.from(shared.buffer, 1, 1);
  shared[1] = 9;
  assertEquals([...over], [9]);
  const copy = Buffer.from(shared);
  shared[0] = 7;
  assertEquals(copy[0], 1);
  assertEquals([...Buffer.from({ type: "Buffer", data: [1, 2] })], [1, 2]);
  assertEquals(Buffer.from(new String("ab")).toString(), "ab");
  assertThrows(
    () => Buffer.from(null),
    "TypeError",
    "The first argument must be of type string or an instance of Buffer, TypedArray, " +
      "ArrayBuffer, SharedArrayBuffer, or Array or an Array-like Object. Received null",
  );
  assertEquals(
    codeOf(() => Buffer.from(5)),
    "ERR_INVALID_ARG_TYPE",
  );
});

test("alloc() fills; sizes are checked", () => {
  assertEquals(Buffer.alloc(3, "ab").toString(), "aba");
  assertEquals([...Buffer.alloc(2, 7)], [7, 7]);
  assertEquals([...Buffer.allocUnsafe(2)].length, 2);
  assertThrows(
    () => Buffer.alloc("3"),
    "TypeError",
    "The \"size\" argument must be of type number. Received type string ('3')",
  );
  assertEquals(
    codeOf(() => Buffer.alloc(2 ** 40)),
    "ERR_OUT_OF_RANGE",
  );
  assertThrows(() => Buffer.alloc(-1), "RangeError");
});

test("concat, compare, equals, indexOf", () => {
  assertEquals(Buffer.concat([bytes(1), new Uint8Array([2, 3])]).toString("hex"), "010203");
  assertEquals(Buffer.concat([bytes(1, 2)], 4).toString("hex"), "01020000");
  assertEquals(
    codeOf(() => Buffer.concat("a")),
    "ERR_INVALID_ARG_TYPE",
  );
  assertEquals([bytes(1).compare(bytes(2)), Buffer.compare(bytes(2), bytes(1))], [-1, 1]);
  assert(bytes(1).equals(new Uint8Array([1])) && !bytes(1).equals(bytes(2)));
  const text = Buffer.from("hello hello");
  assertEquals([text.indexOf("lo"), text.lastIndexOf("lo"), text.indexOf("lo", 5)], [3, 9, 9]);
  assertEquals(
    [text.indexOf(104, 1), text.includes("xx"), text.indexOf("6c6f", "hex")],
    [6, false, 3],
  );
  assertEquals(
    codeOf(() => text.indexOf({})),
    "ERR_INVALID_ARG_TYPE",
  );
});

test("slices share their bytes", () => {
  const whole = bytes(1, 2, 3, 4);
  const part = whole.subarray(1, 3);
  part[0] = 9;
  assertEquals([whole[1], part.length, Buffer.isBuffer(part), part.byteOffset], [9, 2, true, 1]);
  assertEquals(Buffer.isBuffer(whole.slice(1)), true);
  assertEquals(whole.toJSON(), { type: "Buffer", data: [1, 9, 3, 4] });
});

test("numbers, read and written", () => {
  const place = Buffer.alloc(8);
  for (const [name, value, end] of [
    ["UInt8", 255, 1],
    ["Int8", -128, 1],
    ["UInt16LE", 65535, 2],
    ["Int16BE", -2, 2],
    ["UInt32BE", 4294967295, 4],
    ["Int32LE", -5, 4],
    ["FloatLE", 0.5, 4],
    ["DoubleBE", Math.PI, 8],
    ["BigInt64LE", -5n, 8],
    ["BigUInt64BE", 2n ** 64n - 1n, 8],
  ]) {
    assertEquals(place[`write${name}`](value), end, name);
    assertEquals(place[`read${name}`](), value, name);
  }
  assertEquals(place.writeIntBE(-123456, 1, 5), 6);
  assertEquals([place.readIntBE(1, 5), place.readUIntLE(1, 2)], [-123456, 65535]);
  assertEquals(place.readUint8, place.readUInt8);
});

test("numbers and places that do not fit", () => {
  const place = Buffer.alloc(4);
  for (const [body, message] of [
    [
      () => place.readUInt8(4),
      'The value of "offset" is out of range. It must be >= 0 and <= 3. Received 4',
    ],
    [
      () => place.readInt16LE(1.5),
      'The value of "offset" is out of range. It must be an integer. Received 1.5',
    ],
    [() => place.readDoubleLE(0), "Attempt to access memory outside buffer bounds"],
    [
      () => place.writeUInt8(256),
      'The value of "value" is out of range. It must be >= 0 and <= 255. Received 256',
    ],
    [
      () => place.writeInt16BE(-40000),
      'The value of "value" is out of range. It must be >= -32768 and <= 32767. Received -40000',
    ],
    [
      () => Buffer.alloc(8).writeBigUInt64LE(-1n),
      'The value of "value" is out of range. It must be >= 0n and < 2n ** 64n. Received -1n',
    ],
    [
      () => place.readUIntBE(0, 7),
      'The value of "byteLength" is out of range. It must be >= 1 and <= 6. Received 7',
    ],
  ]) {
    assertThrows(body, "RangeError", message);
  }
  assertThrows(
    () => place.readUInt8("1"),
    "TypeError",
    "The \"offset\" argument must be of type number. Received type string ('1')",
  );
});

test("write, fill, copy, swap", () => {
  const place = Buffer.alloc(6);
  assertEquals([place.write("abc", 1), place.toString("latin1")], [3, "\0abc\0\0"]);
  assertEquals(place.write("ffff", 4, "hex"), 2);
  assertEquals(place.fill("xy").toString(), "xyxyxy");
  assertEquals(place.fill("", 0, 2).toString("hex"), "000078797879");
  assertEquals([Buffer.from("hi").copy(place, 2), place.toString("latin1", 2, 4)], [2, "hi"]);
  assertEquals(bytes(1, 2, 3, 4).swap16().toString("hex"), "02010403");
  assertThrows(() => bytes(1).swap16(), "RangeError", "Buffer size must be a multiple of 16-bits");
});

test("transcode() puts a question mark for what is not there", () => {
  assertEquals(transcode(Buffer.from("€a"), "utf8", "latin1").toString("latin1"), "?a");
});

test("isUtf8, isAscii, transcode, inspect", () => {
  assertEquals([isUtf8(bytes(0xff)), isUtf8(Buffer.from("é"))], [false, true]);
  assertEquals([isAscii(bytes(0x7f)), isAscii(bytes(0x80))], [true, false]);
  assertEquals(transcode(Buffer.from("é"), "utf8", "ucs2").toString("hex"), "e900");
  const shown = Buffer.alloc(51, 1)[Symbol.for("nodejs.util.inspect.custom")]();
  assertEquals(shown, `<Buffer${" 01".repeat(50)} ... 1 more byte>`);
});
