// RPC between workers (production: JS RPC), the caller's side: stubs, their properties, and calls.
// What passes is in rpc_values.js, the callee's side in rpc_serve.js.
//
// A call begins at a stub or at a binding (Fetcher) and names a path of properties from there.
// `env.X.getThing().name()` is two calls, the second of which begins at the promise of the first:
// C++ keeps it until the value is there (PendingTarget). What JavaScript holds of a stub is a
// number that belongs to its request; see rpc.h.
import { native } from "./native.js";
import {
  apply,
  defineProperty,
  newList,
  promiseReject,
  promiseThen,
  setPrototypeOf,
} from "./primordials.js";
import { lowerForRpc, readArrival, referable, remoteError } from "./rpc_values.js";
import { defineInterface, illegalInvocation, requireObject } from "./webidl.js";

// What a call can begin at, as rpc_natives.cc knows it.
const kRootStub = 0;
const kRootFetcher = 1;

// What stands behind an object of the classes below.
export const kStub = 0;
export const kProperty = 1;
export const kPromise = 2;
const kBinding = 3;

const ObjectPrototype = Object.prototype;
const { get: reflectGet } = Reflect;
const { finally: promiseFinally } = Promise.prototype;
export const kDispose = Symbol.dispose;

/** Gives a private field to an object that exists. */
class Given {
  constructor(object) {
    return object;
  }
}

/** What stands behind a stub, promise or property; undefined: it is none of them. */
export let stateOf;

class Bearer extends Given {
  #state;
  constructor(object, state) {
    super(object);
    this.#state = state;
  }
  static {
    stateOf = (value) =>
      (typeof value === "function" && #state in value ? value.#state : undefined);
  }
}

/** An instance of that class. Each can be called. */
function instance(cls, state) {
  const made = (...args) => instance(RpcPromise, begin(state, args));
  delete made.name;
  delete made.length;
  setPrototypeOf(made, cls.prototype);
  new Bearer(made, state);
  return made;
}

function stateOfKind(object, kind) {
  const state = stateOf(object);
  if (state?.kind !== kind) throw illegalInvocation();
  return state;
}

/** A stub of the running request, by its number. */
export function stubFor(id) {
  return instance(RpcStub, { kind: kStub, request: native.rpc.currentRequest(), id });
}

/** Gives a stub up. */
export function disposeStub({ request, id }) {
  native.rpc.release(request, id);
}

/**
 * Sends a call. Never throws.
 * @param state what it begins at
 * @param args undefined: the property is read instead of called
 * @returns the state of an RpcPromise
 */
function begin(state, args) {
  const promised = {
    kind: kPromise,
    inner: undefined,
    request: 0,
    id: 0,
    resolved: false,
    value: undefined,
    failed: false,
    error: undefined,
    disposed: false,
  };
  try {
    promised.request = native.rpc.currentRequest();
    const names = newList();
    let from = state;
    for (; from.kind === kProperty; from = from.parent) names[names.length] = from.name;
    const path = newList();
    for (let i = names.length - 1; i >= 0; i--) path[path.length] = names[i];
    const outgoing = args === undefined ? null : args.length === 0 ? undefined : lowerForRpc(args);
    const arrival = send(from, path, outgoing, promised);
    promised.inner = promiseThen(arrival, (arrived) => receive(promised, arrived));
  } catch (error) {
    fail(promised, error);
    promised.inner = promiseReject(error);
  }
  return promised;
}

function fail(promised, error) {
  promised.failed = true;
  promised.error = error;
}

function send(from, path, outgoing, promised) {
  let root = kRootStub;
  let { request, id } = from;
  let temporary = 0;
  if (from.kind === kBinding) {
    root = kRootFetcher;
    request = promised.request;
    id = from.slot;
  } else if (from.kind === kPromise) {
    if (from.disposed) throw new Error("RPC promise used after being disposed.");
    if (from.failed) throw from.error;
    if (from.resolved) {
      const { value } = from;
      const stub = stateOf(value);
      if (stub !== undefined) {
        ({ request, id } = stub);
      } else if (typeof value === "object" && value !== null) {
        temporary = native.rpc.makeStub(value, true, undefined);
        id = temporary;
      } else {
        throw new TypeError("Can't pipeline on RPC that did not return an object.");
      }
    }
  }
  try {
    const [arrival, pipeline] = native.rpc.call(root, request, id, path, outgoing);
    promised.id = pipeline;
    return arrival;
  } finally {
    if (temporary !== 0) native.rpc.release(request, temporary);
  }
}

/** The value of a call that has returned. */
function receive(promised, arrival) {
  const { request, id } = promised;
  let kept = false;
  let value;
  try {
    const thrown = arrival.thrown();
    if (thrown !== null) throw remoteError(thrown);
    const read = readArrival(arrival);
    value = read.value;
    if (((typeof value === "object" && value !== null) || typeof value === "function")
        && stateOf(value) === undefined) {
      kept = arrival.disposable();
      defineProperty(value, kDispose, {
        value: () => {
          for (let i = 0; i < read.stubs.length; i++) disposeStub(read.stubs[i]);
          native.rpc.release(request, id);
        },
        writable: true,
        configurable: true,
      });
    }
  } catch (error) {
    fail(promised, error);
    throw error;
  } finally {
    if (!kept) native.rpc.release(request, id);
  }
  if (promised.disposed) {
    dispose(value);
  } else {
    promised.resolved = true;
    promised.value = value;
  }
  return value;
}

function dispose(value) {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return;
  const disposer = value[kDispose];
  if (typeof disposer === "function") apply(disposer, value, []);
}

/**
 * What stands at the end of a prototype chain: the names that no class has are those of the other
 * side.
 * @param {(object: any) => any} stateFor what stands behind an object; undefined: nothing
 */
function otherSide(stateFor) {
  return new Proxy(Object.create(null), {
    get(_target, name, receiver) {
      if (typeof name !== "string" || name in ObjectPrototype) {
        return reflectGet(ObjectPrototype, name, receiver);
      }
      // With a property of that name, a promise resolved with the object would wait for it.
      if (name === "then") return undefined;
      const parent = stateFor(receiver);
      if (parent === undefined) return undefined;
      return instance(RpcProperty, { kind: kProperty, parent, name });
    },
    has: (_target, name) => name in ObjectPrototype,
    getPrototypeOf: () => ObjectPrototype,
  });
}

/** Lets the methods of the worker behind a binding be called on it. */
export function addRpcToBindings(cls, slotOf) {
  setPrototypeOf(cls.prototype, otherSide((binding) => {
    const slot = slotOf(binding);
    return slot === undefined ? undefined : { kind: kBinding, slot };
  }));
}

/** A reference to an object of another request. */
export class RpcStub {
  constructor(object) {
    requireObject(object, "construct 'JsRpcStub'", 1);
    const found = referable(object, true);
    if (found === undefined) {
      throw new TypeError(
        "RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.");
    }
    return stubFor(native.rpc.makeStub(object, found.ownProperties, found.disposer));
  }

  dup() {
    const { request, id } = stateOfKind(this, kStub);
    return stubFor(native.rpc.dup(request, id));
  }

  [kDispose]() {
    disposeStub(stateOfKind(this, kStub));
  }
}

/** What a call returns: a promise, on whose value calls can be made before it is there. */
export class RpcPromise {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  then(fulfilled, rejected = undefined) {
    return promiseThen(stateOfKind(this, kPromise).inner, fulfilled, rejected);
  }

  catch(rejected) {
    return promiseThen(stateOfKind(this, kPromise).inner, undefined, rejected);
  }

  finally(ended) {
    return apply(promiseFinally, stateOfKind(this, kPromise).inner, [ended]);
  }

  [kDispose]() {
    const state = stateOfKind(this, kPromise);
    if (state.disposed) return;
    state.disposed = true;
    if (state.resolved) dispose(state.value);
    state.value = undefined;
  }
}

/** A property of the other side: can be called, and read as a promise. */
export class RpcProperty {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  then(fulfilled, rejected = undefined) {
    return promiseThen(read(this), fulfilled, rejected);
  }

  catch(rejected) {
    return promiseThen(read(this), undefined, rejected);
  }

  finally(ended) {
    return apply(promiseFinally, read(this), [ended]);
  }
}

function read(property) {
  return begin(stateOfKind(property, kProperty), undefined).inner;
}

for (const cls of [RpcStub, RpcPromise, RpcProperty]) {
  defineInterface(cls);
  setPrototypeOf(cls.prototype, otherSide(stateOf));
}
