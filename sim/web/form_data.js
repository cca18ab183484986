// FormData (https://xhr.spec.whatwg.org/#interface-formdata), and its two forms as a body:
// multipart/form-data (RFC 7578) and application/x-www-form-urlencoded.
import { native } from "./native.js";
import { blobBytes, fileFromBytes, isBlob, isFile } from "./blob.js";
import { arrayPush, regExpExec, regExpTest } from "./primordials.js";
import { registerInspect } from "./inspect.js";
import { defineInterface, defineIterable, requireArguments, toUSVString } from "./webidl.js";

/** @param {string} entryName of the entry: what a blob without a file name is called */
function entryValue(entryName, value, filename, hasFilename) {
  if (isBlob(value)) {
    if (isFile(value) && !hasFilename) return value;
    const name = hasFilename ? toUSVString(filename) : entryName;
    return fileFromBytes(blobBytes(value), name, value.type);
  }
  // A text's file name is dropped.
  return toUSVString(value);
}

/** @type {(value: any) => value is FormData} */
export let isFormData;
/** The flat list of names and values. @type {(form: any) => any[]} */
let pairsOf;

export class FormData {
  /** Flat: name, value, name, value, ... @type {any[]} */
  #pairs = [];
  append(name, value, filename = undefined) {
    requireArguments(arguments.length, "execute 'append' on 'FormData'", "string", "File or Blob or string");
    const given = arguments.length > 2 && filename !== undefined;
    name = toUSVString(name);
    arrayPush(this.#pairs, name, entryValue(name, value, filename, given));
  }
  delete(name) {
    requireArguments(arguments.length, "execute 'delete' on 'FormData'", "string");
    name = toUSVString(name);
    this.#keep((key) => key !== name);
  }
  get(name) {
    requireArguments(arguments.length, "execute 'get' on 'FormData'", "string");
    name = toUSVString(name);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1];
    return null;
  }
  getAll(name) {
    requireArguments(arguments.length, "execute 'getAll' on 'FormData'", "string");
    name = toUSVString(name);
    const pairs = this.#pairs;
    const found = [];
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] === name) found[found.length] = pairs[i + 1];
    }
    return found;
  }
  has(name) {
    requireArguments(arguments.length, "execute 'has' on 'FormData'", "string");
    name = toUSVString(name);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return true;
    return false;
  }
  set(name, value, filename = undefined) {
    requireArguments(arguments.length, "execute 'set' on 'FormData'", "string", "File or Blob or string");
    const given = arguments.length > 2 && filename !== undefined;
    name = toUSVString(name);
    const entry = entryValue(name, value, filename, given);
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i] !== name) continue;
      pairs[i + 1] = entry;
      this.#keep((key, at) => key !== name || at === i);
      return;
    }
    arrayPush(pairs, name, entry);
  }
  #keep(wanted) {
    const pairs = this.#pairs;
    let kept = 0;
    for (let i = 0; i < pairs.length; i += 2) {
      if (!wanted(pairs[i], i)) continue;
      const value = pairs[i + 1];
      pairs[kept] = pairs[i];
      pairs[kept + 1] = value;
      kept += 2;
    }
    pairs.length = kept;
  }

  static {
    pairsOf = (form) => form.#pairs;
    isFormData = (value) => value !== null && typeof value === "object" && #pairs in value;
  }
}
defineIterable(FormData, (form) => pairsOf(form));
defineInterface(FormData);

registerInspect(FormData, pairsOf);

const kCharset = /;[\t ]*charset=("[^"]*"|[^;\t ]*)/i;
const kUtf8 = /^"?(?:utf-?8|unicode-1-1-utf-8)"?$/i;

/**
 * Reads a body as Body.formData() does.
 * @param {string} contentType the header
 * @param {Uint8Array} bytes the whole body
 * @returns {FormData} throws TypeError where the body is not what the type says
 */
export function formDataFromBody(contentType, bytes) {
  const form = new FormData();
  const pairs = pairsOf(form);
  const essence = contentType.split(";", 1)[0].trim().toLowerCase();
  if (essence === "multipart/form-data") {
    const entries = native.formData.parseMultipart(contentType, bytes);
    for (let i = 0; i < entries.length; i++) {
      const [name, content, filename, type] = entries[i];
      const value = filename === null ? content : fileFromBytes(content, filename, type);
      arrayPush(pairs, name, value);
    }
    return form;
  }
  if (essence === "application/x-www-form-urlencoded") {
    const charset = regExpExec(kCharset, contentType);
    if (charset !== null && !regExpTest(kUtf8, charset[1])) {
      throw new TypeError("Non-utf-8 application/x-www-form-urlencoded body.");
    }
    const flat = native.formData.parseUrlencoded(bytes);
    for (let i = 0; i < flat.length; i++) pairs[i] = flat[i];
    return form;
  }
  throw new TypeError(
    `Unrecognized Content-Type header value. FormData can only parse the following MIME types: ` +
      "multipart/form-data, application/x-www-form-urlencoded",
  );
}

/** Behind a backslash, the quote that ends a name would belong to it. */
function requireNoBackslash(name) {
  if (name[name.length - 1] === "\\") {
    throw new TypeError("Name or filename can't end with backslash");
  }
}

/**
 * Writes a form as the body of a Request or Response.
 * @param {FormData} form @returns {{bytes: Uint8Array, contentType: string}}
 */
export function formDataToBody(form) {
  const pairs = pairsOf(form);
  const entries = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const value = pairs[i + 1];
    requireNoBackslash(pairs[i]);
    if (isBlob(value)) requireNoBackslash(value.name);
    entries[entries.length] = isBlob(value)
      ? [pairs[i], blobBytes(value), value.name, value.type]
      : [pairs[i], value];
  }
  const [bytes, boundary] = native.formData.formatMultipart(entries);
  return { bytes, contentType: `multipart/form-data; boundary=${boundary}` };
}
