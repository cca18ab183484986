// The streams of the Streams standard (https://streams.spec.whatwg.org/), from
// web-streams-polyfill's reference-like implementation, and what bodies need of them.
//
// Two of the ponyfill's fields are read here, and nowhere else: `_disturbed` and `_reader`.
import "./dom_exception.js";
import "./array_buffer.js";
import { ReadableStream, TransformStream } from "web-streams-polyfill";
import { promiseThen, uncurryThis } from "./primordials.js";
import { defineInterface } from "./webidl.js";
import { TextDecoder, TextEncoder } from "./encoding.js";

export {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from "web-streams-polyfill";

const chunkSize = 64 * 1024;

/**
 * A byte stream over a native source.
 * @param {(maxBytes: number) => Promise<Uint8Array | null>} pull at most that many bytes; null at
 *   the end. Called when the consumer asks, never ahead and never twice at a time.
 * @param {(reason: any) => any} [cancel] the consumer wants no more
 */
export function readableFromNative(pull, cancel = undefined) {
  return new ReadableStream(
    {
      type: "bytes",
      pull(controller) {
        const request = controller.byobRequest;
        const wanted = request === null ? chunkSize : request.view.byteLength;
        return promiseThen(pull(wanted), (bytes) => {
          if (bytes === null) {
            controller.close();
            request?.respond(0);
          } else if (request === null) {
            controller.enqueue(bytes);
          } else {
            const view = request.view;
            new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(bytes);
            request.respond(bytes.byteLength);
          }
        });
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}

/** Whether anything was read from the stream, or it was cancelled. */
export function isDisturbed(stream) {
  return stream._disturbed;
}

export function isLocked(stream) {
  return stream._reader !== undefined;
}

/** Whether the value is a ReadableStream, also where its prototype was changed. */
export function isReadableStream(value) {
  return value instanceof ReadableStream;
}

// The ponyfill's own methods, out of reach of a worker.
export const getReader = uncurryThis(ReadableStream.prototype.getReader);
export const teeStream = uncurryThis(ReadableStream.prototype.tee);
export const cancelStream = uncurryThis(ReadableStream.prototype.cancel);

/** A stream that holds the bytes already. @param {Uint8Array} bytes */
export function readableFromBytes(bytes) {
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

export class TextEncoderStream {
  #transform;
  constructor() {
    const encoder = new TextEncoder();
    // A high surrogate at the end of a chunk belongs to the low one that begins the next.
    let pending = "";
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        let text = pending + `${chunk}`;
        pending = "";
        const last = text.length > 0 ? text.charCodeAt(text.length - 1) : 0;
        if (last >= 0xd800 && last <= 0xdbff) {
          pending = text[text.length - 1];
          text = text.slice(0, -1);
        }
        if (text !== "") controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (pending !== "") controller.enqueue(encoder.encode(pending));
      },
    });
  }
  get encoding() {
    return this.#transform && "utf-8";
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}
defineInterface(TextEncoderStream);

export class TextDecoderStream {
  #transform;
  #decoder;
  constructor(label = "utf-8", options = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        const text = decoder.decode(chunk, { stream: true });
        if (text !== "") controller.enqueue(text);
      },
      flush(controller) {
        const text = decoder.decode();
        if (text !== "") controller.enqueue(text);
      },
    });
  }
  get encoding() {
    return this.#decoder.encoding;
  }
  get fatal() {
    return this.#decoder.fatal;
  }
  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }
  get readable() {
    return this.#transform.readable;
  }
  get writable() {
    return this.#transform.writable;
  }
}
defineInterface(TextDecoderStream, { length: 0 });

/** Passes bytes on as they are; chunks must be bytes. */
export class IdentityTransformStream extends TransformStream {
  constructor() {
    super({ transform: passBytes });
  }
}
defineInterface(IdentityTransformStream);

function passBytes(chunk, controller) {
  controller.enqueue(bytesOfChunk(chunk));
}

function bytesOfChunk(chunk) {
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(
    "This TransformStream is being used as a byte stream, but received an object of " +
      "non-ArrayBuffer/ArrayBufferView type on its writable side.",
  );
}

/** Passes on exactly as many bytes as was said; more or fewer is an error. */
export class FixedLengthStream extends TransformStream {
  constructor(length) {
    const expected = Number(length);
    if (!Number.isInteger(expected) || expected < 0) {
      throw new TypeError("FixedLengthStream requires an integer expected length.");
    }
    let left = expected;
    super({
      transform(chunk, controller) {
        const bytes = bytesOfChunk(chunk);
        if (bytes.byteLength > left) {
          throw new TypeError("Attempt to write too many bytes through a FixedLengthStream.");
        }
        left -= bytes.byteLength;
        controller.enqueue(bytes);
      },
      flush() {
        if (left > 0) {
          throw new TypeError("FixedLengthStream did not see all expected bytes before close().");
        }
      },
    });
    fixedLengths.set(this.readable, expected);
  }
}
defineInterface(FixedLengthStream);

const fixedLengths = new WeakMap();
/** The length that a FixedLengthStream promised for its readable side, else undefined. */
export function fixedLengthOf(stream) {
  return fixedLengths.get(stream);
}
