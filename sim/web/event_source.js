// EventSource (https://html.spec.whatwg.org/#server-sent-events) with production's errors, its
// `fetcher` option and EventSource.from(). Reading and waiting belong to the request: both are
// pending work of it, and end with it.
import { AbortController } from "./abort.js";
import { writeConsole } from "./console.js";
import { DOMException } from "./dom_exception.js";
import { EventStreamParser } from "./event_stream.js";
import {
  defineEventHandler,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent,
} from "./event_target.js";
import { dispatchReported } from "./report_error.js";
import { fetch, Fetcher } from "./fetch.js";
import { kInternal } from "./headers.js";
import { inspect } from "./inspect.js";
import { native } from "./native.js";
import {
  promiseThen,
  stringIndexOf,
  stringSlice,
  stringToLowerCase,
  stringTrim,
  uncurryThis,
} from "./primordials.js";
import { getReader, isDisturbed, isLocked, isReadableStream } from "./streams.js";
import { startTimer, stopTimer } from "./timers.js";
import { URL } from "./url.js";
import { bytesView, defineInterface, requireArguments, toUSVString } from "./webidl.js";

const kConnecting = 0;
const kOpen = 1;
const kClosed = 2;

// Milliseconds; what a server asks for is kept within these.
const kFirstRetry = 2000;
const kLeastRetry = 1000;
const kMostRetry = 10_000;

const abort = uncurryThis(AbortController.prototype.abort);
const fetchOf = uncurryThis(Fetcher.prototype.fetch);

function requireRequest() {
  try {
    native.http.newFetchId();
  } catch {
    throw new DOMException(
      "An EventSource can only be created within the context of a worker request.",
      "NotSupportedError",
    );
  }
}

/** The type of a Content-Type without its parameters. */
function essence(contentType) {
  const end = stringIndexOf(contentType, ";");
  const type = end < 0 ? contentType : stringSlice(contentType, 0, end);
  return stringToLowerCase(stringTrim(type));
}

export class EventSource extends EventTarget {
  #state = kConnecting;
  // null: around a stream, without a URL to connect to again.
  #url = null;
  #origin = "";
  #fetcher = null;
  #controller = new AbortController();
  #reader = null;
  #timer = 0;
  #retry = kFirstRetry;
  #lastEventId = "";
  // The server has already answered without a body once.
  #hadNoBody = false;

  constructor(url, init = undefined) {
    super();
    if (url === kInternal) return;
    requireArguments(arguments.length, "construct 'EventSource'", "string");
    requireRequest();
    if (init?.withCredentials) {
      throw new DOMException("The init.withCredentials option is not supported. It must be false "
        + "or undefined.", "NotSupportedError");
    }
    const fetcher = init?.fetcher;
    if (fetcher !== undefined && !(fetcher instanceof Fetcher)) {
      throw new TypeError("Incorrect type for the 'fetcher' field on 'EventSourceInit': the "
        + "provided value is not of type 'Fetcher'.");
    }
    const text = toUSVString(url);
    this.#url = native.http.parseUrl(text);
    if (this.#url === null) {
      throw new DOMException(`Cannot open an EventSource to '${text}'. The URL is invalid.`,
        "SyntaxError");
    }
    this.#origin = new URL(this.#url).origin;
    this.#fetcher = fetcher ?? null;
    this.#connect();
  }

  /** Reads events out of a stream of bytes, until its end. */
  static from(stream) {
    requireRequest();
    if (!isReadableStream(stream)) {
      throw new TypeError("Failed to execute 'from' on 'EventSource': parameter 1 is not of type "
        + "'ReadableStream'.");
    }
    if (isLocked(stream)) throw new TypeError("This ReadableStream is locked.");
    if (isDisturbed(stream)) throw new TypeError("This ReadableStream has already been read from.");
    const source = new EventSource(kInternal);
    source.#read(stream);
    return source;
  }

  #connect() {
    const headers = { accept: "text/event-stream", "cache-control": "no-cache" };
    if (this.#lastEventId !== "") headers["last-event-id"] = this.#lastEventId;
    const init = { headers, signal: this.#controller.signal };
    const answer =
      this.#fetcher === null ? fetch(this.#url, init) : fetchOf(this.#fetcher, this.#url, init);
    promiseThen(
      answer,
      (response) => this.#answered(response),
      (error) => this.#fail(error, false),
    );
  }

  #answered(response) {
    if (this.#state === kClosed) return;
    const refuse = (text) => this.#fail(new DOMException(text, "AbortError"), false);
    if (!response.ok) return refuse(`The response status code was ${response.status}.`);
    const contentType = response.headers.get("content-type");
    if (contentType === null) return refuse("No content type header was present in the response.");
    if (essence(contentType) !== "text/event-stream") {
      return refuse(`The content type '${contentType}' is invalid.`);
    }
    if (response.redirected) {
      this.#url = response.url;
      this.#origin = new URL(this.#url).origin;
    }
    const { body } = response;
    if (body !== null) {
      this.#read(body);
    } else if (this.#hadNoBody) {
      this.#fail(new Error("The server provided no content."), false);
    } else {
      this.#hadNoBody = true;
      this.#fail(new Error("The server provided no content. Will try reconnecting."), true);
    }
  }

  async #read(stream) {
    this.#state = kOpen;
    dispatchReported(this, new Event("open"));
    if (this.#state === kClosed) return;
    const parser = new EventStreamParser(
      this.#lastEventId,
      (event) => this.#hear(event),
      (milliseconds) => {
        this.#retry = Math.max(Math.min(milliseconds, kMostRetry), kLeastRetry);
      },
    );
    const reader = getReader(stream);
    this.#reader = reader;
    let failure = null;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#state === kClosed) break;
        const bytes = bytesView(value);
        if (bytes === undefined) throw new TypeError("This ReadableStream did not return bytes.");
        parser.push(bytes);
        this.#lastEventId = parser.lastEventId;
      }
    } catch (error) {
      failure = error;
    }
    this.#reader = null;
    // A connection that breaks off ends as any other; a stream of the worker's own has a reason.
    if (this.#url !== null) this.#fail(new Error("The server disconnected."), true);
    else this.#fail(failure ?? new Error("The server disconnected."), false);
  }

  #hear({ type, data, lastEventId }) {
    if (this.#state === kClosed) return;
    const event = new MessageEvent(type, { data, lastEventId, origin: this.#origin });
    dispatchReported(this, event);
  }

  #fail(error, again) {
    if (this.#state === kClosed) return;
    abort(this.#controller, error);
    this.#state = again ? kConnecting : kClosed;
    const event = new ErrorEvent("error", { message: `${error?.message ?? error}`, error });
    dispatchReported(this, event);
    writeConsole("error", `Uncaught (async) ${inspect(error)}`);
    if (!again || this.#state === kClosed) return;
    this.#controller = new AbortController();
    this.#timer = startTimer(this.#retry, () => {
      this.#timer = 0;
      this.#connect();
    });
  }

  close() {
    if (this.#state === kClosed) return;
    this.#state = kClosed;
    abort(this.#controller);
    if (this.#timer !== 0) stopTimer(this.#timer);
    const reader = this.#reader;
    if (reader !== null) promiseThen(reader.cancel(), undefined, () => {});
  }

  get url() {
    return this.#url ?? "";
  }
  get withCredentials() {
    return false;
  }
  get readyState() {
    return this.#state;
  }
}
defineInterface(EventSource, {
  constants: { CONNECTING: kConnecting, OPEN: kOpen, CLOSED: kClosed },
});
for (const type of ["open", "message", "error"]) defineEventHandler(EventSource, type);
