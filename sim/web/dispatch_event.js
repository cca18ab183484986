// Events besides requests, as far as every isolate needs them: the rest is the lazy script handlers.js.
import { Fetcher, slotOf } from "./fetch.js";
import { lazy } from "./lazy.js";
import { defineProperty } from "./primordials.js";
import { hideLength } from "./webidl.js";

/**
 * Called by C++: runs the handler of an event.
 * @param id of the native request context, which hears of the end
 * @param {"scheduled" | "queue" | "tail"} handler
 * @param exported an object with handlers, a WorkerEntrypoint class, or undefined for the
 *   service-worker format
 * @param props of the binding, as JSON, or empty
 * @param {string} details of the event, as JSON
 * @param {any[]} values that are no JSON
 */
export function dispatchEvent(id, handler, exported, env, props, details, values) {
  lazy("handlers").handle[handler]({ id, exported, env, props }, details, values);
}

const senders = {
  queue(name, messages, metadata = undefined) {
    return lazy("handlers").sendQueue(slotOf(this), arguments.length, name, messages, metadata);
  },
  scheduled(options = undefined) {
    return lazy("handlers").sendScheduled(slotOf(this), options);
  },
};

/** Called by C++ for workers whose bindings have these methods, which else are RPC. */
export function letBindingsSendEvents() {
  for (const name of ["queue", "scheduled"]) {
    const value = senders[name];
    hideLength(value);
    defineProperty(Fetcher.prototype, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}
