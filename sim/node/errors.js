// Errors as Node.js has them: a `code`, and messages that say what was expected and what came.
// https://nodejs.org/api/errors.html#nodejs-error-codes
import { inspect } from "./inspect.js";

// A class for each code, whose instances show their code in their stack and nowhere else.
function errorClass(Base, code, messageOf) {
  return class NodeError extends Base {
    constructor(...args) {
      super(messageOf(...args));
      Object.defineProperty(this, "code", {
        value: code,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      Object.defineProperty(this, "name", {
        value: `${Base.name} [${code}]`,
        writable: true,
        enumerable: false,
        configurable: true,
      });
      // The stack is made with the name of now.
      Error.captureStackTrace(this, new.target);
      void this.stack;
      delete this.name;
    }
    toString() {
      return `${this.name} [${code}]: ${this.message}`;
    }
    static {
      Object.defineProperty(this, "name", { value: Base.name });
      Object.defineProperty(this.prototype, "constructor", { value: Base });
    }
  };
}

/** What came, at the end of a message. */
export function received(value) {
  if (value === undefined || value === null) return ` Received ${value}`;
  if (typeof value === "function") {
    return value.name === "" ? " Received function " : ` Received function ${value.name}`;
  }
  if (typeof value === "object") {
    if (value.constructor?.name) return ` Received an instance of ${value.constructor.name}`;
    return ` Received ${inspect(value, { depth: -1 })}`;
  }
  let text = inspect(value, { colors: false });
  if (text.length > 28) text = `${text.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${text})`;
}

function listed(items) {
  if (items.length < 3) return items.join(" or ");
  return `${items.slice(0, -1).join(", ")}, or ${items.at(-1)}`;
}

const typeNames = [
  "string",
  "function",
  "number",
  "object",
  "Function",
  "Object",
  "boolean",
  "bigint",
  "symbol",
];

function expectation(expected) {
  const types = [];
  const instances = [];
  const others = [];
  for (const name of Array.isArray(expected) ? expected : [expected]) {
    if (typeNames.includes(name)) types.push(name.toLowerCase());
    else if (/^([A-Z][a-z0-9]*)+$/.test(name)) instances.push(name);
    else others.push(name);
  }
  // An object among classes is one of them.
  if (instances.length > 0 && types.includes("object")) {
    types.splice(types.indexOf("object"), 1);
    instances.push("Object");
  }
  const parts = [];
  if (types.length > 0) {
    parts.push(`${types.length > 1 ? "one of type" : "of type"} ${listed(types)}`);
  }
  if (instances.length > 0) parts.push(`an instance of ${listed(instances)}`);
  if (others.length > 1) parts.push(`one of ${listed(others)}`);
  else if (others.length === 1) {
    parts.push(others[0].toLowerCase() === others[0] ? others[0] : `an ${others[0]}`);
  }
  return parts.join(" or ");
}

function subject(name) {
  if (name.endsWith(" argument")) return `The ${name}`;
  return `The "${name}" ${name.includes(".") ? "property" : "argument"}`;
}

function withSeparators(value) {
  if (typeof value === "bigint") {
    const text = `${value}`;
    return `${value > 2n ** 32n || value < -(2n ** 32n) ? separated(text) : text}n`;
  }
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) return separated(`${value}`);
  return inspect(value);
}
const separated = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, "_");

function missing(...names) {
  const quoted = names.map((name) =>
    Array.isArray(name) ? name.map((one) => `"${one}"`).join(" or ") : `"${name}"`,
  );
  const list =
    quoted.length < 3
      ? quoted.join(" and ")
      : `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)}`;
  return `The ${list} argument${quoted.length > 1 ? "s" : ""} must be specified`;
}

export const ERR_AMBIGUOUS_ARGUMENT = errorClass(
  TypeError,
  "ERR_AMBIGUOUS_ARGUMENT",
  (name, reason) => `The "${name}" argument is ambiguous. ${reason}`,
);
export const ERR_BUFFER_OUT_OF_BOUNDS = errorClass(
  RangeError,
  "ERR_BUFFER_OUT_OF_BOUNDS",
  () => "Attempt to access memory outside buffer bounds",
);
export const ERR_INVALID_BUFFER_SIZE = errorClass(
  RangeError,
  "ERR_INVALID_BUFFER_SIZE",
  (unit) => `Buffer size must be a multiple of ${unit}`,
);
export const ERR_CRYPTO_HASH_FINALIZED = errorClass(
  Error,
  "ERR_CRYPTO_HASH_FINALIZED",
  () => "Digest already called",
);
export const ERR_INVALID_ARG_TYPE = errorClass(
  TypeError,
  "ERR_INVALID_ARG_TYPE",
  (name, expected, actual) =>
    `${subject(name)} must be ${expectation(expected)}.${received(actual)}`,
);
export const ERR_INVALID_ARG_VALUE = errorClass(
  TypeError,
  "ERR_INVALID_ARG_VALUE",
  (name, value, reason = "is invalid") => {
    let text = inspect(value);
    if (text.length > 128) text = `${text.slice(0, 128)}...`;
    const kind = name.includes(".") ? "property" : "argument";
    return `The ${kind} '${name}' ${reason}. Received ${text}`;
  },
);
export const ERR_INVALID_RETURN_VALUE = errorClass(
  TypeError,
  "ERR_INVALID_RETURN_VALUE",
  (expected, name, value) => {
    const got = value?.constructor?.name
      ? `an instance of ${value.constructor.name}`
      : `type ${typeof value}`;
    return `Expected ${expected} to be returned from the "${name}" function but got ${got}.`;
  },
);
export const ERR_INVALID_THIS = errorClass(
  TypeError,
  "ERR_INVALID_THIS",
  (type) => `Value of "this" must be of type ${type}`,
);
export const ERR_METHOD_NOT_IMPLEMENTED = errorClass(
  Error,
  "ERR_METHOD_NOT_IMPLEMENTED",
  (name) => `The ${name} method is not implemented`,
);
export const ERR_MISSING_ARGS = errorClass(TypeError, "ERR_MISSING_ARGS", missing);
export const ERR_OUT_OF_RANGE = errorClass(
  RangeError,
  "ERR_OUT_OF_RANGE",
  (name, range, value) =>
    `The value of "${name}" is out of range. It must be ${range}. ` +
    `Received ${withSeparators(value)}`,
);
export const ERR_UNHANDLED_ERROR = errorClass(Error, "ERR_UNHANDLED_ERROR", (value) =>
  value === undefined ? "Unhandled error." : `Unhandled error. (${value})`,
);
export const ERR_FALSY_VALUE_REJECTION = errorClass(
  Error,
  "ERR_FALSY_VALUE_REJECTION",
  () => "Promise was rejected with falsy value",
);
export const ERR_UNKNOWN_ENCODING = errorClass(
  TypeError,
  "ERR_UNKNOWN_ENCODING",
  (name) => `Unknown encoding: ${name}`,
);

/** What an operation rejects with whose signal was aborted. */
export class AbortError extends Error {
  code = "ABORT_ERR";
  constructor(message = "The operation was aborted", options = undefined) {
    super(message, options);
    this.name = "AbortError";
  }
}

export function validateString(value, name) {
  if (typeof value !== "string") throw new ERR_INVALID_ARG_TYPE(name, "string", value);
}
export function validateFunction(value, name) {
  if (typeof value !== "function") throw new ERR_INVALID_ARG_TYPE(name, "Function", value);
}
export function validateBoolean(value, name) {
  if (typeof value !== "boolean") throw new ERR_INVALID_ARG_TYPE(name, "boolean", value);
}
export function validateObject(value, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ERR_INVALID_ARG_TYPE(name, "Object", value);
  }
}
export function validateInteger(
  value,
  name,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
) {
  if (typeof value !== "number") throw new ERR_INVALID_ARG_TYPE(name, "number", value);
  if (!Number.isInteger(value)) throw new ERR_OUT_OF_RANGE(name, "an integer", value);
  if (value < min || value > max) {
    throw new ERR_OUT_OF_RANGE(name, `>= ${min} && <= ${max}`, value);
  }
}
export function validateNumber(value, name, min = undefined) {
  if (typeof value !== "number") throw new ERR_INVALID_ARG_TYPE(name, "number", value);
  if (min !== undefined && !(value >= min)) throw new ERR_OUT_OF_RANGE(name, `>= ${min}`, value);
}
export function validateAbortSignal(value, name) {
  if (
    value !== undefined &&
    (value === null || typeof value !== "object" || !("aborted" in value))
  ) {
    throw new ERR_INVALID_ARG_TYPE(name, "AbortSignal", value);
  }
}
