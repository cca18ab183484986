// Entry of the lazy script "node_stream": streams, and what is made of them.

const modules = {
  __proto__: null,
  crypto: () => require("./crypto.js"),
  stream: () => require("./stream.js"),
  "stream/promises": () => require("./stream_promises.js"),
  string_decoder: () => require("./string_decoder.js"),
};

/** The exports of "node:<name>". @param {string} name */
export function load(name) {
  return modules[name]();
}
