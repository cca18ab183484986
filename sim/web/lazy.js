// Parts of the runtime that few workers use: each is a script of its own in the binary, compiled in
// an isolate when a worker first asks for it, so that it costs nothing at start-up
// (cmake/LazyScripts.cmake).
import { native } from "./native.js";
import { defineProperty } from "./primordials.js";
import { sharedModules } from "./shared_modules.js";

const loaded = Object.create(null);

function require(name) {
  const found = sharedModules[name];
  if (found === undefined) throw new Error(`the runtime shares no module "${name}"`);
  return found;
}

/** The exports of lazy script `name`. */
export function lazy(name) {
  if (loaded[name] === undefined) {
    const module = { exports: {} };
    native.lazy.script(name)(module, require);
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
