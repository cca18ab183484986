// setTimeout and its family, queueMicrotask and scheduler.wait on the clock of the request.
// timers.cc keeps what is pending: it belongs to the request and ends with it.
import { apply, construct, promiseReject } from "./primordials.js";
import { onAbort, isAbortSignal } from "./abort.js";
import { native } from "./native.js";
import { reportError } from "./report_error.js";
import { defineInterface, illegalConstructor, notOfType, requireArguments } from "./webidl.js";

// Made at first use: natives do not exist while the snapshot is built.
let table = null;

/**
 * Runs `callback` in the current request after `delay` milliseconds.
 * @param {number} delay @param {() => void} callback @param {boolean} [repeat]
 * @returns {number} what stopTimer() takes
 */
export function startTimer(delay, callback, repeat = false) {
  table ??= native.timers.create();
  return native.timers.start(table, delay, callback, repeat);
}

/** @param {number} id */
export function stopTimer(id) {
  table ??= native.timers.create();
  native.timers.stop(table, id);
}

function start(name, count, callback, delay, args, repeat) {
  requireArguments(count, `execute '${name}' on 'ServiceWorkerGlobalScope'`, "function");
  if (typeof callback !== "function") {
    throw notOfType(`execute '${name}' on 'ServiceWorkerGlobalScope'`, 1, "function");
  }
  // WebIDL long; anything below zero is now.
  const milliseconds = Number(delay) | 0;
  return startTimer(
    milliseconds < 0 ? 0 : milliseconds,
    () => {
      try {
        apply(callback, globalThis, args);
      } catch (error) {
        reportError(error);
      }
    },
    repeat,
  );
}

function clear(id) {
  if (id === null || id === undefined) return;
  const number = Number(id);
  if (number > 0) stopTimer(number);
}

export const timerFunctions = {
  setTimeout(callback, delay = 0, ...args) {
    return start("setTimeout", arguments.length, callback, delay, args, false);
  },
  setInterval(callback, delay = 0, ...args) {
    return start("setInterval", arguments.length, callback, delay, args, true);
  },
  clearTimeout(id) {
    requireArguments(arguments.length, "execute 'clearTimeout' on 'ServiceWorkerGlobalScope'", "Number");
    clear(id);
  },
  clearInterval(id) {
    requireArguments(arguments.length, "execute 'clearInterval' on 'ServiceWorkerGlobalScope'", "Number");
    clear(id);
  },
  queueMicrotask(callback) {
    requireArguments(arguments.length, "execute 'queueMicrotask' on 'ServiceWorkerGlobalScope'", "function");
    if (typeof callback !== "function") {
      throw notOfType("execute 'queueMicrotask' on 'ServiceWorkerGlobalScope'", 1, "function");
    }
    // V8 keeps the frame of AsyncLocalStorage with promises only.
    const frame = native.asyncContext.get();
    native.timers.queueMicrotask(() => {
      native.asyncContext.set(frame);
      try {
        callback();
      } catch (error) {
        reportError(error);
      } finally {
        native.asyncContext.set(undefined);
      }
    });
  },
};

class Scheduler {
  constructor() {
    throw illegalConstructor();
  }
  /** Resolves after a delay. @param {number} delay @param {{signal?: AbortSignal}} [options] */
  wait(delay, options = undefined) {
    if (arguments.length === 0) return promiseReject(notOfType("execute 'wait' on 'Scheduler'", 1, "number"));
    if (options !== undefined && options !== null && typeof options !== "object") {
      return promiseReject(notOfType("execute 'wait' on 'Scheduler'", 2, "WaitOptions"));
    }
    const milliseconds = Number(delay);
    const signal = options?.signal;
    return construct(Promise, [
      (resolve, reject) => {
        if (signal !== undefined && signal !== null) {
          if (!isAbortSignal(signal)) {
            throw new TypeError("Failed to execute 'wait': member signal is not an AbortSignal.");
          }
          if (signal.aborted) return reject(signal.reason);
        }
        let forget = () => {};
        const id = startTimer(milliseconds > 0 ? Math.trunc(milliseconds) : 0, () => {
          forget();
          resolve();
        });
        if (signal) {
          forget = onAbort(signal, (reason) => {
            stopTimer(id);
            reject(reason);
          });
        }
      },
    ]);
  }
}
defineInterface(Scheduler);

export const scheduler = Object.create(Scheduler.prototype);
