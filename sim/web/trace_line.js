// What tail workers hear of a line of the console: its arguments, as JSON where they have one.
import { native } from "./native.js";
import { getPrototypeOf, isArray, stringIndexOf, stringSlice } from "./primordials.js";

const { stringify } = JSON;
const ObjectPrototype = Object.prototype;

/** Objects that are written as they are; others, as String() has them. */
function isPlain(value) {
  if (isArray(value) || typeof value.toJSON === "function") return true;
  const prototype = getPrototypeOf(value);
  return prototype === ObjectPrototype || prototype === null;
}

function jsonOf(value) {
  try {
    if (value === undefined) return "null";
    const type = typeof value;
    if (type === "bigint" || type === "function") return stringify(`${value}`);
    if (type === "object" && value !== null && !isPlain(value)) return stringify(`${value}`);
    // A symbol has no JSON.
    return stringify(value) ?? "{}";
  } catch {
    return "{}";
  }
}

function errorOf(value) {
  if (!(value instanceof Error)) return "null";
  const { name, message, stack } = value;
  return jsonOf({ name, message, stack: framesOf(stack) });
}

/** The frames of a stack, without the error's own text before them. */
function framesOf(stack) {
  const at = typeof stack === "string" ? stringIndexOf(stack, "\n    at ") : -1;
  return at < 0 ? undefined : stringSlice(stack, at + 1);
}

export function traceLine(level, args) {
  let message = "";
  let errors = "";
  let anyError = false;
  for (let i = 0; i < args.length; i++) {
    const comma = i === 0 ? "" : ",";
    const error = errorOf(args[i]);
    if (error !== "null") anyError = true;
    message += comma + jsonOf(args[i]);
    errors += comma + error;
  }
  native.trace.log(level, `[${message}]`, anyError ? `[${errors}]` : "");
}
