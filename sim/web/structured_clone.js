// structuredClone (https://html.spec.whatwg.org/#dom-structuredclone).
//
// A first pass here copies objects, arrays, maps and sets, so that each property is read once, and
// judges what else it meets: an instance of a Web API class is refused, or becomes a carrier of its
// parts where the standard calls it serializable. What else the copy refers to is left to V8's
// serializer, which clones or refuses it (structured_clone.cc). A copy that refers to nothing else
// is the clone already.
import { Blob, blobBytes, blobFromBytes, File, fileFromBytes, isBlob, isFile } from "./blob.js";
import { DOMException, isDOMException } from "./dom_exception.js";
import { native } from "./native.js";
import {
  construct,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  objectKeys,
  uncurryThis,
} from "./primordials.js";
import { requireArguments } from "./webidl.js";

// What structured_clone.cc says that an object is.
const ordinary = 0;
const denseArray = 1;
const arrayWithNames = 2;
const map = 3;
const set = 4;
const date = 5;
const error = 6;

const ObjectPrototype = Object.prototype;
const Identities = Map;
const Values = Set;
const Time = Date;
const mapGet = uncurryThis(Map.prototype.get);
const mapSet = uncurryThis(Map.prototype.set);
const mapForEach = uncurryThis(Map.prototype.forEach);
const setAdd = uncurryThis(Set.prototype.add);
const setForEach = uncurryThis(Set.prototype.forEach);
const sliceBytes = uncurryThis(Uint8Array.prototype.slice);
const getter = (cls, name) => uncurryThis(getOwnPropertyDescriptor(cls.prototype, name).get);
const blobType = getter(Blob, "type");
const fileName = getter(File, "name");
const fileLastModified = getter(File, "lastModified");
const exceptionMessage = getter(DOMException, "message");
const exceptionName = getter(DOMException, "name");
const dateGetTime = uncurryThis(Date.prototype.getTime);

// A longer array is walked by its keys: it may be nearly empty.
const longestWalked = 1_000_000;

/** Prototype of each Web API class -> its name. @type {Map<object, string>} */
const interfaces = new Map();

/**
 * Instances of the class, and of classes derived from it, cannot be cloned.
 * @param {Function & {prototype: any}} cls
 */
export function refuseToClone(cls) {
  interfaces.set(cls.prototype, cls.name);
}

class Copier {
  #copies = new Identities();
  /** Whether the copy refers to something that is V8's to clone. */
  unfinished = false;

  value(value) {
    if (typeof value === "function" || typeof value === "symbol") {
      // Throws: V8 has the words for it.
      return native.structuredClone.clone(value, undefined);
    }
    if (typeof value !== "object" || value === null) return value;
    const known = mapGet(this.#copies, value);
    if (known !== undefined) return known;
    switch (native.structuredClone.kindOf(value)) {
      case ordinary:
        return this.#ordinary(value);
      case denseArray:
        if (value.length <= longestWalked) return this.#elements(value);
        return this.#properties(value, this.#note(value, []), objectKeys(value));
      case arrayWithNames:
        return this.#properties(value, this.#note(value, []), objectKeys(value));
      case map:
        return this.#map(value);
      case set:
        return this.#set(value);
      case date:
        return this.#note(value, construct(Time, [dateGetTime(value)]));
      case error:
        if (isDOMException(value)) return this.#carrier(value, partsOfException(value));
        return this.#leave(value);
      default:
        return this.#leave(value);
    }
  }

  #note(value, copy) {
    mapSet(this.#copies, value, copy);
    return copy;
  }

  #leave(value) {
    this.unfinished = true;
    return value;
  }

  #carrier(value, parts) {
    this.unfinished = true;
    return this.#note(value, native.structuredClone.carrier(parts));
  }

  #ordinary(value) {
    let prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) {
      return this.#properties(value, this.#note(value, {}), objectKeys(value));
    }
    if (isBlob(value)) return this.#carrier(value, partsOfBlob(value));
    for (; prototype !== null; prototype = getPrototypeOf(prototype)) {
      const name = mapGet(interfaces, prototype);
      if (name !== undefined) {
        throw new DOMException(
          `Could not serialize object of type "${name}". This type does not support serialization.`,
          "DataCloneError",
        );
      }
    }
    const keys = objectKeys(value);
    // Objects of the language that cannot be cloned have no properties, and only V8 knows them.
    if (keys.length === 0) return this.#leave(value);
    return this.#properties(value, this.#note(value, {}), keys);
  }

  #properties(value, copy, keys) {
    if (isArray(copy)) copy.length = value.length;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const property = value[key];
      // A getter may have removed it.
      if (property === undefined && !hasOwn(value, key)) continue;
      put(copy, key, this.value(property));
    }
    return copy;
  }

  #elements(value) {
    const copy = this.#note(value, []);
    const length = value.length;
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (element !== undefined || hasOwn(value, i)) copy[i] = this.value(element);
    }
    if (copy.length !== length) copy.length = length;
    return copy;
  }

  #map(value) {
    const copy = this.#note(value, new Identities());
    const flat = [];
    mapForEach(value, (item, key) => {
      flat[flat.length] = key;
      flat[flat.length] = item;
    });
    for (let i = 0; i < flat.length; i += 2) {
      mapSet(copy, this.value(flat[i]), this.value(flat[i + 1]));
    }
    return copy;
  }

  #set(value) {
    const copy = this.#note(value, new Values());
    const items = [];
    setForEach(value, (item) => {
      items[items.length] = item;
    });
    for (let i = 0; i < items.length; i++) setAdd(copy, this.value(items[i]));
    return copy;
  }
}

// Assigning does what was meant unless Object.prototype has something under that name.
function put(copy, key, value) {
  if (key in ObjectPrototype) {
    defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    copy[key] = value;
  }
}

function partsOfBlob(blob) {
  const bytes = sliceBytes(blobBytes(blob));
  return isFile(blob)
    ? ["File", bytes, blobType(blob), fileName(blob), fileLastModified(blob)]
    : ["Blob", bytes, blobType(blob)];
}

function partsOfException(exception) {
  const stack = getOwnPropertyDescriptor(exception, "stack");
  const text = stack?.get === undefined ? stack?.value : exception.stack;
  return ["DOMException", exceptionMessage(exception), exceptionName(exception), text];
}

/** Called by C++ with the parts of a carrier: the object again. */
export function reviveClone(parts) {
  if (parts[0] === "Blob") return blobFromBytes(parts[1], parts[2]);
  if (parts[0] === "File") return fileFromBytes(parts[1], parts[3], parts[2], parts[4]);
  const exception = new DOMException(parts[1], parts[2]);
  if (typeof parts[3] === "string") {
    defineProperty(exception, "stack", { value: parts[3], writable: true, configurable: true });
  }
  return exception;
}

/** Called by C++ before a value becomes bytes: what V8's serializer shall write in its place. */
export function lowerForClone(value) {
  return new Copier().value(value);
}

export function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, "execute 'structuredClone' on 'ServiceWorkerGlobalScope'");
  const transfer = options?.transfer;
  const transfers = transfer === undefined ? undefined : [...transfer];
  const copier = new Copier();
  const copy = copier.value(value);
  if (!copier.unfinished && (transfers === undefined || transfers.length === 0)) return copy;
  return native.structuredClone.clone(copy, transfers);
}
Object.defineProperty(structuredClone, "length", { value: 1 });
