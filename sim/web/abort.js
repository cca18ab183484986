// AbortController and AbortSignal (https://dom.spec.whatwg.org/#aborting-ongoing-activities).
import { DOMException } from "./dom_exception.js";
import { defineEventHandler, dispatchEvent, Event, EventTarget, hasListeners, trusted } from "./event_target.js";
import { arraySlice, isArray } from "./primordials.js";
import { startTimer } from "./timers.js";
import { defineInterface, illegalConstructor, notOfType, requireArguments } from "./webidl.js";

// Only code that can name this may make a signal.
const create = Symbol("create");

/** @type {(signal: AbortSignal, reason: any) => void} */
let abortSignal;
/**
 * Calls `algorithm(reason)` when the signal aborts, before its events; at once when it has already.
 * Returns what takes it back.
 * @type {(signal: AbortSignal, algorithm: (reason: any) => void) => () => void}
 */
export let onAbort;

/** @type {(value: any) => value is AbortSignal} */
export let isAbortSignal;

/** The method of that name. @type {(signal: AbortSignal) => void} */
export let throwIfAborted;

function abortError() {
  return new DOMException("The operation was aborted", "AbortError");
}

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  /** @type {((reason: any) => void)[] | null} */
  #algorithms = null;

  constructor(token) {
    if (token !== create) throw illegalConstructor();
    super();
  }

  get aborted() {
    return this.#aborted;
  }
  get reason() {
    return this.#reason;
  }
  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason = undefined) {
    const signal = new AbortSignal(create);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(milliseconds) {
    requireArguments(arguments.length, "execute 'timeout' on 'AbortSignal'", "number");
    // What is no number, or below zero, is now.
    const delay = Number(milliseconds);
    const signal = new AbortSignal(create);
    startTimer(delay > 0 ? Math.min(Math.trunc(delay), Number.MAX_SAFE_INTEGER) : 0, () => {
      signal.#abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    });
    return signal;
  }

  static any(signals) {
    requireArguments(arguments.length, "execute 'any' on 'AbortSignal'", "Array");
    if (!isArray(signals)) throw notOfType("execute 'any' on 'AbortSignal'", 1, "Array");
    const sources = arraySlice(signals);
    for (let i = 0; i < sources.length; i++) {
      if (!isAbortSignal(sources[i])) {
        throw new TypeError(
          "Incorrect type for array element " + i + ": the provided value is not of type 'AbortSignal'.",
        );
      }
    }
    const result = new AbortSignal(create);
    for (let i = 0; i < sources.length; i++) {
      if (sources[i].#aborted) {
        result.#aborted = true;
        result.#reason = sources[i].#reason;
        return result;
      }
    }
    const undo = [];
    const follow = (reason) => {
      for (let i = 0; i < undo.length; i++) (0, undo[i])();
      result.#abort(reason);
    };
    for (let i = 0; i < sources.length; i++) undo[i] = onAbort(sources[i], follow);
    return result;
  }

  #abort(reason) {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const algorithms = this.#algorithms;
    this.#algorithms = null;
    if (algorithms !== null) {
      for (let i = 0; i < algorithms.length; i++) (0, algorithms[i])(reason);
    }
    if (hasListeners(this, "abort")) dispatchEvent(this, trusted(new Event("abort")));
  }

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
    onAbort = (signal, algorithm) => {
      if (signal.#aborted) {
        algorithm(signal.#reason);
        return () => {};
      }
      const list = (signal.#algorithms ??= []);
      list[list.length] = algorithm;
      return () => {
        const current = signal.#algorithms;
        if (current === null) return;
        for (let i = 0; i < current.length; i++) {
          if (current[i] === algorithm) {
            for (let j = i + 1; j < current.length; j++) current[j - 1] = current[j];
            current.length--;
            return;
          }
        }
      };
    };
    throwIfAborted = (signal) => {
      if (signal.#aborted) throw signal.#reason;
    };
    isAbortSignal = (value) => value !== null && typeof value === "object" && #algorithms in value;
  }
}
defineInterface(AbortSignal);
defineEventHandler(AbortSignal, "abort");

/** A signal that never aborts by itself, for the runtime's own use. */
export function newSignal() {
  return new AbortSignal(create);
}

export class AbortController {
  #signal = new AbortSignal(create);
  get signal() {
    return this.#signal;
  }
  abort(reason = undefined) {
    abortSignal(this.#signal, reason === undefined ? abortError() : reason);
  }
}
defineInterface(AbortController);
