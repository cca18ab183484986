// What the worker of this isolate has for all its requests: `env`, and stubs of its entrypoints.
import { AsyncLocalStorage } from "../js/async_local_storage.js";
import { uncurryThis } from "./primordials.js";

// A worker can change the prototype.
const run = uncurryThis(AsyncLocalStorage.prototype.run);
const getStore = uncurryThis(AsyncLocalStorage.prototype.getStore);

const replaced = new AsyncLocalStorage();
let own = {};
let loopback = {};

/** Called by C++ before the worker's global scope runs. */
export function setWorker(env, exports) {
  own = env;
  loopback = exports;
}

/** The env that running code sees. */
export function currentEnv() {
  return getStore(replaced) ?? own;
}

/** What `callback` returns, called where the env is another; what it begins sees that too. */
export function withEnv(env, callback) {
  return run(replaced, env, callback);
}

/** A stub for each entrypoint of the worker, by its name. */
export function workerExports() {
  return loopback;
}
