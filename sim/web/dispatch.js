// From the native request to the worker's handler and back. C++ calls dispatchFetch(); the answer
// goes to the native request context of that id, whichever request's code happened to settle it.
import { DOMException } from "./dom_exception.js";
import { ExtendableEvent, globalListeners, stopImmediatePropagation } from "./event_target.js";
import { isResponse, sendResponse } from "./response.js";
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import { apply, promiseResolve, promiseThen } from "./primordials.js";
import { Request } from "./request.js";
import { addMocks } from "./test_mocks.js";
import { tracing } from "./tracing.js";
import { defineInterface } from "./webidl.js";
import { workerExports } from "./worker_scope.js";

const { parse: parseJson, stringify } = JSON;

/** Keeps request `id` alive until `promise` has settled. */
export function waitUntil(id, promise) {
  native.http.beginWait(id);
  promiseThen(
    promiseResolve(promise),
    () => native.http.endWait(id),
    (error) => native.http.failWait(id, error),
  );
}

export class ExecutionContext {
  #id;
  #message;
  // JSON until somebody asks.
  #json;
  #props = undefined;

  constructor(token, id, message, props) {
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#id = id;
    this.#message = message;
    this.#json = props;
  }

  get props() {
    this.#props ??= this.#json === "" ? {} : parseJson(this.#json);
    return this.#props;
  }

  get exports() {
    return workerExports();
  }

  get tracing() {
    return tracing;
  }

  waitUntil(promise) {
    waitUntil(this.#id, promise);
  }

  passThroughOnException() {
    // Without a request there is nothing to pass on.
    if (this.#message !== undefined) {
      native.http.passThroughOnException(this.#id, this.#message);
    }
  }

  abort(reason) {
    native.http.fail(this.#id, reason);
  }
}
defineInterface(ExecutionContext);

export class FetchEvent extends ExtendableEvent {
  #id;
  #message;
  #answer = undefined;
  request;

  constructor(token, id, message, request) {
    super("fetch");
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#id = id;
    this.#message = message;
    this.request = request;
  }

  respondWith(response) {
    if (this.#answer !== undefined) {
      throw new DOMException("FetchEvent.respondWith() has already been called; it can only be called "
        + "once.", "InvalidStateError");
    }
    stopImmediatePropagation(this);
    this.#answer = promiseResolve(response);
  }

  waitUntil(promise) {
    waitUntil(this.#id, promise);
  }

  passThroughOnException() {
    native.http.passThroughOnException(this.#id, this.#message);
  }

  static answerOf(event) {
    return event.#answer;
  }
}
const answerOf = FetchEvent.answerOf;
delete FetchEvent.answerOf;

function finish(id, value) {
  try {
    if (!isResponse(value)) {
      throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
    }
    sendResponse(id, value);
  } catch (error) {
    native.http.fail(id, error);
  }
}

function settle(id, answer) {
  if (isResponse(answer)) return finish(id, answer);
  promiseThen(
    promiseResolve(answer),
    (value) => finish(id, value),
    (error) => native.http.fail(id, error),
  );
}

/**
 * @param id of the native request context
 * @param message native request
 * @param handler an object with a fetch method, or a WorkerEntrypoint class
 * @param props of the binding, as JSON, or empty
 */
export function dispatchFetch(id, message, hasBody, handler, env, props) {
  try {
    const request = new Request(kInternal, message, hasBody);
    const ctx = new ExecutionContext(kInternal, id, message, props);
    let answer;
    if (typeof handler === "function") {
      const instance = new handler(ctx, env);
      if (typeof instance.fetch !== "function") throw new Error("Handler does not export a fetch() function.");
      answer = instance.fetch(request);
    } else {
      if (typeof handler?.fetch !== "function") {
        throw new Error("Handler does not export a fetch() function.");
      }
      answer = handler.fetch(request, env, ctx);
    }
    settle(id, answer);
  } catch (error) {
    native.http.fail(id, error);
  }
}

/** The same for the service-worker format: listeners of "fetch" on the global scope. */
export function dispatchFetchEvent(id, message, hasBody) {
  try {
    const event = new FetchEvent(kInternal, id, message, new Request(kInternal, message, hasBody));
    const listeners = globalListeners("fetch");
    if (listeners.length === 0) throw new Error("Handler does not export a fetch() function.");
    for (let i = 0; i < listeners.length; i++) {
      apply(listeners[i], globalThis, [event]);
      if (answerOf(event) !== undefined) break;
    }
    const answer = answerOf(event);
    // Nobody answered: the request goes on to the next stage, as it came.
    if (answer === undefined) native.http.passThrough(id, message);
    else settle(id, answer);
  } catch (error) {
    native.http.fail(id, error);
  }
}

/** Tells request `id` of the end of a handler that answers nothing: when `ended` settles. */
export function finishWith(id, ended) {
  promiseThen(
    promiseResolve(ended),
    () => native.http.finished(id),
    (error) => native.http.fail(id, error),
  );
}

/** Faults that a test adds; docs/faults.md has the rules. They end with the test. */
class Faults {
  #controls;

  constructor(token, controls) {
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#controls = controls;
  }

  /** Adds a rule, whose schedule counts from now. What it gives is what remove() takes. */
  add(rule) {
    return this.#controls.addFault(stringify(rule) ?? "");
  }

  /** Whether there was such a rule. */
  remove(handle) {
    return this.#controls.removeFault(handle);
  }

  clear() {
    this.#controls.clearFaults();
  }
}

/** What test handlers get in the place of an event. */
class TestController {
  #controls;
  #faults;

  constructor(token, controls) {
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#controls = controls;
  }

  get faults() {
    if (this.#controls === undefined) throw new Error("No faults can be added here.");
    this.#faults ??= new Faults(kInternal, this.#controls);
    return this.#faults;
  }

  /** How often a service or an egress was called since the file's tests began. */
  calls(target) {
    if (this.#controls === undefined) throw new Error("Nobody counts calls here.");
    return parseJson(this.#controls.calls(`${target}`));
  }
}

function testOf(exported) {
  const holder = typeof exported === "function" ? exported.prototype : exported;
  return holder?.test;
}

/** Called by C++: whether an export of a worker has a test handler. */
export function hasTest(exported) {
  return typeof testOf(exported) === "function";
}

/**
 * Called by C++: runs a test handler.
 * @param id of the native request context, which hears of the end
 * @param exported an object with a test method, or a class that has one
 * @param tools natives behind the controller's mocks; undefined: it has none
 * @param controls the native half of the controller, or undefined
 */
export function dispatchTest(id, exported, env, tools, controls) {
  try {
    if (!hasTest(exported)) throw new Error("Handler does not export a test() function.");
    const ctx = new ExecutionContext(kInternal, id, undefined, "");
    const controller = new TestController(kInternal, controls);
    addMocks(controller, tools);
    const handler = typeof exported === "function" ? new exported(ctx, env) : exported;
    finishWith(id, handler.test(controller, env, ctx));
  } catch (error) {
    native.http.fail(id, error);
  }
}
