// DOMException (https://webidl.spec.whatwg.org/#idl-DOMException). Its instances are real errors:
// they have a stack, and V8 treats them as errors.
import { construct, defineProperty } from "./primordials.js";
import { defineInterface } from "./webidl.js";

const codes = {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
};

// "NotFoundError" -> 8; null prototype, so that a name such as "constructor" has no code.
const codeOfName = Object.assign(Object.create(null), {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
});

const ErrorConstructor = Error;

// A constructor that returns an object hands it on as `this` to its subclass, whose private fields
// then belong to that object.
function Adopt(object) {
  return object;
}

class State extends Adopt {
  #message;
  #name;
  constructor(object, message, name) {
    super(object);
    this.#message = message;
    this.#name = name;
  }
  static message = (self) => self.#message;
  static exceptionName = (self) => self.#name;
  static has = (value) => #name in value;
}

/** @param {object} value @returns {value is DOMException} */
export function isDOMException(value) {
  return State.has(value);
}

export class DOMException {
  constructor(message = "", options = "Error") {
    let name = "Error";
    if (options !== null && typeof options === "object") {
      if (options.name !== undefined) name = `${options.name}`;
    } else {
      name = `${options}`;
    }
    const error = construct(ErrorConstructor, [], new.target);
    new State(error, `${message}`, name);
    return error;
  }

  get name() {
    return State.exceptionName(this);
  }
  get message() {
    return State.message(this);
  }
  get code() {
    return codeOfName[State.exceptionName(this)] ?? 0;
  }
}
Object.setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, { constants: codes });

// The streams' code looks for it while it loads.
defineProperty(globalThis, "DOMException", {
  value: DOMException,
  writable: true,
  configurable: true,
});
