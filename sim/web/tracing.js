// ctx.tracing: spans of a trace. Nothing traces here, so every span is the one that is not recorded,
// as in production's runtime where tracing is off.
import { apply, arraySlice } from "./primordials.js";
import { defineInterface, illegalConstructor, notOfType, requireArguments } from "./webidl.js";

const create = Symbol("create");
const kStatusCodes = ["unset", "ok", "error"];

class Span {
  #ours = true;
  constructor(token) {
    if (token !== create) throw illegalConstructor();
  }
  static is(value) {
    return typeof value === "object" && value !== null && #ours in value;
  }
  get isTraced() {
    return false;
  }
  spanContext() {
    return { traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 };
  }
  setAttribute(_name, _value = undefined) {
    requireArguments(arguments.length, "execute 'setAttribute' on 'Span'", "string");
    return this;
  }
  setAttributes(attributes) {
    if (attributes === null || typeof attributes !== "object") {
      throw notOfType("execute 'setAttributes' on 'Span'", 1, "object");
    }
    return this;
  }
  recordException(_exception) {
    requireArguments(arguments.length, "execute 'recordException' on 'Span'", "Value");
  }
  updateName(_name) {
    requireArguments(arguments.length, "execute 'updateName' on 'Span'", "string");
    return this;
  }
  setStatus(status) {
    if (status === null || typeof status !== "object") {
      throw notOfType("execute 'setStatus' on 'Span'", 1, "TracingSpanStatus");
    }
    const code = `${status.code}`;
    if (code !== kStatusCodes[0] && code !== kStatusCodes[1] && code !== kStatusCodes[2]) {
      throw new TypeError("Span status code must be 'unset', 'ok', or 'error'.");
    }
    return this;
  }
  end() {}
}
const { is: isSpan } = Span;
delete Span.is;
defineInterface(Span);

const span = new Span(create);

/** Calls `callback(span, ...rest)` for the arguments `[name, callback, ...rest]` of a method. */
function callWithSpan(method, given) {
  const what = `execute '${method}' on 'Tracing'`;
  requireArguments(given.length, what, "string");
  const callback = given[1];
  if (typeof callback !== "function") throw notOfType(what, 2, "Function");
  const rest = arraySlice(given, 1);
  rest[0] = span;
  return apply(callback, undefined, rest);
}

class Tracing {
  constructor(token) {
    if (token !== create) throw illegalConstructor();
  }
  enterSpan(...given) {
    return callWithSpan("enterSpan", given);
  }
  startActiveSpan(...given) {
    return callWithSpan("startActiveSpan", given);
  }
  startSpan(_name) {
    requireArguments(arguments.length, "execute 'startSpan' on 'Tracing'", "string");
    return span;
  }
  getActiveSpan() {
    return span;
  }
  withActiveSpan(active, callback) {
    const what = "execute 'withActiveSpan' on 'Tracing'";
    if (!isSpan(active)) throw notOfType(what, 1, "Span");
    if (typeof callback !== "function") throw notOfType(what, 2, "Function");
    return callback();
  }
}
Object.defineProperty(Tracing.prototype, "Span", { value: Span, writable: true, configurable: true });
defineInterface(Tracing);

export const tracing = new Tracing(create);
