// Media types (https://mimesniff.spec.whatwg.org/#mime-types), as far as Body.blob() needs them.
import { regExpExec, regExpTest, stringReplace, stringSlice, stringToLowerCase, stringTrim }
  from "./primordials.js";

const kToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const kValue = /^[\t\x20-\x7e\x80-\xff]*$/;
// A type and what follows; a parameter, its value quoted or not.
const kEssence = /^[\t\n\r ]*([^/;]+)\/([^;]*)/;
const kParameter = /^[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\.)*)"?[^;]*|([^;]*)))?/;
const kEscape = /\\(.)/g;
const kQuote = /["\\]/g;
const kPart = /^(?:"(?:[^"\\]|\\.)*"?|[^,"])*/;

/** @typedef {{type: string, names: string[], values: string[]}} MimeType */

/** @returns {MimeType | null} */
function parse(text) {
  const essence = regExpExec(kEssence, text);
  if (essence === null) return null;
  const subtype = stringTrim(essence[2]);
  if (!regExpTest(kToken, essence[1]) || !regExpTest(kToken, subtype)) return null;
  const result = { type: stringToLowerCase(`${essence[1]}/${subtype}`), names: [], values: [] };
  let rest = stringSlice(text, essence[0].length);
  while (rest.length > 0) {
    rest = stringSlice(rest, 1); // the ';'
    const found = regExpExec(kParameter, rest);
    rest = stringSlice(rest, found[0].length);
    const name = stringToLowerCase(found[1]);
    const quoted = found[2] !== undefined;
    const value = quoted ? stringReplace(found[2], kEscape, "$1") : stringTrim(found[3] ?? "");
    const good = regExpTest(kToken, name) && regExpTest(kValue, value) && (quoted || value !== "");
    if (good && valueOf(result, name) === null) add(result, name, value);
  }
  return result;
}

function valueOf(mime, name) {
  for (let i = 0; i < mime.names.length; i++) if (mime.names[i] === name) return mime.values[i];
  return null;
}

function add(mime, name, value) {
  mime.names[mime.names.length] = name;
  mime.values[mime.values.length] = value;
}

function format(mime) {
  let text = mime.type;
  for (let i = 0; i < mime.names.length; i++) {
    const value = mime.values[i];
    const shown = regExpTest(kToken, value) ? value : `"${stringReplace(value, kQuote, "\\$&")}"`;
    text += `;${mime.names[i]}=${shown}`;
  }
  return text;
}

/**
 * "Extract a MIME type" of a Content-Type header that may hold several (WHATWG Fetch section 2.2.2).
 * @param {string | null} header @returns {string} empty: there is none
 */
export function extractMimeType(header) {
  let found = null;
  for (let rest = header ?? ""; ;) {
    const part = regExpExec(kPart, rest)[0];
    const parsed = parse(part);
    if (parsed !== null && parsed.type !== "*/*") {
      const charset = found !== null && found.type === parsed.type ? valueOf(found, "charset") : null;
      if (charset !== null && valueOf(parsed, "charset") === null) add(parsed, "charset", charset);
      found = parsed;
    }
    if (part.length >= rest.length) return found === null ? "" : format(found);
    rest = stringSlice(rest, part.length + 1);
  }
}
