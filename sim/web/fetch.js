// fetch(), global and of bindings (WHATWG Fetch section 5.6). Redirects are followed here, by the
// caller's rules; the network below answers one request with one response.
import { onAbort, throwIfAborted } from "./abort.js";
import { chosen } from "./compatibility_choices.js";
import { native } from "./native.js";
import { NativePromise, bufferIsView, promiseReject, promiseThen, regExpExec, regExpTest } from "./primordials.js";
import { isRequest, Request, requestToNative, untouchedRequest } from "./request.js";
import { isRedirectStatus, responseFromNative } from "./response.js";
import { addRpcToBindings } from "./rpc.js";
import { notOfType } from "./webidl.js";

const kMostRedirects = 20;
const kFetch = "execute 'fetch' on 'ServiceWorkerGlobalScope'";
const kGlobalFetch = 0;

/** Sends once. Rejects with the signal's reason when it is aborted before the answer. */
function send(slot, parts, signal) {
  if (signal === null) {
    return native.http.fetch(slot, parts.method, parts.url, parts.headers, parts.body, parts.cf, 0);
  }
  throwIfAborted(signal);
  const id = native.http.newFetchId();
  const answer = native.http.fetch(
    slot, parts.method, parts.url, parts.headers, parts.body, parts.cf, id);
  return new NativePromise((resolve, reject) => {
    const forget = onAbort(signal, (reason) => {
      native.http.cancelFetch(id);
      reject(reason);
    });
    promiseThen(answer, (message) => {
      forget();
      resolve(message);
    }, (error) => {
      forget();
      reject(error);
    });
  });
}

function fetchFrom(slot, base, input, init) {
  if (init === undefined && isRequest(input)) {
    const message = untouchedRequest(input);
    if (message !== null) return passOn(slot, message, input);
  }
  return follow(slot, base, input, init);
}

/** Sends a request on as it came in; nor does such a one follow redirects. */
async function passOn(slot, message, request) {
  return responseFromNative(await native.http.passOn(slot, message), request, false);
}

async function follow(slot, base, input, init) {
  if (init !== undefined && init !== null && typeof init !== "object") {
    throw notOfType(kFetch, 2, "RequestInitializerDict or Request");
  }
  const request = init === undefined && isRequest(input) ? input
    : new Request(isRequest(input) ? input : resolveUrl(input, base), init);
  const parts = requestToNative(request);
  requireHttp(parts.url);
  let redirected = false;
  for (let redirects = 0; ; ++redirects) {
    const message = await send(slot, parts, parts.signal);
    const status = message.status();
    const location = isRedirectStatus(status) && parts.redirect !== "manual"
      ? message.header("location") : null;
    if (location === null) {
      if (parts.leaveEncoded) message.leaveEncoded();
      return responseFromNative(message, parts.url, redirected);
    }
    const next = native.http.parseUrl(location, parts.url);
    if (next === null) {
      throw new TypeError("Invalid Location header; unable to follow redirect.");
    }
    requireHttp(next);
    if (redirects === kMostRedirects) throw new TypeError("Too many redirects.");
    followRedirect(parts, status, next);
    redirected = true;
  }
}

// Of a URL as the URL standard writes it: scheme, credentials, host and port.
const kOrigin = /^([^:]+:\/\/)(?:[^/?#@]*@)?([^/?#]*)/;

function originOf(url) {
  const parts = regExpExec(kOrigin, url);
  return parts === null ? url : parts[1] + parts[2];
}

/** WHATWG Fetch section 4.4, "HTTP-redirect fetch". */
function followRedirect(parts, status, url) {
  const again = parts.body === null || typeof parts.body === "string" || bufferIsView(parts.body);
  // Even where the method becomes GET.
  if (status !== 303 && !again) {
    throw new TypeError("A request with a one-time-use body (it was initialized from a stream, not a "
      + "buffer) encountered a redirect requiring the body to be retransmitted. To avoid this error in "
      + "the future, construct this request from a buffer-like body initializer.");
  }
  const toGet = (status === 303 && parts.method !== "GET" && parts.method !== "HEAD")
    || ((status === 301 || status === 302) && parts.method === "POST");
  if (toGet) {
    parts.method = "GET";
    parts.body = null;
    parts.headers = native.http.withoutHeaders(parts.headers, ["content-length"]);
  }
  if (chosen.strip_authorization_on_cross_origin_redirect && originOf(parts.url) !== originOf(url)) {
    parts.headers = native.http.withoutHeaders(parts.headers, ["authorization"]);
  }
  parts.url = url;
}

const kHttp = /^https?:/;

function requireHttp(url) {
  if (!regExpTest(kHttp, url)) throw new TypeError(`Fetch API cannot load: ${url}`);
}

function resolveUrl(input, base) {
  const text = `${input}`;
  const url = native.http.parseUrl(text, base);
  if (url === null) throw new TypeError(`Fetch API cannot load: ${text}`);
  return url;
}

export function fetch(input, init = undefined) {
  if (arguments.length === 0) return promiseReject(notOfType(kFetch, 1, "Request or string"));
  return fetchFrom(kGlobalFetch, undefined, input, init);
}

const kToken = Symbol("token");
/** The fetcher behind a binding. @type {(fetcher: Fetcher) => number} */
export let slotOf;
let slotIn;

/** What a binding to another service is: `env.X.fetch(...)`. */
export class Fetcher {
  #slot;

  static {
    slotOf = (fetcher) => fetcher.#slot;
    slotIn = (value) =>
      (typeof value === "object" && value !== null && #slot in value ? value.#slot : undefined);
  }

  constructor(token, slot) {
    if (token !== kToken) throw new TypeError("Illegal constructor");
    this.#slot = slot;
  }

  fetch(input, init = undefined) {
    return fetchFrom(slotOf(this), "https://fake-host/", input, init);
  }
}

addRpcToBindings(Fetcher, slotIn);

/** Called by C++: the object of a binding that reaches fetcher `slot`. */
export function makeFetcher(slot) {
  return new Fetcher(kToken, slot);
}
