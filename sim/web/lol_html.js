// The HTML parser behind HTMLRewriter: lol-html as WebAssembly, from the npm package
// html-rewriter-wasm, whose own JavaScript is for Node.js. Part of the lazy script html_rewriter.
//
// A rewriter has an instance of the module to itself. A handler that returns a promise stops the
// machine in the middle of write(): Binaryen's Asyncify copies the stack of the instance away
// ("unwinds") and back ("rewinds") when the promise has settled. An instance that ended well serves
// the next rewriter; one whose handler failed is left to the garbage collector.
import { memoryBuffer, native, newInstance } from "runtime:native";
import { apply, uncurryThis } from "runtime:primordials";

const TypedBytes = Uint8Array;
const TypedWords = Int32Array;
const setBytes = uncurryThis(Uint8Array.prototype.set);
const copyBytes = uncurryThis(Uint8Array.prototype.slice);

const kUnwinding = 1;
const kRewinding = 2;
const kAsyncStackBytes = 16 * 1024;
// Memory of an instance that is worth keeping, and the most that one may have. Production ends a
// rewriter that needs more than 3 MiB; an instance begins with 1.1 MiB, and its tables grow by
// doubling.
const kKeptBytes = 4 * 1024 * 1024;
const kMostBytes = 16 * 1024 * 1024;
const kMostIdle = 4;

// Values that the machine names by a number. The first ones are constants.
const kFirstFree = 36;
const kNull = 33;

// ContentOptions of what is not text.
const kHtml = { html: true };

/** @type {WebAssembly.Module | undefined} compiled when the first rewriter is made */
let compiled;
/** @type {Machine[]} */
const idle = [];

export class Machine {
  #exports;
  #memory;
  /** @type {any[]} */ #values = [];
  #free = 0;
  #rewriter = 0;
  #asyncStack;
  /** The promise that the machine stopped for. @type {Promise<void> | null} */
  #awaited = null;
  // What a handler threw, which must not be taken for an error of the parser.
  #failed = false;
  #failure = undefined;
  /** @type {(chunk: Uint8Array) => void} */ #output;

  /** A machine with a new rewriter. @param {(chunk: Uint8Array) => void} output takes copies */
  static take(output) {
    let machine;
    if (idle.length > 0) {
      machine = idle[idle.length - 1];
      idle.length--;
    } else {
      machine = new Machine();
    }
    machine.#begin(output);
    return machine;
  }

  constructor() {
    compiled ??= native.lazy.wasm("lol_html");
    const exports = newInstance(compiled, { __wbindgen_placeholder__: this.#imports() }).exports;
    this.#exports = exports;
    this.#memory = exports.memory;
    for (let i = 0; i < kFirstFree; i++) this.#values[i] = undefined;
    this.#values[kNull] = null;
    this.#values[kNull + 1] = true;
    this.#values[kNull + 2] = false;
    this.#free = kFirstFree;
    this.#asyncStack = exports.__wbindgen_malloc(kAsyncStackBytes);
  }

  #begin(output) {
    this.#output = output;
    const sink = this.#keep((chunk) => this.#output(chunk));
    this.#rewriter = this.#exports.htmlrewriter_new(sink, 0);
    this.#drop(sink);
  }

  /** Ends the use of a machine whose end() or whose last call went well. */
  giveBack() {
    this.#exports.__wbg_htmlrewriter_free(this.#rewriter);
    this.#output = () => {};
    if (memoryBuffer(this.#memory).byteLength <= kKeptBytes && idle.length < kMostIdle) {
      idle[idle.length] = this;
    }
  }

  // --- Values and strings ----------------------------------------------------------------------

  /** Gives a value a number. A free place holds the number of the next. */
  #keep(value) {
    const values = this.#values;
    const at = this.#free;
    this.#free = at < values.length ? values[at] : at + 1;
    values[at] = value;
    return at;
  }
  #drop(at) {
    if (at < kFirstFree) return;
    this.#values[at] = this.#free;
    this.#free = at;
  }
  #take(at) {
    const value = this.#values[at];
    this.#drop(at);
    return value;
  }
  #bytes(at, length) {
    return new TypedBytes(memoryBuffer(this.#memory), at, length);
  }
  #text(at, length) {
    return native.encoding.decodeUtf8(this.#bytes(at, length), false, true);
  }
  /** Copies bytes in; the machine frees them. */
  #give(bytes) {
    const at = this.#exports.__wbindgen_malloc(bytes.byteLength);
    setBytes(this.#bytes(at, bytes.byteLength), bytes);
    return at;
  }

  #imports() {
    const values = this.#values;
    const keep = (value) => this.#keep(value);
    const member = (name) => (at) => {
      const value = values[at][name];
      return value === undefined ? 0 : keep(value);
    };
    const give = (result, text) => {
      const bytes = native.encoding.encode(text);
      const at = this.#give(bytes);
      const words = new TypedWords(memoryBuffer(this.#memory), result, 2);
      words[0] = at;
      words[1] = bytes.byteLength;
    };
    // A token comes as the address of what the machine has of it.
    const token = (address) => keep(address);
    return {
      __wbindgen_object_drop_ref: (at) => this.#drop(at),
      __wbindgen_object_clone_ref: (at) => keep(values[at]),
      __wbindgen_string_new: (at, length) => keep(this.#text(at, length)),
      __wbindgen_memory: () => keep(this.#memory),
      __wbindgen_throw: (at, length) => {
        throw new Error(this.#text(at, length));
      },
      __wbindgen_rethrow: (at) => {
        throw this.#take(at);
      },
      __wbindgen_debug_string: (result) => give(result, "Value"),
      __wbg_String_60c4ba333b5ca1c6: (result, at) => give(result, `${values[at]}`),
      __wbg_new_4fee7e2900033464: () => keep([]),
      __wbg_push_ba9b5e3c25cff8f9: (list, item) => {
        values[list][values[list].length] = values[item];
        return values[list].length;
      },
      __wbg_new_917809a3e20a4b00: (at, length) => keep(new TypeError(this.#text(at, length))),
      __wbg_buffer_89a8560ab6a3d9c6: (at) => keep(memoryBuffer(values[at])),
      __wbg_newwithbyteoffsetandlength_e45d8b33c02dc3b5: (buffer, offset, length) =>
        keep(new TypedBytes(values[buffer], offset, length)),
      __wbg_new_bd2e1d010adb8a1a: (at) => keep(copyBytes(values[at])),
      __wbg_html_cd9a0f328493678b: (at) => (values[at].html ? 1 : 0),
      __wbg_enableEsiTags_de6b91cc61a25874: () => 0,
      __wbg_element_c38470ed972aea27: member("element"),
      __wbg_comments_ba86bc03331d9378: member("comments"),
      __wbg_text_7800bf26cb443911: member("text"),
      __wbg_doctype_ac58c0964a59b61b: member("doctype"),
      __wbg_comments_94d876f6c0502e82: member("comments"),
      __wbg_text_4606a16c30e4ae91: member("text"),
      __wbg_end_34efb9402eac8a4e: member("end"),
      __wbg_element_new: token,
      __wbg_comment_new: token,
      __wbg_textchunk_new: token,
      __wbg_doctype_new: token,
      __wbg_endtag_new: token,
      __wbg_documentend_new: token,
      __wbg_call_6c4ea719458624eb: (callback, self, argument) => {
        try {
          return keep((0, values[callback])(values[argument]));
        } catch (error) {
          this.#failed = true;
          this.#failure = error;
          this.#exports.__wbindgen_exn_store(keep(error));
          return 0;
        }
      },
      // What a handler returns is a promise of the runtime's own, or nothing.
      __wbg_instanceof_Promise_c6535fc791fcc4d2: (at) => (values[at] === undefined ? 0 : 1),
      __wbg_awaitPromise_39a1101fd8518869: (stack, promise) => {
        const exports = this.#exports;
        if (exports.asyncify_get_state() === kRewinding) {
          exports.asyncify_stop_rewind();
          return;
        }
        this.#awaited = values[promise];
        const start = this.#asyncStack;
        const head = new TypedWords(memoryBuffer(this.#memory), start, 2);
        head[0] = start + 8;
        head[1] = start + kAsyncStackBytes;
        exports.asyncify_start_unwind(start);
      },
    };
  }

  // --- Calls -----------------------------------------------------------------------------------

  /** Calls an export. What it throws leaves the machine's stack pointer where it stood. */
  #call(name, args) {
    const exports = this.#exports;
    const stack = exports.__wbindgen_add_to_stack_pointer(0);
    try {
      return apply(exports[name], undefined, args);
    } catch (error) {
      exports.__wbindgen_add_to_stack_pointer(
        stack - exports.__wbindgen_add_to_stack_pointer(0));
      throw error;
    }
  }

  /** @param {string} selector throws TypeError where it is none */
  on(selector, handlers) {
    const bytes = native.encoding.encode(selector);
    const at = this.#give(bytes);
    this.#call("htmlrewriter_on",
      [this.#rewriter, at, bytes.byteLength, this.#keep(handlers)]);
  }
  onDocument(handlers) {
    this.#call("htmlrewriter_onDocument", [this.#rewriter, this.#keep(handlers)]);
  }

  /** Parses more. Rejects with what a handler threw, or with the parser's error. */
  write(chunk) {
    const at = this.#give(chunk);
    return this.#run("htmlrewriter_write", [this.#rewriter, at, chunk.byteLength]);
  }
  end() {
    return this.#run("htmlrewriter_end", [this.#rewriter]);
  }

  async #run(name, args) {
    const exports = this.#exports;
    try {
      apply(exports[name], undefined, args);
      while (exports.asyncify_get_state() === kUnwinding) {
        exports.asyncify_stop_unwind();
        const awaited = this.#awaited;
        this.#awaited = null;
        try {
          await awaited;
        } catch (error) {
          this.#failed = true;
          this.#failure = error;
          throw error;
        }
        exports.asyncify_start_rewind(this.#asyncStack);
        (0, exports[name])();
      }
    } catch (error) {
      if (this.#failed) throw this.#failure;
      throw typeof error === "string" ? new TypeError(`Parser error: ${error}`) : error;
    }
    if (memoryBuffer(this.#memory).byteLength > kMostBytes) {
      throw new TypeError("Parser error: The memory limit has been exceeded.");
    }
  }

  // --- Tokens: `kind` is the prefix of its functions, `address` the token -----------------------

  free(kind, address) {
    this.#call(`__wbg_${kind}_free`, [address]);
  }
  /** A boolean, or a value as the machine has it. */
  number(kind, name, address) {
    return this.#call(`${kind}_${name}`, [address]);
  }
  value(kind, name, address) {
    return this.#take(this.#call(`${kind}_${name}`, [address]));
  }
  text(kind, name, address) {
    const exports = this.#exports;
    const result = exports.__wbindgen_add_to_stack_pointer(-16);
    try {
      this.#call(`${kind}_${name}`, [result, address]);
      const words = new TypedWords(memoryBuffer(this.#memory), result, 2);
      const at = words[0];
      const length = words[1];
      const text = this.#text(at, length);
      exports.__wbindgen_free(at, length);
      return text;
    } finally {
      exports.__wbindgen_add_to_stack_pointer(16);
    }
  }
  /** Calls a function that takes texts. @param {string[]} texts */
  withTexts(kind, name, address, texts) {
    const args = [address];
    for (let i = 0; i < texts.length; i++) {
      const bytes = native.encoding.encode(texts[i]);
      args[args.length] = this.#give(bytes);
      args[args.length] = bytes.byteLength;
    }
    return this.#call(`${kind}_${name}`, args);
  }
  valueByText(kind, name, address, text) {
    return this.#take(this.withTexts(kind, name, address, [text]));
  }
  /** Puts content in: as text, or as HTML. */
  insert(kind, name, address, content, html) {
    const bytes = native.encoding.encode(content);
    const at = this.#give(bytes);
    this.#call(`${kind}_${name}`,
      [address, at, bytes.byteLength, html ? this.#keep(kHtml) : 0]);
  }
  onEndTag(address, handler) {
    this.#call("element_onEndTag", [address, this.#keep(handler)]);
  }
}
