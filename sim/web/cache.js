// The Cache API (https://developers.cloudflare.com/workers/runtime-apis/cache/), as far as production
// has it. What is kept, and for how long, is the CacheStore's concern (cache_store.h).
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import { regExpTest } from "./primordials.js";
import { isRequest, Request, requestHead } from "./request.js";
import { headerOfResponse, isResponse, responseFromNative, responseToNative } from "./response.js";
import { defineInterface, illegalConstructor, requireArguments, toUSVString } from "./webidl.js";

const kMostNameBytes = 1024;
// A scheme and a host.
const kFullUrl = /^[^:]+:\/\/[^/]/;

/** A key as what the store takes. */
function keyOf(request) {
  return requestHead(isRequest(request) ? request : new Request(request));
}

function checkUrl(url) {
  if (regExpTest(kFullUrl, url)) return;
  throw new TypeError("Invalid URL. Cache API keys must be fully-qualified, valid URLs.");
}

/** Whether the method of the request does not matter. */
function ignoresMethod(options, method) {
  if (options === undefined || options === null) return false;
  if (typeof options !== "object" && typeof options !== "function") {
    throw new TypeError(
      `Failed to execute '${method}' on 'Cache': parameter 2 is not of type 'CacheQueryOptions'.`);
  }
  for (const name of ["ignoreSearch", "ignoreVary", "cacheName"]) {
    if (options[name] !== undefined) {
      throw new Error(`The '${name}' field on 'CacheQueryOptions' is not implemented.`);
    }
  }
  return Boolean(options.ignoreMethod);
}

function notImplemented(cls, names) {
  for (const name of names) {
    const method = {
      [name]() {
        throw new Error(`Failed to execute '${name}' on '${cls.name}': the method is not implemented.`);
      },
    };
    Object.defineProperty(cls.prototype, name, {
      value: method[name],
      writable: true,
      configurable: true,
    });
  }
}

export class Cache {
  /** null: caches.default. @type {string | null} */ #name;

  constructor(token, name) {
    if (token !== kInternal) throw illegalConstructor();
    this.#name = name;
  }

  async match(request, options = undefined) {
    requireArguments(arguments.length, "execute 'match' on 'Cache'", "Request or string");
    const name = this.#name;
    const ignored = ignoresMethod(options, "match");
    const { method, url, headers } = keyOf(request);
    if (method !== "GET" && !ignored) return undefined;
    checkUrl(url);
    const message = await native.cache.match(name, url, headers);
    return message === null ? undefined : responseFromNative(message, "", false);
  }

  async put(request, response) {
    requireArguments(arguments.length, "execute 'put' on 'Cache'", "Request or string", "Response");
    const name = this.#name;
    if (!isResponse(response)) {
      throw new TypeError("Failed to execute 'put' on 'Cache': parameter 2 is not of type 'Response'.");
    }
    if (response.type === "error") throw new TypeError("Cache is unable to store an error response");
    const { method, url, headers } = keyOf(request);
    if (method !== "GET") throw new TypeError("Cannot cache response to non-GET request.");
    if (response.status === 206) {
      throw new TypeError("Cannot cache response to a range request (206 Partial Content).");
    }
    const vary = headerOfResponse(response, "vary");
    if (vary !== null && vary.includes("*")) {
      throw new TypeError("Cannot cache response with 'Vary: *' header.");
    }
    // A worker that caches what fetch() gives may come to store the answer to a condition.
    if (response.status === 304) return;
    if (response.webSocket !== null) {
      throw new TypeError("Cannot cache WebSocket upgrade response.");
    }
    checkUrl(url);
    const parts = responseToNative(response);
    await native.cache.put(
      name, url, headers, parts.status, parts.statusText, parts.headers, parts.body,
      parts.encode);
  }

  async delete(request, options = undefined) {
    requireArguments(arguments.length, "execute 'delete' on 'Cache'", "Request or string");
    const name = this.#name;
    const ignored = ignoresMethod(options, "delete");
    const { method, url, headers } = keyOf(request);
    if (method !== "GET" && !ignored) return false;
    checkUrl(url);
    return await native.cache.remove(name, url, headers);
  }
}
notImplemented(Cache, ["add", "addAll", "matchAll", "keys"]);
defineInterface(Cache);

export class CacheStorage {
  #default = new Cache(kInternal, null);

  constructor(token) {
    if (token !== kInternal) throw illegalConstructor();
  }

  async open(cacheName) {
    requireArguments(arguments.length, "execute 'open' on 'CacheStorage'", "string");
    const name = toUSVString(cacheName);
    if (native.encoding.encode(name).byteLength >= kMostNameBytes) {
      throw new TypeError("Cache name is too long.");
    }
    return new Cache(kInternal, name);
  }

  get default() {
    return this.#default;
  }
}
notImplemented(CacheStorage, ["delete", "match", "has", "keys"]);
defineInterface(CacheStorage);

export const caches = new CacheStorage(kInternal);
