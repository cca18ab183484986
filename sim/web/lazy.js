// Parts of the runtime that few workers use: each is a script of its own in the binary, compiled in
// an isolate when a worker first asks for it, so that it costs nothing at start-up
// (cmake/LazyScripts.cmake).
import { native } from "./native.js";
import { defineProperty, objectKeys, stringSlice, stringStartsWith } from "./primordials.js";
import { sharedModules } from "./shared_modules.js";

const loaded = Object.create(null);
// Globals that a worker's flags may take away, and that scripts look at while they load.
const kept = { WeakRef, FinalizationRegistry };

const lazyPrefix = "runtime:lazy/";

function require(name) {
  if (stringStartsWith(name, lazyPrefix)) return lazy(stringSlice(name, lazyPrefix.length));
  const found = sharedModules[name];
  if (found === undefined) throw new Error(`the runtime shares no module "${name}"`);
  return found;
}

/** The exports of lazy script `name`. */
export function lazy(name) {
  if (loaded[name] === undefined) {
    const module = { exports: {} };
    const script = native.lazy.script(name);
    const absent = [];
    for (const key of objectKeys(kept)) {
      if (key in globalThis) continue;
      absent[absent.length] = key;
      globalThis[key] = kept[key];
    }
    try {
      script(module, require);
    } finally {
      for (let i = 0; i < absent.length; i++) delete globalThis[absent[i]];
    }
    loaded[name] = module.exports;
  }
  return loaded[name];
}

/**
 * Defines `target[key]` as what `make` gives, called when it is first read.
 * @param {object} target @param {string} key @param {() => any} make
 */
export function defineLazy(target, key, make, enumerable = false) {
  const become = (value) => {
    defineProperty(target, key, { value, writable: true, enumerable, configurable: true });
    return value;
  };
  defineProperty(target, key, {
    get: () => become(make()),
    set: become,
    enumerable,
    configurable: true,
  });
}
