// node:process (https://nodejs.org/api/process.html): there is no process, so what a worker finds
// is what production shows it.
import { nodeWorker } from "runtime:node";
import { performance } from "runtime:performance";
import { timerFunctions } from "runtime:timers";
import { EventEmitter } from "./events.js";
import {
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  ERR_METHOD_NOT_IMPLEMENTED,
  validateFunction,
  validateObject,
  validateString,
} from "./errors.js";

export const version = "v22.19.0";
export const versions = Object.freeze({ node: "22.19.0" });
export const title = "workerd";
export const argv = ["workerd"];
export const argv0 = "workerd";
export const execArgv = [];
export const execPath = "";
export const arch = "x64";
export const platform = "linux";
export const pid = 1;
export const ppid = 0;
export const release = {
  name: "node",
  lts: true,
  sourceUrl: "",
  headersUrl: "",
};
export const config = { target_defaults: {}, variables: {} };
export const features = Object.freeze({
  cached_builtins: true,
  debug: false,
  inspector: false,
  require_module: false,
  tls: true,
});
export const allowedNodeEnvironmentFlags = new Set();
export const exitCode = undefined;

// Whether JSON gives back what goes into it.
function isPlain(value, seen = new Set()) {
  if (["boolean", "number", "string"].includes(typeof value) || value === null) return true;
  if (typeof value !== "object" || seen.has(value)) return false;
  seen.add(value);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return false;
  return Object.values(value).every((item) => isPlain(item, seen));
}

function bindingsAsText() {
  const texts = {};
  for (const [name, value] of Object.entries(nodeWorker.env ?? {})) {
    if (typeof value === "string") texts[name] = value;
    else if (isPlain(value)) texts[name] = JSON.stringify(value);
  }
  return texts;
}

const refuseSymbols = (...values) => {
  if (values.some((value) => typeof value === "symbol")) {
    throw new TypeError("Cannot convert a symbol value to a string");
  }
};

/** The bindings that are text or JSON. Every value that is set becomes a string. */
export const env = new Proxy(bindingsAsText(), {
  set(texts, name, value) {
    refuseSymbols(name, value);
    return Reflect.set(texts, name, `${value}`);
  },
  defineProperty(texts, name, descriptor) {
    validateObject(descriptor, "descriptor");
    if ("get" in descriptor || "set" in descriptor) {
      throw new ERR_INVALID_ARG_VALUE(
        "descriptor",
        descriptor,
        "process.env value must not have getter/setter",
      );
    }
    for (const key of ["configurable", "enumerable", "writable"]) {
      if (descriptor[key]) continue;
      throw new ERR_INVALID_ARG_VALUE(
        `descriptor.${key}`,
        descriptor,
        `process.env value must be ${key}`,
      );
    }
    if (!("value" in descriptor)) {
      throw new ERR_INVALID_ARG_VALUE(
        "descriptor.value",
        descriptor,
        "process.env value must be specified explicitly",
      );
    }
    refuseSymbols(name, descriptor.value);
    return Reflect.defineProperty(texts, name, { ...descriptor, value: `${descriptor.value}` });
  },
});

/** Runs `callback` as a microtask. */
export function nextTick(callback, ...args) {
  validateFunction(callback, "callback");
  timerFunctions.queueMicrotask(() => callback(...args));
}

export function emitWarning(warning, options = undefined, code = undefined, make = undefined) {
  let name = "Warning";
  let detail;
  if (options !== null && typeof options === "object" && !Array.isArray(options)) {
    name = options.type ?? name;
    code = options.code;
    detail = options.detail;
  } else if (typeof options === "string") {
    name = options;
    if (typeof code === "function") [code, make] = [undefined, code];
    else if (code !== undefined && typeof code !== "string") {
      throw new ERR_INVALID_ARG_TYPE("ctor", "function", code);
    }
  } else if (options !== undefined && typeof options !== "function") {
    throw new ERR_INVALID_ARG_TYPE("options", "object", options);
  }
  let error = warning;
  if (typeof warning === "string") {
    error = new Error(warning);
    error.name = name;
    Error.captureStackTrace(error, make ?? emitWarning);
  } else if (!(warning instanceof Error)) {
    throw new ERR_INVALID_ARG_TYPE("warning", ["string", "Error"], warning);
  }
  if (code !== undefined) error.code = code;
  if (typeof detail === "string") error.detail = detail;
  nextTick(() => process.emit("warning", error));
}

let folder = "/bundle";
export function cwd() {
  return folder;
}
export function chdir(to) {
  validateString(to, "directory");
  folder = to.startsWith("/") ? to : `${folder}/${to}`;
}

/** [seconds, nanoseconds] on the request's clock, which stands still between I/O. */
export function hrtime(since = undefined) {
  const millis = Date.now();
  let [seconds, nanos] = [Math.floor(millis / 1000), (millis % 1000) * 1e6];
  if (since !== undefined) {
    if (!Array.isArray(since)) throw new ERR_INVALID_ARG_TYPE("time", "Array", since);
    [seconds, nanos] = [seconds - since[0], nanos - since[1]];
    if (nanos < 0) [seconds, nanos] = [seconds - 1, nanos + 1e9];
  }
  return [seconds, nanos];
}
hrtime.bigint = () => BigInt(Date.now()) * 1_000_000n;

export function uptime() {
  return performance.now() / 1000;
}
export function memoryUsage() {
  return { arrayBuffers: 0, external: 0, heapTotal: 0, heapUsed: 0, rss: 0 };
}
memoryUsage.rss = () => 0;

export function exit(code = undefined) {
  throw new Error(`process.exit(${code ?? ""}) was called: a worker has no process to end.`);
}
export function abort() {
  throw new Error("process.abort() was called: a worker has no process to end.");
}

export function getBuiltinModule(name) {
  validateString(name, "id");
  const full = name.includes(":") ? name : `node:${name}`;
  const found = nodeWorker.builtins[full];
  return full.startsWith("node:") ? found?.default : found;
}

export const getuid = () => 0;
export const geteuid = () => 0;
export const getgid = () => 0;
export const getegid = () => 0;
export const umask = () => 0o22;
export const setSourceMapsEnabled = () => {};
export const ref = () => {};
export const unref = () => {};

const unimplemented = (name) => () => {
  throw new ERR_METHOD_NOT_IMPLEMENTED(`process.${name}`);
};
export const binding = unimplemented("binding");
export const cpuUsage = unimplemented("cpuUsage");
export const dlopen = unimplemented("dlopen");
export const kill = unimplemented("kill");

const process = Object.create(
  Object.create(EventEmitter.prototype, {
    constructor: { value: { process() {} }.process, writable: true, configurable: true },
    [Symbol.toStringTag]: { value: "process", configurable: true },
  }),
);
EventEmitter.call(process);
for (const key of ["_events", "_eventsCount", "_maxListeners"]) {
  Object.defineProperty(process, key, { enumerable: false });
}
Object.assign(process, {
  abort,
  allowedNodeEnvironmentFlags,
  arch,
  argv,
  argv0,
  binding,
  chdir,
  config,
  cpuUsage,
  cwd,
  dlopen,
  emitWarning,
  env,
  execArgv,
  execPath,
  exit,
  exitCode,
  features,
  getBuiltinModule,
  getegid,
  geteuid,
  getgid,
  getuid,
  hrtime,
  kill,
  memoryUsage,
  nextTick,
  pid,
  platform,
  ppid,
  ref,
  release,
  setSourceMapsEnabled,
  title,
  umask,
  unref,
  uptime,
  version,
  versions,
});
export default process;
