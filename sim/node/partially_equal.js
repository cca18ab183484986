// Whether `actual` has all that `expected` has: assert.partialDeepStrictEqual().
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons.js";
import { isDate, isMap, isNativeError, isRegExp, isSet } from "./types.js";

const isObject = (value) => value !== null && typeof value === "object";

function setHasAll(actual, expected, pairs) {
  const left = [...actual];
  for (const wanted of expected) {
    const at = left.findIndex((value) => compare(value, wanted, pairs));
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}

// `pairs`: those under comparison, which are equal as far as that comparison knows.
function compare(actual, expected, pairs) {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  if (pairs.some(([a, b]) => a === actual && b === expected)) return true;
  const deeper = [...pairs, [actual, expected]];
  if (isMap(expected)) {
    for (const [key, value] of expected) {
      if (!actual.has(key) || !compare(actual.get(key), value, deeper)) return false;
    }
    return true;
  }
  if (isSet(expected)) return setHasAll(actual, expected, deeper);
  if (Array.isArray(expected)) {
    // The items come in the same order, with others between them.
    let at = 0;
    for (const wanted of expected) {
      while (at < actual.length && !compare(actual[at], wanted, deeper)) at++;
      if (at++ >= actual.length) return false;
    }
    return true;
  }
  if (isDate(expected) || isRegExp(expected) || ArrayBuffer.isView(expected)) {
    return isDeepStrictEqual(actual, expected);
  }
  if (isNativeError(expected)) {
    if (actual.message !== expected.message || actual.name !== expected.name) return false;
  }
  const keys = [
    ...Object.keys(expected),
    ...Object.getOwnPropertySymbols(expected).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(expected, key),
    ),
  ];
  return keys.every(
    (key) => Object.hasOwn(actual, key) && compare(actual[key], expected[key], deeper),
  );
}

export const partiallyEqual = (actual, expected) => compare(actual, expected, []);
