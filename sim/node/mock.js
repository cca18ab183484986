// The mocks of node:test (https://nodejs.org/api/test.html#class-mocktracker).
import {
  ERR_INVALID_ARG_TYPE,
  ERR_INVALID_ARG_VALUE,
  ERR_METHOD_NOT_IMPLEMENTED,
  validateBoolean,
  validateFunction,
  validateInteger,
  validateObject,
} from "./errors.js";

let nextImplementation;
let noteCall;

/** What a mock knows of its calls: its property `mock`. */
export class MockFunctionContext {
  #calls = [];
  #onCall = new Map();
  #implementation;
  #restore;
  #times;

  constructor(implementation, restore, times) {
    this.#implementation = implementation;
    this.#restore = restore;
    this.#times = times;
  }
  get calls() {
    return [...this.#calls];
  }
  callCount() {
    return this.#calls.length;
  }
  mockImplementation(implementation) {
    validateFunction(implementation, "implementation");
    this.#implementation = implementation;
  }
  mockImplementationOnce(implementation, onCall = undefined) {
    validateFunction(implementation, "implementation");
    const call = onCall ?? this.#calls.length;
    validateInteger(call, "onCall", this.#calls.length);
    this.#onCall.set(call, implementation);
  }
  resetCalls() {
    this.#calls = [];
  }
  restore() {
    const { object, name, descriptor, original } = this.#restore;
    if (object === undefined) this.#implementation = original;
    else Object.defineProperty(object, name, descriptor);
  }

  static {
    nextImplementation = (context) => {
      const call = context.#calls.length;
      const implementation = context.#onCall.get(call) ?? context.#implementation;
      if (call + 1 === context.#times) context.restore();
      context.#onCall.delete(call);
      return implementation;
    };
    noteCall = (context, call) => context.#calls.push(call);
  }
}

const own = Symbol("the original's own implementation");
const isOptions = (value) => value !== null && typeof value === "object";

function timesOf({ times = Infinity }) {
  if (times !== Infinity) validateInteger(times, "options.times", 1);
  return times;
}

function described(object, name) {
  for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder)) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

export class MockTracker {
  #contexts = [];

  fn(original = function () {}, implementation = original, options = {}) {
    if (isOptions(original)) {
      options = original;
      implementation = original = function () {};
    } else if (isOptions(implementation)) {
      options = implementation;
      implementation = original;
    }
    validateFunction(original, "original");
    validateFunction(implementation, "implementation");
    validateObject(options, "options");
    return this.#mock(implementation, { original }, timesOf(options));
  }

  method(object, name, implementation = own, options = {}) {
    if (typeof name !== "string" && typeof name !== "symbol") {
      throw new ERR_INVALID_ARG_TYPE("methodName", ["string", "symbol"], name);
    }
    if (typeof object !== "function") validateObject(object, "object");
    if (isOptions(implementation)) [implementation, options] = [own, implementation];
    if (implementation !== own) validateFunction(implementation, "implementation");
    validateObject(options, "options");
    const { getter = false, setter = false } = options;
    validateBoolean(getter, "options.getter");
    validateBoolean(setter, "options.setter");
    const times = timesOf(options);
    if (setter && getter) {
      throw new ERR_INVALID_ARG_VALUE(
        "options.setter",
        setter,
        "cannot be used with 'options.getter'",
      );
    }
    const descriptor = described(object, name);
    let part = "value";
    if (getter) part = "get";
    if (setter) part = "set";
    const original = descriptor?.[part];
    if (typeof original !== "function") {
      throw new ERR_INVALID_ARG_VALUE("methodName", original, "must be a method");
    }
    const mock = this.#mock(
      implementation === own ? original : implementation,
      { object, name, descriptor, original },
      times,
    );
    Object.defineProperty(object, name, { ...descriptor, [part]: mock });
    return mock;
  }

  getter(object, name, implementation = own, options = {}) {
    return this.#accessor("getter", object, name, implementation, options);
  }
  setter(object, name, implementation = own, options = {}) {
    return this.#accessor("setter", object, name, implementation, options);
  }

  reset() {
    this.restoreAll();
    this.#contexts = [];
  }
  restoreAll() {
    for (const context of this.#contexts) context.restore();
  }

  property() {
    throw new ERR_METHOD_NOT_IMPLEMENTED("mock.property");
  }

  #accessor(kind, object, name, implementation, options) {
    if (isOptions(implementation)) [implementation, options] = [own, implementation];
    else validateObject(options, "options");
    const { [kind]: wanted = true } = options;
    if (wanted === false) {
      throw new ERR_INVALID_ARG_VALUE(`options.${kind}`, wanted, "cannot be false");
    }
    return this.method(object, name, implementation, { ...options, [kind]: wanted });
  }

  #mock(implementation, restore, times) {
    const context = new MockFunctionContext(implementation, restore, times);
    this.#contexts.push(context);
    // Runs `body` with the implementation whose turn it is, and notes the call.
    const traced = (args, call, body) => {
      const current = nextImplementation(context);
      let result;
      let error;
      try {
        result = body(current);
        return result;
      } catch (thrown) {
        error = thrown;
        throw thrown;
      } finally {
        noteCall(context, {
          arguments: args,
          error,
          result,
          stack: new Error(),
          target: undefined,
          ...call(result),
        });
      }
    };
    return new Proxy(restore.original, {
      apply(_target, self, args) {
        return traced(
          args,
          () => ({ this: self }),
          (current) => Reflect.apply(current, self, args),
        );
      },
      construct(target, args, newTarget) {
        return traced(
          args,
          (made) => ({ target, this: made }),
          (current) => Reflect.construct(current, args, newTarget),
        );
      },
      get(target, key, receiver) {
        return key === "mock" ? context : Reflect.get(target, key, receiver);
      },
    });
  }
}
