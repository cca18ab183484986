// The members that Request and Response share (WHATWG Fetch section 5.3, "body mixin"): as in
// production, an interface of its own that both inherit from.
import { blobFromBytes } from "./blob.js";
import { kUsed } from "./content.js";
import { formDataFromBody } from "./form_data.js";
import { getHeader } from "./headers.js";
import { extractMimeType } from "./mime_type.js";
import { setPrototypeOf } from "./primordials.js";
import { defineInterface, illegalConstructor, illegalInvocation } from "./webidl.js";

const parseJson = JSON.parse;

/**
 * How to reach the private parts of a class with a body.
 * @typedef {{has: (object: object) => boolean, contentOf: (object: any) => import("./content.js").Content|null,
 *   headersOf: (object: any) => any}} Access
 */
/** @type {Access[]} */
const heirs = [];

/** @returns {Access} */
function accessTo(self) {
  if (typeof self === "object" && self !== null) {
    for (let i = 0; i < heirs.length; i++) if (heirs[i].has(self)) return heirs[i];
  }
  throw illegalInvocation();
}

async function textOf(self) {
  const content = accessTo(self).contentOf(self);
  return content === null ? "" : await content.readText();
}

async function bytesOf(self) {
  const content = accessTo(self).contentOf(self);
  return content === null ? new Uint8Array(0) : await content.readBytes();
}

export class Body {
  constructor() {
    throw illegalConstructor();
  }
  get body() {
    const content = accessTo(this).contentOf(this);
    return content === null ? null : content.asStream();
  }
  get bodyUsed() {
    const content = accessTo(this).contentOf(this);
    return content !== null && content.disturbed;
  }
  async arrayBuffer() {
    const bytes = await bytesOf(this);
    return bytes.buffer.byteLength === bytes.byteLength ? bytes.buffer
      : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  }
  async bytes() {
    return await bytesOf(this);
  }
  async text() {
    return await textOf(this);
  }
  async json() {
    return parseJson(await textOf(this));
  }
  async formData() {
    const { contentOf, headersOf } = accessTo(this);
    const type = getHeader(headersOf(this), "content-type");
    if (contentOf(this)?.disturbed) throw new TypeError(kUsed);
    if (type === null) {
      throw new TypeError("Parsing a Body as FormData requires a Content-Type header.");
    }
    return formDataFromBody(type, await bytesOf(this));
  }
  async blob() {
    const type = extractMimeType(getHeader(accessTo(this).headersOf(this), "content-type"));
    return blobFromBytes(await bytesOf(this), type);
  }
}
defineInterface(Body);

/** Makes `cls` inherit from Body. @param {Function & {prototype: any}} cls @param {Access} access */
export function inheritBody(cls, access) {
  heirs[heirs.length] = access;
  setPrototypeOf(cls.prototype, Body.prototype);
}
