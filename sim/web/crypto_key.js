// CryptoKey (https://www.w3.org/TR/WebCryptoAPI/#cryptokey-interface): what it is and may do is in
// a private field; its material is C++ (crypto_key.h).
import { arraySlice, defineProperty, objectKeys } from "./primordials.js";
import { defineInterface, illegalConstructor } from "./webidl.js";

/**
 * @typedef {object} KeyState
 * @property {"secret" | "public" | "private"} type
 * @property {any} algorithm a KeyAlgorithm; `name` as the standard spells it
 * @property {boolean} extractable
 * @property {string[]} usages in the order of the standard
 * @property {any} material of C++
 */

const Bytes = Uint8Array;
const create = Symbol("create");

/** @type {(key: CryptoKey) => KeyState} */
export let stateOf;
/** @type {(value: any) => value is CryptoKey} */
export let isCryptoKey;

const show = (key, name, value) =>
  defineProperty(key, name, { __proto__: null, value, enumerable: true, configurable: true });

export class CryptoKey {
  /** @type {KeyState} */
  #state;
  constructor(token, state) {
    if (token !== create) throw illegalConstructor();
    this.#state = state;
    // As in production they are the key's own, and what a worker does to them changes no key.
    show(this, "usages", arraySlice(state.usages));
    show(this, "algorithm", copied(state.algorithm));
    show(this, "extractable", state.extractable);
    show(this, "type", state.type);
  }
  static {
    stateOf = (key) => key.#state;
    isCryptoKey = (value) => value !== null && typeof value === "object" && #state in value;
  }
}
defineInterface(CryptoKey);

function copied(algorithm) {
  const copy = {};
  const keys = objectKeys(algorithm);
  for (let i = 0; i < keys.length; i++) {
    const value = algorithm[keys[i]];
    if (keys[i] === "hash") copy.hash = { name: value.name };
    else copy[keys[i]] = keys[i] === "publicExponent" ? new Bytes(value) : value;
  }
  return copy;
}

/** @param {KeyState} state */
export function makeKey(state) {
  return new CryptoKey(create, state);
}
