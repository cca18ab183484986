// crypto.DigestStream: a WritableStream that digests what is written to it. Production's own, not
// in a standard.
import { algorithmOf, digestNamed, includes } from "./crypto_parameters.js";
import { native } from "./native.js";
import {
  NativePromise,
  bufferIsView,
  defineProperty,
  isArrayBuffer,
  promiseThen,
} from "./primordials.js";
import { WritableStream } from "./streams.js";
import { defineInterface, requireArguments } from "./webidl.js";

const checksums = ["crc32", "crc32c", "crc64nvme"];

/** What a stream and the functions it is made of share. */
class Progress {
  bytesWritten = 0n;
  /** @type {{reason: any} | null} */
  failure = null;
  done = false;
  constructor(algorithm) {
    const { name } = algorithmOf(algorithm);
    this.running = native.crypto.startDigest(
      includes(checksums, name) ? name : digestNamed(name).name,
    );
    this.promise = new NativePromise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Who never asks for the digest does not care that there is none.
    promiseThen(this.promise, undefined, () => {});
  }
  write(chunk) {
    if (this.failure !== null) throw this.failure.reason;
    const bytes = bytesOf(chunk);
    this.running.update(bytes);
    this.bytesWritten += BigIntOf(native.crypto.byteLength(bytes));
  }
  close() {
    if (this.failure !== null) throw this.failure.reason;
    this.done = true;
    this.resolve(this.running.finish());
  }
  fail(reason) {
    if (this.done || this.failure !== null) return;
    this.failure = { reason };
    this.reject(reason);
  }
}

const BigIntOf = BigInt;

function bytesOf(chunk) {
  if (typeof chunk === "string") return native.encoding.encode(chunk);
  if (bufferIsView(chunk) || isArrayBuffer(chunk)) return chunk;
  throw new TypeError(
    "DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/" +
      "string type on its writable side.",
  );
}

export class DigestStream extends WritableStream {
  #progress;
  constructor(algorithm) {
    requireArguments(arguments.length, "construct 'DigestStream'", "string or HashAlgorithm");
    const progress = new Progress(algorithm);
    super({
      write: (chunk) => progress.write(chunk),
      close: () => progress.close(),
      abort: (reason) => progress.fail(reason),
    });
    this.#progress = progress;
  }
  get digest() {
    return this.#progress.promise;
  }
  get bytesWritten() {
    return this.#progress.bytesWritten;
  }
  static {
    defineProperty(this.prototype, Symbol.dispose, {
      value: {
        dispose() {
          this.#progress.fail(new TypeError("The DigestStream was disposed."));
        },
      }.dispose,
      writable: true,
      configurable: true,
    });
  }
}
defineInterface(DigestStream);
