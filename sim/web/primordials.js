// Builtins as they were before any worker's code ran. Web API classes use these where a changed
// prototype would break what the class promises.

const { bind, call } = Function.prototype;
/** `uncurryThis(f)(self, ...args)` is `f.call(self, ...args)`, without looking `call` up. */
export const uncurryThis = bind.bind(call);

export const apply = Reflect.apply;
export const construct = Reflect.construct;
export const ownKeys = Reflect.ownKeys;
export const defineProperty = Object.defineProperty;
export const getOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const getPrototypeOf = Object.getPrototypeOf;
export const setPrototypeOf = Object.setPrototypeOf;
export const objectKeys = Object.keys;
export const freeze = Object.freeze;
export const isArray = Array.isArray;
export const bufferIsView = ArrayBuffer.isView;
export const dateNow = Date.now;
export const hasOwn = uncurryThis(Object.prototype.hasOwnProperty);
export const arrayPush = uncurryThis(Array.prototype.push);
export const arraySlice = uncurryThis(Array.prototype.slice);
export const arraySplice = uncurryThis(Array.prototype.splice);
export const arraySort = uncurryThis(Array.prototype.sort);
export const arrayJoin = uncurryThis(Array.prototype.join);
export const arrayMap = uncurryThis(Array.prototype.map);
export const stringSlice = uncurryThis(String.prototype.slice);
export const stringIndexOf = uncurryThis(String.prototype.indexOf);
export const stringStartsWith = uncurryThis(String.prototype.startsWith);
export const stringCharCodeAt = uncurryThis(String.prototype.charCodeAt);
export const stringToUpperCase = uncurryThis(String.prototype.toUpperCase);
export const stringToLowerCase = uncurryThis(String.prototype.toLowerCase);
export const stringTrim = uncurryThis(String.prototype.trim);
export const stringReplace = uncurryThis(String.prototype.replace);
export const regExpExec = uncurryThis(RegExp.prototype.exec);
// RegExp.prototype.test looks exec up.
export const regExpTest = (regexp, text) => regExpExec(regexp, text) !== null;
/** For `new`: a worker may put another in its place. */
export const NativePromise = Promise;
export const promiseThen = uncurryThis(Promise.prototype.then);
export const promiseResolve = Promise.resolve.bind(Promise);
export const promiseReject = Promise.reject.bind(Promise);
export const typedArrayTag = uncurryThis(
  getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get,
);
export const viewByteLength = uncurryThis(
  getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), "byteLength").get,
);
export const bufferByteLength = uncurryThis(
  getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get,
);

/**
 * An empty array without a prototype: what is appended to it goes to no setter that a worker gave
 * Array.prototype or Object.prototype for an index, and what is read from it comes from no getter.
 * For lists of the runtime's own objects.
 * @returns {any[]}
 */
export const newList = () => setPrototypeOf([], null);

/** @param {any} value @returns {value is ArrayBuffer} */
export function isArrayBuffer(value) {
  try {
    bufferByteLength(value);
    return true;
  } catch {
    return false;
  }
}
