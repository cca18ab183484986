// Timers as Node.js has them (https://nodejs.org/api/timers.html), over those of the request: of
// node:timers and, from a compatibility date on, of the global scope.
import { lazy } from "./lazy.js";
import { timerFunctions } from "./timers.js";

export class Timeout {
  #start;
  #id;
  #referenced = true;
  constructor(start) {
    this.#start = start;
    this.#id = start();
  }
  refresh() {
    this.close();
    this.#id = this.#start();
    return this;
  }
  close() {
    timerFunctions.clearTimeout(this.#id);
    return this;
  }
  // A request waits for its timers either way.
  ref() {
    this.#referenced = true;
    return this;
  }
  unref() {
    this.#referenced = false;
    return this;
  }
  hasRef() {
    return this.#referenced;
  }
  [Symbol.toPrimitive]() {
    return this.#id;
  }
  [Symbol.dispose]() {
    this.close();
  }
}

export class Immediate extends Timeout {}

function requireCallback(callback) {
  if (typeof callback !== "function") lazy("node").load("errors").validateFunction(callback, "callback");
}

function clear(timer) {
  if (timer instanceof Timeout) timer.close();
  else if (typeof timer === "number" || typeof timer === "string") timerFunctions.clearTimeout(timer);
}

export const nodeTimerFunctions = {
  setTimeout(callback, delay = 1, ...args) {
    requireCallback(callback);
    return new Timeout(() => timerFunctions.setTimeout(callback, delay * 1, ...args));
  },
  setInterval(callback, delay = 1, ...args) {
    requireCallback(callback);
    return new Timeout(() => timerFunctions.setInterval(callback, delay * 1, ...args));
  },
  setImmediate(callback, ...args) {
    requireCallback(callback);
    return new Immediate(() => timerFunctions.setTimeout(callback, 0, ...args));
  },
  clearTimeout(timer = undefined) {
    clear(timer);
  },
  clearInterval(timer = undefined) {
    clear(timer);
  },
  clearImmediate(timer = undefined) {
    clear(timer);
  },
};
