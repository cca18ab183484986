// Entry of the lazy script "node": the modules that others need, and how to get at the rest. Each
// is evaluated when it is first imported; what is large or seldom used has a script of its own.

const more = (name) => require("runtime:lazy/node_more").load(name);
const stream = (name) => require("runtime:lazy/node_stream").load(name);

const modules = {
  __proto__: null,
  assert: () => require("./assert.js"),
  "assert/strict": () => require("./assert.js"),
  buffer: () => require("./buffer.js"),
  console: () => require("./console.js"),
  crypto: () => stream("crypto"),
  diagnostics_channel: () => require("./diagnostics_channel.js"),
  events: () => require("./events.js"),
  module: () => require("./module.js"),
  path: () => require("./path.js"),
  "path/posix": () => require("./path_posix.js"),
  "path/win32": () => require("./path_win32.js"),
  process: () => require("./process.js"),
  punycode: () => more("punycode"),
  querystring: () => more("querystring"),
  stream: () => stream("stream"),
  "stream/consumers": () => require("./stream_consumers.js"),
  "stream/promises": () => stream("stream/promises"),
  "stream/web": () => require("./stream_web.js"),
  string_decoder: () => stream("string_decoder"),
  sys: () => require("./util.js"),
  test: () => require("./test.js"),
  timers: () => require("./timers.js"),
  "timers/promises": () => require("./timers_promises.js"),
  url: () => more("url"),
  util: () => require("./util.js"),
  "util/types": () => require("./types.js"),
  // Of the other scripts alone.
  errors: () => require("./errors.js"),
};

/** The exports of "node:<name>". @param {string} name */
export function load(name) {
  return modules[name]();
}
