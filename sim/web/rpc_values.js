// Values on their way between workers: structured clones, with stubs for what stays behind, and
// requests, responses, headers and byte streams by value.
import { Content, extractContent } from "./content.js";
import { DOMException, isDOMException } from "./dom_exception.js";
import { kInternal } from "./headers.js";
import { native } from "./native.js";
import { defineProperty, getPrototypeOf, hasOwn, newList, objectKeys } from "./primordials.js";
import { isRequest, Request, requestToMessage } from "./request.js";
import { isResponse, responseByValue, responseToMessage } from "./response.js";
import { kDispose, kProperty, kStub, stateOf, stubFor } from "./rpc.js";
import { isReadableStream } from "./streams.js";
import { carryReferences, lowerForClone } from "./structured_clone.js";

/** The base class of objects that pass by reference. */
export class RpcTarget {}

const ObjectPrototype = Object.prototype;

/** Whether RpcTarget is in its prototype chain. */
export function isRpcTarget(object) {
  for (let at = getPrototypeOf(object); at !== null; at = getPrototypeOf(at)) {
    if (at === RpcTarget.prototype) return true;
  }
  return false;
}

/**
 * How a stub for that object works; undefined: there is none for such an object.
 * @param {boolean} explicit whether plain objects have one
 */
export function referable(object, explicit) {
  let ownProperties;
  if (typeof object === "function") {
    if (stateOf(object) !== undefined) return undefined;
    ownProperties = !isRpcTarget(object);
  } else if (typeof object !== "object" || object === null) {
    return undefined;
  } else if (explicit && getPrototypeOf(object) === ObjectPrototype) {
    ownProperties = true;
  } else if (isRpcTarget(object)) {
    ownProperties = false;
  } else {
    return undefined;
  }
  return { ownProperties, disposer: object[kDispose] };
}

const notSerializable = (name) => new DOMException(
  `Could not serialize object of type "${name}". This type does not support serialization.`,
  "DataCloneError");

/** A value that is about to leave, as rpc_natives.cc takes it. */
class Outgoing {
  value = undefined;
  targets = newList();
  messages = newList();
  /** The stubs in it. */
  stubs = newList();

  // What stands for the object in the clone; undefined: it is cloned.
  partsOf(object) {
    const state = stateOf(object);
    if (state !== undefined) return this.#stub(state);
    const found = referable(object, false);
    if (found !== undefined) return this.#target(object, found.ownProperties, found.disposer);
    if (isRequest(object)) {
      return ["Request", this.#message(requestToMessage(object), "Request"), object.redirect];
    }
    if (isResponse(object)) {
      if (object.webSocket !== null) throw notSerializable("WebSocket");
      const { message, encode } = responseToMessage(object);
      return ["Response", this.#message(message, "Response"), encode];
    }
    if (isReadableStream(object)) {
      const message = native.http.makeBody(extractContent(object).body.toNative());
      return ["ReadableStream", this.#message(message, "Body")];
    }
    throw notSerializable(object.constructor?.name ?? "Object");
  }

  #stub(state) {
    if (state.kind !== kStub) {
      throw notSerializable(state.kind === kProperty ? "RpcProperty" : "RpcPromise");
    }
    native.rpc.requireStub(state.request, state.id);
    this.stubs[this.stubs.length] = state.id;
    return this.#target(state.id, false, undefined);
  }

  #target(target, ownProperties, disposer) {
    const { targets } = this;
    const at = targets.length;
    targets[at] = target;
    targets[at + 1] = ownProperties;
    targets[at + 2] = disposer;
    return ["RpcStub", at / 3];
  }

  #message(message, kind) {
    const { messages } = this;
    messages[messages.length] = [message, kind];
    return messages.length - 1;
  }
}

carryReferences({
  partsOf(object, outgoing) {
    if (outgoing !== undefined) return outgoing.partsOf(object);
    if (stateOf(object) === undefined && (typeof object === "function" || !isRpcTarget(object))) {
      return undefined;
    }
    throw new DOMException("Remote RPC references can only be serialized for RPC.",
      "DataCloneError");
  },
  revive(parts) {
    switch (parts[0]) {
      case "RpcStub":
        return arriving.stub(parts[1]);
      case "Request": {
        const message = arriving.message(parts[1]);
        const request = new Request(kInternal, message, message.hasBody());
        return new Request(request, { redirect: parts[2] });
      }
      case "Response":
        return responseByValue(arriving.message(parts[1]), parts[2]);
      default:
        return Content.ofNative(arriving.message(parts[1])).asStream();
    }
  },
});

/** Makes a value ready to be sent. */
export function lowerForRpc(value) {
  const outgoing = new Outgoing();
  outgoing.value = lowerForClone(value, outgoing);
  return outgoing;
}

// What is being read.
let arriving;

/** The value in an RpcArrival, and the states of its stubs. */
export function readArrival(arrival) {
  const ids = arrival.takeStubs();
  const stubs = newList();
  const outer = arriving;
  arriving = {
    stub(number) {
      const stub = stubFor(ids[number]);
      stubs[stubs.length] = stateOf(stub);
      return stub;
    },
    message: (number) => arrival.takeMessage(number),
  };
  try {
    return { value: arrival.value(), stubs };
  } finally {
    arriving = outer;
  }
}

const errorTypes = Object.assign(Object.create(null), {
  Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
});
// As structured_clone.cc numbers it.
const kError = 6;

/**
 * What passes of something that was thrown; the stack stays. `type`: of the language, or
 * "DOMException"; empty where it is another object. `name`: where it is not that of the type.
 * `details`: properties of the error, or the object, ready to be written; undefined where they
 * cannot be cloned.
 */
export function partsOfThrown(error) {
  if (typeof error !== "object" || error === null) {
    return { type: "Error", message: String(error), name: "", details: undefined };
  }
  try {
    if (isDOMException(error)) {
      return { type: "DOMException", message: error.message, name: error.name, details: undefined };
    }
    if (native.structuredClone.kindOf(error) === kError) return partsOfError(error);
    return { type: "", message: "", name: "", details: lowerForClone(error) };
  } catch {
    // What cannot be cloned, or getters of the worker's that throw.
    return { type: "Error", message: textOf(error), name: "", details: undefined };
  }
}

function partsOfError(error) {
  const name = `${error.name}`;
  const known = errorTypes[name] !== undefined;
  const own = {};
  const keys = objectKeys(error);
  for (let i = 0; i < keys.length; i++) own[keys[i]] = error[keys[i]];
  if (hasOwn(error, "cause")) own.cause = error.cause;
  let details;
  try {
    details = lowerForClone(own);
  } catch {
    // Then it passes without them.
  }
  return {
    type: known ? name : "Error",
    message: `${error.message}`,
    name: known ? "" : name,
    details,
  };
}

function textOf(object) {
  try {
    return `${object}`;
  } catch {
    return "Error";
  }
}

/** What was thrown on the other side, on this one. */
export function remoteError([type, message, name, details]) {
  if (type === "") {
    details.remote = true;
    return details;
  }
  if (type === "DOMException") {
    const exception = new DOMException(message, name);
    exception.remote = true;
    return exception;
  }
  const error = new errorTypes[type](message);
  const property = (key, value, enumerable) =>
    defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
  if (name !== "") property("name", name, false);
  if (details !== undefined) {
    const keys = objectKeys(details);
    for (let i = 0; i < keys.length; i++) property(keys[i], details[keys[i]], keys[i] !== "cause");
  }
  property("remote", true, true);
  return error;
}
