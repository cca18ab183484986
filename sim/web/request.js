// Request (WHATWG Fetch section 5.4).
import { AbortController, isAbortSignal } from "./abort.js";
import { inheritBody } from "./body.js";
import { cloneCf, freezeCf, requireCf } from "./cf.js";
import { chosen } from "./compatibility_choices.js";
import { Content, extractContent } from "./content.js";
import { cloneHeaders, getHeader, Headers, headersOf as headersInit, headersToNative, kInternal, setHeader }
  from "./headers.js";
import { native } from "./native.js";
import { apply, stringToLowerCase } from "./primordials.js";
import { requireArguments } from "./webidl.js";

const { parse: parseJson, stringify: jsonOf } = JSON;
const { toUpperCase } = String.prototype;
// The methods that production's HTTP knows.
const kMethods = { __proto__: null };
for (const name of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "PURGE", "OPTIONS", "TRACE", "COPY",
  "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "ACL", "REPORT", "MKACTIVITY",
  "CHECKOUT", "MERGE", "MSEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "QUERY", "BAN"]) {
  kMethods[name] = true;
}
// Those that Fetch normalizes.
const kFetchMethods = { __proto__: null, DELETE: true, GET: true, HEAD: true, OPTIONS: true, POST: true, PUT: true };
const kGetWithBody = "Request with a GET or HEAD method cannot have a body.";

function normalizeMethod(method) {
  const text = `${method}`;
  const upper = apply(toUpperCase, text, []);
  const known = kMethods[upper] !== undefined
    && (upper === text || chosen.upper_case_all_http_methods || kFetchMethods[upper] !== undefined);
  if (!known) throw new TypeError(`Invalid HTTP method string: ${text}`);
  return upper;
}

function redirectMode(value) {
  const mode = stringToLowerCase(`${value}`);
  if (mode === "follow" || mode === "manual") return mode;
  throw new TypeError(`Invalid redirect value, must be one of "follow" or "manual" ("error" won't be `
    + `implemented since it does not make sense at the edge; use "manual" and check the response `
    + "status code).");
}

function cacheMode(value) {
  if (!chosen.cache_option_enabled) {
    throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.");
  }
  const mode = `${value}`;
  if (mode === "no-store" || (mode === "no-cache" && chosen.cache_no_cache_enabled)) return mode;
  throw new TypeError(`Unsupported cache mode: ${mode}`);
}

/** `cf` with what a cache mode asks of the cache. */
function withCacheMode(cf, mode) {
  const result = cf === undefined ? {} : cloneCf(cf);
  if (mode === "no-cache") {
    result.cacheForceRevalidate = true;
    return result;
  }
  if (result.cacheTtl !== undefined && result.cacheTtl !== -1) {
    throw new TypeError(
      `CacheTtl: ${result.cacheTtl}, is not compatible with cache: no-store header.`);
  }
  result.cacheTtl = -1;
  result.cacheLevel = "bypass";
  return result;
}

/** @type {import("./body.js").Access} */
let access;
/** The parts of a Request that fetch() sends; the body is taken out of it. */
export let requestToNative;
/** A native message to send of a Request, whose body is taken out of it. */
export let requestToMessage;
/** What the Cache API knows a request by. @type {(request: Request) => {method: string, url: string, headers: any}} */
export let requestHead;
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
  /** @type {Content|null} */ #body = null;
  #redirect = "follow";
  #signal = null;
  // undefined: that of the native message #cfOf, until somebody asks.
  #cf = undefined;
  #cfOf = null;
  /** @type {string|undefined} */ #cache = undefined;
  /** "manual": the answer is to be read as it comes, encoded. */
  #encodeResponseBody = "automatic";

  static {
    access = {
      has: (object) => #native in object,
      contentOf: (request) => request.#body,
      headersOf: (request) => request.#getHeaders(),
    };
    untouchedRequest = (request) => {
      const untouched = request.#native !== null && request.#signal === null
        && (request.#body === null || request.#body.passOn());
      return untouched ? request.#native : null;
    };
    requestToMessage = (request) => {
      const { method, url, headers, body, cf } = requestToNative(request);
      return native.http.makeRequest(method, url, headers, body, cf);
    };
    requestHead = (request) => ({
      method: request.#getMethod(),
      url: request.#getUrl(),
      headers: request.#headers === null ? request.#native : headersToNative(request.#headers),
    });
    requestToNative = (request) => ({
      method: request.#getMethod(),
      url: request.#getUrl(),
      headers: request.#headersToSend(),
      body: request.#body === null ? null : request.#body.toNative(),
      redirect: request.#redirect,
      signal: request.#signal,
      cf: request.#cfJson(),
      leaveEncoded: request.#encodeResponseBody === "manual",
    });
  }

  constructor(input, init = undefined, hasBody = false) {
    if (input === kInternal) {
      this.#native = init;
      this.#cfOf = init;
      // An incoming request is passed on as it is, redirects included.
      this.#redirect = "manual";
      if (hasBody) this.#body = Content.ofNative(init);
      return;
    }
    if (typeof input === "object" && input !== null && #native in input) {
      this.#method = input.method;
      this.#url = input.url;
      this.#headers = new Headers(input.#getHeaders());
      this.#redirect = input.#redirect;
      this.#signal = input.#signal;
      this.#cfOf = input.#cfOf;
      if (this.#cfOf === null) this.#cf = cloneCf(input.#cf);
      this.#cache = input.#cache;
      this.#encodeResponseBody = input.#encodeResponseBody;
      // Null replaces it, too.
      const replaced = init !== undefined && init !== null
        && (isRequest(init) || init.body !== undefined);
      if (input.#body !== null && !replaced) {
        if (input.#body.disturbed) {
          throw new TypeError("Cannot reconstruct a Request with a used body.");
        }
        // The new request takes the body over.
        this.#body = input.#body;
        input.#body = Content.ofBytes(new Uint8Array(0));
        input.#body.used = true;
      }
    } else {
      requireArguments(arguments.length, "construct 'Request'", "Request or string");
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
      throw new TypeError("Failed to construct 'Request': constructor parameter 2 is not of type "
        + "'RequestInitializerDict or Request'.");
    }
    // A Request has the members of the dictionary, too.
    if (init.integrity !== undefined && `${init.integrity}` !== "") {
      throw new TypeError("Subrequest integrity checking is not implemented. The integrity option must "
        + "be either undefined or an empty string.");
    }
    if (init.method !== undefined) this.#method = normalizeMethod(init.method);
    if (init.headers !== undefined) this.#headers = headersInit(init, "RequestInitializerDict");
    if (init.redirect !== undefined) this.#redirect = redirectMode(init.redirect);
    if (init.cache !== undefined) this.#cache = cacheMode(init.cache);
    if (init.encodeResponseBody !== undefined) {
      const encode = `${init.encodeResponseBody}`;
      if (encode !== "manual" && encode !== "automatic") {
        throw new TypeError(`encodeResponseBody: unexpected value: ${encode}`);
      }
      this.#encodeResponseBody = encode;
    }
    if (init.signal !== undefined) {
      if (init.signal !== null && !isAbortSignal(init.signal)) {
        throw new TypeError("Incorrect type for the 'signal' field on 'RequestInitializerDict': the "
          + "provided value is not of type 'AbortSignal'.");
      }
      this.#signal = init.signal;
    }
    if (init.cf !== undefined) {
      this.#cf = cloneCf(requireCf(init.cf, "RequestInitializerDict"));
      this.#cfOf = null;
    }
    if (init.body !== undefined && init.body !== null) {
      const { body, type } = extractContent(init.body);
      if (!this.#mayHaveBody()) throw new TypeError(kGetWithBody);
      this.#body = body;
      this.#headers ??= new Headers();
      if (type !== null && !this.#headers.has("content-type")) this.#headers.set("Content-Type", type);
    }
    // A GET that came with a body may be sent on with it.
    const changed = init.method !== undefined || init.body !== undefined;
    if (changed && this.#body !== null && !this.#mayHaveBody()) throw new TypeError(kGetWithBody);
  }

  #mayHaveBody() {
    const method = this.#method ?? "GET";
    return method !== "GET" && method !== "HEAD";
  }

  #headersToSend() {
    if (this.#cache === undefined) {
      return this.#headers === null ? this.#native : headersToNative(this.#headers);
    }
    const headers = new Headers(this.#getHeaders());
    if (getHeader(headers, "cache-control") === null) setHeader(headers, "Cache-Control", "no-cache");
    if (getHeader(headers, "pragma") === null) setHeader(headers, "Pragma", "no-cache");
    return headersToNative(headers);
  }

  #cfJson() {
    if (this.#cache !== undefined) return jsonOf(withCacheMode(this.#getCf(), this.#cache));
    // What came in goes on as it is, looked at or not.
    if (this.#cfOf !== null) return this.#cfOf.cf();
    return this.#cf === undefined ? "" : jsonOf(this.#cf);
  }

  #getHeaders() {
    this.#headers ??= new Headers(kInternal, this.#native, true);
    return this.#headers;
  }

  #getMethod() {
    this.#method ??= this.#native.method();
    return this.#method;
  }

  #getUrl() {
    this.#url ??= this.#native.url();
    return this.#url;
  }

  get method() {
    return this.#getMethod();
  }

  get url() {
    return this.#getUrl();
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

  #getCf() {
    if (this.#cf === undefined && this.#cfOf !== null) {
      const json = this.#cfOf.cf();
      const cf = json === "" ? { httpProtocol: "HTTP/1.1" } : parseJson(json);
      // An incoming request cannot be changed; a copy of it can.
      this.#cf = this.#native !== null ? freezeCf(cf) : cf;
    }
    return this.#cf;
  }

  get cf() {
    const cf = this.#getCf();
    // From now on this request has its own, which the worker may change.
    if (this.#native === null) this.#cfOf = null;
    return cf;
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
    return this.#cache;
  }

  clone() {
    const copy = new Request(kInternal, null);
    copy.#method = this.#getMethod();
    copy.#url = this.#getUrl();
    copy.#headers = cloneHeaders(this.#getHeaders());
    copy.#redirect = this.#redirect;
    copy.#signal = this.#signal;
    copy.#cache = this.#cache;
    copy.#encodeResponseBody = this.#encodeResponseBody;
    copy.#cfOf = this.#cfOf;
    if (this.#cfOf === null) copy.#cf = cloneCf(this.#cf);
    if (this.#body !== null) copy.#body = this.#body.clone();
    return copy;
  }

  static is(value) {
    return typeof value === "object" && value !== null && #native in value;
  }
}

export const isRequest = Request.is;
delete Request.is;
inheritBody(Request, access);
for (const name of Object.getOwnPropertyNames(Request.prototype)) {
  if (name !== "constructor") Object.defineProperty(Request.prototype, name, { enumerable: true });
}
Object.defineProperty(Request.prototype, Symbol.toStringTag, {
  value: "Request",
  configurable: true,
});
