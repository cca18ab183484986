// MessageChannel and MessagePort (https://html.spec.whatwg.org/#message-channels), as production
// has them: within one isolate, without transfer lists, and messages arrive in microtasks.
import {
  addListener,
  Event,
  EventTarget,
  hasListeners,
  MessageEvent,
  removeListener,
} from "./event_target.js";
import { dispatchReported } from "./report_error.js";
import { apply, defineProperty, promiseResolve, promiseThen } from "./primordials.js";
import { structuredClone } from "./structured_clone.js";
import { defineInterface, illegalConstructor } from "./webidl.js";

// Only code that can name this may make a port.
const create = Symbol("create");

/** Makes two ports each other's peer. @type {(a: any, b: any) => void} */
let entangle;

const later = (callback) => promiseThen(promiseResolve(undefined), callback);

export class MessagePort extends EventTarget {
  /** @type {MessagePort | null} */ #peer = null;
  // Messages that wait for the port to be started; null once it is.
  /** @type {any[] | null} */ #waiting = [];
  #closed = false;
  // What onmessage was set to, and the listener that calls it.
  #handler = null;
  #listener = null;

  constructor(token) {
    if (token !== create) throw illegalConstructor();
    super();
  }

  postMessage(message = undefined, options = undefined) {
    const list = options?.[Symbol.iterator] === undefined ? options?.transfer : options;
    if (list !== undefined && [...list].length > 0) {
      throw new Error("Transfer list is not supported");
    }
    // What cannot be cloned is an error of the sender, whether anybody hears it or not.
    const data = structuredClone(message);
    const peer = this.#peer;
    if (peer === null || peer.#closed) return;
    if (peer.#waiting !== null) peer.#waiting[peer.#waiting.length] = data;
    else later(() => peer.#dispatch(data));
  }

  #dispatch(data) {
    dispatchReported(this, new MessageEvent("message", { data, source: this }));
    this.#pauseUnheard();
  }

  start() {
    if (this.#closed || this.#waiting === null) return;
    const messages = this.#waiting;
    this.#waiting = null;
    if (messages.length === 0) return;
    later(() => {
      for (let i = 0; i < messages.length; i++) this.#dispatch(messages[i]);
    });
  }

  /** Without listeners messages wait again. */
  #pauseUnheard() {
    if (this.#closed || this.#waiting !== null || hasListeners(this, "message")) return;
    this.#waiting = [];
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = null;
    const peer = this.#peer;
    this.#peer = null;
    if (peer !== null) peer.close();
    dispatchReported(this, new Event("close"));
  }

  // As in Node.js and in production a listener starts the port, not onmessage alone.
  addEventListener(type, callback, options = undefined) {
    addListener(this, type, callback, options);
    if (`${type}` === "message" && hasListeners(this, "message")) this.start();
  }
  removeEventListener(type, callback, options = undefined) {
    removeListener(this, type, callback, options);
    this.#pauseUnheard();
  }

  get onmessage() {
    return this.#handler;
  }
  set onmessage(value) {
    if (this.#listener !== null) removeListener(this, "message", this.#listener);
    this.#handler = typeof value === "function" ? value : null;
    this.#listener = null;
    if (this.#handler === null) {
      this.#pauseUnheard();
    } else {
      const handler = this.#handler;
      // A listener of its own: the same function may have been added too.
      this.#listener = function (event) {
        apply(handler, this, [event]);
      };
      addListener(this, "message", this.#listener);
      this.start();
    }
  }

  static {
    entangle = (a, b) => {
      a.#peer = b;
      b.#peer = a;
    };
  }
}
defineInterface(MessagePort);

export class MessageChannel {
  constructor() {
    const port1 = new MessagePort(create);
    const port2 = new MessagePort(create);
    entangle(port1, port2);
    defineProperty(this, "port1", { value: port1, enumerable: true });
    defineProperty(this, "port2", { value: port2, enumerable: true });
  }
}
defineInterface(MessageChannel);
