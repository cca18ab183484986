// URL and URLSearchParams (https://url.spec.whatwg.org/#api). Parsing is native (sim/net/url.h):
// one call gives the normalized string, and where its components lie in it.
import { chosen } from "./compatibility_choices.js";
import { native } from "./native.js";
import {
  arrayPush,
  arraySort,
  arraySplice,
  getOwnPropertyDescriptor,
  ownKeys,
  stringSlice,
} from "./primordials.js";
import { attributes, registerInspect } from "./inspect.js";
import {
  defineInterface,
  defineIterable,
  flatPairs,
  requireArguments,
  toUSVString,
} from "./webidl.js";

// Where components end; the layout is url.cc's.
const schemeEnd = 0;
const usernameEnd = 1;
const hostBegin = 2;
const hostEnd = 3;
const portEnd = 4;
const pathBegin = 5;
const queryBegin = 6;
const fragmentBegin = 7;
const partCount = 8;

// Filled by the native parser; made at first use, not in the snapshot.
/** @type {Uint32Array} */
let scratch;

function parse(input, base) {
  scratch ??= new Uint32Array(partCount);
  return native.url.parse(input, base, scratch);
}

function takeParts() {
  return [
    scratch[0],
    scratch[1],
    scratch[2],
    scratch[3],
    scratch[4],
    scratch[5],
    scratch[6],
    scratch[7],
  ];
}

/** @type {(params: URLSearchParams, url: URL, query: string) => void} */
let attachParams;
/** @type {(params: URLSearchParams, query: string) => void} */
let refillParams;
/** @type {(url: URL, query: string) => void} */
let writeQuery;

/** @type {(value: any) => value is URL} */
export let isURL;
/** The flat list behind a URLSearchParams; not to be changed. @type {(params: any) => string[]} */
export let searchPairs;
/** @type {(value: any) => value is URLSearchParams} */
export let isSearchParams;

// Marks the call of the constructor by URL.parse(), which has parsed already.
const prepared = Symbol("prepared");

export class URL {
  /** @type {string} */
  #href;
  /** @type {number[]} */
  #parts;
  /** @type {URLSearchParams | null} */
  #params = null;

  constructor(url, base = undefined) {
    if (url === prepared) {
      this.#href = base;
      this.#parts = takeParts();
      return;
    }
    requireArguments(arguments.length, "construct 'URL'", "USVString");
    const href = parse(`${url}`, base === undefined ? undefined : `${base}`);
    if (href === null) throw new TypeError("Invalid URL string.");
    this.#href = href;
    this.#parts = takeParts();
  }

  static canParse(url, base = undefined) {
    requireArguments(arguments.length, "execute 'canParse' on 'URL'", "USVString");
    return parse(`${url}`, base === undefined ? undefined : `${base}`) !== null;
  }
  static parse(url, base = undefined) {
    requireArguments(arguments.length, "execute 'parse' on 'URL'", "USVString");
    const href = parse(`${url}`, base === undefined ? undefined : `${base}`);
    return href === null ? null : new URL(prepared, href);
  }

  #slice(from, to) {
    return stringSlice(this.#href, this.#parts[from], this.#parts[to]);
  }
  #set(member, value) {
    const href = native.url.set(
      this.#href,
      member,
      value,
      (scratch ??= new Uint32Array(partCount)),
    );
    if (href === null) return false;
    this.#href = href;
    this.#parts = takeParts();
    return true;
  }
  #refill() {
    if (this.#params !== null) refillParams(this.#params, stringSlice(this.search, 1));
  }

  get href() {
    return this.#href;
  }
  set href(value) {
    if (!this.#set("href", `${value}`)) {
      throw new TypeError("Failed to set the 'href' property on 'URL': the provided value is not of type "
        + "'valid URL string'.");
    }
    this.#refill();
  }
  get origin() {
    const protocol = stringSlice(this.#href, 0, this.#parts[schemeEnd]);
    switch (protocol) {
      case "http:":
      case "https:":
      case "ws:":
      case "wss:":
      case "ftp:":
        return `${protocol}//${this.host}`;
      case "blob:":
        return native.url.origin(this.#href);
      default:
        return "null";
    }
  }
  get protocol() {
    return stringSlice(this.#href, 0, this.#parts[schemeEnd]);
  }
  set protocol(value) {
    this.#set("protocol", `${value}`);
  }
  get username() {
    const parts = this.#parts;
    const begin = parts[schemeEnd] + 2;
    return parts[usernameEnd] > begin ? stringSlice(this.#href, begin, parts[usernameEnd]) : "";
  }
  set username(value) {
    this.#set("username", `${value}`);
  }
  get password() {
    const parts = this.#parts;
    // ':' before it and '@' behind it.
    const begin = parts[usernameEnd] + 1;
    const end = parts[hostBegin] - 1;
    return end > begin ? stringSlice(this.#href, begin, end) : "";
  }
  set password(value) {
    this.#set("password", `${value}`);
  }
  get host() {
    return this.#slice(hostBegin, portEnd);
  }
  set host(value) {
    this.#set("host", `${value}`);
  }
  get hostname() {
    return this.#slice(hostBegin, hostEnd);
  }
  set hostname(value) {
    this.#set("hostname", `${value}`);
  }
  get port() {
    const parts = this.#parts;
    return parts[portEnd] > parts[hostEnd]
      ? stringSlice(this.#href, parts[hostEnd] + 1, parts[portEnd])
      : "";
  }
  set port(value) {
    this.#set("port", `${value}`);
  }
  get pathname() {
    return this.#slice(pathBegin, queryBegin);
  }
  set pathname(value) {
    this.#set("pathname", `${value}`);
  }
  get search() {
    const parts = this.#parts;
    return parts[fragmentBegin] > parts[queryBegin] + 1
      ? stringSlice(this.#href, parts[queryBegin], parts[fragmentBegin])
      : "";
  }
  set search(value) {
    this.#set("search", `${value}`);
    this.#refill();
  }
  get hash() {
    const begin = this.#parts[fragmentBegin];
    return this.#href.length > begin + 1 ? stringSlice(this.#href, begin) : "";
  }
  set hash(value) {
    this.#set("hash", `${value}`);
  }
  get searchParams() {
    if (this.#params === null) {
      this.#params = new URLSearchParams();
      attachParams(this.#params, this, stringSlice(this.search, 1));
    }
    return this.#params;
  }
  toString() {
    return this.#href;
  }
  toJSON() {
    return this.#href;
  }

  static {
    writeQuery = (url, query) => url.#set("search", query);
    isURL = (value) => value !== null && typeof value === "object" && #parts in value;
  }
}
defineInterface(URL);

const pairMessage = "Invalid URL search params sequence.";

function valueToMatch(value) {
  return value === undefined || !chosen.urlsearchparams_delete_has_value_arg ? undefined : toUSVString(value);
}

function matches(pairs, i, name, value) {
  return pairs[i] === name && (value === undefined || pairs[i + 1] === value);
}

export class URLSearchParams {
  /** Flat: name, value, name, value, ... @type {string[]} */
  #pairs;
  /** @type {URL | null} */
  #url = null;

  constructor(init = "") {
    if (init === "") {
      this.#pairs = [];
    } else if (init !== null && (typeof init === "object" || typeof init === "function")) {
      if (isSearchParams(init) && init[Symbol.iterator] === URLSearchParams.prototype.entries) {
        this.#pairs = [...init.#pairs];
        return;
      }
      const pairs = [];
      const iterator = init[Symbol.iterator];
      if (iterator !== undefined && iterator !== null) {
        const flat = flatPairs(init, pairMessage);
        for (let i = 0; i < flat.length; i++) pairs[i] = toUSVString(flat[i]);
      } else {
        for (const key of ownKeys(init)) {
          if (!getOwnPropertyDescriptor(init, key)?.enumerable) continue;
          if (typeof key === "symbol") throw new TypeError("Cannot convert a Symbol to a string");
          const name = toUSVString(key);
          const value = toUSVString(init[key]);
          // Names that differ as strings can be equal as USVStrings; the last value wins.
          let known = 0;
          while (known < pairs.length && pairs[known] !== name) known += 2;
          pairs[known] = name;
          pairs[known + 1] = value;
        }
      }
      this.#pairs = pairs;
    } else {
      const text = `${init}`;
      this.#pairs = native.url.parseParams(text[0] === "?" ? stringSlice(text, 1) : text);
    }
  }

  get size() {
    return this.#pairs.length / 2;
  }
  append(name, value) {
    requireArguments(arguments.length, "execute 'append' on 'URLSearchParams'", "USVString", "USVString");
    arrayPush(this.#pairs, toUSVString(name), toUSVString(value));
    this.#changed();
  }
  delete(name, value = undefined) {
    requireArguments(arguments.length, "execute 'delete' on 'URLSearchParams'", "USVString");
    name = toUSVString(name);
    value = valueToMatch(value);
    const pairs = this.#pairs;
    let kept = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      if (matches(pairs, i, name, value)) continue;
      pairs[kept] = pairs[i];
      pairs[kept + 1] = pairs[i + 1];
      kept += 2;
    }
    pairs.length = kept;
    this.#changed();
  }
  get(name) {
    requireArguments(arguments.length, "execute 'get' on 'URLSearchParams'", "USVString");
    name = toUSVString(name);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
    return null;
  }
  getAll(name) {
    requireArguments(arguments.length, "execute 'getAll' on 'URLSearchParams'", "USVString");
    name = toUSVString(name);
    const pairs = this.#pairs;
    const found = [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === name) found[found.length] = pairs[i + 1];
    }
    return found;
  }
  has(name, value = undefined) {
    requireArguments(arguments.length, "execute 'has' on 'URLSearchParams'", "USVString");
    name = toUSVString(name);
    value = valueToMatch(value);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (matches(pairs, i, name, value)) return true;
    return false;
  }
  set(name, value) {
    requireArguments(arguments.length, "execute 'set' on 'URLSearchParams'", "USVString", "USVString");
    name = toUSVString(name);
    value = toUSVString(value);
    const pairs = this.#pairs;
    let kept = 0;
    let found = false;
    for (let i = 0; i < pairs.length; i += 2) {
      const current = pairs[i];
      let item = pairs[i + 1];
      if (current === name) {
        if (found) continue;
        found = true;
        item = value;
      }
      pairs[kept] = current;
      pairs[kept + 1] = item;
      kept += 2;
    }
    pairs.length = kept;
    if (!found) arrayPush(pairs, name, value);
    this.#changed();
  }
  sort() {
    const pairs = this.#pairs;
    const list = [];
    for (let i = 0; i < pairs.length; i += 2) list[list.length] = [pairs[i], pairs[i + 1]];
    // `<` compares strings by code units, as the standard wants.
    arraySort(list, (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    for (let i = 0; i < list.length; i++) {
      pairs[2 * i] = list[i][0];
      pairs[2 * i + 1] = list[i][1];
    }
    this.#changed();
  }
  toString() {
    const pairs = this.#pairs;
    return pairs.length === 0 ? "" : native.url.formatParams(pairs);
  }

  #changed() {
    if (this.#url !== null) writeQuery(this.#url, this.toString());
  }

  static {
    attachParams = (params, url, query) => {
      params.#url = url;
      refillParams(params, query);
    };
    refillParams = (params, query) => {
      const pairs = query === "" ? [] : native.url.parseParams(query);
      arraySplice(params.#pairs, 0, params.#pairs.length);
      for (let i = 0; i < pairs.length; i++) params.#pairs[i] = pairs[i];
    };
    searchPairs = (params) => params.#pairs;
    isSearchParams = (value) => value !== null && typeof value === "object" && #pairs in value;
  }
}

defineIterable(URLSearchParams, searchPairs);
defineInterface(URLSearchParams);

registerInspect(
  URL,
  attributes(
    URL,
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "searchParams",
    "hash",
  ),
);
registerInspect(URLSearchParams, searchPairs);
