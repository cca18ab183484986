// Buffer's methods that read and write numbers: readInt16LE() and its family.
import { ERR_BUFFER_OUT_OF_BOUNDS, ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE } from "./errors.js";

function checkOffset(buffer, offset, size) {
  if (typeof offset !== "number") throw new ERR_INVALID_ARG_TYPE("offset", "number", offset);
  if (offset >= 0 && offset + size <= buffer.length && Number.isInteger(offset)) return;
  if (!Number.isInteger(offset)) throw new ERR_OUT_OF_RANGE("offset", "an integer", offset);
  if (buffer.length < size) throw new ERR_BUFFER_OUT_OF_BOUNDS();
  throw new ERR_OUT_OF_RANGE("offset", `>= 0 and <= ${buffer.length - size}`, offset);
}

function checkSize(size) {
  if (typeof size !== "number") throw new ERR_INVALID_ARG_TYPE("byteLength", "number", size);
  if (!Number.isInteger(size)) throw new ERR_OUT_OF_RANGE("byteLength", "an integer", size);
  if (size < 1 || size > 6) throw new ERR_OUT_OF_RANGE("byteLength", ">= 1 and <= 6", size);
}

function checkValue(value, size, signed) {
  if (typeof value === "bigint") {
    const bits = BigInt(size * 8);
    const [min, end] = signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n)] : [0n, 2n ** bits];
    if (value >= min && value < end) return;
    const range = signed
      ? `>= -(2n ** ${bits - 1n}n) and < 2n ** ${bits - 1n}n`
      : `>= 0n and < 2n ** ${bits}n`;
    throw new ERR_OUT_OF_RANGE("value", range, value);
  }
  const bits = size * 8;
  const [min, end] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits];
  if (!(value < min || value > end - 1)) return;
  let range = `>= ${min} and <= ${end - 1}`;
  if (size > 4) {
    range = signed ? `>= -(2 ** ${bits - 1}) and < 2 ** ${bits - 1}` : `>= 0 and < 2 ** ${bits}`;
  }
  throw new ERR_OUT_OF_RANGE("value", range, value);
}

const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);

// What DataView has, by its name there and here.
const fixed = [
  ["Int8", "Int8", 1],
  ["Uint8", "UInt8", 1],
  ["Int16", "Int16", 2],
  ["Uint16", "UInt16", 2],
  ["Int32", "Int32", 4],
  ["Uint32", "UInt32", 4],
  ["Float32", "Float", 4],
  ["Float64", "Double", 8],
  ["BigInt64", "BigInt64", 8],
  ["BigUint64", "BigUInt64", 8],
];

export function defineNumbers(prototype) {
  const define = (name, value) => {
    for (const alias of new Set([name, name.replace("UInt", "Uint")])) {
      Object.defineProperty(prototype, alias, { value, writable: true, configurable: true });
    }
  };
  for (const [theirs, ours, size] of fixed) {
    const get = DataView.prototype[`get${theirs}`];
    const set = DataView.prototype[`set${theirs}`];
    const float = theirs.startsWith("Float");
    const big = theirs.startsWith("Big");
    const signed = !theirs.includes("int");
    for (const end of size === 1 ? [""] : ["LE", "BE"]) {
      const little = end === "LE";
      define(`read${ours}${end}`, function (offset = 0) {
        checkOffset(this, offset, size);
        return get.call(viewOf(this), offset, little);
      });
      define(`write${ours}${end}`, function (value, offset = 0) {
        if (big && typeof value !== "bigint") {
          throw new ERR_INVALID_ARG_TYPE("value", "bigint", value);
        }
        const number = big ? value : Number(value);
        if (!float) checkValue(number, size, signed);
        checkOffset(this, offset, size);
        set.call(viewOf(this), offset, number, little);
        return offset + size;
      });
    }
  }
  for (const signed of [true, false]) {
    for (const end of ["LE", "BE"]) {
      const name = `${signed ? "Int" : "UInt"}${end}`;
      const place = (i, size) => (end === "LE" ? i : size - 1 - i);
      define(`read${name}`, function (offset, size) {
        if (offset === undefined) throw new ERR_INVALID_ARG_TYPE("offset", "number", offset);
        checkSize(size);
        checkOffset(this, offset, size);
        let value = 0;
        for (let i = size - 1; i >= 0; i--) value = value * 256 + this[offset + place(i, size)];
        return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
      });
      define(`write${name}`, function (value, offset, size) {
        checkSize(size);
        const number = Number(value);
        checkValue(number, size, signed);
        checkOffset(this, offset, size);
        let left = Math.trunc(number) || 0;
        for (let i = 0; i < size; i++) {
          this[offset + place(i, size)] = left;
          left = Math.floor(left / 256);
        }
        return offset + size;
      });
    }
  }
}
