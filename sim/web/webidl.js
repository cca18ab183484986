// What Web IDL asks of every class: enumerable members, Symbol.toStringTag, constants, iterators,
// argument counts and conversions (https://webidl.spec.whatwg.org/).
import {
  arrayPush,
  bufferIsView,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArrayBuffer,
  ownKeys,
  regExpTest,
  stringReplace,
  stringStartsWith,
} from "./primordials.js";

/** The bundler adds digits to the name of a class that other code mentions as a global. */
function interfaceName(cls) {
  return cls.name.replace(/\d+$/, "");
}

/**
 * Gives a class the shape of an interface.
 * @param {Function & {prototype: any}} cls
 * @param {{constants?: Record<string, number>}} [options]
 */
export function defineInterface(cls, { constants = {} } = {}) {
  for (const holder of [cls.prototype, cls]) {
    for (const key of ownKeys(holder)) {
      if (typeof key !== "string" || key === "constructor") continue;
      if (holder === cls && (key === "prototype" || key === "length" || key === "name")) continue;
      const descriptor = getOwnPropertyDescriptor(holder, key);
      if (typeof descriptor.value === "function") hideLength(descriptor.value);
      if (descriptor.configurable) defineProperty(holder, key, { ...descriptor, enumerable: true });
    }
    for (const key of Object.keys(constants)) {
      defineProperty(holder, key, { value: constants[key], enumerable: true });
    }
  }
  const name = interfaceName(cls);
  defineProperty(cls, "name", { value: name, configurable: true });
  defineProperty(cls.prototype, Symbol.toStringTag, { value: name, configurable: true });
  hideLength(cls);
}

/** Native functions of production have the length 0. */
export function hideLength(fn) {
  defineProperty(fn, "length", { value: 0, configurable: true });
}

/**
 * The error for an argument that is missing or of a wrong type, in production's words.
 * @param {string} what as in "construct 'URL'" @param {number} index from 1
 */
export function notOfType(what, index, type) {
  const kind = stringStartsWith(what, "construct") ? "constructor parameter" : "parameter";
  return new TypeError(`Failed to ${what}: ${kind} ${index} is not of type '${type}'.`);
}

/**
 * Throws unless the call had enough arguments, one or two.
 * @param {string} what as in "construct 'URL'"
 * @param {string} first type of the first parameter, in production's words
 * @param {string} [second] of the second, where that is required too
 */
export function requireArguments(count, what, first, second = undefined) {
  if (count === 0) throw notOfType(what, 1, first);
  if (count === 1 && second !== undefined) throw notOfType(what, 2, second);
}

/** The same for any number of required parameters. */
export function requireTypes(count, what, types) {
  if (count < types.length) throw notOfType(what, count + 1, types[count]);
}

/** Throws unless an argument is an object. @param {string} what @param {number} index from 1 */
export function requireObject(value, what, index) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    throw notOfType(what, index, "Object");
  }
}

/** The error for a member of a dictionary that has a wrong type, in production's words. */
export function memberNotOfType(member, dictionary, type) {
  return new TypeError(`Incorrect type for the '${member}' field on '${dictionary}': the provided `
    + `value is not of type '${type}'.`);
}

export function illegalConstructor() {
  return new TypeError("Illegal constructor");
}

/** The error for a method or accessor whose `this` is no instance of its class. */
export function illegalInvocation() {
  return new TypeError("Illegal invocation: function called with incorrect `this` reference. See "
    + "https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for "
    + "details.");
}

const loneSurrogate = /[\ud800-\udfff]/;
const loneSurrogates = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** WebIDL USVString: lone surrogates become U+FFFD. @returns {string} */
export function toUSVString(value) {
  const text = typeof value === "string" ? value : `${value}`;
  if (!regExpTest(loneSurrogate, text)) return text;
  return stringReplace(text, loneSurrogates, "\ufffd");
}

/** A view of the bytes of a BufferSource, without a copy. @returns {Uint8Array | undefined} */
export function bytesView(value) {
  if (value === null || typeof value !== "object") return undefined;
  if (bufferIsView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isArrayBuffer(value)) return new Uint8Array(value);
  return undefined;
}

const iteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));

/**
 * The three classes of iterators that an iterable has. Their prototypes have `next` and the tag
 * alone, so no worker can name them.
 * @param {new (state: any, kind: 0 | 1 | 2) => {next(): any}} base keeps the state, and has `next`;
 *   `kind`: keys, values, entries
 */
export function iteratorClasses(base) {
  const [KeyIterator, ValueIterator, EntryIterator] =
    ["KeyIterator", "ValueIterator", "EntryIterator"].map((name, kind) => {
      class Iterator extends base {
        constructor(state) {
          super(state, kind);
        }
      }
      delete Iterator.prototype.constructor;
      Object.setPrototypeOf(Iterator.prototype, iteratorPrototype);
      defineProperty(Iterator.prototype, "next", {
        value: base.prototype.next,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      defineProperty(Iterator.prototype, Symbol.toStringTag, { value: name, configurable: true });
      return Iterator;
    });
  return { KeyIterator, ValueIterator, EntryIterator };
}

/**
 * Gives a class whose instances hold a list of pairs the members of a WebIDL `iterable<K, V>`.
 * @param {Function & {prototype: any}} cls
 * @param {(self: any) => any[]} pairsOf the flat list [name, value, name, value, ...], asked again
 *   at each step; throws where `self` is not an instance
 */
export function defineIterable(cls, pairsOf) {
  class PairIterator {
    #target;
    #kind;
    #index = 0;
    constructor(target, kind) {
      this.#target = target;
      this.#kind = kind;
    }
    next() {
      const pairs = pairsOf(this.#target);
      const index = this.#index;
      if (index >= pairs.length) return { done: true, value: undefined };
      this.#index = index + 2;
      const kind = this.#kind;
      if (kind === 0) return { done: false, value: pairs[index] };
      if (kind === 1) return { done: false, value: pairs[index + 1] };
      return { done: false, value: [pairs[index], pairs[index + 1]] };
    }
  }
  const { KeyIterator, ValueIterator, EntryIterator } = iteratorClasses(PairIterator);

  const members = {
    entries() {
      pairsOf(this);
      return new EntryIterator(this);
    },
    keys() {
      pairsOf(this);
      return new KeyIterator(this);
    },
    values() {
      pairsOf(this);
      return new ValueIterator(this);
    },
    forEach(callback, self = undefined) {
      pairsOf(this);
      if (typeof callback !== "function") {
        throw new TypeError(
          `Failed to execute 'forEach' on '${cls.name}': parameter 1 is not of type 'function'.`,
        );
      }
      for (let index = 0; ; index += 2) {
        const pairs = pairsOf(this);
        if (index >= pairs.length) return;
        Reflect.apply(callback, self, [pairs[index + 1], pairs[index], this]);
      }
    },
  };
  for (const name of ownKeys(members)) {
    defineProperty(cls.prototype, name, {
      value: members[name],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  defineProperty(cls.prototype, Symbol.iterator, {
    value: members.entries,
    writable: true,
    configurable: true,
  });
}

/**
 * Reads what WebIDL calls `sequence<sequence<T>>`: pairs, as a flat list.
 * @param {Iterable<Iterable<any>>} value @param {string} message of the error for what is no pair
 */
export function flatPairs(value, message) {
  const flat = [];
  for (const pair of value) {
    if (pair === null || typeof pair !== "object" || typeof pair[Symbol.iterator] !== "function") {
      throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
    }
    const items = [...pair];
    if (items.length !== 2) throw new TypeError(message);
    arrayPush(flat, items[0], items[1]);
  }
  return flat;
}
