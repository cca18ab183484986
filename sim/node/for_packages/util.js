// The "util" that packages of npm ask for: no more than they use.
import { inspect as inspectValue } from "../inspect.js";
import types from "../types.js";

/** Inspects in production's layout of assertion messages: an object on a line where it fits. */
export function inspect(value, options = undefined) {
  const compact = options?.compact === false ? true : options?.compact;
  return inspectValue(value, compact === undefined ? options : { ...options, compact });
}
inspect.custom = Symbol.for("nodejs.util.inspect.custom");
export { types };
