import { assertEquals, assertThrows, test } from "./testing.js";

test("transfer moves the memory", () => {
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  assertEquals(buffer.detached, false);
  const moved = buffer.transfer();
  assertEquals(
    [buffer.detached, buffer.byteLength, new Uint8Array(moved)],
    [true, 0, new Uint8Array([1, 2, 3])],
  );
  assertThrows(() => buffer.transfer(), "TypeError", /detached/);
  assertThrows(() => buffer.transfer(8), "TypeError", /detached/);
});

test("transfer to another length", () => {
  assertEquals(
    new Uint8Array(new Uint8Array([1, 2, 3]).buffer.transfer(2)),
    new Uint8Array([1, 2]),
  );
  assertEquals(
    new Uint8Array(new Uint8Array([1, 2]).buffer.transferToFixedLength(4)),
    new Uint8Array([1, 2, 0, 0]),
  );
  const buffer = new ArrayBuffer(1);
  assertThrows(() => buffer.transfer(-1), "RangeError");
  assertThrows(() => buffer.transfer(2 ** 50), "RangeError");
  assertEquals(buffer.byteLength, 1);
});

test("an empty buffer is not a detached one", () => {
  const empty = new ArrayBuffer(0);
  assertEquals(empty.detached, false);
  empty.transfer();
  assertEquals(empty.detached, true);
  assertThrows(() => ArrayBuffer.prototype.transfer.call({}), "TypeError");
});

test("memory without end is a RangeError, not the end of the process", () => {
  const kept = [];
  assertThrows(
    () => {
      const text = "x".repeat(1 << 20);
      for (let i = 0; i < 512; i++) kept.push(new TextEncoder().encode(text));
    },
    "RangeError",
    "Array buffer allocation failed",
  );
});

test("no buffer can be resized, and each says so", () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  assertEquals([buffer.resizable, buffer.maxByteLength, typeof buffer.resize], [false, 8, "undefined"]);
  const shared = new SharedArrayBuffer(8, { maxByteLength: 16 });
  assertEquals([shared.growable, shared.maxByteLength, typeof shared.grow], [false, 8, "undefined"]);
  assertThrows(() => Reflect.get(ArrayBuffer.prototype, "resizable", {}), "TypeError");
});
