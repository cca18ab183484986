// node:buffer (https://nodejs.org/api/buffer.html): the npm package "buffer", with UTF-8 by the
// runtime, the encoding "base64url", and Node's errors.
import * as base from "buffer/index.js";
import { native } from "runtime:native";
import { Blob, File } from "runtime:blob";
import { atob, btoa } from "runtime:encoding";
import { defineNumbers } from "./buffer_numbers.js";
import {
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  ERR_INVALID_BUFFER_SIZE,
  ERR_METHOD_NOT_IMPLEMENTED,
  ERR_OUT_OF_RANGE,
  ERR_UNKNOWN_ENCODING,
  validateInteger,
} from "./errors.js";
import { isAnyArrayBuffer, isUint8Array } from "./types.js";

export { Blob, File, atob, btoa };
export const { Buffer, SlowBuffer } = base;
export const kMaxLength = 0x7fffffff;
export const kStringMaxLength = 536870888;
export const INSPECT_MAX_BYTES = 50;
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength };

const { prototype } = Buffer;
delete Buffer.TYPED_ARRAY_SUPPORT;

// The encoding as the package knows it.
const known = (encoding) =>
  typeof encoding === "string" && encoding.toLowerCase() === "base64url" ? "base64" : encoding;
const isBase64Url = (encoding) => known(encoding) !== encoding;
const isUtf8Name = (encoding) =>
  encoding === undefined || encoding === null || encoding === "" || /^utf-?8$/i.test(encoding);
const ofBytes = (bytes) => Object.setPrototypeOf(bytes, prototype);

const { isEncoding, byteLength, concat, compare } = Buffer;
const from = Buffer.from;
const { toString, write, fill, indexOf, lastIndexOf, includes } = prototype;

function checkSize(size) {
  if (typeof size !== "number") throw new ERR_INVALID_ARG_TYPE("size", "number", size);
  if (!(size >= 0 && size <= kMaxLength)) {
    throw new ERR_OUT_OF_RANGE("size", `>= 0 && <= ${kMaxLength}`, size);
  }
}

function define(target, methods) {
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(target, name, {
      value: methods[name],
      writable: true,
      configurable: true,
    });
  }
}

define(Buffer, {
  isEncoding: (encoding) =>
    typeof encoding === "string" && (isBase64Url(encoding) || isEncoding(encoding)),

  from(value, encodingOrOffset = undefined, length = undefined) {
    if (typeof value === "string") {
      if (isUtf8Name(encodingOrOffset)) return ofBytes(native.encoding.encode(value));
      if (typeof encodingOrOffset === "string" && !Buffer.isEncoding(encodingOrOffset)) {
        throw new ERR_UNKNOWN_ENCODING(encodingOrOffset);
      }
      return from(value, known(encodingOrOffset));
    }
    try {
      if (value !== null && typeof value === "object") {
        return from(value, known(encodingOrOffset), length);
      }
    } catch (error) {
      if (!(error instanceof TypeError) || /encoding/.test(error.message)) throw error;
    }
    throw new ERR_INVALID_ARG_TYPE(
      "first argument",
      [
        "string",
        "Buffer",
        "TypedArray",
        "ArrayBuffer",
        "SharedArrayBuffer",
        "Array",
        "Array-like Object",
      ],
      value,
    );
  },

  alloc(size, value = undefined, encoding = undefined) {
    checkSize(size);
    const made = ofBytes(new Uint8Array(size));
    return value === undefined || value === 0 || size === 0 ? made : made.fill(value, encoding);
  },
  allocUnsafe(size) {
    checkSize(size);
    return ofBytes(new Uint8Array(size));
  },
  allocUnsafeSlow(size) {
    checkSize(size);
    return ofBytes(new Uint8Array(size));
  },

  byteLength(value, encoding = undefined) {
    if (typeof value !== "string") {
      if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) return value.byteLength;
      throw new ERR_INVALID_ARG_TYPE("string", ["string", "Buffer", "ArrayBuffer"], value);
    }
    if (isUtf8Name(encoding)) return native.encoding.encode(value).length;
    return byteLength(value, known(encoding));
  },

  concat(list, length = undefined) {
    if (!Array.isArray(list)) throw new ERR_INVALID_ARG_TYPE("list", "(Buffer|Uint8Array)[]", list);
    list.forEach((item, i) => {
      if (!isUint8Array(item)) {
        throw new ERR_INVALID_ARG_TYPE(`list[${i}]`, ["Buffer", "Uint8Array"], item);
      }
    });
    if (length !== undefined) validateInteger(length, "length", 0);
    return concat(list, length);
  },

  compare(a, b) {
    if (!isUint8Array(a)) throw new ERR_INVALID_ARG_TYPE("buf1", ["Buffer", "Uint8Array"], a);
    if (!isUint8Array(b)) throw new ERR_INVALID_ARG_TYPE("buf2", ["Buffer", "Uint8Array"], b);
    return compare(a, b);
  },

  copyBytesFrom(view, offset = 0, length = undefined) {
    if (!ArrayBuffer.isView(view) || view instanceof DataView) {
      throw new ERR_INVALID_ARG_TYPE("view", "TypedArray", view);
    }
    validateInteger(offset, "offset", 0);
    if (length !== undefined) validateInteger(length, "length", 0);
    const part = view.subarray(offset, length === undefined ? undefined : offset + length);
    return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  },
  of: (...items) => Buffer.from(items),
});
Buffer.poolSize = 8192;

define(prototype, {
  toString(encoding = undefined, start = 0, end = this.length) {
    if (isUtf8Name(encoding)) {
      const whole = (start === 0 || start === undefined) && end === this.length;
      return native.encoding.decodeUtf8(whole ? this : sliceOf(this, start, end), false, true);
    }
    if (!Buffer.isEncoding(encoding)) throw new ERR_UNKNOWN_ENCODING(encoding);
    const text = toString.call(this, known(encoding), start, end);
    if (!isBase64Url(encoding)) return text;
    return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  },
  write(string, ...rest) {
    if (typeof string !== "string") throw new ERR_INVALID_ARG_TYPE("argument", "string", string);
    const encoding = rest.find((one) => typeof one === "string");
    if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
      throw new ERR_UNKNOWN_ENCODING(encoding);
    }
    if (typeof rest[0] === "number") validateInteger(rest[0], "offset", 0, this.length);
    return write.call(this, string, ...rest.map(known));
  },
  fill(value, ...rest) {
    const encoding = rest.find((one) => typeof one === "string");
    if (encoding !== undefined && !Buffer.isEncoding(encoding)) {
      throw new ERR_UNKNOWN_ENCODING(encoding);
    }
    if (typeof value === "string" && value !== "") {
      const bytes = Buffer.from(value, encoding);
      // Text without a byte in that encoding, such as "zz" in hex.
      if (bytes.length === 0) throw new ERR_INVALID_ARG_VALUE("value", value);
      return fill.call(this, bytes, ...rest.filter((one) => typeof one !== "string"));
    }
    return fill.call(this, value, ...rest.map(known));
  },
  indexOf(value, offset = undefined, encoding = undefined) {
    return find(indexOf, this, value, offset, encoding);
  },
  lastIndexOf(value, offset = undefined, encoding = undefined) {
    return find(lastIndexOf, this, value, offset, encoding);
  },
  includes(value, offset = undefined, encoding = undefined) {
    return find(includes, this, value, offset, encoding);
  },
  equals(other) {
    if (!isUint8Array(other)) {
      throw new ERR_INVALID_ARG_TYPE("otherBuffer", ["Buffer", "Uint8Array"], other);
    }
    return this === other || compare(this, other) === 0;
  },
  [Symbol.for("nodejs.util.inspect.custom")]() {
    const shown = toString.call(this.subarray(0, INSPECT_MAX_BYTES), "hex").match(/../g) ?? [];
    const more = this.length - INSPECT_MAX_BYTES;
    const rest = more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : "";
    return `<${this.constructor.name}${shown.length > 0 ? ` ${shown.join(" ")}` : ""}${rest}>`;
  },
  base64urlSlice(start, end) {
    return this.toString("base64url", start, end);
  },
});
for (const bits of [16, 32, 64]) {
  const swap = prototype[`swap${bits}`];
  define(prototype, {
    [`swap${bits}`]() {
      if (this.length % (bits / 8) !== 0) throw new ERR_INVALID_BUFFER_SIZE(`${bits}-bits`);
      return swap.call(this);
    },
  });
}
defineNumbers(prototype);

function sliceOf(buffer, start, end) {
  const first = Math.max(0, Math.trunc(start) || 0);
  const last = Math.min(buffer.length, end === undefined ? buffer.length : Math.trunc(end) || 0);
  return buffer.subarray(first, Math.max(first, last));
}

function find(method, buffer, value, offset, encoding) {
  if (typeof value !== "string" && typeof value !== "number" && !isUint8Array(value)) {
    throw new ERR_INVALID_ARG_TYPE("value", ["number", "string", "Buffer", "Uint8Array"], value);
  }
  if (typeof offset === "string") [offset, encoding] = [undefined, offset];
  const wanted = typeof value === "string" ? Buffer.from(value, encoding) : value;
  return method.call(buffer, wanted, offset);
}

export function isUtf8(input) {
  try {
    native.encoding.decodeUtf8(bytesOf(input), true, true);
    return true;
  } catch {
    return false;
  }
}
export const isAscii = (input) => bytesOf(input).every((byte) => byte < 0x80);

function bytesOf(input) {
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  throw new ERR_INVALID_ARG_TYPE("input", ["ArrayBuffer", "Buffer", "TypedArray"], input);
}

export function transcode(source, fromEncoding, toEncoding) {
  if (!isUint8Array(source)) {
    throw new ERR_INVALID_ARG_TYPE("source", ["Buffer", "Uint8Array"], source);
  }
  const text = Buffer.from(source).toString(fromEncoding);
  if (!/^(ascii|latin1|binary)$/i.test(toEncoding)) return Buffer.from(text, toEncoding);
  // A character that is not there becomes a question mark.
  const most = /^ascii$/i.test(toEncoding) ? 0x7f : 0xff;
  return Buffer.from(Array.from(text, (c) => (c.codePointAt(0) > most ? 0x3f : c.codePointAt(0))));
}

export function resolveObjectURL() {
  throw new ERR_METHOD_NOT_IMPLEMENTED("resolveObjectURL");
}

export default {
  Blob,
  Buffer,
  File,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob,
  btoa,
  constants,
  isAscii,
  isUtf8,
  kMaxLength,
  kStringMaxLength,
  resolveObjectURL,
  transcode,
};
