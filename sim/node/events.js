// node:events (https://nodejs.org/api/events.html): EventEmitter, and what goes with it.
import { AsyncResource } from "runtime:async_hooks";
import { console } from "runtime:console";
import { EventTarget } from "runtime:event_target";
import { timerFunctions } from "runtime:timers";
import {
  AbortError,
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_THIS,
  ERR_UNHANDLED_ERROR,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateNumber,
} from "./errors.js";
import { inspect } from "./inspect.js";

const { apply, ownKeys } = Reflect;
const { queueMicrotask } = timerFunctions;
const kCapture = Symbol("kCapture");
const kTargetListeners = Symbol.for("flamesim.eventTargetListeners");

export const errorMonitor = Symbol("events.errorMonitor");
export const captureRejectionSymbol = Symbol.for("nodejs.rejection");
export const usingDomains = false;

let mostListeners = 10;

/** @this {any} A class that old code also calls as a function. */
export function EventEmitter(options = undefined) {
  EventEmitter.init.call(this, options);
}

EventEmitter.init = function init(options) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (options?.captureRejections) {
    validateBoolean(options.captureRejections, "options.captureRejections");
    this[kCapture] = Boolean(options.captureRejections);
  } else {
    this[kCapture] = EventEmitter.prototype[kCapture];
  }
};

const methods = {
  setMaxListeners(n) {
    validateNumber(n, "setMaxListeners", 0);
    this._maxListeners = n;
    return this;
  },
  getMaxListeners() {
    return this._maxListeners ?? mostListeners;
  },

  emit(type, ...args) {
    const events = this._events;
    if (type === "error") {
      if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...args);
      if (events?.error === undefined) throw unhandled(args);
    }
    const handler = events?.[type];
    if (handler === undefined) return false;
    if (typeof handler === "function") {
      callListener(this, handler, type, args);
    } else {
      for (const listener of [...handler]) callListener(this, listener, type, args);
    }
    return true;
  },

  addListener(type, listener) {
    return add(this, type, listener, false);
  },
  on(type, listener) {
    return add(this, type, listener, false);
  },
  prependListener(type, listener) {
    return add(this, type, listener, true);
  },
  once(type, listener) {
    validateFunction(listener, "listener");
    return this.on(type, onceOf(this, type, listener));
  },
  prependOnceListener(type, listener) {
    validateFunction(listener, "listener");
    return this.prependListener(type, onceOf(this, type, listener));
  },

  removeListener(type, listener) {
    validateFunction(listener, "listener");
    const events = this._events;
    const list = events?.[type];
    if (list === undefined) return this;
    if (list === listener || list.listener === listener) {
      forget(this, type);
    } else if (typeof list !== "function") {
      let at = list.length - 1;
      while (at >= 0 && list[at] !== listener && list[at].listener !== listener) at--;
      if (at < 0) return this;
      // A copy: what emit() walks over stays as it was.
      const rest = [...list.slice(0, at), ...list.slice(at + 1)];
      if (list.warned) rest.warned = true;
      events[type] = rest.length === 1 ? rest[0] : rest;
    } else {
      return this;
    }
    if (events.removeListener !== undefined) this.emit("removeListener", type, listener);
    return this;
  },
  off(type, listener) {
    return this.removeListener(type, listener);
  },

  removeAllListeners(type = undefined) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) {
        forget(this, type);
      }
      return this;
    }
    if (arguments.length === 0) {
      for (const key of ownKeys(events)) {
        if (key !== "removeListener") this.removeAllListeners(key);
      }
      this.removeAllListeners("removeListener");
      this._events = { __proto__: null };
      this._eventsCount = 0;
      return this;
    }
    const list = events[type];
    if (typeof list === "function") {
      this.removeListener(type, list);
    } else if (list !== undefined) {
      for (let i = list.length - 1; i >= 0; i--) this.removeListener(type, list[i]);
    }
    return this;
  },

  listeners(type) {
    return listOf(this, type).map((listener) => listener.listener ?? listener);
  },
  rawListeners(type) {
    return listOf(this, type);
  },
  listenerCount(type, listener = undefined) {
    const list = listOf(this, type);
    if (listener === undefined || listener === null) return list.length;
    return list.filter((one) => one === listener || one.listener === listener).length;
  },
  eventNames() {
    return this._eventsCount > 0 ? ownKeys(this._events) : [];
  },
};
for (const [name, value] of Object.entries(methods)) EventEmitter.prototype[name] = value;
EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true });

function unhandled(args) {
  if (args[0] instanceof Error) return args[0];
  const shown = args.length > 0 ? inspect(args[0]) : undefined;
  const error = new ERR_UNHANDLED_ERROR(shown);
  error.context = args[0];
  return error;
}

function callListener(emitter, listener, type, args) {
  const result = apply(listener, emitter, args);
  if (result === undefined || result === null || !emitter[kCapture]) return;
  const { then } = result;
  if (typeof then !== "function") return;
  apply(then, result, [
    undefined,
    (error) =>
      queueMicrotask(() => {
        if (typeof emitter[captureRejectionSymbol] === "function") {
          emitter[captureRejectionSymbol](error, type, ...args);
          return;
        }
        // A listener of "error" that rejects must not come here again.
        const before = emitter[kCapture];
        try {
          emitter[kCapture] = false;
          emitter.emit("error", error);
        } finally {
          emitter[kCapture] = before;
        }
      }),
  ]);
}

function add(emitter, type, listener, prepend) {
  validateFunction(listener, "listener");
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit("newListener", type, listener.listener ?? listener);
    events = emitter._events;
  }
  const list = events[type];
  if (list === undefined) {
    events[type] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  if (typeof list === "function") {
    events[type] = prepend ? [listener, list] : [list, listener];
  } else if (prepend) {
    list.unshift(listener);
  } else {
    list.push(listener);
  }
  warnOfMany(emitter, type, events[type]);
  return emitter;
}

function warnOfMany(emitter, type, list) {
  const most = emitter.getMaxListeners();
  if (most <= 0 || list.length <= most || list.warned) return;
  list.warned = true;
  console.warn(
    `MaxListenersExceededWarning: Possible EventEmitter memory leak detected. ${list.length} ` +
      `${String(type)} listeners added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ` +
      `${most}. Use emitter.setMaxListeners() to increase limit`,
  );
}

function forget(emitter, type) {
  if (--emitter._eventsCount === 0) {
    const { removeListener } = emitter._events;
    emitter._events = { __proto__: null };
    if (type !== "removeListener" && removeListener !== undefined) {
      emitter._events.removeListener = removeListener;
      emitter._eventsCount = 1;
    }
  } else {
    delete emitter._events[type];
  }
}

function onceOf(emitter, type, listener) {
  let fired = false;
  const wrapper = function (...args) {
    if (fired) return undefined;
    fired = true;
    emitter.removeListener(type, wrapper);
    return apply(listener, emitter, args);
  };
  wrapper.listener = listener;
  return wrapper;
}

function listOf(emitter, type) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  return typeof list === "function" ? [list] : [...list];
}

const isTarget = (value) => value instanceof EventTarget;

function listen(emitter, type, listener, options) {
  if (typeof emitter.on === "function") {
    if (options?.once) emitter.once(type, listener);
    else emitter.on(type, listener);
  } else if (typeof emitter.addEventListener === "function") {
    emitter.addEventListener(type, listener, options);
  } else {
    throw new ERR_INVALID_ARG_TYPE("emitter", "EventEmitter", emitter);
  }
}
function unlisten(emitter, type, listener) {
  if (typeof emitter.removeListener === "function") emitter.removeListener(type, listener);
  else emitter.removeEventListener(type, listener);
}

/** Resolves with the arguments of the next event of that name; an "error" event rejects. */
export async function once(emitter, name, options = {}) {
  const signal = options?.signal;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  return new Promise((resolve, reject) => {
    const stop = () => {
      unlisten(emitter, name, onEvent);
      if (watchesErrors) emitter.removeListener("error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    const onEvent = (...args) => {
      stop();
      resolve(args);
    };
    const onError = (error) => {
      stop();
      reject(error);
    };
    const onAbort = () => {
      stop();
      reject(new AbortError(undefined, { cause: signal.reason }));
    };
    const watchesErrors = name !== "error" && typeof emitter.once === "function";
    listen(emitter, name, onEvent, { once: true });
    if (watchesErrors) emitter.once("error", onError);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** The events of that name, one after the other. */
export function on(emitter, name, options = {}) {
  const signal = options?.signal;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const events = [];
  const waiting = [];
  let failure = null;
  let finished = false;

  const onEvent = (...args) => {
    if (waiting.length > 0) waiting.shift().resolve({ value: args, done: false });
    else events.push(args);
  };
  const onError = (error) => {
    if (waiting.length > 0) waiting.shift().reject(error);
    else failure = { error };
    iterator.return();
  };
  const onAbort = () => onError(new AbortError(undefined, { cause: signal.reason }));
  const onClose = () => iterator.return();

  const iterator = {
    next() {
      if (events.length > 0) return Promise.resolve({ value: events.shift(), done: false });
      if (failure !== null) {
        const { error } = failure;
        failure = null;
        return Promise.reject(error);
      }
      if (finished) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return() {
      finished = true;
      unlisten(emitter, name, onEvent);
      if (typeof emitter.removeListener === "function") emitter.removeListener("error", onError);
      for (const type of options?.close ?? []) unlisten(emitter, type, onClose);
      signal?.removeEventListener("abort", onAbort);
      for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
      return Promise.resolve({ value: undefined, done: true });
    },
    throw(error) {
      if (!(error instanceof Error)) {
        throw new ERR_INVALID_ARG_TYPE("EventEmitter.AsyncIterator", "Error", error);
      }
      onError(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  listen(emitter, name, onEvent);
  if (name !== "error" && typeof emitter.on === "function") emitter.on("error", onError);
  for (const type of options?.close ?? []) listen(emitter, type, onClose);
  signal?.addEventListener("abort", onAbort, { once: true });
  return iterator;
}

export function getEventListeners(emitter, type) {
  if (typeof emitter?.listeners === "function") return emitter.listeners(type);
  if (isTarget(emitter)) return [];
  throw new ERR_INVALID_ARG_TYPE("emitter", ["EventEmitter", "EventTarget"], emitter);
}

export function getMaxListeners(emitter) {
  if (typeof emitter?.getMaxListeners === "function") return emitter.getMaxListeners();
  if (isTarget(emitter)) return emitter[kTargetListeners] ?? mostListeners;
  throw new ERR_INVALID_ARG_TYPE("emitter", ["EventEmitter", "EventTarget"], emitter);
}

export function setMaxListeners(n = mostListeners, ...targets) {
  validateNumber(n, "setMaxListeners", 0);
  if (targets.length === 0) mostListeners = n;
  for (const target of targets) {
    if (typeof target?.setMaxListeners === "function") target.setMaxListeners(n);
    else if (isTarget(target)) target[kTargetListeners] = n;
    else throw new ERR_INVALID_ARG_TYPE("eventTargets", ["EventEmitter", "EventTarget"], target);
  }
}

export function listenerCount(emitter, type) {
  return emitter.listenerCount(type);
}

/** Calls `listener` once when the signal aborts, even if others stop the event. */
export function addAbortListener(signal, listener) {
  if (signal === undefined) throw new ERR_INVALID_ARG_TYPE("signal", "AbortSignal", signal);
  validateAbortSignal(signal, "signal");
  validateFunction(listener, "listener");
  let stop = () => {};
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener("abort", listener, { once: true });
    stop = () => signal.removeEventListener("abort", listener);
  }
  return { [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: stop };
}

export class EventEmitterAsyncResource extends EventEmitter {
  #resource;
  constructor(options = undefined) {
    const name = typeof options === "string" ? options : options?.name;
    super(typeof options === "string" ? undefined : options);
    this.#resource = new AsyncResource(name ?? new.target.name);
  }
  #own() {
    if (!(#resource in this)) throw new ERR_INVALID_THIS("EventEmitterAsyncResource");
    return this.#resource;
  }
  emit(event, ...args) {
    return this.#own().runInAsyncScope(super.emit, this, event, ...args);
  }
  emitDestroy() {
    this.#own().emitDestroy();
  }
  get asyncId() {
    return this.#own().asyncId();
  }
  get triggerAsyncId() {
    return this.#own().triggerAsyncId();
  }
  get asyncResource() {
    return this.#own();
  }
}

Object.defineProperties(EventEmitter, {
  defaultMaxListeners: {
    get: () => mostListeners,
    set(n) {
      validateNumber(n, "defaultMaxListeners", 0);
      mostListeners = n;
    },
    enumerable: true,
  },
  captureRejections: {
    get: () => EventEmitter.prototype[kCapture],
    set(value) {
      validateBoolean(value, "EventEmitter.captureRejections");
      EventEmitter.prototype[kCapture] = value;
    },
    enumerable: true,
    configurable: true,
  },
});
Object.assign(EventEmitter, {
  once,
  on,
  getEventListeners,
  getMaxListeners,
  setMaxListeners,
  listenerCount,
  addAbortListener,
  EventEmitter,
  EventEmitterAsyncResource,
  usingDomains,
  captureRejectionSymbol,
  errorMonitor,
});

export const defaultMaxListeners = mostListeners;
export const captureRejections = false;
export const init = EventEmitter.init;
export default EventEmitter;
