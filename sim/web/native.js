// The native half of the Web APIs: one namespace of C++ functions for each room, filled in when an
// isolate starts (the snapshot is built without them). sim/web/faces.cc lists the same names.

/** @type {Record<string, any>} */
export const native = {
  arrayBuffer: null,
  asyncContext: null,
  console: null,
  crypto: null,
  encoding: null,
  formData: null,
  http: null,
  lazy: null,
  structuredClone: null,
  timers: null,
  url: null,
  webSocket: null,
};

/** @param {Record<string, any>} natives */
export function fillNatives(natives) {
  for (const name of Object.keys(native)) native[name] = natives[name];
}
