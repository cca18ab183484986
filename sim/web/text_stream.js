// TextEncoderStream and TextDecoderStream (https://encoding.spec.whatwg.org/#interface-textencoderstream).
import { defineTransform } from "./byte_stream.js";
import { encodeUtf8, TextDecoder } from "./encoding.js";
import { native } from "./native.js";
import { uncurryThis } from "./primordials.js";
import { TransformStream } from "./streams.js";

const decode = uncurryThis(TextDecoder.prototype.decode);

export class TextEncoderStream {
  #transform;
  constructor() {
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
        if (text !== "") controller.enqueue(encodeUtf8(text));
      },
      flush(controller) {
        if (pending !== "") controller.enqueue(encodeUtf8(pending));
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
defineTransform(TextEncoderStream);

export class TextDecoderStream {
  #transform;
  #decoder;
  constructor(label = "utf-8", options = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      transform(chunk, controller) {
        if (!native.encoding.isBufferSource(chunk)) {
          throw new TypeError(
            "This TransformStream is being used as a byte stream, but received a value that is " +
              "not a BufferSource.",
          );
        }
        const text = decode(decoder, chunk, { stream: true });
        if (text !== "") controller.enqueue(text);
      },
      flush(controller) {
        const text = decode(decoder);
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
defineTransform(TextDecoderStream);
