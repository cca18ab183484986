// crypto (https://www.w3.org/TR/WebCryptoAPI/): random values of the request. Math.random draws
// from the same source.
import { DigestStream } from "./digest_stream.js";
import { DOMException } from "./dom_exception.js";
import { native } from "./native.js";
import { bufferIsView, defineProperty, typedArrayTag, uncurryThis } from "./primordials.js";
import { SubtleCrypto, makeSubtle } from "./crypto_subtle.js";
import { defineInterface, illegalConstructor, requireArguments } from "./webidl.js";

export { CryptoKey } from "./crypto_key.js";
export { SubtleCrypto };

const integerArrays = new Set([
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
]);
const setHas = uncurryThis(Set.prototype.has);

const create = Symbol("create");

export class Crypto {
  #subtle;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    this.#subtle = makeSubtle();
  }
  get subtle() {
    return this.#subtle;
  }
  getRandomValues(array) {
    requireArguments(arguments.length, "execute 'getRandomValues' on 'Crypto'", "ArrayBufferView");
    if (!bufferIsView(array)) {
      throw new TypeError(
        "Failed to execute 'getRandomValues' on 'Crypto': parameter 1 is not of type " +
          "'ArrayBufferView'.",
      );
    }
    if (!setHas(integerArrays, typedArrayTag(array))) {
      throw new DOMException(
        "ArrayBufferView argument to getRandomValues() must be an integer-typed view.",
        "TypeMismatchError",
      );
    }
    const { byteLength } = array;
    if (byteLength > 65536) {
      throw new DOMException(
        `getRandomValues() only accepts buffers of size <= 64K but provided ${byteLength} bytes.`,
        "QuotaExceededError",
      );
    }
    native.crypto.fillRandom(array);
    return array;
  }
  randomUUID() {
    return native.crypto.randomUUID();
  }
}
defineInterface(Crypto);
// Not in the standard: production has it.
defineProperty(Crypto.prototype, "DigestStream", {
  value: DigestStream,
  writable: true,
  configurable: true,
});

export const crypto = new Crypto(create);

// Global scope has no random source; Math.random works there all the same, from a fixed state, so
// that what a worker computes while it starts is the same each time. SplitMix32.
let globalState = 0x9e3779b9;
function globalRandom() {
  globalState = (globalState + 0x9e3779b9) | 0;
  let z = globalState;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return ((z ^ (z >>> 16)) >>> 0) / 4294967296;
}

/** Math.random. */
export const random = {
  random() {
    const value = native.crypto.random();
    return value < 0 ? globalRandom() : value;
  },
}.random;
