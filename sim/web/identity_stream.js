// IdentityTransformStream and FixedLengthStream, which only the production runtime has. A write is
// done when its bytes were read: nothing is kept in between.
import { ByteSource, bytesOfChunk, cancelReason, defineTransform, errorWritable } from "./byte_stream.js";
import { NativePromise, uncurryThis } from "./primordials.js";
import { WritableStream } from "./streams.js";

const Bytes = Uint8Array;
const kMost = 2n ** 64n - 1n;
const sliceBytes = uncurryThis(Uint8Array.prototype.slice);

function notAnInteger() {
  return new TypeError("The value cannot be converted because it is not an integer.");
}

/** What the runtime takes for a 64-bit integer without a sign. @returns {number | bigint} */
function unsignedInteger(value) {
  if (typeof value === "bigint") {
    if (value < 0n || value > kMost) {
      throw new TypeError(
        "The value cannot be converted because it is either negative and this API expects a " +
          "positive bigint, or the value would be truncated.",
      );
    }
    return value;
  }
  const number = Number(value);
  if (!Number.isFinite(number)) throw notAnInteger();
  if (number < 0) {
    throw new TypeError(
      "The value cannot be converted because it is negative and this API expects a positive bigint.",
    );
  }
  if (number > kMost) {
    throw new TypeError(`Value out of range. Must be less than or equal to ${kMost}.`);
  }
  return Math.trunc(number);
}

function writableStrategy(strategy, name, position) {
  if (strategy === undefined || strategy === null) return undefined;
  if (typeof strategy !== "object" && typeof strategy !== "function") {
    throw new TypeError(
      `Failed to construct '${name}': constructor parameter ${position} is not of type ` +
        "'QueuingStrategy'.",
    );
  }
  const { highWaterMark } = strategy;
  if (highWaterMark === undefined) return undefined;
  return {
    highWaterMark: Number(unsignedInteger(highWaterMark)),
    size: (chunk) => chunk?.byteLength ?? chunk?.length ?? 0,
  };
}

/** The one write whose bytes wait for a reader. */
class PendingWrite {
  /** @type {() => void} */ resolve;
  /** @type {(reason: any) => void} */ reject;
  at = 0;
  constructor(bytes) {
    this.bytes = bytes;
    this.done = new NativePromise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

const lengths = new WeakMap();
const getLength = uncurryThis(WeakMap.prototype.get);
const setLength = uncurryThis(WeakMap.prototype.set);
/** How long the readable side of a FixedLengthStream is from its start, else undefined. */
export function fixedLengthOf(stream) {
  return getLength(lengths, stream);
}

/** @type {(stream: IdentityTransformStream, length: number) => void} */
let limitTo;

export class IdentityTransformStream {
  #readable;
  #writable;
  /** @type {PendingWrite | null} */
  #pending = null;
  #closed = false;
  /** How many bytes a FixedLengthStream is still to see. */
  #left = Infinity;

  constructor(strategy = undefined) {
    this.#build(writableStrategy(strategy, "IdentityTransformStream", 1));
  }

  get readable() {
    return this.#readable;
  }
  get writable() {
    return this.#writable;
  }

  /** @param {{highWaterMark: number, size: (chunk: any) => number} | undefined} strategy */
  #build(strategy) {
    let sink;
    const source = new ByteSource(
      (maxBytes) => this.#take(maxBytes, sink),
      (reason) => this.#fail(cancelReason(reason), sink),
    );
    this.#readable = source.readable;
    this.#writable = new WritableStream(
      {
        start(controller) {
          sink = controller;
        },
        write: (chunk) => {
          let bytes;
          try {
            bytes = bytesOfChunk(chunk);
          } catch (error) {
            source.fail(error);
            throw error;
          }
          if (bytes.byteLength === 0) return undefined;
          // A reader may come when the writer has other things in its buffer.
          const pending = new PendingWrite(sliceBytes(bytes));
          this.#pending = pending;
          source.wake();
          return pending.done;
        },
        close: () => {
          this.#closed = true;
          source.wake();
        },
        abort: (reason) => {
          this.#pending = null;
          source.fail(reason);
        },
      },
      strategy,
    );
  }

  #take(maxBytes, sink) {
    const pending = this.#pending;
    if (pending === null) {
      if (!this.#closed) return null;
      if (this.#left > 0 && this.#left !== Infinity) {
        throw new TypeError("FixedLengthStream did not see all expected bytes before close().");
      }
      return new Bytes(0);
    }
    const { at } = pending;
    const left = pending.bytes.byteLength - at;
    const size = left < maxBytes ? left : maxBytes;
    if (size === left) {
      this.#pending = null;
      pending.resolve();
    }
    if (size > this.#left) {
      const error = new TypeError("Attempt to write too many bytes through a FixedLengthStream.");
      this.#fail(error, sink);
      throw error;
    }
    this.#left -= size;
    pending.at += size;
    return sliceBytes(pending.bytes, at, at + size);
  }

  /** The writer learns why nobody reads any more. */
  #fail(reason, sink) {
    if (this.#closed && this.#pending === null) return;
    errorWritable(sink, reason);
    this.#pending?.reject(reason);
    this.#pending = null;
  }

  static {
    limitTo = (stream, length) => {
      stream.#left = length;
      setLength(lengths, stream.#readable, length);
    };
  }
}
defineTransform(IdentityTransformStream);

export class FixedLengthStream extends IdentityTransformStream {
  constructor(expectedLength, strategy = undefined) {
    if (arguments.length === 0) {
      throw new TypeError(
        "Failed to construct 'FixedLengthStream': constructor parameter 1 is not of type 'bigint'.",
      );
    }
    const length = Number(unsignedInteger(expectedLength));
    if (length > Number.MAX_SAFE_INTEGER) {
      throw new TypeError(
        "FixedLengthStream requires an integer expected length less than 2^53.",
      );
    }
    super(strategy);
    limitTo(this, length);
  }
}
defineTransform(FixedLengthStream);
