// The native half of the Web APIs: one namespace of C++ functions for each room, filled in when an
// isolate starts (the snapshot is built without them). sim/web/faces.cc lists the same names.

/* global WebAssembly */
import { getOwnPropertyDescriptor, uncurryThis } from "./primordials.js";

/** @type {Record<string, any>} */
export const native = {
  arrayBuffer: null,
  asyncContext: null,
  cache: null,
  compression: null,
  console: null,
  crypto: null,
  encoding: null,
  events: null,
  formData: null,
  hash: null,
  http: null,
  lazy: null,
  rpc: null,
  structuredClone: null,
  timers: null,
  trace: null,
  url: null,
  webSocket: null,
};

// WebAssembly before any worker's code ran; it is not there while the snapshot is made.
/** @type {(module: WebAssembly.Module, imports: object) => WebAssembly.Instance} */
export let newInstance;
/** @type {(memory: WebAssembly.Memory) => ArrayBuffer} */
export let memoryBuffer;

/** @param {Record<string, any>} natives */
export function fillNatives(natives) {
  for (const name of Object.keys(native)) native[name] = natives[name];
  const { Instance, Memory } = WebAssembly;
  newInstance = (module, imports) => new Instance(module, imports);
  memoryBuffer = uncurryThis(getOwnPropertyDescriptor(Memory.prototype, "buffer").get);
}
