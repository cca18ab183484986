// node:crypto (https://nodejs.org/api/crypto.html): digests, HMAC, PBKDF2, random values, and
// WebCrypto. What else Node has there is not.
import { crypto as webcrypto } from "runtime:crypto";
import { native } from "runtime:native";
import { Buffer, errors, kMaxLength, types } from "./core.js";
import { Transform } from "./stream.js";

const {
  ERR_CRYPTO_HASH_FINALIZED,
  ERR_INVALID_ARG_TYPE,
  ERR_OUT_OF_RANGE,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
  validateString,
} = errors;
const { isAnyArrayBuffer } = types;

export { webcrypto };
export const { subtle } = webcrypto;
export const getRandomValues = (view) => webcrypto.getRandomValues(view);

const hashes = [
  "RSA-MD5",
  "RSA-SHA1",
  "RSA-SHA224",
  "RSA-SHA256",
  "RSA-SHA384",
  "RSA-SHA512",
  "blake2b512",
  "blake2s256",
  "md5",
  "ripemd160",
  "sha1",
  "sha224",
  "sha256",
  "sha3-224",
  "sha3-256",
  "sha3-384",
  "sha3-512",
  "sha384",
  "sha512",
  "sha512-224",
  "sha512-256",
  "shake128",
  "shake256",
];
export const getHashes = () => [...hashes];

// Text in its encoding, or bytes, as bytes.
function bytesOf(value, name, encoding = undefined) {
  if (typeof value === "string")
    return Buffer.from(value, encoding === "buffer" ? "utf8" : encoding);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (isAnyArrayBuffer(value)) return new Uint8Array(value);
  throw new ERR_INVALID_ARG_TYPE(
    name,
    ["string", "ArrayBuffer", "Buffer", "TypedArray", "DataView"],
    value,
  );
}

function encoded(bytes, encoding) {
  const buffer = Buffer.from(bytes);
  return encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

/** What Hash and Hmac share: a stream that takes data and gives one result. */
class Digest extends Transform {
  _transform(chunk, encoding, done) {
    this.update(chunk, encoding);
    done();
  }
  _flush(done) {
    this.push(this.digest());
    done();
  }
}

export class Hash extends Digest {
  #state;
  #length;
  #done = false;
  constructor(algorithm, options = undefined) {
    const length = options?.outputLength;
    if (length !== undefined) validateInteger(length, "options.outputLength", 0, 2 ** 32 - 1);
    if (!(algorithm instanceof Hash)) validateString(algorithm, "algorithm");
    super(options);
    this.#length = length;
    if (algorithm instanceof Hash) this.#state = algorithm.#state.copy();
    else this.#state = native.hash.createHash(algorithm);
  }
  update(data, encoding = undefined) {
    if (this.#done) throw new ERR_CRYPTO_HASH_FINALIZED();
    if (typeof data !== "string" && !ArrayBuffer.isView(data)) {
      throw new ERR_INVALID_ARG_TYPE("data", ["string", "Buffer", "TypedArray", "DataView"], data);
    }
    this.#state.update(bytesOf(data, "data", encoding));
    return this;
  }
  digest(encoding = undefined) {
    if (this.#done) throw new ERR_CRYPTO_HASH_FINALIZED();
    const result = encoded(this.#state.digest(this.#length), encoding);
    this.#done = true;
    return result;
  }
  copy(options = undefined) {
    if (this.#done) throw new ERR_CRYPTO_HASH_FINALIZED();
    return new Hash(this, options);
  }
}

export class Hmac extends Digest {
  #state;
  #done = false;
  constructor(algorithm, key, options = undefined) {
    validateString(algorithm, "hmac");
    const secret = bytesOf(key, "key", options?.encoding);
    super(options);
    this.#state = native.hash.createHmac(algorithm, secret);
  }
  update(data, encoding = undefined) {
    if (this.#done) throw new ERR_CRYPTO_HASH_FINALIZED();
    if (typeof data !== "string" && !ArrayBuffer.isView(data)) {
      throw new ERR_INVALID_ARG_TYPE("data", ["string", "Buffer", "TypedArray", "DataView"], data);
    }
    this.#state.update(bytesOf(data, "data", encoding));
    return this;
  }
  /** A second one is empty. */
  digest(encoding = undefined) {
    if (this.#done) return encoded([], encoding);
    const result = encoded(this.#state.digest(undefined), encoding);
    this.#done = true;
    return result;
  }
}

export const createHash = (algorithm, options = undefined) => new Hash(algorithm, options);
export const createHmac = (algorithm, key, options = undefined) =>
  new Hmac(algorithm, key, options);

export function hash(algorithm, data, encoding = "hex") {
  validateString(algorithm, "algorithm");
  const state = native.hash.createHash(algorithm);
  state.update(bytesOf(data, "input"));
  return encoded(state.digest(undefined), encoding);
}

// Calls back once the caller has returned.
function later(callback, make) {
  validateFunction(callback, "callback");
  new Promise((resolve) => resolve(make())).then(
    (value) => callback(null, value),
    (error) => callback(error),
  );
}

export function randomBytes(size, callback = undefined) {
  validateInteger(size, "size", 0, kMaxLength);
  const make = () => randomFillSync(Buffer.alloc(size));
  return callback === undefined ? make() : later(callback, make);
}
export const pseudoRandomBytes = randomBytes;

export function randomFillSync(target, offset = 0, size = undefined) {
  if (!ArrayBuffer.isView(target) && !isAnyArrayBuffer(target)) {
    throw new ERR_INVALID_ARG_TYPE("buffer", ["TypedArray", "DataView", "ArrayBuffer"], target);
  }
  const bytes = bytesOf(target, "buffer");
  validateInteger(offset, "offset", 0, bytes.length);
  size ??= bytes.length - offset;
  validateInteger(size, "size", 0, bytes.length - offset);
  native.crypto.fillRandom(bytes.subarray(offset, offset + size));
  return target;
}
export function randomFill(target, ...rest) {
  const callback = rest.pop();
  validateFunction(callback, "callback");
  later(callback, () => randomFillSync(target, ...rest));
}

export function randomInt(...args) {
  const callback = typeof args.at(-1) === "function" ? args.pop() : undefined;
  const [min, max] = args.length > 1 && args[1] !== undefined ? args : [0, args[0]];
  validateInteger(min, "min");
  validateInteger(max, "max");
  if (max <= min) {
    throw new ERR_OUT_OF_RANGE("min", "min < max", min);
  }
  const range = max - min;
  if (!(range <= 2 ** 48 - 1)) {
    throw new ERR_OUT_OF_RANGE(min === 0 ? "max" : "max - min", `<= ${2 ** 48 - 1}`, range);
  }
  const make = () => {
    // Above the last multiple of the range a remainder would be likelier than others.
    const limit = 2 ** 48 - (2 ** 48 % range);
    for (;;) {
      const value = randomBytes(6).readUIntBE(0, 6);
      if (value < limit) return (value % range) + min;
    }
  };
  return callback === undefined ? make() : later(callback, make);
}

export function randomUUID(options = undefined) {
  if (options !== undefined) {
    validateObject(options, "options");
    if (options.disableEntropyCache !== undefined) {
      validateBoolean(options.disableEntropyCache, "options.disableEntropyCache");
    }
  }
  return webcrypto.randomUUID();
}

export function timingSafeEqual(a, b) {
  for (const [name, value] of [
    ["buf1", a],
    ["buf2", b],
  ]) {
    if (ArrayBuffer.isView(value) || isAnyArrayBuffer(value)) continue;
    throw new ERR_INVALID_ARG_TYPE(
      name,
      ["ArrayBuffer", "Buffer", "TypedArray", "DataView"],
      value,
    );
  }
  if (a.byteLength !== b.byteLength) {
    throw new TypeError("Input buffers must have the same byte length.");
  }
  return native.crypto.timingSafeEqual(a, b);
}

export function pbkdf2Sync(password, salt, iterations, length, digest) {
  const [secret, grains] = [bytesOf(password, "password"), bytesOf(salt, "salt")];
  validateInteger(iterations, "iterations", 1, 2 ** 31 - 1);
  validateInteger(length, "keylen", 0, 2 ** 31 - 1);
  validateString(digest, "digest");
  if (!hashes.some((name) => name.toLowerCase() === digest.toLowerCase())) {
    throw new TypeError(`Invalid Pbkdf2 digest: ${digest}.`);
  }
  return Buffer.from(native.hash.pbkdf2(secret, grains, iterations, length, digest));
}
export function pbkdf2(password, salt, iterations, length, digest, callback) {
  if (typeof digest === "function") throw new ERR_INVALID_ARG_TYPE("digest", "string", undefined);
  later(callback, () => pbkdf2Sync(password, salt, iterations, length, digest));
}

export default {
  Hash,
  Hmac,
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  hash,
  pbkdf2,
  pbkdf2Sync,
  pseudoRandomBytes,
  randomBytes,
  randomFill,
  randomFillSync,
  randomInt,
  randomUUID,
  subtle,
  timingSafeEqual,
  webcrypto,
};
