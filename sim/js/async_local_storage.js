// AsyncLocalStorage and AsyncResource of node:async_hooks. The frame is a list [storage, value, ...]
// that is never changed, only replaced; V8 keeps it with every continuation
// (native.asyncContext, sim/js/async_context.cc).
import { native } from "../web/native.js";
import { apply } from "../web/primordials.js";
import { notOfType } from "../web/webidl.js";

/** @param {any[] | undefined} frame a new frame; `value` undefined removes the storage */
function withValue(frame, storage, value) {
  const next = [];
  if (frame !== undefined) {
    for (let i = 0; i < frame.length; i += 2) {
      if (frame[i] === storage) continue;
      next[next.length] = frame[i];
      next[next.length] = frame[i + 1];
    }
  }
  if (value !== undefined) {
    next[next.length] = storage;
    next[next.length] = value;
  }
  return next.length === 0 ? undefined : next;
}

function runIn(frame, callback, self, args) {
  const { get, set } = native.asyncContext;
  const before = get();
  set(frame);
  try {
    return apply(callback, self, args);
  } finally {
    set(before);
  }
}

function requireFunction(callback, method, owner, index, type = "function") {
  if (typeof callback !== "function") throw notOfType(`execute '${method}' on '${owner}'`, index, type);
}

/** What `callback` returns when called later in the frame of now. */
function bound(callback, owner, self) {
  requireFunction(callback, "bind", owner, 1, "Function");
  const frame = native.asyncContext.get();
  const result = function (...args) {
    return runIn(frame, callback, self === undefined ? this : self, args);
  };
  return result;
}

export class AsyncLocalStorage {
  #default;
  #name;
  constructor(options = {}) {
    this.#default = options?.defaultValue;
    this.#name = `${options?.name ?? ""}`;
  }
  get name() {
    return this.#name;
  }

  run(store, callback, ...args) {
    requireFunction(callback, "run", "AsyncLocalStorage", 2);
    return runIn(withValue(native.asyncContext.get(), this, store), callback, undefined, args);
  }
  exit(callback, ...args) {
    requireFunction(callback, "exit", "AsyncLocalStorage", 1);
    return runIn(withValue(native.asyncContext.get(), this, undefined), callback, undefined, args);
  }
  getStore() {
    const frame = native.asyncContext.get();
    if (frame !== undefined) {
      for (let i = 0; i < frame.length; i += 2) if (frame[i] === this) return frame[i + 1];
    }
    return this.#default;
  }
  enterWith() {
    throw new Error("asyncLocalStorage.enterWith() is not implemented");
  }
  disable() {
    throw new Error("asyncLocalStorage.disable() is not implemented");
  }

  static bind(callback) {
    return bound(callback, "AsyncLocalStorage", undefined);
  }
  static snapshot() {
    const frame = native.asyncContext.get();
    return function (callback, ...args) {
      if (typeof callback !== "function") throw new TypeError("The first argument must be a function");
      return runIn(frame, callback, this, args);
    };
  }
}

export class AsyncResource {
  #frame;
  constructor(_type = undefined, _options = undefined) {
    this.#frame = native.asyncContext.get();
  }
  asyncId() {
    return 0;
  }
  triggerAsyncId() {
    return 0;
  }
  emitDestroy() {
    return this;
  }
  runInAsyncScope(callback, self = undefined, ...args) {
    requireFunction(callback, "runInAsyncScope", "AsyncResource", 1);
    return runIn(this.#frame, callback, self, args);
  }
  bind(callback, self = undefined) {
    requireFunction(callback, "bind", "AsyncResource", 1, "Function");
    const frame = this.#frame;
    const result = function (...args) {
      return runIn(frame, callback, self === undefined ? this : self, args);
    };
    return result;
  }
  static bind(callback, _type = undefined, self = undefined) {
    return bound(callback, "AsyncResource", self);
  }
}
