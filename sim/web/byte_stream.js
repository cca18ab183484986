// What IdentityTransformStream, CompressionStream and their kin have in common: in production they
// are native, so their chunks are bytes, strings count as UTF-8, and their readable side is a byte
// stream that gives a reader without a buffer of its own 4 KiB at a time.
import { encodeUtf8 } from "./encoding.js";
import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  NativePromise,
  uncurryThis,
} from "./primordials.js";
import {
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  TransformStream,
  WritableStreamDefaultController,
} from "./streams.js";
import { bytesView, defineInterface } from "./webidl.js";

const chunkSize = 4096;
const Bytes = Uint8Array;
const Text = String;
const { setPrototypeOf } = Object;
const setBytes = uncurryThis(Bytes.prototype.set);

// The ponyfill's own methods, out of reach of a worker.
const getterOf = (cls, name) => uncurryThis(getOwnPropertyDescriptor(cls.prototype, name).get);
const requestOf = getterOf(ReadableByteStreamController, "byobRequest");
const enqueue = uncurryThis(ReadableByteStreamController.prototype.enqueue);
const closeReadable = uncurryThis(ReadableByteStreamController.prototype.close);
const errorReadable = uncurryThis(ReadableByteStreamController.prototype.error);
const viewOf = getterOf(ReadableStreamBYOBRequest, "view");
const respond = uncurryThis(ReadableStreamBYOBRequest.prototype.respond);
const readInto = uncurryThis(ReadableStreamBYOBReader.prototype.read);
const cancelReader = uncurryThis(ReadableStreamBYOBReader.prototype.cancel);
/** @type {(controller: WritableStreamDefaultController, reason: any) => void} */
export const errorWritable = uncurryThis(WritableStreamDefaultController.prototype.error);

const ownStreams = new WeakSet();
const addStream = uncurryThis(WeakSet.prototype.add);
const hasStream = uncurryThis(WeakSet.prototype.has);

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

/** What a reason that is no object becomes where it passes native streams in production. */
export function asError(reason) {
  if (reason !== null && (typeof reason === "object" || typeof reason === "function")) return reason;
  return new Error(Text(reason));
}

/** The same for the reason of a cancel(). */
export function cancelReason(reason) {
  return reason === undefined ? new Error("Stream was cancelled.") : asError(reason);
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
    addStream(ownStreams, this.readable);
  }

  /** There may be bytes for a reader who waits. */
  wake() {
    const pulled = this.#pulled;
    if (pulled === null || !this.#give()) return;
    this.#pulled = null;
    pulled();
  }

  fail(error) {
    errorReadable(this.#controller, asError(error));
  }

  #give() {
    const controller = this.#controller;
    const request = requestOf(controller);
    let bytes;
    try {
      bytes = (0, this.#take)(request === null ? chunkSize : viewOf(request).byteLength);
    } catch (error) {
      errorReadable(controller, error);
      return true;
    }
    if (bytes === null) return false;
    if (bytes.byteLength === 0) {
      closeReadable(controller);
      if (request !== null) respond(request, 0);
    } else if (request === null) {
      enqueue(controller, bytes);
    } else {
      const view = viewOf(request);
      setBytes(new Bytes(view.buffer, view.byteOffset, view.byteLength), bytes);
      respond(request, bytes.byteLength);
    }
    return true;
  }
}

const bulkSize = 64 * 1024;

/**
 * For what reads a stream to its end and keeps no chunk: a reader who gets much at a time. Undefined
 * for a stream that is not of this file.
 */
export function bulkReaderOf(stream) {
  if (!hasStream(ownStreams, stream)) return undefined;
  const reader = new ReadableStreamBYOBReader(stream);
  let buffer = new Bytes(bulkSize);
  return {
    async read() {
      const { value, done } = await readInto(reader, buffer);
      if (done) return { value: undefined, done };
      buffer = new Bytes(value.buffer);
      return { value, done };
    },
    cancel: (reason) => cancelReader(reader, reason),
  };
}

/** For a class that has `readable` and `writable` of its own: its instances are TransformStreams. */
export function defineTransform(cls, options = undefined) {
  defineInterface(cls, options);
  if (getPrototypeOf(cls.prototype) === Object.prototype) {
    setPrototypeOf(cls.prototype, TransformStream.prototype);
  }
}
