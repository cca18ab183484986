// The text/event-stream format (https://html.spec.whatwg.org/#event-stream-interpretation): bytes
// in, events out, wherever the chunks are cut.
import { TextDecoder } from "./encoding.js";
import { regExpTest, stringIndexOf, stringSlice, uncurryThis } from "./primordials.js";

const decode = uncurryThis(TextDecoder.prototype.decode);
const kDigits = /^[0-9]+$/;

export class EventStreamParser {
  #decoder = new TextDecoder(); // drops a byte order mark at the start
  // The beginning of a line whose end has not come.
  #line = "";
  // The last character was CR: an LF behind it ends no line of its own.
  #afterReturn = false;
  #data = "";
  #type = "";
  #onEvent;
  #onRetry;
  /** What the next event, and the next connection, has as its id. */
  lastEventId;

  /**
   * @param {string} lastEventId of the connection before
   * @param {(event: {type: string, data: string, lastEventId: string}) => void} onEvent
   * @param {(milliseconds: number) => void} onRetry the server says how long to wait before the
   *   next connection
   */
  constructor(lastEventId, onEvent, onRetry) {
    this.lastEventId = lastEventId;
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    const text = decode(this.#decoder, bytes, { stream: true });
    let from = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text[i];
      const ends = c === "\r" || (c === "\n" && !this.#afterReturn);
      if (ends) {
        const line = this.#line + stringSlice(text, from, i);
        this.#line = "";
        this.#process(line);
      }
      if (ends || c === "\n") from = i + 1;
      this.#afterReturn = c === "\r";
    }
    this.#line += stringSlice(text, from);
  }

  #process(line) {
    if (line === "") {
      this.#dispatch();
      return;
    }
    const colon = stringIndexOf(line, ":");
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : stringSlice(line, 0, colon);
    let value = colon < 0 ? "" : stringSlice(line, colon + 1);
    if (value[0] === " ") value = stringSlice(value, 1);
    if (field === "data") this.#data += `${value}\n`;
    else if (field === "event") this.#type = value;
    else if (field === "id" && stringIndexOf(value, "\0") < 0) this.lastEventId = value;
    else if (field === "retry" && regExpTest(kDigits, value)) this.#onRetry(Number(value));
  }

  #dispatch() {
    const data = this.#data;
    const type = this.#type;
    this.#data = "";
    this.#type = "";
    if (data === "") return;
    this.#onEvent({
      type: type === "" ? "message" : type,
      data: stringSlice(data, 0, data.length - 1),
      lastEventId: this.lastEventId,
    });
  }
}
