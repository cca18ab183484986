// node:path/win32.
import { posix, win32 } from "./path.js";

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
} = win32;
export { posix, win32 };
export default win32;
