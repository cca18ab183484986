// node:path, of Linux: the npm package "@frida/path", which is Node's code without its checks of
// arguments.
import * as base from "@frida/path";
import { ERR_INVALID_ARG_TYPE, validateString } from "./errors.js";

function checkFormat(parts) {
  if (parts === null || typeof parts !== "object") {
    throw new ERR_INVALID_ARG_TYPE("pathObject", "Object", parts);
  }
}
const checkPath = (path) => validateString(path, "path");

// What each function asks of its arguments.
const checks = {
  basename(path, suffix = "") {
    validateString(suffix, "suffix");
    checkPath(path);
  },
  dirname: checkPath,
  extname: checkPath,
  format: checkFormat,
  isAbsolute: checkPath,
  join: (...paths) => paths.forEach(checkPath),
  normalize: checkPath,
  parse: checkPath,
  relative(from, to) {
    validateString(from, "from");
    validateString(to, "to");
  },
  resolve: (...paths) => paths.forEach((path, i) => validateString(path, `paths[${i}]`)),
};

function checked(rules) {
  const made = { ...rules };
  for (const name of Object.keys(checks)) {
    const { [name]: plain } = rules;
    made[name] = {
      [name](...args) {
        checks[name](...args);
        return plain(...args);
      },
    }[name];
  }
  return made;
}

export const posix = checked(base.posix);
export const win32 = checked(base.win32);
posix.posix = win32.posix = posix;
posix.win32 = win32.win32 = win32;

export const {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
} = posix;
export default posix;
