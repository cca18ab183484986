// Headers (WHATWG Fetch section 5.1). Backed by a native message: what a worker changes is kept as a
// list of changes, so that one which reads two of forty headers and sets one pays for three.
import { native } from "./native.js";
import { apply, getOwnPropertyDescriptor, ownKeys, uncurryThis } from "./primordials.js";
import { iteratorClasses, memberNotOfType, notOfType, requireArguments } from "./webidl.js";

const kTokens = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const kBadValue = /[\0\n\r]/;
// Not test(), which looks exec() up.
const { exec } = RegExp.prototype;
const { slice, toLowerCase } = String.prototype;

// Checked and lower-cased names; real traffic has few distinct ones.
const kKnownNames = new Map();
const { get: mapGet, set: mapSet, forEach: mapForEach } = Map.prototype;

function lowerName(name) {
  const known = apply(mapGet, kKnownNames, [name]);
  if (known !== undefined) return known;
  const text = `${name}`;
  if (apply(exec, kTokens, [text]) === null) throw new TypeError("Invalid header name.");
  const lower = apply(toLowerCase, text, []);
  if (kKnownNames.size < 1000) apply(mapSet, kKnownNames, [text, lower]);
  return lower;
}

function isSpace(c) {
  return c === " " || c === "\t" || c === "\n" || c === "\r";
}

function cleanValue(value) {
  let text = typeof value === "string" ? value : `${value}`;
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text[from])) ++from;
  while (from < to && isSpace(text[to - 1])) --to;
  if (to - from < text.length) text = apply(slice, text, [from, to]);
  if (apply(exec, kBadValue, [text]) !== null) throw new TypeError("Invalid header value.");
  return text;
}

// A list is flat: lower-cased name, name as given, value, ... What Array.prototype has is a
// worker's to change.

function copyOf(list) {
  const copy = [];
  for (let i = 0; i < list.length; ++i) copy[i] = list[i];
  return copy;
}

function add(list, lower, name, value) {
  const end = list.length;
  list[end] = lower;
  list[end + 1] = name;
  list[end + 2] = value;
}

/** Removes the headers of that name, from place `from` on. */
function removeFrom(list, from, lower) {
  let kept = from;
  for (let i = from; i < list.length; i += 3) {
    if (list[i] === lower) continue;
    list[kept] = list[i];
    list[kept + 1] = list[i + 1];
    list[kept + 2] = list[i + 2];
    kept += 3;
  }
  list.length = kept;
}

/** An iterator over name, value, name, value ... */
class HeadersIterator {
  #flat;
  #kind;
  #at = 0;
  constructor(flat, kind) {
    this.#flat = flat;
    this.#kind = kind;
  }
  next() {
    const flat = this.#flat;
    const at = this.#at;
    if (at >= flat.length) return { done: true, value: undefined };
    this.#at = at + 2;
    const value = this.#kind === 2 ? [flat[at], flat[at + 1]] : flat[at + this.#kind];
    return { done: false, value };
  }
}
const { KeyIterator, ValueIterator, EntryIterator } = iteratorClasses(HeadersIterator);

const kInitTypes = "Headers or Sequence or object";

/** The headers that a dictionary has. @param {string} dictionary in production's words */
export function headersOf(init, dictionary) {
  const { headers } = init;
  if (headers === null || (typeof headers !== "object" && typeof headers !== "function")) {
    throw memberNotOfType("headers", dictionary, kInitTypes);
  }
  return new Headers(headers);
}

/** Marks constructor calls of the runtime itself. */
export const kInternal = Symbol("internal");

export class Headers {
  // The native message that holds the headers; null once #list alone has them.
  #native = null;
  // What was done to the headers of #native, as http.cc reads it.
  #changes = "";
  // What those changes left: lower-cased name -> value, or null.
  /** @type {Map<string, string|null>|null} */ #changed = null;
  // All of it, where that was needed.
  #list = null;
  #immutable = false;

  constructor(init = undefined, native = undefined, immutable = false) {
    if (init === kInternal) {
      this.#native = native;
      this.#immutable = immutable;
      if (native === null) this.#list = [];
      return;
    }
    if (init === undefined) {
      this.#list = [];
      return;
    }
    if (init === null || (typeof init !== "object" && typeof init !== "function")) {
      throw notOfType("construct 'Headers'", 1, kInitTypes);
    }
    if (#list in init) {
      this.#native = init.#native;
      if (init.#native === null) {
        this.#list = copyOf(init.#list);
      } else if (init.#changed !== null) {
        this.#changes = init.#changes;
        const changed = new Map();
        apply(mapForEach, init.#changed, [(value, key) => apply(mapSet, changed, [key, value])]);
        this.#changed = changed;
      }
      return;
    }
    this.#list = [];
    if (init[Symbol.iterator] !== undefined && init[Symbol.iterator] !== null) {
      for (const pair of init) {
        if (pair === null || typeof pair !== "object") {
          throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
        }
        const items = [...pair];
        if (items.length !== 2) {
          throw new TypeError("To initialize a Headers object from a sequence, each inner sequence "
            + "must have exactly two elements.");
        }
        this.#append(items[0], items[1]);
      }
    } else {
      const keys = ownKeys(init);
      for (let i = 0; i < keys.length; ++i) {
        const property = getOwnPropertyDescriptor(init, keys[i]);
        if (property !== undefined && property.enumerable) this.#append(keys[i], init[keys[i]]);
      }
    }
  }

  /** The list, copied out of the native message. */
  #own() {
    if (this.#list === null) {
      const flat = native.http.headerList(toNative(this));
      const list = [];
      for (let i = 0; i < flat.length; i += 2) {
        add(list, apply(toLowerCase, flat[i], []), flat[i], flat[i + 1]);
      }
      this.#list = list;
    }
    return this.#list;
  }

  /** Notes a change, or gives the list to change where the headers are in one already. */
  #change(kind, name, lower, value, result) {
    if (this.#list !== null) {
      this.#native = null;
      return this.#list;
    }
    this.#changes += `${kind}${name}\0${value}\0`;
    this.#changed ??= new Map();
    apply(mapSet, this.#changed, [lower, result]);
    return null;
  }

  #checkGuard() {
    if (this.#immutable) throw new TypeError("Can't modify immutable headers.");
  }

  #append(name, value) {
    this.#checkGuard();
    const lower = lowerName(name);
    const clean = cleanValue(value);
    const before = this.#list === null ? this.#value(lower) : null;
    const list =
      this.#change("A", name, lower, clean, before === null ? clean : `${before}, ${clean}`);
    if (list !== null) add(list, lower, `${name}`, clean);
  }

  append(name, value) {
    requireArguments(arguments.length, "execute 'append' on 'Headers'", "string", "string");
    this.#append(name, value);
  }

  set(name, value) {
    requireArguments(arguments.length, "execute 'set' on 'Headers'", "string", "string");
    this.#checkGuard();
    const lower = lowerName(name);
    const clean = cleanValue(value);
    const list = this.#change("S", name, lower, clean, clean);
    if (list === null) return;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] !== lower) continue;
      list[i + 2] = clean;
      removeFrom(list, i + 3, lower);
      return;
    }
    add(list, lower, `${name}`, clean);
  }

  delete(name) {
    requireArguments(arguments.length, "execute 'delete' on 'Headers'", "string");
    this.#checkGuard();
    const lower = lowerName(name);
    const list = this.#change("D", name, lower, "", null);
    if (list !== null) removeFrom(list, 0, lower);
  }

  get(name) {
    requireArguments(arguments.length, "execute 'get' on 'Headers'", "string");
    return this.#value(lowerName(name));
  }

  #value(lower) {
    if (this.#list === null) {
      const changed = this.#changed === null ? undefined : apply(mapGet, this.#changed, [lower]);
      return changed === undefined ? this.#native.header(lower) : changed;
    }
    const list = this.#list;
    let result = null;
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) result = result === null ? list[i + 2] : `${result}, ${list[i + 2]}`;
    }
    return result;
  }

  has(name) {
    requireArguments(arguments.length, "execute 'has' on 'Headers'", "string");
    return this.#value(lowerName(name)) !== null;
  }

  getSetCookie() {
    return this.#all("set-cookie");
  }

  getAll(name) {
    requireArguments(arguments.length, "execute 'getAll' on 'Headers'", "string");
    if (apply(toLowerCase, `${name}`, []) !== "set-cookie") {
      throw new TypeError("getAll() can only be used with the header name \"Set-Cookie\".");
    }
    return this.#all("set-cookie");
  }

  #all(lower) {
    const list = this.#own();
    const result = [];
    for (let i = 0; i < list.length; i += 3) {
      if (list[i] === lower) result[result.length] = list[i + 2];
    }
    return result;
  }

  /** Name, value, name, value ... sorted by name; values joined but for Set-Cookie. */
  #sorted() {
    return native.http.sortedHeaders(toNative(this));
  }

  // An iterator has the headers as they were when it was made.

  entries() {
    return new EntryIterator(this.#sorted());
  }

  keys() {
    return new KeyIterator(this.#sorted());
  }

  values() {
    return new ValueIterator(this.#sorted());
  }

  forEach(callback, self = undefined) {
    if (typeof callback !== "function") {
      throw new TypeError(
        "Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'function'.");
    }
    const flat = this.#sorted();
    for (let i = 0; i < flat.length; i += 2) apply(callback, self, [flat[i + 1], flat[i], this]);
  }

  /**
   * What native functions take: the native message, changes to an empty list, or changes to that of
   * a message as [message, changes]. A change is a letter (Append, Set, Delete), name, NUL, value,
   * NUL.
   */
  static toNative(headers) {
    if (headers.#native !== null) {
      return headers.#changes === "" ? headers.#native : [headers.#native, headers.#changes];
    }
    const list = headers.#list;
    let flat = "";
    for (let i = 0; i < list.length; i += 3) flat += `A${list[i + 1]}\0${list[i + 2]}\0`;
    return flat;
  }

  /** With whether they may be changed. */
  static clone(headers) {
    const copy = new Headers(headers);
    copy.#immutable = headers.#immutable;
    return copy;
  }

  /** The same headers, which may not be changed from now on. */
  static freeze(headers) {
    headers.#immutable = true;
    return headers;
  }

  static isHeaders(value) {
    return typeof value === "object" && value !== null && #list in value;
  }
}
// Only the runtime may call these.
const { clone, freeze, toNative } = Headers;
export const headersToNative = toNative;
export const cloneHeaders = clone;
export const freezeHeaders = freeze;
delete Headers.clone;
delete Headers.freeze;
export const isHeaders = Headers.isHeaders;
// The methods of those names, out of reach of a worker.
export const getHeader = uncurryThis(Headers.prototype.get);
export const setHeader = uncurryThis(Headers.prototype.set);
delete Headers.toNative;
delete Headers.isHeaders;

Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});
for (const name of ["append", "set", "delete", "get", "has", "getSetCookie", "getAll", "entries",
  "keys", "values", "forEach"]) {
  Object.defineProperty(Headers.prototype, name, { enumerable: true });
}
Object.defineProperty(Headers.prototype, Symbol.toStringTag, {
  value: "Headers",
  configurable: true,
});
