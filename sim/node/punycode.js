// node:punycode: the module of that name, by unenv.
export { default, decode, encode, toASCII, toUnicode, ucs2, version } from "unenv/node/punycode";
