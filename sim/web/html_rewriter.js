// HTMLRewriter (https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/) over
// lol_html.js. A lazy script.
import { asError, cancelReason } from "runtime:byte_stream";
import { native } from "runtime:native";
import { apply, defineProperty, getPrototypeOf } from "runtime:primordials";
import { headerOfResponse, isResponse, streamOfResponse, withStream } from "runtime:response";
import {
  getReader,
  isDisturbed,
  isLocked,
  isReadableStream,
  ReadableStream,
} from "runtime:streams";
import { bytesView, defineInterface, illegalConstructor, requireArguments, toUSVString }
  from "runtime:webidl";
import { characterSet, transcoder } from "./html_rewriter_charset.js";
import { Machine } from "./lol_html.js";

const kToken = Symbol("token");
// The parser gets no more at a time, so that what it gives out at a time is bounded.
const kMostBytes = 64 * 1024;
const subarray = Uint8Array.prototype.subarray;
const iteratorPrototype = getPrototypeOf(getPrototypeOf([][Symbol.iterator]()));

const kInvalid = "This content token is no longer valid. Content tokens are only valid during the "
  + "execution of the relevant content handler.";

let beginToken;
let endToken;
/** What is to be put in once the content has been read. @type {(token: any) => any[] | null} */
let pendingOf;

// Not by super(): a worker can put a function of its own where that leads.
function requireToken(token) {
  if (token !== kToken) throw illegalConstructor();
}

/** What a handler is called with. `kind`: what the parser's functions for it begin with. */
class Token {
  #kind;
  /** @type {Machine | null} */ #machine = null;
  #address = 0;
  #transform = null;
  /** @type {(() => any)[] | null} */ #pending = null;

  constructor(kind) {
    this.#kind = kind;
  }

  static {
    beginToken = (token, machine, address, transform) => {
      token.#machine = machine;
      token.#address = address;
      token.#transform = transform;
    };
    endToken = (token) => {
      const machine = token.#machine;
      token.#machine = null;
      machine.free(token.#kind, token.#address);
    };
    pendingOf = (token) => token.#pending;
  }

  static machine(token) {
    if (token.#machine === null) throw new TypeError(kInvalid);
    return token.#machine;
  }
  static call(token, method, name, argument = undefined) {
    const machine = machineOf(token);
    return machine[method](token.#kind, name, token.#address, argument);
  }
  static insert(token, name, content, options) {
    const machine = machineOf(token);
    const html = Boolean(options?.html);
    const insert = (text) => machine.insert(token.#kind, name, token.#address, text, html);
    const later = (action) => {
      token.#pending ??= [];
      token.#pending[token.#pending.length] = action;
    };
    if (isReadableStream(content) || isResponse(content)) {
      const read = reading(content);
      later(async () => insert(await read()));
    } else {
      const text = toUSVString(content);
      // What comes after a stream is put in after it.
      if (token.#pending !== null) later(() => insert(text));
      else insert(text);
    }
    return token;
  }
  static onEndTag(token, handler) {
    if (typeof handler !== "function") {
      throw new TypeError(
        "Failed to execute 'onEndTag' on 'Element': parameter 1 is not of type 'function'.");
    }
    const machine = machineOf(token);
    machine.onEndTag(token.#address, handlerOf(machine, EndTag, token.#transform, handler, undefined));
  }
}
const { machine: machineOf, call, insert, onEndTag } = Token;
for (const name of ["machine", "call", "insert", "onEndTag"]) delete Token[name];

/** Takes the content of a stream or Response; the result reads it. */
function reading(content) {
  const stream = isResponse(content) ? streamOfResponse(content) : content;
  if (stream === null) return async () => "";
  if (isDisturbed(stream)) {
    throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot be "
      + "used as a body.");
  }
  if (isLocked(stream)) throw new TypeError("This ReadableStream is currently locked to a reader.");
  const reader = getReader(stream);
  return async () => {
    const decoder = native.encoding.createDecoder("utf-8", false, false);
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode(undefined, false);
      text += decoder.decode(bytesOfChunk(value), true);
    }
  };
}

function bytesOfChunk(value) {
  const bytes = bytesView(value);
  if (bytes === undefined) {
    throw new TypeError("This TransformStream is being used as a byte stream, but received an object "
      + "of non-ArrayBuffer/ArrayBufferView type on its writable side.");
  }
  return bytes;
}

/** Methods that put content in. */
function addInsertions(cls, names) {
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const what = `execute '${name}' on '${cls.name}'`;
    const method = {
      [name](content, options = undefined) {
        requireArguments(arguments.length, what, "string");
        return insert(this, name, content, options);
      },
    };
    defineProperty(cls.prototype, name, { value: method[name], writable: true, configurable: true });
  }
}

/** Calls without arguments that give the token back. */
function addActions(cls, names) {
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const method = {
      [name]() {
        call(this, "number", name);
        return this;
      },
    };
    defineProperty(cls.prototype, name, { value: method[name], writable: true, configurable: true });
  }
}

/** An object whose class no worker can name. */
class AttributesIterator {
  #element;
  #list;
  #next = 0;
  constructor(element) {
    this.#element = element;
    this.#list = call(element, "value", "attributes");
  }
  next() {
    machineOf(this.#element);
    if (this.#next >= this.#list.length) return { done: true, value: undefined };
    return { done: false, value: this.#list[this.#next++] };
  }
}
delete AttributesIterator.prototype.constructor;
Object.setPrototypeOf(AttributesIterator.prototype, iteratorPrototype);
defineProperty(AttributesIterator.prototype, Symbol.toStringTag, {
  value: "AttributesIterator",
  configurable: true,
});

class Element extends Token {
  constructor(token) {
    requireToken(token);
    super("element");
  }
  get tagName() {
    return call(this, "text", "tag_name");
  }
  set tagName(name) {
    call(this, "withTexts", "set_tag_name", [toUSVString(name)]);
  }
  get attributes() {
    return new AttributesIterator(this);
  }
  get removed() {
    return call(this, "number", "removed") !== 0;
  }
  get namespaceURI() {
    return call(this, "value", "namespace_uri");
  }
  getAttribute(name) {
    requireArguments(arguments.length, "execute 'getAttribute' on 'Element'", "string");
    return call(this, "valueByText", "getAttribute", toUSVString(name));
  }
  hasAttribute(name) {
    requireArguments(arguments.length, "execute 'hasAttribute' on 'Element'", "string");
    return call(this, "withTexts", "hasAttribute", [toUSVString(name)]) !== 0;
  }
  setAttribute(name, value) {
    requireArguments(arguments.length, "execute 'setAttribute' on 'Element'", "string", "string");
    call(this, "withTexts", "setAttribute", [toUSVString(name), toUSVString(value)]);
    return this;
  }
  removeAttribute(name) {
    requireArguments(arguments.length, "execute 'removeAttribute' on 'Element'", "string");
    call(this, "withTexts", "removeAttribute", [toUSVString(name)]);
    return this;
  }
  onEndTag(handler) {
    onEndTag(this, handler);
  }
}
addInsertions(Element, ["before", "after", "prepend", "append", "replace", "setInnerContent"]);
addActions(Element, ["remove", "removeAndKeepContent"]);

class EndTag extends Token {
  constructor(token) {
    requireToken(token);
    super("endtag");
  }
  get name() {
    return call(this, "text", "name");
  }
  set name(name) {
    call(this, "withTexts", "set_name", [toUSVString(name)]);
  }
}
addInsertions(EndTag, ["before", "after"]);
addActions(EndTag, ["remove"]);

class Comment extends Token {
  constructor(token) {
    requireToken(token);
    super("comment");
  }
  get text() {
    return call(this, "text", "text");
  }
  set text(text) {
    call(this, "withTexts", "set_text", [toUSVString(text)]);
  }
  get removed() {
    return call(this, "number", "removed") !== 0;
  }
}
addInsertions(Comment, ["before", "after", "replace"]);
addActions(Comment, ["remove"]);

class Text extends Token {
  constructor(token) {
    requireToken(token);
    super("textchunk");
  }
  get text() {
    return call(this, "text", "text");
  }
  get lastInTextNode() {
    return call(this, "number", "last_in_text_node") !== 0;
  }
  get removed() {
    return call(this, "number", "removed") !== 0;
  }
}
addInsertions(Text, ["before", "after", "replace"]);
addActions(Text, ["remove"]);

class Doctype extends Token {
  constructor(token) {
    requireToken(token);
    super("doctype");
  }
  get name() {
    return call(this, "value", "name");
  }
  get publicId() {
    return call(this, "value", "public_id");
  }
  get systemId() {
    return call(this, "value", "system_id");
  }
}

class DocumentEnd extends Token {
  constructor(token) {
    requireToken(token);
    super("documentend");
  }
}
addInsertions(DocumentEnd, ["append"]);

for (const cls of [Element, EndTag, Comment, Text, Doctype, DocumentEnd]) {
  defineInterface(cls);
  // Tokens are all of one shape to the runtime, and have nothing in common for workers.
  Object.setPrototypeOf(cls.prototype, Object.prototype);
}

// --- Handlers -----------------------------------------------------------------------------------

function runIn(frame, callback, self, token) {
  const { get, set } = native.asyncContext;
  const before = get();
  set(frame);
  try {
    return apply(callback, self, [token]);
  } finally {
    set(before);
  }
}

function isThenable(value) {
  return value !== null && (typeof value === "object" || typeof value === "function")
    && typeof value.then === "function";
}

/** Waits for what the handler promised, then for the streams that it put in. */
async function settle(token, result) {
  try {
    await result;
    const pending = pendingOf(token);
    if (pending !== null) for (let i = 0; i < pending.length; i++) await (0, pending[i])();
  } finally {
    endToken(token);
  }
}

/** A worker's handler as the parser calls it. */
function handlerOf(machine, cls, transform, callback, self) {
  return (address) => {
    const token = new cls(kToken);
    beginToken(token, machine, address, transform);
    let settled;
    try {
      if (transform.cancelled) throw new Error("The transformed body was cancelled.");
      const result = runIn(transform.frame, callback, self, token);
      if (isThenable(result) || pendingOf(token) !== null) settled = settle(token, result);
    } finally {
      if (settled === undefined) endToken(token);
    }
    return settled;
  };
}

const kElementHandlers = { __proto__: null, element: Element, comments: Comment, text: Text };
const kDocumentHandlers =
  { __proto__: null, doctype: Doctype, comments: Comment, text: Text, end: DocumentEnd };

/** The members of a worker's object of handlers. @returns {Record<string, Function>} */
function readHandlers(handlers, types, dictionary) {
  const read = { __proto__: null };
  if (handlers === undefined || handlers === null) return read;
  for (const name in types) {
    const callback = handlers[name];
    if (callback === undefined) continue;
    if (typeof callback !== "function") {
      throw new TypeError(`Incorrect type for the '${name}' field on '${dictionary}': the provided `
        + "value is not of type 'function'.");
    }
    read[name] = callback;
  }
  return read;
}

/** @param {any} handlers as readHandlers() gives them, of the object `self` */
function bindHandlers(machine, transform, handlers, types, self) {
  const bound = { __proto__: null };
  for (const name in handlers) {
    bound[name] = handlerOf(machine, types[name], transform, handlers[name], self);
  }
  return bound;
}

function requireDictionary(value, method, at, type) {
  if (value === undefined || typeof value === "object" || typeof value === "function") return;
  throw new TypeError(
    `Failed to execute '${method}' on 'HTMLRewriter': parameter ${at} is not of type '${type}'.`);
}

// --- Transformations ----------------------------------------------------------------------------

/** One response on its way through the parser. */
class Transform {
  frame = native.asyncContext.get();
  cancelled = false;
  #machine;
  #reader;
  #toUtf8;
  #fromUtf8;
  /** What the parser gave out, until the consumer takes it. @type {Uint8Array[]} */ #output = [];
  /** The part of a large chunk that the parser has not seen. @type {Uint8Array | null} */ #rest = null;
  /** The first read: begun at once, so that the body counts as used. */ #first;
  #ended = false;
  #failed = false;
  #failure = undefined;

  constructor(entries, source, charset) {
    const machine = Machine.take((chunk) => {
      if (chunk.byteLength > 0) this.#output[this.#output.length] = chunk;
    });
    for (let i = 0; i < entries.length; i++) {
      const { selector, handlers, self } = entries[i];
      if (selector === null) {
        machine.onDocument(bindHandlers(machine, this, handlers, kDocumentHandlers, self));
      } else {
        machine.on(selector, bindHandlers(machine, this, handlers, kElementHandlers, self));
      }
    }
    this.#machine = machine;
    if (charset !== "utf-8") {
      const { toUtf8, fromUtf8 } = transcoder(charset);
      this.#toUtf8 = toUtf8;
      this.#fromUtf8 = fromUtf8;
    }
    this.#reader = getReader(source);
    this.#first = this.#reader.read();
  }

  /** Goes on until there is output, or no more of it. */
  async pull(controller) {
    try {
      while (this.#output.length === 0 && !this.#ended) await this.#step();
    } catch (thrown) {
      if (this.cancelled) return;
      const error = asError(thrown);
      this.#ended = true;
      this.#failed = true;
      this.#failure = error;
      this.#cancelSource(error);
    }
    if (this.cancelled) return;
    const output = this.#output;
    if (output.length > 0) {
      this.#output = [];
      const convert = this.#fromUtf8;
      for (let i = 0; i < output.length; i++) {
        const chunk = convert === undefined ? output[i] : convert(output[i], true);
        if (chunk.byteLength > 0) controller.enqueue(chunk);
      }
      return;
    }
    // What came before the failure has been taken.
    if (this.#failed) throw this.#failure;
    controller.close();
    controller.byobRequest?.respond(0);
  }

  async #step() {
    let piece = this.#rest;
    if (piece === null) {
      const first = this.#first;
      this.#first = null;
      const { done, value } = await (first ?? this.#reader.read());
      if (done) {
        const last = this.#toUtf8?.(new Uint8Array(0), false);
        if (last !== undefined && last.byteLength > 0) await this.#machine.write(last);
        await this.#machine.end();
        this.#machine.giveBack();
        this.#ended = true;
        return;
      }
      piece = bytesOfChunk(value);
    }
    this.#rest = null;
    if (piece.byteLength > kMostBytes) {
      this.#rest = apply(subarray, piece, [kMostBytes]);
      piece = apply(subarray, piece, [0, kMostBytes]);
    }
    await this.#machine.write(this.#toUtf8 === undefined ? piece : this.#toUtf8(piece, true));
  }

  async #cancelSource(reason) {
    try {
      await this.#reader.cancel(reason);
    } catch {
      // The source ends for a reason that the consumer knows.
    }
  }

  async cancel(reason) {
    this.cancelled = true;
    await this.#reader.cancel(cancelReason(reason));
  }
}

export class HTMLRewriter {
  /** @type {{selector: string | null, handlers: any, self: any}[]} */ #entries = [];

  on(selector, handlers) {
    requireArguments(arguments.length, "execute 'on' on 'HTMLRewriter'", "string", "ElementContentHandlers");
    const text = toUSVString(selector);
    requireDictionary(handlers, "on", 2, "ElementContentHandlers");
    const read = readHandlers(handlers, kElementHandlers, "ElementContentHandlers");
    // Selectors are refused here, not when the first response comes.
    const machine = Machine.take(() => {});
    machine.on(text, { __proto__: null });
    machine.giveBack();
    this.#entries[this.#entries.length] = { selector: text, handlers: read, self: handlers };
    return this;
  }

  onDocument(handlers) {
    requireArguments(arguments.length, "execute 'onDocument' on 'HTMLRewriter'", "DocumentContentHandlers");
    requireDictionary(handlers, "onDocument", 1, "DocumentContentHandlers");
    const read = readHandlers(handlers, kDocumentHandlers, "DocumentContentHandlers");
    this.#entries[this.#entries.length] = { selector: null, handlers: read, self: handlers };
    return this;
  }

  transform(response) {
    const entries = this.#entries;
    if (!isResponse(response)) {
      throw new TypeError(
        "Failed to execute 'transform' on 'HTMLRewriter': parameter 1 is not of type 'Response'.");
    }
    const source = streamOfResponse(response);
    if (source === null) return response;
    if (isLocked(source)) throw new TypeError("The ReadableStream has been locked to a reader.");
    if (isDisturbed(source)) {
      throw new TypeError("This ReadableStream is disturbed (has already been read from), and cannot "
        + "be used as a body.");
    }
    const charset = characterSet(headerOfResponse(response, "content-type"));
    const transform = new Transform(entries, source, charset);
    // One byte wanted ahead: handlers run before anybody reads, up to the first output.
    const stream = new ReadableStream(
      {
        type: "bytes",
        pull: (controller) => transform.pull(controller),
        cancel: (reason) => transform.cancel(reason),
      },
      { highWaterMark: 1 },
    );
    return withStream(response, stream);
  }
}
defineInterface(HTMLRewriter);
