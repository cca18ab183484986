// node:querystring: Node's code, by unenv.
export {
  default,
  decode,
  encode,
  escape,
  parse,
  stringify,
  unescape,
  unescapeBuffer,
} from "unenv/node/querystring";
