// What IdentityTransformStream, CompressionStream and their kin have in common: in production they
// are native, so their chunks are bytes, strings count as UTF-8, and their readable side is a byte
// stream that gives a reader without a buffer of its own 4 KiB at a time.
import { encodeUtf8 } from "./encoding.js";
import { getPrototypeOf, NativePromise } from "./primordials.js";
import { ReadableStream, TransformStream } from "./streams.js";
import { bytesView, defineInterface } from "./webidl.js";

const chunkSize = 4096;
const Bytes = Uint8Array;
const { setPrototypeOf } = Object;

/** The bytes of what was written. @returns {Uint8Array} */
export function bytesOfChunk(chunk) {
  if (typeof chunk === "string") return encodeUtf8(chunk);
  const bytes = chunk === undefined ? new Bytes(0) : bytesView(chunk);
  if (bytes === undefined) {
    throw new TypeError(
      "This TransformStream is being used as a byte stream, but received an object of " +
        "non-ArrayBuffer/ArrayBufferView type on its writable side.",
    );
  }
  return bytes;
}

/** A byte stream over something that has bytes now and then. */
export class ByteSource {
  #take;
  #controller;
  /** Resolves the promise of a pull that found nothing. @type {(() => void) | null} */
  #pulled = null;

  /**
   * @param {(maxBytes: number) => Uint8Array | null} take at most that many bytes; null when there
   *   are none yet, an empty array at the end. What it throws is the stream's error.
   * @param {(reason: any) => void} cancel the reader wants no more
   */
  constructor(take, cancel) {
    this.#take = take;
    this.readable = new ReadableStream(
      {
        type: "bytes",
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          if (this.#give()) return undefined;
          return new NativePromise((resolve) => {
            this.#pulled = resolve;
          });
        },
        cancel: (reason) => {
          this.#pulled = null;
          cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** There may be bytes for a reader who waits. */
  wake() {
    const pulled = this.#pulled;
    if (pulled === null || !this.#give()) return;
    this.#pulled = null;
    pulled();
  }

  fail(error) {
    this.#controller.error(error);
  }

  #give() {
    const controller = this.#controller;
    const request = controller.byobRequest;
    let bytes;
    try {
      bytes = (0, this.#take)(request === null ? chunkSize : request.view.byteLength);
    } catch (error) {
      controller.error(error);
      return true;
    }
    if (bytes === null) return false;
    if (bytes.byteLength === 0) {
      controller.close();
      request?.respond(0);
    } else if (request === null) {
      controller.enqueue(bytes);
    } else {
      const { view } = request;
      new Bytes(view.buffer, view.byteOffset, view.byteLength).set(bytes);
      request.respond(bytes.byteLength);
    }
    return true;
  }
}

/** For a class that has `readable` and `writable` of its own: its instances are TransformStreams. */
export function defineTransform(cls, options = undefined) {
  defineInterface(cls, options);
  if (getPrototypeOf(cls.prototype) === Object.prototype) {
    setPrototypeOf(cls.prototype, TransformStream.prototype);
  }
}
