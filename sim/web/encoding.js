// TextEncoder, TextDecoder (https://encoding.spec.whatwg.org/), atob and btoa
// (https://infra.spec.whatwg.org/#forgiving-base64).
import { DOMException } from "./dom_exception.js";
import { native } from "./native.js";
import { defineInterface, illegalInvocation, requireArguments } from "./webidl.js";
import { regExpTest } from "./primordials.js";

export class TextEncoder {
  get encoding() {
    if (!(#brand in this)) throw illegalInvocation();
    return "utf-8";
  }
  #brand = true;

  encode(input = "") {
    if (!(#brand in this)) throw illegalInvocation();
    return native.encoding.encode(`${input}`);
  }
  encodeInto(source, destination) {
    requireArguments(arguments.length, "execute 'encodeInto' on 'TextEncoder'", "String", "Uint8Array");
    if (!(#brand in this)) throw illegalInvocation();
    const text = `${source}`;
    if (!native.encoding.isUint8Array(destination)) {
      throw new TypeError(
        "Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.",
      );
    }
    const [read, written] = native.encoding.encodeInto(text, destination);
    return { read, written };
  }
}
defineInterface(TextEncoder);

export class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  // State between the chunks of a stream, and converters of legacy encodings: made when needed.
  #state = null;

  constructor(label = "utf-8", options = undefined) {
    const text = `${label}`;
    const name = text === "utf-8" ? text : native.encoding.nameOf(text);
    if (name === null) {
      throw new RangeError(`"${text}" is not a valid encoding.`);
    }
    if (options !== null && options !== undefined && typeof options !== "object") {
      throw new TypeError(
        "Failed to construct 'TextDecoder': constructor parameter 2 is not of type " +
          "'ConstructorOptions'.",
      );
    }
    this.#encoding = name;
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
  }
  get encoding() {
    return this.#encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input = undefined, options = undefined) {
    const fatal = this.#fatal;
    if (input !== undefined && !native.encoding.isBufferSource(input)) {
      throw new TypeError(
        "Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'.",
      );
    }
    const stream = Boolean(options?.stream);
    if (this.#state === null) {
      if (!stream && this.#encoding === "utf-8") {
        return input === undefined ? "" : native.encoding.decodeUtf8(input, fatal, this.#ignoreBOM);
      }
      this.#state = native.encoding.createDecoder(this.#encoding, fatal, this.#ignoreBOM);
    }
    return this.#state.decode(input, stream);
  }
}
defineInterface(TextDecoder);

/** @param {string} text @returns {Uint8Array} */
export function encodeUtf8(text) {
  return native.encoding.encode(text);
}

const aboveLatin1 = /[^\0-\xff]/;

export function btoa(data) {
  requireArguments(arguments.length, "execute 'btoa' on 'ServiceWorkerGlobalScope'", "String");
  const text = `${data}`;
  if (regExpTest(aboveLatin1, text)) {
    throw new DOMException(
      "btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.",
      "InvalidCharacterError",
    );
  }
  return native.encoding.btoa(text);
}

export function atob(data) {
  requireArguments(arguments.length, "execute 'atob' on 'ServiceWorkerGlobalScope'", "string");
  const text = `${data}`;
  const decoded = regExpTest(aboveLatin1, text) ? null : native.encoding.atob(text);
  if (decoded === null) {
    throw new DOMException(
      "atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric " +
        "ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 " +
        "are allowed.)",
      "InvalidCharacterError",
    );
  }
  return decoded;
}
