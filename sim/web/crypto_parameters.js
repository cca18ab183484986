// What the methods of SubtleCrypto are given, read: algorithms, their members, bytes, usages.
// Messages are production's (workerd src/workerd/api/crypto).
import { DOMException } from "./dom_exception.js";
import { native } from "./native.js";
import { bufferIsView, isArray, isArrayBuffer, stringToUpperCase } from "./primordials.js";

export const notSupported = (message) => new DOMException(message, "NotSupportedError");
export const dataError = (message) => new DOMException(message, "DataError");
export const invalidAccess = (message) => new DOMException(message, "InvalidAccessError");
export const operationError = (message) => new DOMException(message, "OperationError");
export const syntaxError = (message) => new DOMException(message, "SyntaxError");

export const table = (entries) => Object.assign(Object.create(null), entries);

/** Array.prototype.includes, which a worker may have changed. */
export function includes(list, item) {
  for (let i = 0; i < list.length; i++) {
    if (list[i] === item) return true;
  }
  return false;
}

/**
 * An `AlgorithmIdentifier`: a name, or an object with a name and other members.
 * @returns {{name: string, members: any}}
 */
export function algorithmOf(value) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return { name: `${value}`, members: {} };
  }
  return { name: `${value.name}`, members: value };
}

export function wrongField(field, dictionary, type) {
  return new TypeError(
    `Incorrect type for the '${field}' field on '${dictionary}': the provided value is not of ` +
      `type '${type}'.`,
  );
}

export function isBufferSource(value) {
  return bufferIsView(value) || isArrayBuffer(value);
}

/** A parameter that must be a BufferSource. Natives read its bytes where they are. */
export function bufferArgument(value, method, position) {
  if (isBufferSource(value)) return value;
  throw new TypeError(
    `Failed to execute '${method}' on 'SubtleCrypto': parameter ${position} is not of type ` +
      `'BufferSource'.`,
  );
}

/** The length of a BufferSource. @returns {number} */
export function byteLengthOf(source) {
  return native.crypto.byteLength(source);
}

/** A member that is a BufferSource, or undefined. */
export function bufferMember(members, field, dictionary) {
  const value = members[field];
  if (value === undefined || isBufferSource(value)) return value;
  throw wrongField(field, dictionary, "BufferSource");
}

export function required(value, message) {
  if (value === undefined) throw new TypeError(message);
  return value;
}

/** A number that C++ has as `int`. */
export function toInteger(value) {
  const number = +value;
  // NaN or infinite.
  if (number - number !== 0) return 0;
  if (number > 2147483647 || number < -2147483648) {
    throw new TypeError(
      "Value out of range. Must be between -2147483648 and 2147483647 (inclusive).",
    );
  }
  return number | 0;
}

/** A member that is an integer, or undefined. */
export function integerMember(members, field) {
  const value = members[field];
  return value === undefined ? undefined : toInteger(value);
}

const digests = table({
  "SHA-1": { name: "SHA-1", size: 20, block: 64 },
  "SHA-256": { name: "SHA-256", size: 32, block: 64 },
  "SHA-384": { name: "SHA-384", size: 48, block: 128 },
  "SHA-512": { name: "SHA-512", size: 64, block: 128 },
  MD5: { name: "MD5", size: 16, block: 64 },
});

/** A digest by its name in any case: its name, and the bytes of its result and of its block. */
export function digestNamed(name) {
  const digest = digests[stringToUpperCase(name)];
  if (digest === undefined) {
    throw notSupported("Unrecognized or unimplemented digest algorithm requested.");
  }
  return digest;
}

/** The member `hash` of an algorithm. */
export function hashMember(members, message = 'Missing field "hash" in "algorithm".') {
  return digestNamed(algorithmOf(required(members.hash, message)).name);
}

const usageNames = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "deriveKey",
  "deriveBits",
  "wrapKey",
  "unwrapKey",
];
export const privateUsages = ["decrypt", "sign", "unwrapKey", "deriveKey", "deriveBits"];
export const publicUsages = ["encrypt", "verify", "wrapKey"];

/** A parameter that must be an array of strings. */
export function usagesArgument(value, method, position) {
  if (!isArray(value)) {
    throw new TypeError(
      `Failed to execute '${method}' on 'SubtleCrypto': parameter ${position} is not of type ` +
        `'Array'.`,
    );
  }
  const usages = [];
  for (let i = 0; i < value.length; i++) usages[i] = `${value[i]}`;
  return usages;
}

/**
 * The usages, each once, in the order of the standard. Throws unless all are allowed.
 * @param {"generate" | "import secret" | "import public" | "import private"} what
 */
export function checkedUsages(name, what, usages, allowed) {
  for (let i = 0; i < usages.length; i++) {
    if (!includes(allowed, usages[i])) {
      throw syntaxError(`Attempt to ${what} ${name} key with invalid usage "${usages[i]}".`);
    }
  }
  return common(usageNames, usages);
}

/** What of `list` is in `other`, too. */
export function common(list, other) {
  const result = [];
  for (let i = 0; i < list.length; i++) {
    if (includes(other, list[i])) result[result.length] = list[i];
  }
  return result;
}
