// The packages "buffer" and "safe-buffer" are node:buffer.
export { Buffer } from "../core.js";
