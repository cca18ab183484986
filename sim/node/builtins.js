// What of node:* is in the startup snapshot: the names. The modules are the lazy script "node",
// which is compiled when a worker first imports one of them or reads one of the globals.
import * as asyncHooks from "../js/async_local_storage.js";
import { defineLazy, lazy } from "../web/lazy.js";
import { defineProperty, objectKeys } from "../web/primordials.js";

const names = [
  "assert",
  "assert/strict",
  "buffer",
  "console",
  "crypto",
  "diagnostics_channel",
  "events",
  "module",
  "path",
  "path/posix",
  "path/win32",
  "process",
  "punycode",
  "querystring",
  "stream",
  "stream/consumers",
  "stream/promises",
  "stream/web",
  "string_decoder",
  "sys",
  "test",
  "timers",
  "timers/promises",
  "url",
  "util",
  "util/types",
];

/** Of this worker, once enableNode() has been called. */
export const nodeWorker = {
  /** The bindings that process.env shows. @type {Record<string, any> | undefined} */
  env: undefined,
  /** Every importable module by its full name. @type {Record<string, any>} */
  builtins: Object.create(null),
};

/** Adds node:* to the modules that can be imported. */
export function defineNodeModules(builtins) {
  nodeWorker.builtins = builtins;
  const { AsyncLocalStorage, AsyncResource } = asyncHooks;
  builtins["node:async_hooks"] = {
    AsyncLocalStorage,
    AsyncResource,
    default: { AsyncLocalStorage, AsyncResource },
  };
  for (const name of names) {
    defineLazy(builtins, `node:${name}`, () => lazy("node").load(name), true);
  }
}

/**
 * Called before any code of a worker with nodejs_compat.
 * @param {Record<string, any> | undefined} env @param {boolean} globals whether it is version 2
 */
export function enableNode(env, globals) {
  nodeWorker.env = env;
  if (!globals) return;
  const { builtins } = nodeWorker;
  defineProperty(globalThis, "global", {
    value: globalThis,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  const makers = {
    Buffer: () => builtins["node:buffer"].Buffer,
    process: () => builtins["node:process"].default,
    setImmediate: () => builtins["node:timers"].setImmediate,
    clearImmediate: () => builtins["node:timers"].clearImmediate,
  };
  for (const name of objectKeys(makers)) defineLazy(globalThis, name, makers[name]);
}
