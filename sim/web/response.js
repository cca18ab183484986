// Response (WHATWG Fetch section 5.5).
import { inheritBody } from "./body.js";
import { cloneHeaders, freezeHeaders, getHeader, Headers, headersOf as headersInit, headersToNative, kInternal, setHeader }
  from "./headers.js";
import { cloneCf, requireCf } from "./cf.js";
import { Content, extractContent } from "./content.js";
import { native } from "./native.js";
import { regExpTest, stringIndexOf, stringSlice } from "./primordials.js";
import { requestHead } from "./request.js";
import { requireArguments } from "./webidl.js";
import { coupleWebSocket, isWebSocket, WebSocket } from "./web_socket.js";

export const isRedirectStatus = (status) =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
const isNullBodyStatus = (status) =>
  status === 101 || status === 204 || status === 205 || status === 304;
const kControl = /[^\x20-\uffff]/;
const kNullBody = "Response with null body status (101, 204, 205, or 304) cannot have a body.";

const kStatusRange =
  "Responses may only be constructed with status codes in the range 200 to 599, inclusive.";
const { stringify: stringifyJson } = JSON;

/** @type {import("./body.js").Access} */
let access;
/** Hands a Response to the native request context of that id; the body is taken out of it. */
export let sendResponse;
/**
 * A Response as a native message, its body taken out of it, not encoded here.
 * @type {(response: Response) => {message: any, encode: boolean}}
 */
export let responseToMessage;
/** The copy of a Response, made of what responseToMessage() gave. */
export let responseByValue;
/**
 * The parts of a Response, its body taken out of it.
 * `encode`: as the headers say.
 * @type {(response: Response) => {status: number, statusText: string, headers: any, body: any,
 *   encode: boolean}}
 */
export let responseToNative;
/** A Response around a native message. `url`: the URL, or the Request that has it. */
export let responseFromNative;
/** What `.body` shows. @type {(response: Response) => ReadableStream | null} */
export let streamOfResponse;
/** A header, whatever a worker has made of Headers. @type {(response: Response, name: string) => string | null} */
export let headerOfResponse;
/** `new Response(stream, response)`. @type {(response: Response, stream: ReadableStream) => Response} */
export let withStream;

export class Response {
  // The native message behind the answer of a fetch(); its parts are copied when they are asked for.
  #native = null;
  #status = 200;
  // null: that of the status.
  /** @type {string|null} */ #statusText = null;
  /** @type {Headers|null} */ #headers = null;
  // undefined: as #native has it, taken out where #sent.
  /** @type {Content|null|undefined} */ #body = null;
  #sent = false;
  // A string, or the Request that was sent.
  #url = "";
  #redirected = false;
  #type = "default";
  // undefined: as #native has it.
  /** @type {WebSocket|null|undefined} */ #webSocket = null;
  #cf = undefined;
  /** Whether the worker has encoded the body itself, as its Content-Encoding says. */
  #encodeBody = "automatic";

  static {
    access = {
      has: (object) => #native in object,
      contentOf: (response) => response.#getBody(),
      headersOf: (response) => response.#getHeaders(),
    };
    streamOfResponse = (response) => response.#getBody()?.asStream() ?? null;
    headerOfResponse = (response, name) => getHeader(response.#getHeaders(), name);
    withStream = (response, stream) => {
      const made = new Response();
      made.#like(response);
      made.#body = Content.ofStream(stream);
      return made;
    };
    responseFromNative = (message, url, redirected) => {
      const response = new Response(kInternal, message);
      response.#url = url;
      response.#redirected = redirected;
      return response;
    };
    responseByValue = (message, encode) => {
      const response = new Response(null, { status: message.status() });
      response.#statusText = message.statusText() || null;
      response.#encodeBody = encode ? "automatic" : "manual";
      response.#headers = new Headers(kInternal, message);
      response.#body = message.hasBody() ? Content.ofNative(message) : null;
      response.#url = message.url();
      return response;
    };
    responseToMessage = (response) => {
      const { status, statusText, headers, body, encode } = responseToNative(response);
      const { url } = response;
      return { message: native.http.makeResponse(status, statusText, url, headers, body), encode };
    };
    sendResponse = (id, response) => {
      if (response.#type === "error") {
        throw new TypeError(
          "Return value from serve handler must not be an error response (like Response.error())");
      }
      const message = response.#native;
      // The answer of a fetch() cannot be changed: untouched, it goes back whole.
      if (message !== null && (response.#webSocket ?? null) === null && (response.#body === undefined ? !response.#sent
        : response.#body === null || response.#body.passOn())) {
        response.#sent = true;
        native.http.passBack(id, message);
        return;
      }
      const { status, statusText, headers, body, encode } = responseToNative(response);
      const socket = response.#getWebSocket();
      const { end, heldHere } =
        socket === null ? { end: null, heldHere: false } : coupleWebSocket(socket);
      native.http.respond(id, status, statusText, headers, body, encode, end, heldHere);
    };
    responseToNative = (response) => ({
      status: response.#getStatus(),
      statusText: response.#ownStatusText() ?? "",
      headers: response.#headers === null ? response.#native : headersToNative(response.#headers),
      body: response.#getBody()?.toNative() ?? null,
      encode: response.#encodeBody === "automatic",
    });
  }

  constructor(body = null, init = undefined) {
    if (body === kInternal) {
      this.#native = init;
      this.#status = null;
      this.#body = undefined;
      this.#webSocket = undefined;
      return;
    }
    if (init !== undefined && init !== null) {
      if (typeof init === "object" && #native in init) this.#like(init);
      else this.#apply(init);
    }
    if (body !== null && body !== undefined) {
      const { body: extracted, type } = extractContent(body);
      if (!isNullBodyStatus(this.#status)) this.#body = extracted;
      else if (!extracted.isEmpty()) throw new TypeError(kNullBody);
      if (type !== null) {
        this.#headers ??= new Headers();
        if (!this.#headers.has("content-type")) this.#headers.set("Content-Type", type);
      }
    }
  }

  /** As another response is, but for its body. */
  #like(other) {
    this.#status = other.#getStatus();
    if (this.#status === 0) throw new RangeError(kStatusRange);
    this.#statusText = other.#ownStatusText();
    this.#headers = new Headers(other.#getHeaders());
    this.#cf = cloneCf(other.#cf);
    this.#encodeBody = other.#encodeBody;
    this.#webSocket = other.#getWebSocket();
  }

  #apply(init) {
    if (typeof init !== "object" && typeof init !== "function") {
      throw new TypeError("Failed to construct 'Response': constructor parameter 2 is not of type "
        + "'InitializerDict or Response'.");
    }
    if (init.status !== undefined) this.#status = Number(init.status) | 0;
    const { webSocket } = init;
    if (webSocket !== undefined && webSocket !== null) {
      if (!isWebSocket(webSocket)) {
        throw new TypeError("Incorrect type for the 'webSocket' field on 'InitializerDict': the "
          + "provided value is not of type 'WebSocket'.");
      }
      if (this.#status !== 101) {
        throw new RangeError("Responses with a WebSocket must have status code 101.");
      }
      this.#webSocket = webSocket;
    } else if (this.#status < 200 || this.#status > 599) {
      throw new RangeError(kStatusRange);
    }
    if (init.statusText !== undefined) {
      this.#statusText = `${init.statusText}`;
      if (regExpTest(kControl, this.#statusText)) throw new TypeError("Invalid statusText");
    }
    if (init.headers !== undefined) this.#headers = headersInit(init, "InitializerDict");
    if (init.cf !== undefined) this.#cf = cloneCf(requireCf(init.cf, "InitializerDict"));
    if (init.encodeBody !== undefined) {
      const encode = `${init.encodeBody}`;
      if (encode !== "manual" && encode !== "automatic") {
        throw new TypeError(`encodeBody: unexpected value: ${encode}`);
      }
      this.#encodeBody = encode;
    }
  }

  static error() {
    const response = new Response();
    response.#status = 0;
    response.#type = "error";
    return response;
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, "execute 'redirect' on 'Response'", "string");
    const code = Number(status) | 0;
    if (!isRedirectStatus(code)) {
      throw new RangeError(`${code} is not a redirect status code. It must be one of: 301, 302, 303, `
        + "307, or 308.");
    }
    const text = `${url}`;
    const parsed = native.http.parseUrl(text);
    if (parsed === null) throw new TypeError(`Unable to parse URL: ${text}`);
    const response = new Response(
      null, { __proto__: null, status: code, headers: { Location: parsed } });
    freezeHeaders(response.#headers);
    return response;
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, "execute 'json' on 'Response'", "Value");
    const text = `${stringifyJson(data)}`;
    const response = new Response(null, init);
    if (isNullBodyStatus(response.#status)) throw new TypeError(kNullBody);
    response.#body = Content.ofText(text);
    const headers = response.#getHeaders();
    if (getHeader(headers, "content-type") === null) {
      setHeader(headers, "content-type", "application/json");
    }
    return response;
  }

  #getHeaders() {
    this.#headers ??= this.#native === null ? new Headers() : new Headers(kInternal, this.#native, true);
    return this.#headers;
  }

  #getBody() {
    if (this.#body === undefined) {
      this.#body = this.#native.hasBody() ? Content.ofNative(this.#native) : null;
      if (this.#body !== null) this.#body.used = this.#sent;
    }
    return this.#body;
  }

  #getStatus() {
    this.#status ??= this.#native.status();
    return this.#status;
  }

  #getWebSocket() {
    if (this.#webSocket === undefined) {
      const end = this.#native.takeWebSocket();
      this.#webSocket = end === null ? null : new WebSocket(kInternal, end);
    }
    return this.#webSocket;
  }

  /** null: it is that of the status. */
  #ownStatusText() {
    if (this.#native !== null) this.#statusText ??= this.#native.statusText();
    return this.#statusText;
  }

  #getStatusText() {
    return this.#ownStatusText() ?? "";
  }

  get status() {
    return this.#getStatus();
  }

  get ok() {
    const status = this.#getStatus();
    return status >= 200 && status <= 299;
  }

  get statusText() {
    return this.#getStatusText();
  }

  get headers() {
    return this.#getHeaders();
  }

  get url() {
    const url = typeof this.#url === "string" ? this.#url : requestHead(this.#url).url;
    const fragment = stringIndexOf(url, "#");
    return fragment < 0 ? url : stringSlice(url, 0, fragment);
  }

  get redirected() {
    return this.#redirected;
  }

  get type() {
    return this.#type;
  }

  get webSocket() {
    return this.#getWebSocket();
  }

  get cf() {
    return this.#cf;
  }

  clone() {
    if (this.#getWebSocket() !== null) {
      throw new TypeError("Cannot clone a response to a WebSocket handshake.");
    }
    const copy = new Response();
    copy.#status = this.#getStatus();
    copy.#statusText = this.#ownStatusText();
    copy.#headers = cloneHeaders(this.#getHeaders());
    copy.#cf = cloneCf(this.#cf);
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
    copy.#type = this.#type;
    const body = this.#getBody();
    if (body !== null) copy.#body = body.clone();
    return copy;
  }

  static is(value) {
    return typeof value === "object" && value !== null && #native in value;
  }
}

export const isResponse = Response.is;
delete Response.is;
inheritBody(Response, access);
for (const name of Object.getOwnPropertyNames(Response.prototype)) {
  if (name !== "constructor") Object.defineProperty(Response.prototype, name, { enumerable: true });
}
for (const name of ["error", "redirect", "json"]) {
  Object.defineProperty(Response, name, { enumerable: true });
}
Object.defineProperty(Response.prototype, Symbol.toStringTag, {
  value: "Response",
  configurable: true,
});
