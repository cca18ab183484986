// The content of a Request's or Response's body (WHATWG Fetch section 2.2.4, "bodies"). One that no
// JavaScript reads stays native: it passes from stage to stage without being copied or even read.
import { Blob } from "./blob.js";
import { chosen } from "./compatibility_choices.js";
import { FormData, formDataToBody } from "./form_data.js";
import { bulkReaderOf } from "./byte_stream.js";
import { fixedLengthOf } from "./identity_stream.js";
import { native } from "./native.js";
import { uncurryThis } from "./primordials.js";
import {
  getReader,
  isDisturbed,
  isLocked,
  ReadableStream,
  readableFromNative,
  teeStream,
} from "./streams.js";
import { stringSlice } from "./primordials.js";
import { URLSearchParams } from "./url.js";
import { bytesView } from "./webidl.js";

export const kUsed = "Body has already been used. It can only be used once. Use tee() first if you need to "
  + "read it twice.";
const kDisturbed = "This ReadableStream is disturbed (has already been read from), and cannot be used "
  + "as a body.";
const kLocked = "This ReadableStream is currently locked to a reader.";
// The comma is production's.
const kLockedToClone = "This ReadableStream is currently locked to a reader,";

const kPlainText = "text/plain;charset=UTF-8";
const { apply } = Reflect;
const { toWellFormed } = String.prototype;
const { toString: objectToString } = Object.prototype;
const { toString: arrayToString } = Array.prototype;
const { isView } = ArrayBuffer;
const { from: streamFrom } = ReadableStream;
const sliceBytes = uncurryThis(Uint8Array.prototype.slice);

/** As a base class: the fields of the derived one go onto the given object. */
function Given(object) {
  return object;
}
/** Notes on a stream which body it is the `.body` of, out of reach of workers. */
class OwnedStream extends Given {
  #body;
  constructor(stream, body) {
    super(stream);
    this.#body = body;
  }
  static bodyOf(stream) {
    return #body in stream ? stream.#body : undefined;
  }
}

// Async functions here await what they return: `return promise` goes by the promise's `then`, which
// a worker may have changed.

/** One body. `native` is a NativeMessage; exactly one of native, text, bytes and stream is set. */
export class Content {
  /** @type {any} */ native = null;
  /** @type {string|null} */ text = null;
  /** @type {Uint8Array|null} */ bytes = null;
  /** @type {ReadableStream|null} */ stream = null;
  used = false;
  /** The stream was made here of one of the others, and that one still holds the content. */
  #derived = false;

  static ofNative(message) {
    const body = new Content();
    body.native = message;
    return body;
  }

  static ofText(text) {
    const body = new Content();
    body.text = text;
    return body;
  }

  static ofBytes(bytes) {
    const body = new Content();
    body.bytes = bytes;
    return body;
  }

  static ofStream(stream) {
    const owner = OwnedStream.bodyOf(stream);
    if (isDisturbed(stream) || owner?.used) throw new TypeError(kDisturbed);
    if (isLocked(stream)) {
      throw new TypeError("This ReadableStream is locked to a reader, and cannot be used as a body.");
    }
    // The untouched `.body` of another message: the two share a stream, so they share the body too,
    // and what is native stays so.
    if (owner !== undefined && owner.stream === stream) return owner;
    const body = new Content();
    body.stream = stream;
    return body;
  }

  /** Whether it is known to have no bytes. */
  isEmpty() {
    return this.text === "" || (this.bytes !== null && this.bytes.byteLength === 0);
  }

  get disturbed() {
    return this.used || (this.stream !== null && isDisturbed(this.stream));
  }

  /** What `.body` shows. */
  asStream() {
    if (this.stream === null) {
      const source = this.native !== null ? this.native : undefined;
      if (source !== undefined) {
        this.stream = readableFromNative(
          (max) => source.read(max),
          () => source.cancel(),
        );
      } else {
        const bytes = new Uint8Array(this.bytes ?? native.encoding.encode(this.text));
        let at = 0;
        this.stream = readableFromNative(async (max) => {
          if (at === bytes.byteLength) return null;
          const chunk = sliceBytes(bytes, at, at + max);
          at += chunk.byteLength;
          return chunk;
        }, () => {});
      }
      this.#derived = true;
      new OwnedStream(this.stream, this);
      if (this.used) getReader(this.stream);
    }
    return this.stream;
  }

  /** Takes the content: one of the four is not null. An object: arrays destructure by their iterator. */
  #take() {
    if (this.used) throw new TypeError(kUsed);
    if (this.stream !== null) {
      if (isDisturbed(this.stream)) throw new TypeError(kUsed);
      if (isLocked(this.stream)) throw new TypeError(kLocked);
    }
    this.used = true;
    const { stream } = this;
    if (stream !== null && !this.#derived) {
      return { text: null, bytes: null, message: null, stream };
    }
    // The derived stream has given nothing out: close it to everybody else.
    if (stream !== null) getReader(stream);
    return { text: this.text, bytes: this.bytes, message: this.native, stream: null };
  }

  /** Takes a native body out that nobody has looked at; false where it is not such a one. */
  passOn() {
    if (this.native === null || this.stream !== null || this.used) return false;
    this.used = true;
    return true;
  }

  async readText() {
    const { text, bytes, message, stream } = this.#take();
    const stripBom = chosen.strip_bom_in_read_all_text;
    if (text !== null) {
      const content = stripBom && text[0] === "\ufeff" ? stringSlice(text, 1) : text;
      return apply(toWellFormed, content, []);
    }
    if (message !== null && stripBom) return await message.readText();
    const content = bytes ?? (message !== null ? await message.readBytes() : await collect(stream));
    return native.encoding.decodeUtf8(content, false, !stripBom);
  }

  async readBytes() {
    const { text, bytes, message, stream } = this.#take();
    if (text !== null) return native.encoding.encode(text);
    if (bytes !== null) return new Uint8Array(bytes);
    if (message !== null) return await message.readBytes();
    return await collect(stream);
  }

  /** What native functions take as a body. */
  toNative() {
    const { text, bytes, message, stream } = this.#take();
    if (stream === null) return text ?? bytes ?? message;
    const reader = bulkReaderOf(stream) ?? getReader(stream);
    return {
      length: fixedLengthOf(stream),
      async read() {
        const { done, value } = await reader.read();
        return done ? null : bytesOfBodyChunk(value);
      },
      cancel(reason) {
        return reader.cancel(reason);
      },
    };
  }

  clone() {
    if (this.disturbed) throw new TypeError(kLockedToClone);
    if (this.stream !== null) {
      const pair = teeStream(this.stream);
      this.stream = pair[0];
      this.#derived = false;
      this.native = this.text = this.bytes = null;
      return Content.ofStream(pair[1]);
    }
    if (this.native !== null) return Content.ofNative(this.native.cloneBody());
    return this.text !== null ? Content.ofText(this.text) : Content.ofBytes(this.bytes);
  }
}

function bytesOfBodyChunk(chunk) {
  const bytes = bytesView(chunk);
  if (bytes === undefined) throw new TypeError("This ReadableStream did not return bytes.");
  return bytes;
}

async function collect(stream) {
  const reader = getReader(stream);
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const chunk = bytesOfBodyChunk(value);
    chunks[chunks.length] = chunk;
    length += chunk.byteLength;
  }
  const result = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < chunks.length; ++i) {
    result.set(chunks[i], at);
    at += chunks[i].byteLength;
  }
  return result;
}

/**
 * A stream of what an iterable gives. Objects that say themselves how they become text are no
 * iterables, but those of asynchronous iteration.
 * @returns {ReadableStream | undefined}
 */
function streamOfIterable(init) {
  if (!chosen.fetch_iterable_type_support || typeof init !== "object" || init === null) return undefined;
  if (init[Symbol.asyncIterator] === undefined) {
    if (init[Symbol.iterator] === undefined || init instanceof String) return undefined;
    if (chosen.fetch_iterable_type_support_override_adjustment && hasOwnText(init)) return undefined;
  }
  return apply(streamFrom, ReadableStream, [init]);
}

/** Whether an object becomes text by a method other than those of the language's own prototypes. */
function hasOwnText(object) {
  return object[Symbol.toPrimitive] !== undefined
    || (object.toString !== objectToString && object.toString !== arrayToString);
}

/**
 * "Extract a body": the body of anything that may be one, and the Content-Type it implies.
 * @returns {{body: Content, type: string|null}}
 */
export function extractContent(init) {
  if (typeof init === "string") return { body: Content.ofText(init), type: kPlainText };
  if (init instanceof ReadableStream) return { body: Content.ofStream(init), type: null };
  if (init instanceof ArrayBuffer) return { body: Content.ofBytes(new Uint8Array(init.slice(0))), type: null };
  if (isView(init)) {
    const bytes = init.buffer.slice(init.byteOffset, init.byteOffset + init.byteLength);
    return { body: Content.ofBytes(new Uint8Array(bytes)), type: null };
  }
  if (init instanceof URLSearchParams) {
    return {
      body: Content.ofText(init.toString()),
      type: "application/x-www-form-urlencoded;charset=UTF-8",
    };
  }
  if (init instanceof FormData) {
    const { bytes, contentType } = formDataToBody(init);
    return { body: Content.ofBytes(bytes), type: contentType };
  }
  if (init instanceof Blob) return { body: Content.ofStream(init.stream()), type: init.type || null };
  const stream = streamOfIterable(init);
  if (stream !== undefined) return { body: Content.ofStream(stream), type: null };
  return { body: Content.ofText(`${init}`), type: kPlainText };
}
