// CompressionStream and DecompressionStream (https://compression.spec.whatwg.org/). A write is done
// when its bytes were taken in, read or not; only when much output waits does it wait for a reader.
import { ByteSource, bytesOfChunk, defineTransform, errorWritable } from "./byte_stream.js";
import { native } from "./native.js";
import { NativePromise } from "./primordials.js";
import { WritableStream } from "./streams.js";

const Bytes = Uint8Array;

/** What both classes are: a native codec between two streams. */
class CodecPair {
  #codec;
  #source;
  #sink;
  /** Settles the write or close that waits for room in the output. */
  #waiting = null;

  constructor(format, compress) {
    this.#codec = native.compression.createCodec(format, compress);
    this.#source = new ByteSource(
      (maxBytes) => this.#take(maxBytes),
      (reason) => this.#fail(reason === undefined ? new Error("Stream was cancelled.") : reason),
    );
    this.readable = this.#source.readable;
    this.writable = new WritableStream({
      start: (controller) => {
        this.#sink = controller;
      },
      write: (chunk) => this.#run(() => this.#codec.write(bytesOfChunk(chunk))),
      close: () => this.#run(() => this.#codec.end()),
      abort: (reason) => this.#source.fail(reason),
    });
  }

  #run(step) {
    let done;
    try {
      done = step();
    } catch (error) {
      this.#source.fail(error);
      throw error;
    }
    if (done) {
      this.#source.wake();
      return undefined;
    }
    const settled = new NativePromise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#source.wake();
    return settled;
  }

  #take(maxBytes) {
    const codec = this.#codec;
    let bytes;
    try {
      bytes = codec.read(maxBytes);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (this.#waiting !== null && codec.idle()) {
      this.#waiting.resolve();
      this.#waiting = null;
    }
    if (bytes !== null) return bytes;
    return codec.ended() ? new Bytes(0) : null;
  }

  /** The writer learns why nothing is taken any more. */
  #fail(reason) {
    errorWritable(this.#sink, reason);
    this.#waiting?.reject(reason);
    this.#waiting = null;
  }
}

function requireFormat(name, count, format) {
  if (count === 0) {
    throw new TypeError(
      `Failed to construct '${name}': constructor parameter 1 is not of type 'string'.`,
    );
  }
  return `${format}`;
}

export class CompressionStream {
  #pair;
  constructor(format) {
    this.#pair = new CodecPair(requireFormat("CompressionStream", arguments.length, format), true);
  }
  get readable() {
    return this.#pair.readable;
  }
  get writable() {
    return this.#pair.writable;
  }
}
defineTransform(CompressionStream);

export class DecompressionStream {
  #pair;
  constructor(format) {
    const text = requireFormat("DecompressionStream", arguments.length, format);
    this.#pair = new CodecPair(text, false);
  }
  get readable() {
    return this.#pair.readable;
  }
  get writable() {
    return this.#pair.writable;
  }
}
defineTransform(DecompressionStream);
