// node:timers (https://nodejs.org/api/timers.html) over the timers of the request.
import { timerFunctions } from "runtime:timers";
import { validateFunction } from "./errors.js";

const primitive = Symbol.toPrimitive;
const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

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
  [primitive]() {
    return this.#id;
  }
  [dispose]() {
    this.close();
  }
}

export class Immediate extends Timeout {}

export function setTimeout(callback, delay = 1, ...args) {
  validateFunction(callback, "callback");
  return new Timeout(() => timerFunctions.setTimeout(callback, delay * 1, ...args));
}
export function setInterval(callback, delay = 1, ...args) {
  validateFunction(callback, "callback");
  return new Timeout(() => timerFunctions.setInterval(callback, delay * 1, ...args));
}
export function setImmediate(callback, ...args) {
  validateFunction(callback, "callback");
  return new Immediate(() => timerFunctions.setTimeout(callback, 0, ...args));
}

export function clearTimeout(timer = undefined) {
  if (timer instanceof Timeout) timer.close();
  else if (typeof timer === "number" || typeof timer === "string")
    timerFunctions.clearTimeout(timer);
}
export const clearInterval = (timer = undefined) => clearTimeout(timer);
export const clearImmediate = (timer = undefined) => clearTimeout(timer);

export function active(timer) {
  if (timer instanceof Timeout) timer.refresh();
}
export const unenroll = (timer) => clearTimeout(timer);
export function enroll() {
  throw new Error("Not implemented. Please use setTimeout() instead.");
}

export default {
  active,
  clearImmediate,
  clearInterval,
  clearTimeout,
  enroll,
  get promises() {
    return require("./timers_promises.js").default;
  },
  setImmediate,
  setInterval,
  setTimeout,
  unenroll,
};
