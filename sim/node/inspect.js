// util.inspect and util.format, which are a script of their own: it is compiled when something is
// first shown.
const shower = () => require("runtime:lazy/node_inspect");

export function inspect(value, ...options) {
  return shower().inspect(value, ...options);
}
inspect.custom = Symbol.for("nodejs.util.inspect.custom");
for (const name of ["colors", "defaultOptions", "styles"]) {
  Object.defineProperty(inspect, name, {
    get: () => shower().inspect[name],
    set(value) {
      shower().inspect[name] = value;
    },
    enumerable: true,
    configurable: true,
  });
}

export const format = (...args) => shower().format(...args);
export const formatWithOptions = (...args) => shower().formatWithOptions(...args);
export const stripVTControlCharacters = (text) => shower().stripVTControlCharacters(text);
