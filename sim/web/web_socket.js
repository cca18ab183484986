// WebSocket and WebSocketPair as production has them: a socket of a pair, or of a response, speaks
// after accept(), or leaves whole with a response. web_socket.cc has the ends and what is on its
// way; messages that wait for their turn are kept here, where they count against the worker's
// memory.
import { Blob } from "./blob.js";
import { chosen } from "./compatibility_choices.js";
import { DOMException } from "./dom_exception.js";
import {
  CloseEvent,
  defineEventHandler,
  dispatchThrowing,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent,
} from "./event_target.js";
import { dispatchReported } from "./report_error.js";
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import { isArray, promiseThen, regExpTest, stringIndexOf, stringReplace } from "./primordials.js";
import { bytesView, defineInterface, requireArguments, toUSVString } from "./webidl.js";

const Bytes = Uint8Array;

// Where a socket is on its way.
const kConnecting = 0; // `new WebSocket(url)` that has no answer yet
const kFresh = 1; // to be accepted or sent in a response
const kAccepted = 2;
const kReleased = 3; // sent in a response, or over

// What web_socket.cc delivers.
const kMessage = 0;
const kClose = 1;
const kGone = 2;

const kGlobalFetch = 0;
const kNoStatus = 1005;
const kMostReason = 123;
const kMostAttachment = 16 * 1024;
// RFC 6455 section 4.1, point 10: a token of RFC 9110 section 5.6.2.
const kToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z"]+$/;
const kScheme = /^wss?:/;

const kNotAccepted = "You must call one of accept() or state.acceptWebSocket() on this WebSocket "
  + "before sending messages.";

function constructorError(text) {
  return new DOMException(`WebSocket Constructor: ${text}`, "SyntaxError");
}

/** The value of Sec-WebSocket-Protocol. */
function protocolHeader(protocols) {
  if (!isArray(protocols)) {
    const protocol = `${protocols}`;
    if (!regExpTest(kToken, protocol)) {
      throw constructorError("The protocol header token is invalid.");
    }
    return protocol;
  }
  // Nothing for an empty array.
  let header = "";
  const seen = Object.create(null);
  for (let i = 0; i < protocols.length; i++) {
    const protocol = `${protocols[i]}`;
    if (!regExpTest(kToken, protocol)) {
      throw constructorError("One of the protocol header tokens is invalid.");
    }
    if (seen[protocol]) {
      throw constructorError("The protocols header cannot have repeating values.");
    }
    seen[protocol] = true;
    header = i === 0 ? protocol : `${header}, ${protocol}`;
  }
  return header;
}

/** Notes that two sockets are the ends of one connection. @type {(a: any, b: any) => void} */
let entangle;
/**
 * Takes the end out of a socket that leaves with a response: the native end, and whether the other
 * end is in this worker's hands. @type {(socket: WebSocket) => {end: any, heldHere: boolean}}
 */
export let coupleWebSocket;
/** @type {(value: any) => value is WebSocket} */
export let isWebSocket;

export class WebSocket extends EventTarget {
  #end = null;
  #state = kFresh;
  /** @type {WebSocket | null} */ #peer = null;
  #url = null;
  #protocol = "";
  #extensions = "";
  #binaryType = chosen.websocket_standard_binary_type ? "blob" : "arraybuffer";
  #halfOpen = !chosen.web_socket_auto_reply_to_close;
  #closedIncoming = false;
  #closedOutgoing = false;
  // Nothing more can be sent: the other end does not take it.
  #aborted = false;
  // The first error; nothing happens to a socket after it. An object, as any value can be thrown.
  #error = null;
  // What is to be sent, a list of {message | code, reason, next}.
  #first = null;
  #last = null;
  #pumping = false;
  #fetchId = 0;
  #attachment = null;

  constructor(url, protocols = undefined) {
    super();
    if (url === kInternal) {
      this.#end = protocols;
      return;
    }
    requireArguments(arguments.length, "construct 'WebSocket'", "string");
    const text = toUSVString(url);
    const href = native.http.parseUrl(text);
    if (href === null) throw constructorError("The url is invalid.");
    if (!regExpTest(kScheme, href)) throw constructorError("The url scheme must be ws or wss.");
    if (stringIndexOf(href, "#") >= 0) throw constructorError("The url fragment must be empty.");
    let headers = "AUpgrade\0websocket\0";
    const protocol = protocols === undefined ? "" : protocolHeader(protocols);
    if (protocol !== "") headers += `ASec-WebSocket-Protocol\0${protocol}\0`;
    this.#url = text;
    this.#state = kConnecting;
    this.#fetchId = native.http.newFetchId();
    const target = stringReplace(href, /^ws/, "http");
    const answer =
      native.http.fetch(kGlobalFetch, "GET", target, headers, null, "", this.#fetchId);
    promiseThen(
      promiseThen(answer, (message) => this.#connected(message)),
      undefined,
      (error) => this.#notConnected(error),
    );
  }

  #connected(message) {
    if (this.#state !== kConnecting) throw new Error("closed");
    const status = message.status();
    if (status !== 101) {
      throw new TypeError("Failed to establish the WebSocket connection: expected server to reply "
        + `with HTTP status code 101 (switching protocols), but received ${status} instead.`);
    }
    const end = message.takeWebSocket();
    if (end === null) {
      throw new TypeError("Worker received body in a response to a request for a WebSocket.");
    }
    this.#end = end;
    this.#protocol = message.header("sec-websocket-protocol");
    this.#extensions = message.header("sec-websocket-extensions");
    this.#start();
    dispatchReported(this, new Event("open"));
  }

  #notConnected(error) {
    const closed = this.#state === kReleased;
    this.#state = kReleased;
    this.#closedIncoming = true;
    this.#fail(closed ? new Error("Called close before connection was established.") : error);
    dispatchReported(this, new CloseEvent("close", {
      code: 1006,
      reason: "Failed to establish websocket connection",
    }));
  }

  accept(options = undefined) {
    if (this.#state === kConnecting) {
      throw new TypeError(
        "Websockets obtained from the 'new WebSocket()' constructor cannot call accept");
    }
    if (this.#state === kReleased) {
      throw new TypeError("Can't accept() WebSocket that was already used in a response.");
    }
    if (this.#state === kAccepted) return;
    if (options?.allowHalfOpen !== undefined) this.#halfOpen = Boolean(options.allowHalfOpen);
    this.#start();
  }

  #start() {
    this.#end.accept((what, data, code) => this.#deliver(what, data, code), this.#peer !== null);
    this.#state = kAccepted;
  }

  #deliver(what, data, code) {
    if (what === kMessage) {
      if (this.#binaryType === "blob" && typeof data !== "string") data = new Blob([data]);
      this.#dispatch(new MessageEvent("message", { data }));
    } else if (what === kClose) {
      this.#closedIncoming = true;
      if (!this.#halfOpen && !this.#closedOutgoing && this.#state === kAccepted) {
        this.#sendClose(code, data);
      }
      this.#dispatch(new CloseEvent("close", { code, reason: data, wasClean: true }));
      this.#releaseWhenDone();
    } else if (what === kGone) {
      if (this.#closedIncoming) return;
      dispatchReported(this, new CloseEvent("close", {
        code: 1006,
        reason: "WebSocket disconnected without sending Close frame.",
      }));
      this.#closedIncoming = true;
      this.#releaseWhenDone();
    } else {
      this.#closedIncoming = true;
      this.#fail(data);
    }
  }

  /** What a listener throws ends the connection. */
  #dispatch(event) {
    try {
      dispatchThrowing(this, event);
    } catch (error) {
      this.#first = this.#last = null;
      this.#closedIncoming = true;
      this.#end.abort();
      this.#fail(error);
    }
  }

  /** The first error becomes an event. */
  #fail(error) {
    if (this.#error !== null) return;
    this.#error = { error };
    dispatchReported(this, new ErrorEvent("error", { message: `Uncaught ${error}`, error }));
    this.#aborted = true;
    if (this.#closedIncoming && !this.#pumping) this.#release();
  }

  #release() {
    this.#state = kReleased;
    const end = this.#end;
    this.#end = null;
    if (end !== null) end.release();
  }

  #releaseWhenDone() {
    if ((this.#closedOutgoing || this.#aborted) && !this.#pumping) this.#release();
  }

  send(message) {
    requireArguments(arguments.length, "execute 'send' on 'WebSocket'",
      "ArrayBuffer or ArrayBufferView or string");
    const view = bytesView(message);
    const content = view === undefined ? `${message}` : new Bytes(view);
    if (this.#closedOutgoing) throw new TypeError("Can't call WebSocket send() after close().");
    if (this.#aborted || this.#state === kReleased) return;
    if (this.#state !== kAccepted) throw new TypeError(kNotAccepted);
    this.#enqueue({ message: content, code: 0, reason: "", next: null });
  }

  close(code = undefined, reason = undefined) {
    const number = code === undefined ? undefined : Number(code) | 0;
    const text = reason === undefined ? undefined : toUSVString(reason);
    if (number !== undefined && (number < 1000 || number >= 5000 || number === 1004
        || number === kNoStatus || number === 1006 || number === 1015)) {
      throw new DOMException(`Invalid WebSocket close code: ${number}.`, "InvalidAccessError");
    }
    if (text !== undefined && number === undefined) {
      throw new DOMException(
        "If you specify a WebSocket close reason, you must also specify a code.", "InvalidAccessError");
    }
    if (text !== undefined && chosen.websocket_close_reason_byte_limit
        && native.encoding.encode(text).byteLength > kMostReason) {
      throw new DOMException(`WebSocket close reason must not be longer than ${kMostReason} bytes when `
        + "UTF-8 encoded.", "SyntaxError");
    }
    if (this.#state === kConnecting) {
      this.#state = kReleased;
      native.http.cancelFetch(this.#fetchId);
      return;
    }
    if (this.#closedOutgoing || this.#aborted || this.#state === kReleased) return;
    if (this.#state !== kAccepted) throw new TypeError(kNotAccepted);
    if (this.#error !== null) throw this.#error.error;
    this.#sendClose(number ?? kNoStatus, text ?? "");
  }

  #sendClose(code, reason) {
    this.#enqueue({ message: null, code, reason, next: null });
    this.#closedOutgoing = true;
  }

  #enqueue(item) {
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    if (this.#pumping) return;
    this.#pumping = true;
    this.#sendNext();
  }

  #sendNext() {
    const item = this.#first;
    this.#first = item.next;
    if (item.next === null) this.#last = null;
    // A peer in the same worker that does not read may never do so.
    const awaited = this.#peer === null || this.#peer.#state === kAccepted;
    const done = (error) => this.#sent(error);
    if (item.message === null) this.#end.close(item.code, item.reason, awaited, done);
    else this.#end.send(item.message, awaited, done);
  }

  #sent(error) {
    if (error === undefined && this.#first !== null && this.#state === kAccepted) {
      this.#sendNext();
      return;
    }
    this.#pumping = false;
    this.#first = this.#last = null;
    if (error !== undefined) {
      this.#aborted = true;
      this.#fail(error);
    } else if (this.#closedIncoming) {
      this.#releaseWhenDone();
    }
  }

  serializeAttachment(value) {
    requireArguments(arguments.length, "execute 'serializeAttachment' on 'WebSocket'", "Value");
    const bytes = native.webSocket.serialize(value);
    if (bytes.byteLength > kMostAttachment) {
      throw new Error(`A WebSocket 'attachment' cannot be larger than ${kMostAttachment} bytes.`
        + `'attachment' was ${bytes.byteLength} bytes.`);
    }
    this.#attachment = bytes;
  }

  deserializeAttachment() {
    return this.#attachment === null ? null : native.webSocket.deserialize(this.#attachment);
  }

  get readyState() {
    if ((this.#closedIncoming && this.#closedOutgoing) || this.#error !== null) return 3;
    if (this.#closedIncoming || this.#closedOutgoing) return 2;
    return this.#state === kConnecting ? 0 : 1;
  }
  get url() {
    return this.#url;
  }
  get protocol() {
    return this.#protocol;
  }
  get extensions() {
    return this.#extensions;
  }
  get binaryType() {
    return this.#binaryType;
  }
  set binaryType(value) {
    // As Web IDL has it for attributes that are enumerations: what is none of them is ignored.
    const type = `${value}`;
    if (type === "blob" || type === "arraybuffer") this.#binaryType = type;
  }

  static {
    isWebSocket = (value) => value !== null && typeof value === "object" && #end in value;
    entangle = (a, b) => {
      a.#peer = b;
      b.#peer = a;
    };
    coupleWebSocket = (socket) => {
      if (socket.#url !== null) {
        throw new TypeError(
          "Can't return WebSocket in a Response if it was created with `new WebSocket()`");
      }
      if (socket.#state === kReleased) {
        throw new TypeError("Can't return WebSocket that was already used in a response.");
      }
      if (socket.#state === kAccepted) {
        throw new TypeError("Can't return WebSocket in a Response after calling accept().");
      }
      const end = socket.#end;
      socket.#state = kReleased;
      socket.#end = null;
      return { end, heldHere: socket.#peer !== null };
    };
  }
}
defineInterface(WebSocket, {
  constants: {
    READY_STATE_CONNECTING: 0,
    CONNECTING: 0,
    READY_STATE_OPEN: 1,
    OPEN: 1,
    READY_STATE_CLOSING: 2,
    CLOSING: 2,
    READY_STATE_CLOSED: 3,
    CLOSED: 3,
  },
});
for (const type of ["open", "message", "close", "error"]) defineEventHandler(WebSocket, type);

/** Two sockets that are the ends of one connection. */
export class WebSocketPair {
  #ends;
  constructor() {
    const ends = native.webSocket.pair();
    const first = new WebSocket(kInternal, ends[0]);
    const second = new WebSocket(kInternal, ends[1]);
    entangle(first, second);
    this.#ends = { first, second };
    Object.defineProperty(this, "0", { value: first, enumerable: true });
    Object.defineProperty(this, "1", { value: second, enumerable: true });
  }
  *[Symbol.iterator]() {
    yield this.#ends.first;
    yield this.#ends.second;
  }
}
defineInterface(WebSocketPair);

/** A message and the answer to it that a hibernating WebSocket gives by itself; nothing here hibernates. */
export class WebSocketRequestResponsePair {
  #request;
  #response;
  constructor(request, response) {
    requireArguments(arguments.length, "construct 'WebSocketRequestResponsePair'", "string", "string");
    this.#request = `${request}`;
    this.#response = `${response}`;
  }
  get request() {
    return this.#request;
  }
  get response() {
    return this.#response;
  }
}
defineInterface(WebSocketRequestResponsePair);
