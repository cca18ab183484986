// What depends on a worker's compatibility date and flags (sim/bundle/compatibility_flags.h has them
// all): the globals and members that are there, and behaviour.
import { chosen } from "./compatibility_choices.js";
import { ExecutionContext } from "./dispatch.js";
import { Headers } from "./headers.js";
import { defineLazy } from "./lazy.js";
import { navigator } from "./navigator.js";
import { nodeTimerFunctions } from "./node_timers.js";
import { Performance, timeline } from "./performance.js";
import { defineProperty, freeze } from "./primordials.js";
import { Request } from "./request.js";

const { split } = String.prototype;

class Cloudflare {
  constructor(flags) {
    defineProperty(this, "compatibilityFlags", { value: flags, enumerable: true });
  }
}
defineProperty(Cloudflare.prototype, Symbol.toStringTag, { value: "Cloudflare", configurable: true });

/** What is not there without a flag. @type {Record<string, [any, string[]][]>} */
const members = {
  cache_option_enabled: [[Request.prototype, ["cache"]]],
  enable_ctx_exports: [[ExecutionContext.prototype, ["exports"]]],
  enable_global_performance_classes: [
    [globalThis, ["Performance", ...timeline.classes]],
    [Performance.prototype, ["eventCounts", "toJSON", ...timeline.functions]],
  ],
  enable_navigator_language: [[navigator, ["language", "languages"]]],
  enable_weak_ref: [[globalThis, ["WeakRef", "FinalizationRegistry"]]],
  expose_global_message_channel: [[globalThis, ["MessageChannel", "MessagePort"]]],
  global_navigator: [[globalThis, ["navigator", "Navigator"]]],
  http_headers_getsetcookie: [[Headers.prototype, ["getSetCookie"]]],
};

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
  const disabled = (name) => ` ${names} `.includes(` -${name} `);
  for (const name of Object.keys(members)) {
    if (!disabled(name)) continue;
    for (const [holder, keys] of members[name]) for (const key of keys) delete holder[key];
  }
  if (!disabled("enable_nodejs_global_timers")) {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = nodeTimerFunctions;
    Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
  }
  for (const name of Object.keys(chosen)) chosen[name] = !disabled(name);
}
