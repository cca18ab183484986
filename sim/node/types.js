// node:util/types: what a value is, asked of V8 and of the Web APIs, whatever its prototype says.
import { native } from "runtime:native";
import { CryptoKey } from "runtime:crypto";
import { EventTarget } from "runtime:event_target";

const tagOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
).get;
const tag = (value) => (ArrayBuffer.isView(value) ? tagOf.call(value) : undefined);
const kind = (value) =>
  value !== null && typeof value === "object" ? native.console.kindOf(value) : undefined;
const classOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

const isKind = (name) => (value) => kind(value) === name;
const isTagged = (name) => (value) => tag(value) === name;
const isClass = (name) => (value) =>
  value !== null && typeof value === "object" && classOf(value) === name;
const functionKind = (pattern) => (value) =>
  typeof value === "function" && pattern.test(Function.prototype.toString.call(value));

function isBuffer(prototype) {
  const { get } = Object.getOwnPropertyDescriptor(prototype, "byteLength");
  return (value) => {
    try {
      get.call(value);
      return true;
    } catch {
      return false;
    }
  };
}

export const isArrayBufferView = ArrayBuffer.isView;
export const isTypedArray = (value) => tag(value) !== undefined;
export const isDataView = (value) => ArrayBuffer.isView(value) && tagOf.call(value) === undefined;
export const isUint8Array = isTagged("Uint8Array");
export const isUint8ClampedArray = isTagged("Uint8ClampedArray");
export const isUint16Array = isTagged("Uint16Array");
export const isUint32Array = isTagged("Uint32Array");
export const isInt8Array = isTagged("Int8Array");
export const isInt16Array = isTagged("Int16Array");
export const isInt32Array = isTagged("Int32Array");
export const isFloat32Array = isTagged("Float32Array");
export const isFloat64Array = isTagged("Float64Array");
export const isBigInt64Array = isTagged("BigInt64Array");
export const isBigUint64Array = isTagged("BigUint64Array");

export const isArrayBuffer = isBuffer(ArrayBuffer.prototype);
export const isSharedArrayBuffer =
  typeof SharedArrayBuffer === "undefined" ? () => false : isBuffer(SharedArrayBuffer.prototype);
export const isAnyArrayBuffer = (value) => isArrayBuffer(value) || isSharedArrayBuffer(value);

export const isMap = isKind("Map");
export const isSet = isKind("Set");
export const isWeakMap = isKind("WeakMap");
export const isWeakSet = isKind("WeakSet");
export const isPromise = isKind("Promise");
export const isDate = isKind("Date");
export const isRegExp = isKind("RegExp");
export const isNumberObject = isKind("Number");
export const isStringObject = isKind("String");
export const isBooleanObject = isKind("Boolean");
export const isBigIntObject = isKind("BigInt");
export const isSymbolObject = isKind("Symbol");
const boxes = ["Number", "String", "Boolean", "BigInt", "Symbol"];
export const isBoxedPrimitive = (value) => boxes.includes(kind(value));

export const isArgumentsObject = (value) => isClass("Arguments")(value) && !Array.isArray(value);
export const isGeneratorObject = isClass("Generator");
export const isMapIterator = isClass("Map Iterator");
export const isSetIterator = isClass("Set Iterator");
export const isModuleNamespaceObject = (value) =>
  isClass("Module")(value) && Object.getPrototypeOf(value) === null;
export const isNativeError = (value) => isClass("Error")(value) || value instanceof Error;
export const isAsyncFunction = functionKind(/^async\b/);
export const isGeneratorFunction = functionKind(/^(async\s+)?function\s*\*|^(async\s+)?\*/);
export const isProxy = () => false;
export const isExternal = () => false;
export const isKeyObject = () => false;
export const isCryptoKey = (value) => value instanceof CryptoKey;
export const isEventTarget = (value) => value instanceof EventTarget;

const types = {
  isAnyArrayBuffer,
  isArgumentsObject,
  isArrayBuffer,
  isArrayBufferView,
  isAsyncFunction,
  isBigInt64Array,
  isBigIntObject,
  isBigUint64Array,
  isBooleanObject,
  isBoxedPrimitive,
  isCryptoKey,
  isDataView,
  isDate,
  isEventTarget,
  isExternal,
  isFloat32Array,
  isFloat64Array,
  isGeneratorFunction,
  isGeneratorObject,
  isInt16Array,
  isInt32Array,
  isInt8Array,
  isKeyObject,
  isMap,
  isMapIterator,
  isModuleNamespaceObject,
  isNativeError,
  isNumberObject,
  isPromise,
  isProxy,
  isRegExp,
  isSet,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isSymbolObject,
  isTypedArray,
  isUint16Array,
  isUint32Array,
  isUint8Array,
  isUint8ClampedArray,
  isWeakMap,
  isWeakSet,
};
export default types;
