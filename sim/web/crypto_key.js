// CryptoKey (https://www.w3.org/TR/WebCryptoAPI/#cryptokey-interface): what it is and may do is in
// a private field; its material is C++ (crypto_key.h).
import { objectKeys } from "./primordials.js";
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

export class CryptoKey {
  /** @type {KeyState} */
  #state;
  constructor(token, state) {
    if (token !== create) throw illegalConstructor();
    this.#state = state;
  }
  get type() {
    return this.#state.type;
  }
  get extractable() {
    return this.#state.extractable;
  }
  // As in production a new object each time: what a worker does to it stays with the worker.
  get algorithm() {
    return copied(this.#state.algorithm);
  }
  get usages() {
    const usages = [];
    for (let i = 0; i < this.#state.usages.length; i++) usages[i] = this.#state.usages[i];
    return usages;
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
