// What *_test.js files use: `test` notes a case for web_test.cc to run, each in a request of its
// own; the assertions throw, and the stack names the line.

/** @type {{name: string, run: () => any}[]} */
const tests = [];
globalThis.__tests = tests;

export function test(name, run) {
  tests.push({ name, run });
}

class AssertionError extends Error {
  name = "AssertionError";
}

function show(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (value instanceof Error) return `${value}`;
  if (Array.isArray(value)) return `[${Array.from(value, show).join(", ")}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `${value.constructor.name}[${Array.prototype.join.call(value, ", ")}]`;
  }
  if (value instanceof ArrayBuffer) return `ArrayBuffer ${show(new Uint8Array(value))}`;
  if (value instanceof Map) return `Map ${show([...value])}`;
  if (value instanceof Set) return `Set ${show([...value])}`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  if (value !== null && typeof value === "object") {
    const kind = value.constructor?.name ?? "null-prototype";
    return `${kind === "Object" ? "" : `${kind} `}{${Object.keys(value)
      .map((key) => `${key}: ${show(value[key])}`)
      .join(", ")}}`;
  }
  return String(value);
}

function fail(message, from) {
  const error = new AssertionError(message);
  Error.captureStackTrace?.(error, from);
  throw error;
}

/** Equal as `show` has it: by structure, class and order of keys. */
export function assertEquals(actual, expected, what = "") {
  if (Object.is(actual, expected)) return;
  const [got, wanted] = [show(actual), show(expected)];
  if (typeof actual === typeof expected && typeof actual === "object" && got === wanted) return;
  fail(`${what === "" ? "" : `${what}: `}expected ${wanted}, got ${got}`, assertEquals);
}

export function assert(condition, what = "the condition does not hold") {
  if (!condition) fail(what, assert);
}

function checkError(error, name, message, from) {
  if (error?.name !== name) fail(`expected a ${name}, got ${show(error)}`, from);
  if (message === undefined) return;
  const matches =
    message instanceof RegExp ? message.test(error.message) : error.message === message;
  if (!matches) fail(`expected the message ${message}, got ${show(error.message)}`, from);
}

/** `body` must throw an error of that name and message (a string in full, or a RegExp). */
export function assertThrows(body, name, message = undefined) {
  let error;
  try {
    body();
  } catch (caught) {
    error = caught;
    checkError(error, name, message, assertThrows);
    return error;
  }
  fail(`expected a ${name}, nothing was thrown`, assertThrows);
}

export async function assertRejects(promise, name, message = undefined) {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
    checkError(error, name, message, assertRejects);
    return error;
  }
  fail(`expected a ${name}, nothing was thrown`, assertRejects);
}

/** The console lines of this request so far, "level: text" each. */
export function consoleLines() {
  return globalThis.__consoleLines();
}

/** The bytes of a buffer or view, as hexadecimal digits. */
export function hex(bytes) {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes that hexadecimal digits stand for; blanks between them do not count. */
export function fromHex(digits) {
  const pairs = digits.replace(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

/** The bytes of base64url. */
export function fromBase64Url(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}
