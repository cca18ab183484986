// node:string_decoder: the npm package of that name, which is Node's code.
import base from "string_decoder/lib/string_decoder.js";

export const { StringDecoder } = base;
export default { StringDecoder };
