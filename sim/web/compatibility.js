// The worker's compatibility flags as its code sees them (production: Cloudflare.compatibilityFlags),
// and the globals that depend on them.
import { defineLazy } from "./lazy.js";
import { defineProperty, freeze } from "./primordials.js";

const { split } = String.prototype;

class Cloudflare {
  constructor(flags) {
    defineProperty(this, "compatibilityFlags", { value: flags, enumerable: true });
  }
}
defineProperty(Cloudflare.prototype, Symbol.toStringTag, { value: "Cloudflare", configurable: true });

/**
 * Called by C++ before any code of a worker.
 * @param {string} names every flag, "+" before those that are enabled and "-" before others
 */
export function setCompatibilityFlags(names) {
  defineLazy(globalThis, "Cloudflare", () => {
    const flags = Object.create(null);
    for (const name of split.call(names, " ")) flags[name.slice(1)] = name[0] === "+";
    return new Cloudflare(freeze(flags));
  });
  if (names.includes("-enable_weak_ref")) {
    delete globalThis.WeakRef;
    delete globalThis.FinalizationRegistry;
  }
}
