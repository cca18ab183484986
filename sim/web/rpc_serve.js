// The callee's side of RPC: what a call reaches, and how it is answered. Names come from the other
// side, so nothing is reached but what was offered: the properties that a class defines, of
// entrypoints and RpcTargets; the own properties of plain objects and functions.
import { ExecutionContext } from "./dispatch.js";
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import {
  apply,
  construct,
  getPrototypeOf,
  hasOwn,
  newList,
  promiseResolve,
  promiseThen,
} from "./primordials.js";
import { disposeStub, kDispose, kProperty, kStub, stateOf } from "./rpc.js";
import { isRpcTarget, lowerForRpc, partsOfThrown, readArrival } from "./rpc_values.js";
import { WorkerEntrypoint } from "./workers_module.js";

// Which stub takes calls on a result, as rpc_natives.cc knows it.
const kNoPipeline = 0;
const kFirstTarget = 1;
const kObject = 2;

const ObjectPrototype = Object.prototype;
const { deleteProperty } = Reflect;

const reservedOfTargets = Object.assign(Object.create(null), { dup: true, constructor: true });
const reservedOfEntrypoints = Object.assign(Object.create(null), reservedOfTargets, {
  fetch: true,
  connect: true,
  alarm: true,
  webSocketMessage: true,
  webSocketClose: true,
  webSocketError: true,
});

function notThere(name) {
  return new TypeError(`The RPC receiver does not implement the method "${name}".`);
}

function propertyOf(object, name, ownProperties, reserved) {
  if (reserved[name] === true) {
    throw new TypeError(`'${name}' is a reserved method and cannot be called over RPC.`);
  }
  // What leads to the prototype, which is nobody's method.
  if (name === "__proto__") throw notThere(name);
  if (ownProperties) {
    if (!hasOwn(object, name)) throw notThere(name);
    return object[name];
  }
  if (hasOwn(object, name)) throw notThere(name);
  const value = object[name];
  if (value === ObjectPrototype[name]) throw notThere(name);
  return value;
}

/** The property at the end of the path, and the object that has it. */
function find(object, ownProperties, path, reserved) {
  if (path.length === 0) return { value: object, self: undefined };
  let inStub = false;
  const last = path.length - 1;
  for (let i = 0; i < last; i++) {
    const name = path[i];
    object = propertyOf(object, name, ownProperties, reserved);
    if ((typeof object !== "object" || object === null) && typeof object !== "function") {
      throw notThere(name);
    }
    const state = stateOf(object);
    if (state !== undefined) {
      if (state.kind !== kStub && !(inStub && state.kind === kProperty)) throw notThere(name);
      inStub = true;
      ownProperties = false;
    } else if (getPrototypeOf(object) === ObjectPrototype) {
      ownProperties = true;
    } else if (isRpcTarget(object)) {
      ownProperties = false;
    } else if (typeof object === "function") {
      ownProperties = true;
    } else {
      throw notThere(name);
    }
  }
  return { value: propertyOf(object, path[last], ownProperties, reserved), self: object };
}

/** Which stub takes calls on that value. */
function pipelineOf(value) {
  if (typeof value === "function") return kFirstTarget;
  if (typeof value !== "object" || value === null) return kNoPipeline;
  if (getPrototypeOf(value) === ObjectPrototype) return kObject;
  return isRpcTarget(value) ? kFirstTarget : kNoPipeline;
}

function answer(request, call, value) {
  const pipeline = pipelineOf(value);
  let disposer;
  if (pipeline === kObject) {
    disposer = value[kDispose];
    // The caller's copy has one of its own.
    deleteProperty(value, kDispose);
    if (typeof disposer !== "function") disposer = undefined;
  }
  const outgoing = lowerForRpc(value);
  native.rpc.answer(request, call, outgoing, pipeline, value, disposer, outgoing.stubs);
}

function fail(request, call, error) {
  const { type, message, name, details } = partsOfThrown(error);
  native.rpc.threw(request, call, error, type, message, name, details);
}

/** Runs `start`, which gives the value or a promise of it, and answers the call with that. */
function serve(request, call, start) {
  const given = newList();
  const over = () => {
    // Stubs in the arguments were lent for the time of the call.
    for (let i = 0; i < given.length; i++) disposeStub(given[i]);
  };
  const failed = (error) => {
    fail(request, call, error);
    over();
  };
  try {
    promiseThen(promiseResolve(start(given)), (value) => {
      try {
        answer(request, call, value);
        over();
      } catch (error) {
        failed(error);
      }
    }, failed);
  } catch (error) {
    failed(error);
  }
}

/** @param {any[]} given where the states of stubs in the arguments go */
function argumentsIn(arrival, given) {
  const { value, stubs } = readArrival(arrival);
  for (let i = 0; i < stubs.length; i++) given[i] = stubs[i];
  return value ?? [];
}

function requireFunction(value, path) {
  if (typeof value === "function") return;
  let name = path.length === 0 ? "(this)" : path[0];
  for (let i = 1; i < path.length; i++) name += `.${path[i]}`;
  throw new TypeError(`"${name}" is not a function.`);
}

/**
 * Called by C++: a call on an object that a stub leads to.
 * @param arrival the arguments; undefined: the property is read
 */
export function serveRpcObject(request, call, object, ownProperties, path, arrival) {
  serve(request, call, (given) => {
    const { value, self } = find(object, ownProperties, path, reservedOfTargets);
    if (arrival === undefined) return value;
    requireFunction(value, path);
    return apply(value, self, argumentsIn(arrival, given));
  });
}

/** Called by C++: a call on what a worker exports. `props`: JSON, or empty. */
export function serveRpcEntrypoint(request, call, exported, env, props, path, arrival) {
  serve(request, call, (given) => {
    const ctx = new ExecutionContext(kInternal, request, undefined, props);
    const isClass = typeof exported === "function";
    if (isClass && !(exported.prototype instanceof WorkerEntrypoint)) {
      throw new TypeError("The receiving Worker does not support RPC, because its class was not "
        + "declared with `extends WorkerEntrypoint`. In order to enable RPC, make sure your class "
        + "extends the special class `WorkerEntrypoint`, which can be imported from the module "
        + '"cloudflare:workers".');
    }
    const target = isClass ? construct(exported, [ctx, env]) : exported ?? {};
    const { value, self } = find(target, !isClass, path, reservedOfEntrypoints);
    if (arrival === undefined) return value;
    requireFunction(value, path);
    const args = argumentsIn(arrival, given);
    if (isClass) return apply(value, self, args);
    requireHandlerArguments(value, path, args);
    return apply(value, self, [args[0], env, ctx]);
  });
}

function requireHandlerArguments(handler, path, args) {
  const name = path[path.length - 1];
  if (handler.length > 3) {
    throw new TypeError(`Cannot call handler function "${name}" over RPC because it has the wrong `
      + "number of arguments. A simple function handler can only be called over RPC if it has "
      + "exactly the arguments (arg, env, ctx), where only the first argument comes from the "
      + "client. To support multi-argument RPC functions, use class-based syntax (extending "
      + "WorkerEntrypoint) instead.");
  }
  if (args.length !== 1) {
    throw new TypeError(`Attempted to call RPC function "${name}" with the wrong number of `
      + "arguments. When calling a top-level handler function that is not declared as part of a "
      + "class, you must always send exactly one argument. In order to support variable numbers of "
      + "arguments, the server must use class-based syntax (extending WorkerEntrypoint) instead.");
  }
}
