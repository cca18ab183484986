// Event, EventTarget and the plain event classes (https://dom.spec.whatwg.org/#events), and the
// global scope as an event target. There is no tree: an event has one target and no parents.
import { chosen } from "./compatibility_choices.js";
import { DOMException } from "./dom_exception.js";
import { reportError } from "./report_error.js";
import { apply, defineProperty, uncurryThis } from "./primordials.js";
import { defineInterface, illegalConstructor, memberNotOfType, notOfType, requireArguments } from "./webidl.js";

/** @type {{ begin(event: Event, target: any): void, end(event: Event): void,
 *   stopped(event: Event): boolean,
 *   dispatching(event: Event): boolean, trust(event: Event): void, type(event: Event): string,
 *   canceled(event: Event): boolean }} */
let internals;

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #target = null;
  #dispatching = false;
  #stopped = false;
  #stoppedAtOnce = false;
  #canceled = false;
  #trusted = false;

  constructor(type, init = {}) {
    requireArguments(arguments.length, `construct '${new.target.name}'`, "string");
    this.#type = `${type}`;
    init ??= {};
    if (typeof init !== "object" && typeof init !== "function") {
      throw notOfType(`construct '${new.target.name}'`, 2, "Init");
    }
    this.#bubbles = Boolean(init.bubbles);
    this.#cancelable = Boolean(init.cancelable);
    this.#composed = Boolean(init.composed);
  }

  get type() {
    return this.#type;
  }
  get bubbles() {
    return this.#bubbles;
  }
  get cancelable() {
    return this.#cancelable;
  }
  get composed() {
    return this.#composed;
  }
  get target() {
    return this.#target;
  }
  get srcElement() {
    return this.#target;
  }
  get currentTarget() {
    return this.#target;
  }
  get eventPhase() {
    return this.#dispatching ? 2 : 0;
  }
  get defaultPrevented() {
    return this.#canceled;
  }
  get returnValue() {
    return !this.#canceled;
  }
  set returnValue(value) {
    if (!value) this.preventDefault();
  }
  get cancelBubble() {
    return this.#stopped;
  }
  set cancelBubble(value) {
    if (value) this.#stopped = true;
  }
  get timeStamp() {
    return #type in this ? 0 : undefined;
  }
  get isTrusted() {
    return this.#trusted;
  }
  composedPath() {
    return this.#dispatching ? [this.#target] : [];
  }
  preventDefault() {
    if (this.#cancelable) this.#canceled = true;
  }
  stopPropagation() {
    this.#stopped = true;
  }
  stopImmediatePropagation() {
    this.#stopped = true;
    this.#stoppedAtOnce = true;
  }

  static {
    internals = {
      begin(event, target) {
        event.#target = target;
        event.#dispatching = true;
      },
      end(event) {
        event.#dispatching = false;
        event.#stopped = false;
        event.#stoppedAtOnce = false;
      },
      stopped: (event) => event.#stoppedAtOnce,
      dispatching: (event) => event.#dispatching,
      trust(event) {
        event.#trusted = true;
      },
      type: (event) => event.#type,
      canceled: (event) => event.#canceled,
    };
  }
}
defineInterface(Event, {
  constants: { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 },
});

/** The method of that name, out of reach of a worker. @type {(event: Event) => void} */
export const stopImmediatePropagation = uncurryThis(Event.prototype.stopImmediatePropagation);

/** An event made by the runtime itself. @template {Event} T @param {T} event @returns {T} */
export function trusted(event) {
  internals.trust(event);
  return event;
}

/**
 * @typedef {{callback: any, once: boolean, removed: boolean}} Listener
 */

function call(callback, event, self) {
  if (typeof callback === "function") apply(callback, self, [event]);
  else callback.handleEvent(event);
}

function callReporting(callback, event, self) {
  try {
    call(callback, event, self);
  } catch (error) {
    reportError(error);
  }
}

/** @type {(target: EventTarget, type: string) => Listener[] | undefined} */
let listenersOf;
/** Calls the listeners: what they throw is reported, or leaves. @type {(target: EventTarget, event: Event, reports: boolean) => boolean} */
let dispatch;

export class EventTarget {
  /** @type {Record<string, Listener[]> | null} */
  #listeners = null;

  addEventListener(type, callback, options = undefined) {
    const self = targetOf(this);
    requireArguments(arguments.length, "execute 'addEventListener' on 'EventTarget'", "string", "function or HandlerObject");
    type = `${type}`;
    let once = false;
    let signal;
    // There is no tree of targets.
    if (typeof options === "boolean") {
      if (options) throw new TypeError("addEventListener(): useCapture must be false.");
    } else if (options !== null && typeof options === "object") {
      if (options.capture) throw new TypeError("addEventListener(): options.capture must be false.");
      once = Boolean(options.once);
      signal = options.signal;
      if (signal !== undefined && !(signal instanceof EventTarget && "aborted" in signal)) {
        throw memberNotOfType("signal", "AddEventListenerOptions", "AbortSignal");
      }
    }
    if (callback === null || callback === undefined) return;
    if (typeof callback !== "function" && typeof callback !== "object") {
      throw notOfType("execute 'addEventListener' on 'EventTarget'", 2, "function or HandlerObject");
    }
    if (typeof callback === "object" && typeof callback.handleEvent !== "function") {
      throw memberNotOfType("handleEvent", "HandlerObject", "function");
    }
    if (signal?.aborted) return;
    self.#listeners ??= Object.create(null);
    const list = (self.#listeners[type] ??= []);
    for (let i = 0; i < list.length; i++) {
      if (list[i].callback === callback) return;
    }
    list[list.length] = { callback, once, removed: false };
    if (signal !== undefined) {
      addListener(signal, "abort", () => self.#remove(type, callback), { once: true });
    }
  }

  removeEventListener(type, callback) {
    const self = targetOf(this);
    requireArguments(arguments.length, "execute 'removeEventListener' on 'EventTarget'", "string", "Object");
    const known = callback === null || callback === undefined || typeof callback === "function"
      || typeof callback === "object";
    if (!known) throw notOfType("execute 'removeEventListener' on 'EventTarget'", 2, "Object");
    self.#remove(`${type}`, callback);
  }

  dispatchEvent(event) {
    const self = targetOf(this);
    requireArguments(arguments.length, "execute 'dispatchEvent' on 'EventTarget'", "Event");
    if (!(event instanceof Event)) {
      throw notOfType("execute 'dispatchEvent' on 'EventTarget'", 1, "Event");
    }
    if (internals.dispatching(event)) {
      throw new DOMException("The event is already being dispatched.", "InvalidStateError");
    }
    return dispatch(self, event, chosen.spec_compliant_dispatch_exceptions);
  }

  #dispatch(event, reports) {
    const shown = this === globalTarget ? globalThis : this;
    internals.begin(event, shown);
    const type = internals.type(event);
    const list = this.#listeners?.[type];
    // Those that are there now: listeners that these add wait for the next event.
    const present = [];
    for (let i = 0; list !== undefined && i < list.length; i++) present[i] = list[i];
    try {
      for (let i = 0; i < present.length; i++) {
        const listener = present[i];
        if (listener.removed) continue;
        if (internals.stopped(event)) break;
        if (listener.once) this.#remove(type, listener.callback);
        const self = chosen.set_event_target_this ? shown : globalThis;
        if (reports) callReporting(listener.callback, event, self);
        else call(listener.callback, event, self);
      }
    } finally {
      internals.end(event);
    }
    return !internals.canceled(event);
  }

  #remove(type, callback) {
    const list = this.#listeners?.[type];
    if (list === undefined) return;
    for (let i = 0; i < list.length; i++) {
      if (list[i].callback === callback) {
        list[i].removed = true;
        for (let j = i + 1; j < list.length; j++) list[j - 1] = list[j];
        list.length--;
        return;
      }
    }
  }

  static {
    listenersOf = (target, type) => target.#listeners?.[type];
    dispatch = (target, event, reports) => target.#dispatch(event, reports);
  }
}
defineInterface(EventTarget);

// The methods, out of reach of a worker.
export const addListener = uncurryThis(EventTarget.prototype.addEventListener);
export const removeListener = uncurryThis(EventTarget.prototype.removeEventListener);
export const dispatchEvent = uncurryThis(EventTarget.prototype.dispatchEvent);

/** Dispatches an event of the runtime's own; the first error of a listener leaves. */
export function dispatchThrowing(target, event) {
  return dispatch(target, trusted(event), false);
}

/** The target behind the global scope, whose functions are called without `this`. */
const globalTarget = new EventTarget();

function targetOf(self) {
  return self === undefined || self === null || self === globalThis ? globalTarget : self;
}

/** Whether anybody listens; saves making an event. */
export function hasListeners(target, type) {
  const list = listenersOf(targetOf(target), type);
  return list !== undefined && list.length > 0;
}

/** The callbacks that the worker registered for a type on the global scope, in their order. */
export function globalListeners(type) {
  const list = listenersOf(globalTarget, type);
  const callbacks = [];
  for (let i = 0; list !== undefined && i < list.length; i++) {
    const { callback } = list[i];
    callbacks[i] =
      typeof callback === "function" ? callback : (event) => callback.handleEvent(event);
  }
  return callbacks;
}

/** Dispatches to the global scope; false when a listener called preventDefault(). */
export function dispatchGlobal(event) {
  return dispatchEvent(globalTarget, event);
}

export const globalEventFunctions = {
  addEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, "execute 'addEventListener' on 'EventTarget'", "string", "function or HandlerObject");
    addListener(globalTarget, type, callback, options);
  },
  removeEventListener(type, callback, options = undefined) {
    requireArguments(arguments.length, "execute 'removeEventListener' on 'EventTarget'", "string", "Object");
    removeListener(globalTarget, type, callback, options);
  },
  dispatchEvent(event) {
    return dispatchEvent(globalTarget, event);
  },
};

/**
 * Adds an `on<type>` attribute to a target class: a listener that assigning replaces.
 * @param {Function & {prototype: any}} cls @param {string} type
 */
export function defineEventHandler(cls, type) {
  const handlers = new WeakMap();
  defineProperty(cls.prototype, `on${type}`, {
    get() {
      return handlers.get(this)?.current ?? null;
    },
    set(value) {
      const next = typeof value === "function" ? value : null;
      const known = handlers.get(this);
      if (known !== undefined) {
        known.current = next;
      } else if (next !== null) {
        const slot = { current: next };
        handlers.set(this, slot);
        addListener(this, type, (event) => {
          if (slot.current !== null) apply(slot.current, globalThis, [event]);
        });
      }
    },
    enumerable: true,
    configurable: true,
  });
}

export class CustomEvent extends Event {
  #detail;
  constructor(type, init = {}) {
    requireArguments(arguments.length, "construct 'CustomEvent'", "string");
    super(type, init);
    this.#detail = init?.detail ?? null;
  }
  get detail() {
    return this.#detail;
  }
}
defineInterface(CustomEvent);

/** @type {(event: ExtendableEvent, waiter: (promise: any) => void) => void} */
export let setWaiter;

/** Events whose work may go on after the handler: the runtime sets what waitUntil() does. */
export class ExtendableEvent extends Event {
  #waiter = null;
  constructor(type, init = {}) {
    if (new.target === ExtendableEvent) throw illegalConstructor();
    super(type, init);
  }
  waitUntil(promise) {
    requireArguments(arguments.length, "execute 'waitUntil' on 'ExtendableEvent'", "Promise");
    if (this.#waiter === null) {
      throw new DOMException(
        "waitUntil() can only be called on an event that the runtime dispatched.",
        "InvalidStateError",
      );
    }
    this.#waiter(promise);
  }
  static {
    setWaiter = (event, waiter) => {
      event.#waiter = waiter;
    };
  }
}
defineInterface(ExtendableEvent);

export class ErrorEvent extends Event {
  #message;
  #filename;
  #lineno;
  #colno;
  #error;
  constructor(type, init = {}) {
    requireArguments(arguments.length, "construct 'ErrorEvent'", "string");
    super(type, init);
    this.#message = `${init?.message ?? ""}`;
    this.#filename = `${init?.filename ?? ""}`;
    this.#lineno = init?.lineno >>> 0;
    this.#colno = init?.colno >>> 0;
    this.#error = init?.error;
  }
  get message() {
    return this.#message;
  }
  get filename() {
    return this.#filename;
  }
  get lineno() {
    return this.#lineno;
  }
  get colno() {
    return this.#colno;
  }
  get error() {
    return this.#error;
  }
}
defineInterface(ErrorEvent);

export class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;
  constructor(type, init = {}) {
    requireArguments(arguments.length, "construct 'MessageEvent'", "string");
    super(type, init);
    this.#data = init?.data ?? null;
    this.#origin = `${init?.origin ?? ""}`;
    this.#lastEventId = `${init?.lastEventId ?? ""}`;
    this.#source = init?.source ?? null;
    this.#ports = Object.freeze([...(init?.ports ?? [])]);
  }
  get data() {
    return this.#data;
  }
  get origin() {
    return this.#origin;
  }
  get lastEventId() {
    return this.#lastEventId;
  }
  get source() {
    return this.#source;
  }
  get ports() {
    return this.#ports;
  }
}
defineInterface(MessageEvent);

export class CloseEvent extends Event {
  #wasClean;
  #code;
  #reason;
  constructor(type, init = {}) {
    requireArguments(arguments.length, "construct 'CloseEvent'", "string");
    super(type, init);
    this.#wasClean = Boolean(init?.wasClean);
    this.#code = (init?.code ?? 0) & 0xffff;
    this.#reason = `${init?.reason ?? ""}`;
  }
  get wasClean() {
    return this.#wasClean;
  }
  get code() {
    return this.#code;
  }
  get reason() {
    return this.#reason;
  }
}
defineInterface(CloseEvent);

const create = Symbol("create");

export class PromiseRejectionEvent extends Event {
  #promise;
  #reason;
  constructor(token, type, promise, reason) {
    if (token !== create) throw illegalConstructor();
    super(type, { cancelable: true });
    this.#promise = promise;
    this.#reason = reason;
  }
  get promise() {
    return this.#promise;
  }
  get reason() {
    return this.#reason;
  }
}
defineInterface(PromiseRejectionEvent);

/**
 * Called by C++: tells the global scope of a promise whose rejection nobody handles; false when a
 * listener called preventDefault(). @param {string} type of the event
 */
export function dispatchRejection(type, promise, reason) {
  if (!hasListeners(globalTarget, type)) return true;
  const event = new PromiseRejectionEvent(create, type, promise, reason);
  return dispatchGlobal(trusted(event));
}
