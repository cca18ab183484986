// node:util (https://nodejs.org/api/util.html).
import { isDeepStrictEqual as deepStrictEqual } from "assert/build/internal/util/comparisons.js";
import { TextDecoder, TextEncoder } from "runtime:encoding";
import { AbortController, AbortSignal } from "runtime:abort";
import { console } from "runtime:console";
import { timerFunctions } from "runtime:timers";
import {
  ERR_FALSY_VALUE_REJECTION,
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  validateFunction,
  validateString,
} from "./errors.js";
import { format, formatWithOptions, inspect, stripVTControlCharacters } from "./inspect.js";
import types from "./types.js";

const { queueMicrotask } = timerFunctions;

export { TextDecoder, TextEncoder };
export { format, formatWithOptions, inspect, stripVTControlCharacters, types };

export function parseArgs(config = undefined) {
  return require("runtime:lazy/node_more").load("parse_args").parseArgs(config);
}

const custom = Symbol.for("nodejs.util.promisify.custom");

/** A function that takes a callback, as one that returns a promise. */
export function promisify(original) {
  validateFunction(original, "original");
  if (original[custom]) {
    const given = original[custom];
    validateFunction(given, "util.promisify.custom");
    return Object.defineProperty(given, custom, { value: given, configurable: true });
  }
  function promised(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, ...values) => {
        if (error) reject(error);
        else resolve(values[0]);
      });
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  Object.defineProperty(promised, custom, { value: promised, configurable: true });
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;

/** A function that returns a promise, as one that takes a callback. */
export function callbackify(original) {
  validateFunction(original, "original");
  function called(...args) {
    const callback = args.pop();
    validateFunction(callback, "last argument");
    const done = callback.bind(this);
    original.apply(this, args).then(
      (value) => queueMicrotask(() => done(null, value)),
      (reason) =>
        queueMicrotask(() => {
          if (reason) return done(reason);
          const error = new ERR_FALSY_VALUE_REJECTION();
          error.reason = reason;
          return done(error);
        }),
    );
  }
  const described = Object.getOwnPropertyDescriptors(original);
  if (typeof described.length.value === "number") described.length.value++;
  if (typeof described.name.value === "string") described.name.value += "Callbackified";
  return Object.defineProperties(called, described);
}

const warned = new Set();

/** `fn`, with a warning at its first call; one warning a code. */
export function deprecate(fn, message, code = undefined) {
  if (code !== undefined) validateString(code, "code");
  let told = false;
  function deprecated(...args) {
    if (!told) {
      told = true;
      if (code === undefined || !warned.has(code)) {
        if (code !== undefined) warned.add(code);
        console.warn(`${code === undefined ? "" : `[${code}] `}DeprecationWarning: ${message}`);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

export function inherits(constructor, superConstructor) {
  if (constructor === undefined || constructor === null) {
    throw new ERR_INVALID_ARG_TYPE("ctor", "Function", constructor);
  }
  if (superConstructor === undefined || superConstructor === null) {
    throw new ERR_INVALID_ARG_TYPE("superCtor", "Function", superConstructor);
  }
  if (superConstructor.prototype === undefined) {
    throw new ERR_INVALID_ARG_TYPE("superCtor.prototype", "Object", superConstructor.prototype);
  }
  Object.defineProperty(constructor, "super_", {
    value: superConstructor,
    writable: true,
    configurable: true,
  });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

export function isDeepStrictEqual(a, b) {
  return deepStrictEqual(a, b);
}

/** Nothing is logged: there is no NODE_DEBUG. */
export function debuglog(section, callback = undefined) {
  validateString(section, "section");
  const log = () => {};
  Object.defineProperty(log, "enabled", { value: false, enumerable: true });
  callback?.(log);
  return log;
}
export const debug = debuglog;

export function toUSVString(text) {
  return new TextDecoder().decode(new TextEncoder().encode(`${text}`));
}

/** Text with terminal colours. */
export function styleText(style, text) {
  validateString(text, "text");
  let [open, close] = ["", ""];
  for (const name of Array.isArray(style) ? style : [style]) {
    const codes = inspect.colors[name];
    if (codes === undefined) {
      throw new ERR_INVALID_ARG_VALUE(
        "format",
        name,
        `must be one of: ${Object.keys(inspect.colors)
          .map((one) => inspect(one))
          .join(", ")}`,
      );
    }
    open += `\u001b[${codes[0]}m`;
    close = `\u001b[${codes[1]}m${close}`;
  }
  return open + text + close;
}

/** Resolves when the signal aborts. */
export async function aborted(signal, resource) {
  if (!(signal instanceof AbortSignal))
    throw new ERR_INVALID_ARG_TYPE("signal", "AbortSignal", signal);
  if (resource === null || typeof resource !== "object") {
    throw new ERR_INVALID_ARG_TYPE("resource", "Object", resource);
  }
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
export const transferableAbortController = () => new AbortController();
export const transferableAbortSignal = (signal) => signal;

export function _extend(target, source) {
  if (source === null || typeof source !== "object") return target;
  return Object.assign(target, source);
}

export function log(...args) {
  console.log("%s - %s", new Date().toLocaleString(), format(...args));
}

export const { isArray } = Array;
export const isBoolean = (value) => typeof value === "boolean";
export const isBuffer = (value) => value?.constructor?.isBuffer?.(value) === true;
export const { isDate, isRegExp, isNativeError: isError } = types;
export const isFunction = (value) => typeof value === "function";
export const isNull = (value) => value === null;
export const isNullOrUndefined = (value) => value === null || value === undefined;
export const isNumber = (value) => typeof value === "number";
export const isObject = (value) => value !== null && typeof value === "object";
export const isPrimitive = (value) => Object(value) !== value;
export const isString = (value) => typeof value === "string";
export const isSymbol = (value) => typeof value === "symbol";
export const isUndefined = (value) => value === undefined;

export default {
  TextDecoder,
  TextEncoder,
  _extend,
  aborted,
  callbackify,
  debug,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  inherits,
  inspect,
  isArray,
  isBoolean,
  isBuffer,
  isDate,
  isDeepStrictEqual,
  isError,
  isFunction,
  isNull,
  isNullOrUndefined,
  isNumber,
  isObject,
  isPrimitive,
  isRegExp,
  isString,
  isSymbol,
  isUndefined,
  log,
  parseArgs,
  promisify,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  transferableAbortController,
  transferableAbortSignal,
  types,
};
