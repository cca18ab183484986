// node:assert (https://nodejs.org/api/assert.html), as production has it: equal() is strictEqual(),
// deepEqual() is deepStrictEqual(). The npm package "assert" is Node's code: its error, its
// comparisons, and the functions that take a function or a promise.
import base from "assert/build/assert.js";
import AssertionError from "assert/build/internal/assert/assertion_error.js";
import { isDeepStrictEqual } from "assert/build/internal/util/comparisons.js";
import {
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  ERR_INVALID_RETURN_VALUE,
  ERR_METHOD_NOT_IMPLEMENTED,
  ERR_MISSING_ARGS,
} from "./errors.js";
import { inspect } from "./inspect.js";
import { partiallyEqual } from "./partially_equal.js";

export { AssertionError };

// Production's words where they are not those of Node.
const words = {
  notStrictEqual: "Expected actual to be strictly unequal to expected",
  notDeepStrictEqual: "Expected actual to not be deeply strictly equal to expected",
  partialDeepStrictEqual: "Expected actual to be partially deeply strictly equal to expected",
};

function fails(message, actual, expected, operator, stackStartFn) {
  // Node throws an error that is given; production shows its text.
  const own = message instanceof Error ? `${message}` : (message ?? words[operator]);
  throw new AssertionError({ message: own, actual, expected, operator, stackStartFn });
}

function okay(args, stackStartFn) {
  const [value, message] = args;
  if (args.length === 0) {
    const error = new AssertionError({
      message: "No value argument passed to `assert.ok()`",
      actual: value,
      expected: true,
      operator: "==",
      stackStartFn,
    });
    error.generatedMessage = true;
    throw error;
  }
  if (!value) fails(message, value, true, "==", stackStartFn);
}

export function ok(...args) {
  okay(args, ok);
}
function assert(...args) {
  okay(args, assert);
}

const needTwo = (count, first = "actual", second = "expected") => {
  if (count < 2) throw new ERR_MISSING_ARGS(first, second);
};

export function strictEqual(actual, expected, message = undefined) {
  needTwo(arguments.length);
  if (!Object.is(actual, expected)) fails(message, actual, expected, "strictEqual", strictEqual);
}
export function equal(actual, expected, message = undefined) {
  if (!Object.is(actual, expected)) fails(message, actual, expected, "strictEqual", equal);
}
export function notStrictEqual(actual, expected, message = undefined) {
  needTwo(arguments.length);
  if (Object.is(actual, expected)) {
    fails(message, actual, expected, "notStrictEqual", notStrictEqual);
  }
}
export function notEqual(actual, expected, message = undefined) {
  if (Object.is(actual, expected)) fails(message, actual, expected, "notStrictEqual", notEqual);
}
export function deepStrictEqual(actual, expected, message = undefined) {
  needTwo(arguments.length);
  if (!isDeepStrictEqual(actual, expected)) {
    fails(message, actual, expected, "deepStrictEqual", deepStrictEqual);
  }
}
export function deepEqual(actual, expected, message = undefined) {
  if (!isDeepStrictEqual(actual, expected)) {
    fails(message, actual, expected, "deepStrictEqual", deepEqual);
  }
}
export function notDeepStrictEqual(actual, expected, message = undefined) {
  needTwo(arguments.length);
  if (isDeepStrictEqual(actual, expected)) {
    fails(message, actual, expected, "notDeepStrictEqual", notDeepStrictEqual);
  }
}
export function notDeepEqual(actual, expected, message = undefined) {
  if (isDeepStrictEqual(actual, expected)) {
    fails(message, actual, expected, "notDeepStrictEqual", notDeepEqual);
  }
}
export function partialDeepStrictEqual(actual, expected, message = undefined) {
  needTwo(arguments.length);
  if (!partiallyEqual(actual, expected)) {
    fails(message, actual, expected, "partialDeepStrictEqual", partialDeepStrictEqual);
  }
}

export function fail(message = "Failed") {
  if (message instanceof Error) throw message;
  const error = new AssertionError({ message, operator: "fail", stackStartFn: fail });
  error.generatedMessage = arguments.length === 0 || arguments[0] == null;
  throw error;
}

function matching(string, regexp, message, wanted, operator, from) {
  if (!(regexp instanceof RegExp)) throw new ERR_INVALID_ARG_TYPE("regexp", "RegExp", regexp);
  if (
    typeof string === "string" &&
    (RegExp.prototype.exec.call(regexp, string) !== null) === wanted
  ) {
    return;
  }
  const generated =
    typeof string === "string"
      ? `actual: "${string}" expected to ${wanted ? "" : "not "}match: "${regexp}"`
      : `The "string" argument must be of type string. Received type ${typeof string} ` +
        `(${inspect(string)})`;
  fails(message ?? generated, string, regexp, operator, from);
}

export function match(string, regexp, message = undefined) {
  needTwo(arguments.length, "string", "regexp");
  matching(string, regexp, message, true, "match", match);
}
export function doesNotMatch(string, regexp, message = undefined) {
  needTwo(arguments.length, "string", "regexp");
  matching(string, regexp, message, false, "doesNotMatch", doesNotMatch);
}

function checkExpectation(error) {
  if (error === undefined || typeof error === "string" || typeof error === "function") return;
  if (error === null || typeof error !== "object") {
    throw new ERR_INVALID_ARG_TYPE("error", ["Function", "Error", "RegExp", "Object"], error);
  }
  const plain = Object.getPrototypeOf(error) === Object.prototype;
  if (plain && Object.keys(error).length === 0) {
    throw new ERR_INVALID_ARG_VALUE("error", error, "may not be an empty object");
  }
}

const isErrorClass = (value) =>
  typeof value === "function" && (value === Error || value.prototype instanceof Error);

// Where the package passes on what was thrown, production has an assertion that failed.
const isOurs = (expected) => expected instanceof RegExp || isErrorClass(expected);

function checkThrown(error, expected, message, operator, from) {
  let generated;
  if (expected instanceof RegExp) {
    const text = `${error}`;
    if (RegExp.prototype.exec.call(expected, text) !== null) return;
    generated =
      `The input did not match the regular expression ${inspect(expected)}. ` +
      `Input:\n\n${inspect(text)}\n`;
  } else {
    if (error instanceof expected) return;
    const got = error?.constructor?.name ?? inspect(error, { depth: -1 });
    const said = error instanceof Error ? `\n\nError message:\n\n${error.message}` : "";
    generated =
      `The error is expected to be an instance of "${expected.name}". ` +
      `Received "${got}"${said}`;
  }
  fails(message ?? generated, error, expected, operator, from);
}

export function throws(fn, ...args) {
  if (typeof fn !== "function") throw new ERR_INVALID_ARG_TYPE("fn", "function", fn);
  checkExpectation(args[0]);
  if (!isOurs(args[0])) return base.throws(fn, ...args);
  let thrown;
  try {
    fn();
  } catch (error) {
    thrown = { error };
  }
  // The package has the words for what is missing.
  if (thrown === undefined) base.throws(() => {}, ...args);
  checkThrown(thrown.error, args[0], args[1], "throws", throws);
}
export function doesNotThrow(fn, ...args) {
  if (typeof fn !== "function") throw new ERR_INVALID_ARG_TYPE("fn", "function", fn);
  base.doesNotThrow(fn, ...args);
}

const isThenable = (value) =>
  value !== null &&
  (typeof value === "object" || typeof value === "function") &&
  typeof value.then === "function";

function promiseOf(given) {
  if (typeof given !== "function") {
    if (isThenable(given)) return given;
    throw new ERR_INVALID_ARG_TYPE("promiseFn", ["function", "Promise"], given);
  }
  const made = given();
  if (isThenable(made)) return made;
  throw new ERR_INVALID_RETURN_VALUE("instance of Promise", "promiseFn", made);
}
export async function rejects(given, ...args) {
  const promise = promiseOf(given);
  checkExpectation(args[0]);
  if (!isOurs(args[0])) {
    // The package asks for a catch() too.
    await base.rejects(Promise.resolve(promise), ...args);
    return;
  }
  const thrown = await promise.then(
    () => undefined,
    (error) => ({ error }),
  );
  if (thrown === undefined) await base.rejects(Promise.resolve(), ...args);
  checkThrown(thrown.error, args[0], args[1], "rejects", rejects);
}
export async function doesNotReject(given, ...args) {
  await base.doesNotReject(Promise.resolve(promiseOf(given)), ...args);
}
export const { ifError } = base;

/** An assert with options of its own, which production has: not there. */
export class Assert {
  constructor() {
    throw new ERR_METHOD_NOT_IMPLEMENTED("Assert");
  }
}

Object.assign(assert, {
  Assert,
  AssertionError,
  deepEqual,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  equal,
  fail,
  ifError,
  match,
  notDeepEqual,
  notDeepStrictEqual,
  notEqual,
  notStrictEqual,
  ok,
  partialDeepStrictEqual,
  rejects,
  strictEqual,
  throws,
});
assert.strict = assert;
export const strict = assert;
export default assert;
