// From the native request to the worker's handler and back. C++ calls dispatchFetch(); the answer
// goes to the native context of that request, whichever request's code happened to settle it.
import { DOMException } from "./dom_exception.js";
import { ExtendableEvent, globalListeners } from "./event_target.js";
import { isResponse, sendResponse } from "./response.js";
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import { Request } from "./request.js";

const then = Promise.prototype.then;
const { apply } = Reflect;

export class ExecutionContext {
  #context;
  props;

  constructor(token, context, props) {
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#context = context;
    this.props = props;
  }

  waitUntil(promise) {
    native.http.waitUntil(this.#context, Promise.resolve(promise));
  }

  passThroughOnException() {
    native.http.passThroughOnException(this.#context);
  }

  abort(reason) {
    native.http.fail(this.#context, reason);
  }
}
for (const name of ["waitUntil", "passThroughOnException", "abort"]) {
  Object.defineProperty(ExecutionContext.prototype, name, { enumerable: true });
}

export class FetchEvent extends ExtendableEvent {
  #context;
  #answer = undefined;
  request;

  constructor(token, context, request) {
    super("fetch");
    if (token !== kInternal) throw new TypeError("Illegal constructor");
    this.#context = context;
    this.request = request;
  }

  respondWith(response) {
    if (this.#answer !== undefined) {
      throw new DOMException("FetchEvent.respondWith() has already been called; it can only be called "
        + "once.", "InvalidStateError");
    }
    this.stopImmediatePropagation();
    this.#answer = Promise.resolve(response);
  }

  waitUntil(promise) {
    native.http.waitUntil(this.#context, Promise.resolve(promise));
  }

  passThroughOnException() {
    native.http.passThroughOnException(this.#context);
  }

  static answerOf(event) {
    return event.#answer;
  }
}
const answerOf = FetchEvent.answerOf;
delete FetchEvent.answerOf;

function finish(context, value) {
  try {
    if (!isResponse(value)) {
      throw new TypeError("Incorrect type for Promise: the Promise did not resolve to 'Response'.");
    }
    sendResponse(context, value);
  } catch (error) {
    native.http.fail(context, error);
  }
}

/**
 * @param handler the default export: an object with a fetch method, or a WorkerEntrypoint class
 * @param message native request
 * @param context native request context
 */
export function dispatchFetch(handler, message, env, context) {
  try {
    const request = new Request(kInternal, message);
    const ctx = new ExecutionContext(kInternal, context, {});
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
    settle(context, answer);
  } catch (error) {
    native.http.fail(context, error);
  }
}

function settle(context, answer) {
  if (isResponse(answer)) return finish(context, answer);
  const promise = answer instanceof Promise ? answer : Promise.resolve(answer);
  apply(then, promise, [
    (value) => finish(context, value),
    (error) => native.http.fail(context, error),
  ]);
}

/** The same for the service-worker format: listeners of "fetch" on the global scope. */
export function dispatchFetchEvent(message, context) {
  try {
    const event = new FetchEvent(kInternal, context, new Request(kInternal, message));
    const listeners = globalListeners("fetch");
    if (listeners.length === 0) throw new Error("Handler does not export a fetch() function.");
    for (const listener of listeners) {
      apply(listener, globalThis, [event]);
      if (answerOf(event) !== undefined) break;
    }
    const answer = answerOf(event);
    // Nobody answered: the request goes on to the next stage, as it came.
    if (answer === undefined) native.http.passThrough(context);
    else settle(context, answer);
  } catch (error) {
    native.http.fail(context, error);
  }
}
