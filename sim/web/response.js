// Response (WHATWG Fetch section 5.5).
import { addBodyMixin, Body, extractBody } from "./body.js";
import { Headers, headersToNative, kInternal } from "./headers.js";
import { native } from "./native.js";

export const isRedirectStatus = (status) =>
  status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
const isNullBodyStatus = (status) =>
  status === 101 || status === 204 || status === 205 || status === 304;
const kReason = /^[\t\x20-\x7e\x80-\xff]*$/;

let bodyOf;
let headersOf;
/** Hands a Response to the native request context of that id; the body is taken out of it. */
export let sendResponse;
/** A native message to send of a Response, whose body is taken out of it. */
export let responseToMessage;
/** A Response that is another's copy, of whose native message it is made. */
export let responseByValue;
/** A Response around a native message. `url`: the URL, or the Request that has it. */
export let responseFromNative;

export class Response {
  // The native message behind the answer of a fetch(); its parts are copied when they are asked for.
  #native = null;
  #status = 200;
  #statusText = "";
  /** @type {Headers|null} */ #headers = null;
  // undefined: as #native has it, taken out where #sent.
  /** @type {Body|null|undefined} */ #body = null;
  #sent = false;
  // A string, or the Request that was sent.
  #url = "";
  #redirected = false;
  #type = "default";
  #cf = undefined;

  static {
    bodyOf = (response) => response.#getBody();
    headersOf = (response) => response.#getHeaders();
    responseFromNative = (message, url, redirected) => {
      const response = new Response(kInternal, message);
      response.#url = url;
      response.#redirected = redirected;
      return response;
    };
    responseByValue = (message) => {
      const response = new Response(null, {
        status: message.status(),
        statusText: message.statusText(),
      });
      response.#headers = new Headers(kInternal, message);
      response.#body = message.hasBody() ? Body.ofNative(message) : null;
      response.#url = message.url();
      return response;
    };
    responseToMessage = (response) => {
      const body = response.#getBody();
      return native.http.makeResponse(response.#getStatus(), response.#getStatusText(), response.url,
        headersToNative(response.#getHeaders()), body === null ? null : body.toNative());
    };
    sendResponse = (id, response) => {
      if (response.#type === "error") {
        throw new TypeError(
          "Return value from serve handler must not be an error response (like Response.error())");
      }
      const message = response.#native;
      // The answer of a fetch() cannot be changed: untouched, it goes back whole.
      if (message !== null && (response.#body === undefined ? !response.#sent
        : response.#body === null || response.#body.passOn())) {
        response.#sent = true;
        native.http.passBack(id, message);
        return;
      }
      const headers = response.#headers === null ? message : headersToNative(response.#headers);
      const own = response.#getBody();
      const body = own === null ? null : own.toNative();
      native.http.respond(id, response.#getStatus(), response.#getStatusText(), headers, body);
    };
  }

  constructor(body = null, init = undefined) {
    if (body === kInternal) {
      this.#native = init;
      this.#status = null;
      this.#statusText = null;
      this.#body = undefined;
      return;
    }
    if (init !== undefined && init !== null) this.#apply(init);
    if (body !== null && body !== undefined) {
      if (isNullBodyStatus(this.#status)) {
        throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
      }
      const { body: extracted, type } = extractBody(body);
      this.#body = extracted;
      if (type !== null) {
        this.#headers ??= new Headers();
        if (!this.#headers.has("content-type")) this.#headers.set("Content-Type", type);
      }
    }
  }

  #apply(init) {
    if (typeof init !== "object" && typeof init !== "function") {
      throw new TypeError(
        "Failed to construct 'Response': parameter 2 is not of type 'ResponseInit'.");
    }
    if (init.status !== undefined) {
      const status = Number(init.status) | 0;
      if (status !== 101 && (status < 200 || status > 599)) {
        throw new RangeError("Responses may only be constructed with status codes in the range 200 to "
          + "599, inclusive.");
      }
      this.#status = status;
    }
    if (init.statusText !== undefined) {
      this.#statusText = `${init.statusText}`;
      if (!kReason.test(this.#statusText)) throw new TypeError("Invalid statusText");
    }
    if (init.headers !== undefined) this.#headers = new Headers(init.headers);
    if (init.cf !== undefined) this.#cf = init.cf;
  }

  static error() {
    const response = new Response();
    response.#status = 0;
    response.#type = "error";
    response.#headers = new Headers(kInternal, null, true);
    return response;
  }

  static redirect(url, status = 302) {
    const parsed = native.http.parseUrl(`${url}`);
    if (parsed === null) throw new TypeError(`Unable to parse URL: ${url}`);
    if (!isRedirectStatus(status)) {
      throw new RangeError(`${status} is not a redirect status code.`);
    }
    const response = new Response(null, { status, headers: { Location: parsed } });
    return response;
  }

  static json(data, init = undefined) {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError("The data is not JSON serializable");
    const response = new Response(text, init);
    if (init === undefined || init === null || init.headers === undefined
        || !new Headers(init.headers).has("content-type")) {
      response.headers.set("Content-Type", "application/json");
    }
    return response;
  }

  #getHeaders() {
    this.#headers ??= this.#native === null ? new Headers() : new Headers(kInternal, this.#native, true);
    return this.#headers;
  }

  #getBody() {
    if (this.#body === undefined) {
      this.#body = this.#native.hasBody() ? Body.ofNative(this.#native) : null;
      if (this.#body !== null) this.#body.used = this.#sent;
    }
    return this.#body;
  }

  #getStatus() {
    this.#status ??= this.#native.status();
    return this.#status;
  }

  #getStatusText() {
    this.#statusText ??= this.#native.statusText();
    return this.#statusText;
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
    return typeof this.#url === "string" ? this.#url : this.#url.url;
  }

  get redirected() {
    return this.#redirected;
  }

  get type() {
    return this.#type;
  }

  get webSocket() {
    return null;
  }

  get cf() {
    return this.#cf;
  }

  clone() {
    const copy = new Response(null, {
      status: this.#type === "error" ? 200 : this.#getStatus(),
      statusText: this.#getStatusText(),
      headers: this.#getHeaders(),
      cf: this.#cf,
    });
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
addBodyMixin(Response, bodyOf, headersOf);
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
