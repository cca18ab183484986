// Request (WHATWG Fetch section 5.4).
import { AbortController, AbortSignal } from "./abort.js";
import { addBodyMixin, Body, extractBody } from "./body.js";
import { Headers, headersToNative, kInternal } from "./headers.js";
import { native } from "./native.js";

const { parse: parseJson, stringify: jsonOf } = JSON;
const kMethods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);
const kToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const isRedirectMode = (mode) => mode === "follow" || mode === "manual" || mode === "error";

function normalizeMethod(method) {
  const text = `${method}`;
  if (!kToken.test(text)) throw new TypeError(`Invalid HTTP method string: ${text}`);
  const upper = text.toUpperCase();
  return kMethods.has(upper) || upper === "PATCH" ? upper : text;
}

let bodyOf;
let headersOf;
/** The parts of a Request that fetch() sends; the body is taken out of it. */
export let requestToNative;
/** A native message to send of a Request, whose body is taken out of it. */
export let requestToMessage;
/**
 * The native message of a Request that is as it came in, for fetch() to send on whole, its body
 * taken out of it; else null.
 */
export let untouchedRequest;

export class Request {
  // The native message behind an incoming request; its parts are copied when they are asked for.
  #native = null;
  #method = null;
  #url = null;
  /** @type {Headers|null} */ #headers = null;
  /** @type {Body|null} */ #body = null;
  #redirect = "follow";
  #signal = null;
  // undefined: that of the native message #cfOf, until somebody asks.
  #cf = undefined;
  #cfOf = null;

  static {
    bodyOf = (request) => request.#body;
    headersOf = (request) => request.#getHeaders();
    untouchedRequest = (request) => {
      const untouched = request.#native !== null && request.#signal === null && request.#cf === undefined
        && (request.#body === null || request.#body.passOn());
      return untouched ? request.#native : null;
    };
    requestToMessage = (request) => {
      const { method, url, headers, body, cf } = requestToNative(request);
      return native.http.makeRequest(method, url, headers, body, cf);
    };
    requestToNative = (request) => ({
      method: request.method,
      url: request.url,
      headers: request.#headers === null ? request.#native : headersToNative(request.#headers),
      body: request.#body === null ? null : request.#body.toNative(),
      redirect: request.#redirect,
      signal: request.#signal,
      cf: request.#cf !== undefined ? jsonOf(request.#cf) : request.#cfOf?.cf() ?? "",
    });
  }

  constructor(input, init = undefined, hasBody = false) {
    if (input === kInternal) {
      this.#native = init;
      this.#cfOf = init;
      // An incoming request is passed on as it is, redirects included.
      this.#redirect = "manual";
      if (hasBody) this.#body = Body.ofNative(init);
      return;
    }
    if (typeof input === "object" && input !== null && #native in input) {
      this.#method = input.method;
      this.#url = input.url;
      this.#headers = new Headers(input.#getHeaders());
      this.#redirect = input.#redirect;
      this.#signal = input.#signal;
      this.#cf = input.#cf;
      this.#cfOf = input.#cfOf;
      const replaced = init !== undefined && init !== null && init.body !== undefined && init.body !== null;
      if (input.#body !== null && !replaced) {
        if (input.#body.disturbed) {
          throw new TypeError("Cannot reconstruct a Request with a used body.");
        }
        // The new request takes the body over.
        this.#body = input.#body;
        input.#body = Body.ofBytes(new Uint8Array(0));
        input.#body.used = true;
      }
    } else {
      const text = `${input}`;
      this.#url = native.http.parseUrl(text);
      if (this.#url === null) throw new TypeError(`Invalid URL: ${text}`);
    }
    if (init !== undefined && init !== null) this.#apply(init);
    this.#headers ??= new Headers();
    this.#method ??= "GET";
  }

  #apply(init) {
    if (typeof init !== "object" && typeof init !== "function") {
      throw new TypeError("Failed to construct 'Request': parameter 2 is not of type 'RequestInit'.");
    }
    // A Request is a RequestInit too.
    if (init.method !== undefined) this.#method = normalizeMethod(init.method);
    if (init.headers !== undefined) this.#headers = new Headers(init.headers);
    if (init.redirect !== undefined) {
      if (!isRedirectMode(init.redirect)) {
        throw new TypeError(`Invalid redirect value, must be one of "follow" or "manual" ("error" `
          + `won't be implemented since it does not make sense at the edge; use "manual" and check `
          + `the response status code).`);
      }
      this.#redirect = init.redirect;
    }
    if (init.signal !== undefined) {
      if (init.signal !== null && !(init.signal instanceof AbortSignal)) {
        throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
      }
      this.#signal = init.signal;
    }
    if (init.cf !== undefined) this.#cf = init.cf;
    if (init.body !== undefined && init.body !== null) {
      const method = this.#method ?? "GET";
      if (method === "GET" || method === "HEAD") {
        throw new TypeError("Request with a GET or HEAD method cannot have a body.");
      }
      const { body, type } = extractBody(init.body);
      this.#body = body;
      this.#headers ??= new Headers();
      if (type !== null && !this.#headers.has("content-type")) this.#headers.set("Content-Type", type);
    }
  }

  #getHeaders() {
    this.#headers ??= new Headers(kInternal, this.#native, true);
    return this.#headers;
  }

  get method() {
    this.#method ??= this.#native.method();
    return this.#method;
  }

  get url() {
    this.#url ??= this.#native.url();
    return this.#url;
  }

  get headers() {
    return this.#getHeaders();
  }

  get redirect() {
    return this.#redirect;
  }

  get signal() {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  get cf() {
    if (this.#cf === undefined && this.#cfOf !== null) {
      const json = this.#cfOf.cf();
      this.#cf = json === "" ? { httpProtocol: "HTTP/1.1" } : parseJson(json);
    }
    return this.#cf;
  }

  get fetcher() {
    return null;
  }

  get integrity() {
    return "";
  }

  get keepalive() {
    return false;
  }

  get cache() {
    return undefined;
  }

  clone() {
    const copy = new Request(this.url, {
      method: this.method,
      headers: this.#getHeaders(),
      redirect: this.#redirect,
      signal: this.#signal,
      cf: this.#cf,
    });
    copy.#cfOf = this.#cfOf;
    if (this.#body !== null) copy.#body = this.#body.clone();
    return copy;
  }

  static is(value) {
    return typeof value === "object" && value !== null && #native in value;
  }
}

export const isRequest = Request.is;
delete Request.is;
addBodyMixin(Request, bodyOf, headersOf);
for (const name of Object.getOwnPropertyNames(Request.prototype)) {
  if (name !== "constructor") Object.defineProperty(Request.prototype, name, { enumerable: true });
}
Object.defineProperty(Request.prototype, Symbol.toStringTag, {
  value: "Request",
  configurable: true,
});
