// Whether `actual` has all that `expected` has: assert.partialDeepStrictEqual().
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons.js";
import { isDate, isMap, isNativeError, isRegExp, isSet } from "./types.js";

const isObject = (value) => value !== null && typeof value === "object";

// What a map or set has of such a key: that key, or one that is equal in all.
const sameKey = (keys, wanted) =>
  keys.has(wanted) ? wanted : [...keys.keys()].find((key) => isDeepStrictEqual(key, wanted));

// `pairs`: those under comparison, which are equal as far as that comparison knows.
function compare(actual, expected, pairs) {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  if (pairs.some(([a, b]) => a === actual && b === expected)) return true;
  const deeper = [...pairs, [actual, expected]];
  if (isMap(expected)) {
    for (const [wanted, value] of expected) {
      const key = sameKey(actual, wanted);
      if (!actual.has(key) || !compare(actual.get(key), value, deeper)) return false;
    }
    return true;
  }
  if (isSet(expected)) return [...expected].every((wanted) => actual.has(sameKey(actual, wanted)));
  if (Array.isArray(expected)) {
    return (
      expected.length <= actual.length &&
      expected.every((wanted, at) => compare(actual[at], wanted, deeper))
    );
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
