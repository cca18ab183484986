// Blob and File (https://www.w3.org/TR/FileAPI/). Bytes never change, so slices share them.
import { bytesView, defineInterface, notOfType } from "./webidl.js";
import { dateNow, isArray, promiseReject, promiseResolve, regExpTest } from "./primordials.js";
import { encodeUtf8 } from "./encoding.js";
import { native } from "./native.js";
import { readableFromBytes } from "./streams.js";
import { attributes, registerInspect } from "./inspect.js";

const Bytes = Uint8Array;
const setBytes = Uint8Array.prototype.set;
const subarray = Uint8Array.prototype.subarray;
const sliceBytes = Uint8Array.prototype.slice;

// Type strings outside of this range are dropped.
const plainType = /^[\x20-\x7e]*$/;

function normalizedType(type) {
  const text = `${type ?? ""}`;
  return regExpTest(plainType, text) ? text.toLowerCase() : "";
}

// The bytes of all parts, copied.
function joinParts(parts) {
  const pieces = [];
  let size = 0;
  for (const part of parts) {
    const piece = isBlob(part)
      ? blobBytes(part)
      : (bytesView(part) ?? encodeUtf8(`${part}`));
    pieces[pieces.length] = piece;
    size += piece.byteLength;
  }
  const bytes = new Bytes(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    Reflect.apply(setBytes, bytes, [pieces[i], at]);
    at += pieces[i].byteLength;
  }
  return bytes;
}

/** @type {(value: any) => value is Blob} */
export let isBlob;
/** The bytes of a blob, not to be changed. @type {(blob: Blob) => Uint8Array} */
export let blobBytes;

// Gives a new blob bytes that nobody else holds. Not by an argument of the constructor: a worker can
// put a function of its own where File's super() leads.
let setContent;

// What errors call the object that is being made.
const kindOf = (target) => (target === Blob ? "Blob" : "File");

export class Blob {
  /** @type {Uint8Array} */
  #bytes;
  #type;

  constructor(parts = undefined, options = undefined) {
    if (options !== undefined && options !== null && typeof options !== "object") {
      throw notOfType(`construct '${kindOf(new.target)}'`, 2, "Options");
    }
    if (options?.endings !== undefined) {
      throw new Error("The 'endings' field on 'Options' is not implemented.");
    }
    if (parts === undefined) {
      this.#bytes = new Bytes(0);
    } else {
      if (!isArray(parts)) throw notOfType(`construct '${kindOf(new.target)}'`, 1, "Array");
      this.#bytes = joinParts(parts);
    }
    this.#type = normalizedType(options?.type);
  }

  get size() {
    return this.#bytes.byteLength;
  }
  get type() {
    return this.#type;
  }
  slice(start = 0, end = undefined, type = undefined) {
    const size = this.#bytes.byteLength;
    const from = clamp(start, size, 0);
    const to = clamp(end, size, size);
    const bytes = Reflect.apply(subarray, this.#bytes, [from, to < from ? from : to]);
    return blobFromBytes(bytes, type);
  }
  arrayBuffer() {
    return settle(this, (self) => Reflect.apply(sliceBytes, self.#bytes, []).buffer);
  }
  bytes() {
    return settle(this, (self) => Reflect.apply(sliceBytes, self.#bytes, []));
  }
  text() {
    return settle(this, (self) => native.encoding.decodeUtf8(self.#bytes, false, true));
  }
  stream() {
    return readableFromBytes(Reflect.apply(sliceBytes, this.#bytes, []));
  }

  static {
    isBlob = (value) => value !== null && typeof value === "object" && #bytes in value;
    blobBytes = (blob) => blob.#bytes;
    setContent = (blob, bytes, type) => {
      blob.#bytes = bytes;
      blob.#type = type;
      return blob;
    };
  }
}
defineInterface(Blob);

function settle(self, read) {
  try {
    return promiseResolve(read(self));
  } catch (error) {
    return promiseReject(error);
  }
}

function clamp(position, size, otherwise) {
  if (position === undefined) return otherwise;
  const at = Math.trunc(Number(position)) || 0;
  if (at < 0) return Math.max(size + at, 0);
  return Math.min(at, size);
}

/** A blob over bytes that the caller gives away. */
export function blobFromBytes(bytes, type) {
  return setContent(new Blob(), bytes, normalizedType(type));
}

/** @type {(value: any) => value is File} */
export let isFile;

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = undefined) {
    // The name is looked at first.
    if (arguments.length < 2 && (arguments.length === 0 || isArray(parts))) {
      throw notOfType("construct 'File'", 2, "string");
    }
    super(parts, options);
    this.#name = `${name}`;
    const modified = options?.lastModified;
    this.#lastModified = modified === undefined ? dateNow() : Number(modified) || 0;
  }
  get name() {
    return this.#name;
  }
  get lastModified() {
    return this.#lastModified;
  }

  static {
    isFile = (value) => value !== null && typeof value === "object" && #lastModified in value;
  }
}
defineInterface(File);

/** @param {Uint8Array} bytes that the caller gives away */
export function fileFromBytes(bytes, name, type, lastModified = undefined) {
  const file = new File(undefined, name, { __proto__: null, lastModified });
  return setContent(file, bytes, normalizedType(type));
}

registerInspect(File, attributes(File, "size", "type", "name", "lastModified"));
registerInspect(Blob, attributes(Blob, "size", "type"));
