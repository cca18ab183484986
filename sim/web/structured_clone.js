// structuredClone (https://html.spec.whatwg.org/#dom-structuredclone).
//
// Objects, arrays, maps and sets are copied here, so that each object is seen and each property read
// once: instances of Web API classes are plain objects to V8's serializer, but are refused here, or
// cloned where the standard calls them serializable. What else there is in the language is V8's to
// clone or refuse (structured_clone.cc).
//
// A value that becomes bytes, or from which buffers are transferred, passes V8's serializer as a
// whole. Then the copy is what the serializer is given: it refers to what is V8's to clone, and has
// carriers, which hold their parts, in the place of blobs, headers and exceptions.
import { Blob, blobBytes, blobFromBytes, isBlob, isFile } from "./blob.js";
import { DOMException, isDOMException } from "./dom_exception.js";
import { Headers, isHeaders } from "./headers.js";
import { native } from "./native.js";
import {
  arraySlice,
  construct,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  isArray,
  objectKeys,
  typedArrayTag,
  uncurryThis,
} from "./primordials.js";
import { memberNotOfType, notOfType, requireArguments } from "./webidl.js";

// What structured_clone.cc says that an object is.
const ordinary = 0;
const denseArray = 1;
const arrayWithNames = 2;
const map = 3;
const set = 4;
const date = 5;
const error = 6;
const view = 7;
const buffer = 8;

const ObjectPrototype = Object.prototype;
const Identities = Map;
const Values = Set;
const Time = Date;
const mapGet = uncurryThis(Map.prototype.get);
const mapSet = uncurryThis(Map.prototype.set);
const mapForEach = uncurryThis(Map.prototype.forEach);
const setAdd = uncurryThis(Set.prototype.add);
const setForEach = uncurryThis(Set.prototype.forEach);
const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);
const viewConstructors = Object.assign(Object.create(null), {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
});
const ByteView = DataView;
const Bytes = Uint8Array;
const setBytes = uncurryThis(Uint8Array.prototype.set);
const getter = (prototype, name) => uncurryThis(getOwnPropertyDescriptor(prototype, name).get);
const sliceBytes = uncurryThis(Uint8Array.prototype.slice);
const blobType = getter(Blob.prototype, "type");
const eachHeader = uncurryThis(Headers.prototype.forEach);
const exceptionMessage = getter(DOMException.prototype, "message");
const exceptionName = getter(DOMException.prototype, "name");
const arrayBuffer = getter(TypedArrayPrototype, "buffer");
const arrayOffset = getter(TypedArrayPrototype, "byteOffset");
const arrayLength = getter(TypedArrayPrototype, "length");
const dataViewBuffer = getter(DataView.prototype, "buffer");
const dataViewOffset = getter(DataView.prototype, "byteOffset");
const dataViewLength = getter(DataView.prototype, "byteLength");
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

// What rpc_values.js knows of objects that pass by reference.
let references;

/**
 * @param {{partsOf: (value: any, outgoing: any) => any[] | undefined,
 *   revive: (parts: any[]) => any}} given partsOf: what stands for the value in the clone; undefined
 *   where it is cloned like others
 */
export function carryReferences(given) {
  references = given;
}

/** What is said of classes that pass in RPC. */
const refusals = {
  __proto__: null,
  ReadableStream: "ReadableStream can only be serialized for RPC.",
  WritableStream: "WritableStream can only be serialized for RPC.",
  AbortSignal: "AbortSignal serialization is not enabled.",
};

class Copier {
  #copies = new Identities();
  #lower;
  #outgoing;

  /**
   * @param {boolean} lower whether the copy is for V8's serializer, instead of the clone
   * @param {any} [outgoing] what references are collected in; undefined: they cannot be cloned
   */
  constructor(lower, outgoing = undefined) {
    this.#lower = lower;
    this.#outgoing = outgoing;
  }

  value(value) {
    if (typeof value === "symbol") return native.structuredClone.clone(value, undefined);
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
    const known = mapGet(this.#copies, value);
    if (known !== undefined) return known;
    if (typeof value === "function") {
      const parts = references.partsOf(value, this.#outgoing);
      if (parts !== undefined) return this.#carrier(value, parts);
      // Throws: V8 has the words for it.
      return native.structuredClone.clone(value, undefined);
    }
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
      case view:
        return this.#lower ? value : this.#view(value);
      case buffer:
        return this.#lower ? value : this.#buffer(value);
      default:
        return this.#leave(value);
    }
  }

  #note(value, copy) {
    mapSet(this.#copies, value, copy);
    return copy;
  }

  // What holds no references can be cloned apart from the rest.
  #leave(value) {
    if (this.#lower) return value;
    return this.#note(value, native.structuredClone.clone(value, undefined));
  }

  #carrier(value, parts) {
    const { carrier } = native.structuredClone;
    return this.#note(value, this.#lower ? carrier(parts) : reviveClone(parts));
  }

  #buffer(value) {
    const source = new Bytes(value);
    const copy = new Bytes(arrayLength(source));
    setBytes(copy, source);
    return this.#note(value, arrayBuffer(copy));
  }

  #view(value) {
    const tag = typedArrayTag(value);
    if (tag === undefined) {
      const bytes = this.value(dataViewBuffer(value));
      const range = [bytes, dataViewOffset(value), dataViewLength(value)];
      return this.#note(value, construct(ByteView, range));
    }
    const bytes = this.value(arrayBuffer(value));
    const range = [bytes, arrayOffset(value), arrayLength(value)];
    return this.#note(value, construct(viewConstructors[tag], range));
  }

  #ordinary(value) {
    let prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) {
      return this.#properties(value, this.#note(value, {}), objectKeys(value));
    }
    if (isBlob(value) && !isFile(value)) return this.#carrier(value, partsOfBlob(value));
    if (isHeaders(value)) return this.#carrier(value, partsOfHeaders(value));
    const parts = references.partsOf(value, this.#outgoing);
    if (parts !== undefined) return this.#carrier(value, parts);
    for (; prototype !== null; prototype = getPrototypeOf(prototype)) {
      const name = mapGet(interfaces, prototype);
      if (name !== undefined) {
        const refusal = this.#outgoing === undefined ? refusals[name] : undefined;
        throw new DOMException(
          refusal ??
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
  return ["Blob", sliceBytes(blobBytes(blob)), blobType(blob)];
}

function partsOfHeaders(headers) {
  const pairs = [];
  eachHeader(headers, (value, name) => {
    pairs[pairs.length] = [name, value];
  });
  return ["Headers", pairs];
}

function partsOfException(exception) {
  const stack = getOwnPropertyDescriptor(exception, "stack");
  const text = stack?.get === undefined ? stack?.value : exception.stack;
  return ["DOMException", exceptionMessage(exception), exceptionName(exception), text];
}

/** Called by C++ with the parts of a carrier: the object again. */
export function reviveClone(parts) {
  if (parts[0] === "Blob") return blobFromBytes(parts[1], parts[2]);
  if (parts[0] === "Headers") return new Headers(parts[1]);
  if (parts[0] !== "DOMException") return references.revive(parts);
  const exception = new DOMException(parts[1], parts[2]);
  if (typeof parts[3] === "string") {
    defineProperty(exception, "stack", { value: parts[3], writable: true, configurable: true });
  }
  return exception;
}

/**
 * Called by C++ before a value becomes bytes: what V8's serializer shall write in its place.
 * @param {any} [outgoing] what references in it are collected in
 */
export function lowerForClone(value, outgoing = undefined) {
  return new Copier(true, outgoing).value(value);
}

export function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, "execute 'structuredClone' on 'ServiceWorkerGlobalScope'", "Value");
  if (options !== undefined && options !== null && typeof options !== "object") {
    throw notOfType("execute 'structuredClone' on 'ServiceWorkerGlobalScope'", 2, "StructuredCloneOptions");
  }
  const transfer = options?.transfer;
  if (transfer !== undefined && !isArray(transfer)) {
    throw memberNotOfType("transfer", "StructuredCloneOptions", "Array");
  }
  const transfers = transfer === undefined ? [] : arraySlice(transfer);
  if (transfers.length === 0) return new Copier(false).value(value);
  return native.structuredClone.clone(lowerForClone(value), transfers);
}
