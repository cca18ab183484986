// The streams of the Streams standard (https://streams.spec.whatwg.org/), from
// web-streams-polyfill's reference-like implementation, what production adds to them, and what
// bodies need of them. The ponyfill's errors say what production's do: scripts/stream_messages.py.
//
// Fields of the ponyfill are read here, and nowhere else: `_disturbed` and `_reader` of a stream,
// what a BYOB request is part of.
import "./dom_exception.js";
import "./array_buffer.js";
import {
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
} from "web-streams-polyfill";
import {
  bufferIsView,
  defineProperty,
  promiseReject,
  promiseThen,
  uncurryThis,
} from "./primordials.js";

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

const readInto = uncurryThis(ReadableStreamBYOBReader.prototype.read);

// What the standard calls done, a last view with fewer elements than asked for, production gives as
// a chunk before the end.
function partIsNoEnd(result) {
  const { value, done } = result;
  return done && value !== undefined && value.byteLength > 0 ? { value, done: false } : result;
}

function readAtLeast(reader, min, view) {
  const count = Math.trunc(Number(min)) || 0;
  const size = view.byteLength;
  if (size === 0) return readInto(reader, view);
  const least = count * (view.BYTES_PER_ELEMENT ?? 1);
  if (least === 0) {
    throw new TypeError("Requested invalid minimum number of bytes to read (0).");
  }
  if (least < 0 || least > size) {
    const shown = BigInt.asUintN(64, BigInt(least));
    throw new TypeError(`Minimum bytes to read (${shown}) exceeds size of buffer (${size}).`);
  }
  return promiseThen(readInto(reader, view, { min: count }), partIsNoEnd);
}

const readerMembers = {
  read(view, options = undefined) {
    const min = options?.min;
    if (min === undefined || !bufferIsView(view)) return readInto(this, view);
    try {
      return readAtLeast(this, min, view);
    } catch (error) {
      return promiseReject(error);
    }
  },
  readAtLeast(minElements, view) {
    const wrong = (position, type) =>
      promiseReject(
        new TypeError(
          `Failed to execute 'readAtLeast' on 'ReadableStreamBYOBReader': parameter ${position} ` +
            `is not of type '${type}'.`,
        ),
      );
    if (arguments.length === 0) return wrong(1, "integer");
    if (!bufferIsView(view)) return wrong(2, "ArrayBufferView");
    try {
      return readAtLeast(this, minElements, view);
    } catch (error) {
      return promiseReject(error);
    }
  },
};
for (const name of Object.keys(readerMembers)) {
  defineProperty(ReadableStreamBYOBReader.prototype, name, {
    value: readerMembers[name],
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** How many bytes at least are wanted for the read to be done; null when it was answered. */
defineProperty(ReadableStreamBYOBRequest.prototype, "atLeast", {
  get() {
    const controller = this._associatedReadableByteStreamController;
    if (controller === undefined) return null;
    const { minimumFill, bytesFilled } = controller._pendingPullIntos.peek();
    return minimumFill - bytesFilled;
  },
  enumerable: true,
  configurable: true,
});
