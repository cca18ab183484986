// Documents in other character sets than UTF-8 (https://encoding.spec.whatwg.org/): into UTF-8 for
// the parser, and back. Part of the lazy script html_rewriter.
import { native } from "runtime:native";
import { regExpExec, stringSlice } from "runtime:primordials";

const Bytes = Uint8Array;
const { get: mapGet, set: mapSet, has: mapHas } = Map.prototype;
const { apply } = Reflect;

const kCharset = /;[\t ]*charset[\t ]*=[\t ]*(?:"([^"]*)"|([^\t ;]*))/i;
/** Sets in which bytes below 128 are not what they are in ASCII. */
const kNotAscii = { __proto__: null, "utf-16le": 1, "utf-16be": 1, "iso-2022-jp": 1, replacement: 1 };

/**
 * The name of the character set of a Content-Type.
 * @param {string | null} contentType @returns {string} throws TypeError where the parser refuses it
 */
export function characterSet(contentType) {
  if (contentType === null) return "utf-8";
  const match = regExpExec(kCharset, contentType);
  const label = match === null ? "" : match[1] ?? match[2];
  if (label === "") return "utf-8";
  const name = native.encoding.nameOf(label);
  if (name === null) {
    throw new TypeError("Parser error: Unknown character encoding has been provided.");
  }
  if (kNotAscii[name] !== undefined) {
    throw new TypeError("Parser error: Expected ASCII-compatible encoding.");
  }
  return name;
}

/** Character -> its bytes, by set. @type {Map<string, Map<string, number[]>>} */
const tables = new Map();

const kFirstTrail = 0x40;
const kTrails = 0xff - kFirstTrail;

/** What `lead` and each of the trails decodes to. */
function decodePairs(decode, lead) {
  // All at once, a pair a line.
  const lines = new Bytes(kTrails * 3);
  for (let i = 0; i < kTrails; i++) {
    lines[i * 3] = lead;
    lines[i * 3 + 1] = kFirstTrail + i;
    lines[i * 3 + 2] = 0x0a;
  }
  const text = decode(lines);
  const texts = [];
  for (let start = 0, at = 0; at < text.length; at++) {
    if (text[at] !== "\n") continue;
    texts[texts.length] = stringSlice(text, start, at);
    start = at + 1;
  }
  if (texts.length === kTrails) return texts;
  // Some pair took the end of its line.
  for (let i = 0; i < kTrails; i++) texts[i] = decode(new Bytes([lead, kFirstTrail + i]));
  return texts;
}

/** What decodes to each character: all bytes, and all pairs of them, are tried. */
function tableOf(charset) {
  const known = apply(mapGet, tables, [charset]);
  if (known !== undefined) return known;
  const table = new Map();
  const decode = (bytes) => native.encoding.createDecoder(charset, false, true).decode(bytes, false);
  for (let byte = 0x80; byte < 0x100; byte++) {
    const text = decode(new Bytes([byte]));
    if (text.length === 1 && text !== "\ufffd" && !apply(mapHas, table, [text])) {
      apply(mapSet, table, [text, [byte]]);
    }
  }
  for (let lead = 0x81; lead < 0xff; lead++) {
    const texts = decodePairs(decode, lead);
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i];
      const one = text.length === 1 && text !== "\ufffd" && text > "\x7f";
      if (one && !apply(mapHas, table, [text])) {
        apply(mapSet, table, [text, [lead, kFirstTrail + i]]);
      }
    }
  }
  apply(mapSet, tables, [charset, table]);
  return table;
}

/**
 * @param {string} charset
 * @returns {{toUtf8: (bytes: Uint8Array, more: boolean) => Uint8Array,
 *            fromUtf8: (bytes: Uint8Array, more: boolean) => Uint8Array}}
 */
export function transcoder(charset) {
  const decoder = native.encoding.createDecoder(charset, false, true);
  const utf8 = native.encoding.createDecoder("utf-8", false, true);
  return {
    toUtf8: (bytes, more) => native.encoding.encode(decoder.decode(bytes, more)),
    fromUtf8: (bytes, more) => encode(tableOf(charset), utf8.decode(bytes, more)),
  };
}

function encode(table, text) {
  const result = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i);
    if (code < 0x80) {
      result[result.length] = code;
      continue;
    }
    const bytes = apply(mapGet, table, [text[i]]);
    if (bytes !== undefined) {
      for (let k = 0; k < bytes.length; k++) result[result.length] = bytes[k];
      continue;
    }
    // As a form's bytes have it: a character that the set lacks is a reference.
    if (code > 0xffff) i++;
    const reference = `&#${code};`;
    for (let k = 0; k < reference.length; k++) result[result.length] = reference.charCodeAt(k);
  }
  return new Bytes(result);
}
