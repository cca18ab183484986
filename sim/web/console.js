// console: lines go to the request that is running; outside of one they go nowhere, as in
// production, where only requests have a tail.
import { native } from "./native.js";
import { dateNow, defineProperty } from "./primordials.js";
import { formatArguments, inspect } from "./inspect.js";
import { traceLine } from "./trace_line.js";

/** @param {"debug" | "info" | "log" | "warn" | "error"} level @param {string} text */
export function writeConsole(level, text) {
  native.console.write(level, text);
}

/** The same for the arguments of a method that tail workers hear of. */
function writeLine(level, args) {
  writeConsole(level, formatArguments(args));
  if (native.trace.active()) traceLine(level, args);
}

const counts = new Map();
const times = new Map();

function table(rows, columns) {
  if (rows === null || typeof rows !== "object") return inspect(rows);
  const keys = [];
  let plain = false;
  const entries = Object.entries(rows);
  for (const [, row] of entries) {
    if (row === null || typeof row !== "object") plain = true;
    else for (const key of Object.keys(row)) if (!keys.includes(key)) keys.push(key);
  }
  const shown = columns === undefined ? keys : [...columns].map(String);
  const lines = [["(index)", ...shown, ...(plain ? ["Values"] : [])]];
  for (const [index, row] of entries) {
    const line = [index];
    const isObject = row !== null && typeof row === "object";
    for (const key of shown) {
      line.push(isObject && Object.hasOwn(row, key) ? inspect(row[key], { depth: 0 }) : "");
    }
    if (plain) line.push(isObject ? "" : inspect(row));
    lines.push(line);
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i]))
        .join(" | ")
        .trimEnd(),
    )
    .join("\n");
}

const methods = {
  debug(...args) {
    writeLine("debug", args);
  },
  error(...args) {
    writeLine("error", args);
  },
  info(...args) {
    writeLine("info", args);
  },
  log(...args) {
    writeLine("log", args);
  },
  warn(...args) {
    writeLine("warn", args);
  },
  dir(value = undefined) {
    writeConsole("log", inspect(value));
  },
  dirxml(...args) {
    writeConsole("log", formatArguments(args));
  },
  table(rows = undefined, columns = undefined) {
    writeConsole("log", table(rows, columns));
  },
  trace(...args) {
    const holder = { name: "Trace", message: formatArguments(args) };
    Error.captureStackTrace(holder, methods.trace);
    writeConsole("log", holder.stack);
  },
  assert(condition = false, ...args) {
    if (condition) return;
    const text = formatArguments(args);
    writeConsole("error", text === "" ? "Assertion failed" : `Assertion failed: ${text}`);
  },
  count(label = "default") {
    const count = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, count);
    writeConsole("log", `${label}: ${count}`);
  },
  countReset(label = "default") {
    counts.delete(`${label}`);
  },
  // No indentation: it would reach from a request that forgot groupEnd() into the next.
  group(...args) {
    if (args.length > 0) writeConsole("log", formatArguments(args));
  },
  groupCollapsed(...args) {
    methods.group(...args);
  },
  groupEnd() {},
  time(label = "default") {
    times.set(`${label}`, dateNow());
  },
  timeLog(label = "default", ...args) {
    const start = times.get(`${label}`);
    if (start === undefined) return writeConsole("warn", `Timer '${label}' does not exist`);
    const rest = args.length > 0 ? ` ${formatArguments(args)}` : "";
    writeConsole("log", `${label}: ${dateNow() - start}ms${rest}`);
  },
  timeEnd(label = "default") {
    const start = times.get(`${label}`);
    if (start === undefined) return writeConsole("warn", `Timer '${label}' does not exist`);
    times.delete(`${label}`);
    writeConsole("log", `${label}: ${dateNow() - start}ms`);
  },
  clear() {},
  profile() {},
  profileEnd() {},
  timeStamp() {},
};

// As https://console.spec.whatwg.org/ has it: a namespace object with enumerable functions.
export const console = Object.create(Object.create(Object.prototype));
for (const name of Object.keys(methods)) {
  defineProperty(console, name, {
    value: methods[name],
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
