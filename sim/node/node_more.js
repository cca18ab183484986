// Entry of the lazy script "node_more": what few workers use.

const modules = {
  __proto__: null,
  parse_args: () => require("./parse_args.js"),
  punycode: () => require("./punycode.js"),
  querystring: () => require("./querystring.js"),
  url: () => require("./url.js"),
};

/** The exports of "node:<name>". @param {string} name */
export function load(name) {
  return modules[name]();
}
