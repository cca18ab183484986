// "node:path", for a package.
import { path } from "../core.js";

export const { posix, resolve, win32 } = path;
export default path.default;
