// node:module: require() of what is built in. Modules of the bundle are not to be had this way.
import { nodeWorker } from "runtime:node";
import { ERR_INVALID_ARG_VALUE, ERR_METHOD_NOT_IMPLEMENTED, validateString } from "./errors.js";
import { URL, isURL } from "runtime:url";

export const builtinModules = Object.keys(nodeWorker.builtins)
  .filter((name) => name.startsWith("node:") && name !== "node:test")
  .map((name) => name.slice("node:".length));

export function isBuiltin(name) {
  validateString(name, "id");
  return name.startsWith("node:") ? name in nodeWorker.builtins : builtinModules.includes(name);
}

export function createRequire(path) {
  const isFile = (url) => url.protocol === "file:";
  const known = isURL(path)
    ? isFile(path)
    : typeof path === "string" &&
      (path.startsWith("/") || (URL.canParse(path) && isFile(new URL(path))));
  if (!known) {
    throw new ERR_INVALID_ARG_VALUE(
      "path",
      path,
      "The argument must be a file URL object, a file URL string, or an absolute path string.",
    );
  }
  return function require(name) {
    validateString(name, "id");
    const found =
      nodeWorker.builtins[`node:${name}`]?.default ??
      (name.startsWith("node:") ? nodeWorker.builtins[name]?.default : nodeWorker.builtins[name]);
    if (found === undefined) throw new Error(`No such module "${name}".`);
    return found;
  };
}

export function register() {
  throw new ERR_METHOD_NOT_IMPLEMENTED("module.register");
}
export default { builtinModules, createRequire, isBuiltin, register };
