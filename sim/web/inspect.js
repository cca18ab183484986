// Values as text for people: console lines and error messages. Never runs a worker's getters, and
// never throws.
import { native } from "./native.js";
import { bytesView } from "./webidl.js";
import {
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  ownKeys,
  typedArrayTag,
  uncurryThis,
} from "./primordials.js";

const lineWidth = 76;
const mostItems = 100;
const mostCharacters = 10_000;
const defaultDepth = 2;
const customInspect = Symbol.for("nodejs.util.inspect.custom");

/** @type {Map<object, {describe: (self: any) => any, hides: (key: string | symbol) => boolean}>} */
const describers = new Map();
const describersGet = uncurryThis(Map.prototype.get);

/**
 * Says what to show of a class that keeps its state out of sight: a plain object, or a flat list
 * [name, value, ...] of pairs. What throws is shown as if nobody had said anything.
 * @param {Function & {prototype: any}} cls @param {(self: any) => any} describe
 * @param {(key: string | symbol) => boolean} [hides] own properties that are not to be shown
 */
export function registerInspect(cls, describe, hides = () => false) {
  describers.set(cls.prototype, { describe, hides });
}

/**
 * What shows the named attributes, as the class has them now; undefined ones are left out.
 * @param {Function & {prototype: any}} cls @param {...string} names
 * @returns {(self: any) => Record<string, any>}
 */
export function attributes(cls, ...names) {
  const getters = names.map((name) => {
    let holder = cls.prototype;
    while (!hasOwn(holder, name)) holder = getPrototypeOf(holder);
    return uncurryThis(getOwnPropertyDescriptor(holder, name).get);
  });
  return (self) => {
    const shown = {};
    for (let i = 0; i < names.length; i++) {
      const value = getters[i](self);
      if (value !== undefined) {
        defineProperty(shown, names[i], { value, enumerable: true });
      }
    }
    return shown;
  };
}

const getter = (prototype, name) => uncurryThis(getOwnPropertyDescriptor(prototype, name).get);
const mapSize = getter(Map.prototype, "size");
const setSize = getter(Set.prototype, "size");
const mapForEach = uncurryThis(Map.prototype.forEach);
const setForEach = uncurryThis(Set.prototype.forEach);
const dateToISOString = uncurryThis(Date.prototype.toISOString);
const dateGetTime = uncurryThis(Date.prototype.getTime);
const functionToString = uncurryThis(Function.prototype.toString);
const regExpToString = uncurryThis(RegExp.prototype.toString);
const errorToString = uncurryThis(Error.prototype.toString);
const boxes = Object.assign(Object.create(null), {
  Number: uncurryThis(Number.prototype.valueOf),
  String: uncurryThis(String.prototype.valueOf),
  Boolean: uncurryThis(Boolean.prototype.valueOf),
  BigInt: uncurryThis(BigInt.prototype.valueOf),
  Symbol: uncurryThis(Symbol.prototype.valueOf),
});

const plainKey = /^[A-Za-z_$][\w$]*$/;
const escapes = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
  "\\": "\\\\",
};

function quote(text) {
  let mark = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) mark = '"';
    else if (!text.includes("`")) mark = "`";
  }
  let quoted = "";
  for (const c of text) {
    if (escapes[c] !== undefined) quoted += escapes[c];
    else if (c === mark) quoted += `\\${c}`;
    else if (c < " " || c === "\x7f")
      quoted += `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
    else quoted += c;
  }
  return mark + quoted + mark;
}

function primitive(value) {
  switch (typeof value) {
    case "string": {
      if (value.length <= mostCharacters) return quote(value);
      const more = value.length - mostCharacters;
      return `${quote(value.slice(0, mostCharacters))}... ${more} more characters`;
    }
    case "number":
      return Object.is(value, -0) ? "-0" : `${value}`;
    case "bigint":
      return `${value}n`;
    case "symbol":
      return value.toString();
    default:
      return `${value}`;
  }
}

function keyText(key) {
  if (typeof key === "symbol") return `[${key.toString()}]`;
  return plainKey.test(key) ? key : quote(key);
}

// The name of the nearest constructor on the prototype chain; null without one.
function constructorName(value) {
  for (let object = value; object !== null; object = getPrototypeOf(object)) {
    const descriptor = getOwnPropertyDescriptor(object, "constructor");
    if (typeof descriptor?.value === "function" && object !== value) {
      const name = getOwnPropertyDescriptor(descriptor.value, "name")?.value;
      if (typeof name === "string" && name !== "") return name;
    }
  }
  return null;
}

function functionText(value) {
  const name = getOwnPropertyDescriptor(value, "name")?.value;
  const source = functionToString(value);
  if (source.startsWith("class")) {
    const parent = getPrototypeOf(value);
    const base =
      typeof parent === "function" ? getOwnPropertyDescriptor(parent, "name")?.value : "";
    return `[class ${name || "(anonymous)"}${base ? ` extends ${base}` : ""}]`;
  }
  const kind = constructorName(value) ?? "Function";
  return name ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`;
}

function errorText(value) {
  const stack = getOwnPropertyDescriptor(value, "stack");
  let text;
  try {
    text = stack?.get === undefined ? stack?.value : value.stack;
    if (typeof text !== "string" || text === "") text = `[${errorToString(value)}]`;
    else text = native.console.mapStack(text);
  } catch {
    text = "[Error]";
  }
  return text;
}

class Inspector {
  depth;
  seen = [];
  circular = new Map();

  constructor(depth) {
    this.depth = depth;
  }

  value(value, level) {
    if (value === null || (typeof value !== "object" && typeof value !== "function")) {
      return primitive(value);
    }
    if (this.seen.includes(value)) {
      let index = this.circular.get(value);
      if (index === undefined) {
        index = this.circular.size + 1;
        this.circular.set(value, index);
      }
      return `[Circular *${index}]`;
    }
    try {
      return this.object(value, level);
    } catch {
      return "[object that cannot be inspected]";
    }
  }

  object(value, level) {
    const custom = value[customInspect];
    if (typeof custom === "function") {
      const shown = custom.call(value, this.depth - level, {}, inspect);
      if (shown !== value) return typeof shown === "string" ? shown : this.value(shown, level);
    }
    this.seen.push(value);
    let text = this.body(value, level);
    this.seen.pop();
    const index = this.circular.get(value);
    if (index !== undefined) text = `<ref *${index}> ${text}`;
    return text;
  }

  body(value, level) {
    const name = constructorName(value);
    const deep = level > this.depth;

    for (let p = getPrototypeOf(value); p !== null; p = getPrototypeOf(p)) {
      const known = describersGet(describers, p);
      if (known === undefined) continue;
      if (deep) return `[${name}]`;
      const text = this.described(value, name, known, level);
      if (text !== undefined) return text;
      break;
    }

    if (typeof value === "function") return this.withProperties(functionText(value), value, level);
    if (value instanceof Error) {
      const keys = shownKeys(value).filter((key) => key !== "stack" && key !== "message");
      const cause = getOwnPropertyDescriptor(value, "cause");
      if (cause !== undefined && !keys.includes("cause")) keys.push("cause");
      const errors = getOwnPropertyDescriptor(value, "errors");
      if (errors !== undefined && !keys.includes("errors")) keys.push("errors");
      return this.withProperties(errorText(value), value, level, keys);
    }
    if (Array.isArray(value)) {
      if (deep) return "[Array]";
      const prefix = name === "Array" ? "" : `${name ?? "Array"}(${value.length}) `;
      const items = this.items(value, value.length, level, true);
      const keys = shownKeys(value).filter((key) => !isIndex(key));
      items.push(...this.properties(value, level, keys));
      return wrap(prefix, "[", items, "]", true);
    }
    // What V8 knows it to be, whatever its prototype says; undefined for plain objects.
    const kind = native.console.kindOf(value);
    if (kind !== undefined) {
      const text = this.builtin(value, kind, name ?? kind, level);
      if (text !== undefined) return text;
    }

    const named = getOwnPropertyDescriptor(getPrototypeOf(value) ?? {}, Symbol.toStringTag)?.value;
    let prefix = "";
    if (name === null) prefix = "[Object: null prototype] ";
    else if (name !== "Object") prefix = `${name} `;
    else if (typeof named === "string" && named !== "Object") prefix = `Object [${named}] `;
    if (deep) return `[${prefix === "" ? "Object" : prefix.trim()}]`;
    return wrap(prefix, "{", this.properties(value, level, shownKeys(value)), "}");
  }

  described(value, name, { describe, hides }, level) {
    let shown;
    try {
      shown = describe(value);
    } catch {
      // It has the prototype alone, or belongs to a request that is over.
      return undefined;
    }
    const list = Array.isArray(shown);
    const items = list
      ? this.pairs(shown, level)
      : this.properties(shown, level, ownKeys(shown));
    const keys = shownKeys(value).filter((key) => !hides(key));
    items.push(...this.properties(value, level, keys));
    return wrap(list ? `${name}(${shown.length / 2}) ` : `${name} `, "{", items, "}");
  }

  builtin(value, kind, name, level) {
    const deep = level > this.depth;
    switch (kind) {
      case "TypedArray": {
        const tag = typedArrayTag(value);
        if (deep) return `[${tag}]`;
        const items = this.items(value, value.length, level);
        return wrap(`${tag}(${value.length}) `, "[", items, "]", true);
      }
      case "ArrayBuffer": {
        const bytes = bytesView(value);
        let hex = "";
        for (let i = 0; i < bytes.length && i < 50; i++) {
          hex += `${i > 0 ? " " : ""}${bytes[i].toString(16).padStart(2, "0")}`;
        }
        if (bytes.length > 50) hex += ` ... ${bytes.length - 50} more bytes`;
        return `ArrayBuffer { [Uint8Contents]: <${hex}>, byteLength: ${bytes.length} }`;
      }
      case "Map": {
        if (deep) return `[${name}]`;
        const flat = [];
        mapForEach(value, (item, key) => flat.push(key, item));
        const items = this.pairs(flat, level);
        items.push(...this.properties(value, level, shownKeys(value)));
        return wrap(`${name}(${mapSize(value)}) `, "{", items, "}");
      }
      case "Set": {
        if (deep) return `[${name}]`;
        const all = [];
        setForEach(value, (item) => all.push(item));
        const items = all.slice(0, mostItems).map((item) => this.value(item, level + 1));
        if (all.length > mostItems) items.push(moreItems(all.length - mostItems));
        items.push(...this.properties(value, level, shownKeys(value)));
        return wrap(`${name}(${setSize(value)}) `, "{", items, "}");
      }
      case "Date": {
        const text = Number.isNaN(dateGetTime(value)) ? "Invalid Date" : dateToISOString(value);
        return this.withProperties(text, value, level);
      }
      case "RegExp":
        return this.withProperties(regExpToString(value), value, level);
      case "Promise": {
        if (deep) return `[${name}]`;
        const { state, result } = native.console.promiseState(value);
        let item = "<pending>";
        if (state === "fulfilled") item = this.value(result, level + 1);
        if (state === "rejected") item = `<rejected> ${this.value(result, level + 1)}`;
        return wrap(`${name} `, "{", [item], "}");
      }
      case "WeakMap":
      case "WeakSet":
        return `${name} { <items unknown> }`;
      default: {
        // A primitive in an object.
        const valueOf = boxes[kind];
        if (valueOf === undefined) return undefined;
        const keys = shownKeys(value).filter((key) => kind !== "String" || !isIndex(key));
        return this.withProperties(`[${kind}: ${primitive(valueOf(value))}]`, value, level, keys);
      }
    }
  }

  withProperties(text, value, level, keys = shownKeys(value)) {
    if (keys.length === 0) return text;
    if (level > this.depth) return text;
    return wrap(`${text} `, "{", this.properties(value, level, keys), "}");
  }

  items(list, length, level, sparse = false) {
    const items = [];
    let i = 0;
    for (; i < length && items.length < mostItems; i++) {
      if (sparse) {
        const descriptor = getOwnPropertyDescriptor(list, `${i}`);
        if (descriptor === undefined) {
          const from = i;
          while (i + 1 < length && getOwnPropertyDescriptor(list, `${i + 1}`) === undefined) i++;
          const count = i - from + 1;
          items.push(`<${count} empty item${count === 1 ? "" : "s"}>`);
          continue;
        }
        items.push(this.descriptor(descriptor, level));
      } else {
        items.push(primitive(list[i]));
      }
    }
    if (i < length) items.push(moreItems(length - i));
    return items;
  }

  pairs(flat, level) {
    const items = [];
    for (let i = 0; i < flat.length; i += 2) {
      if (items.length === mostItems) {
        items.push(moreItems(flat.length / 2 - mostItems));
        break;
      }
      items.push(`${this.value(flat[i], level + 1)} => ${this.value(flat[i + 1], level + 1)}`);
    }
    return items;
  }

  properties(value, level, keys) {
    const items = [];
    for (const key of keys) {
      if (items.length === mostItems) {
        items.push(`... ${keys.length - mostItems} more properties`);
        break;
      }
      const descriptor = getOwnPropertyDescriptor(value, key);
      if (descriptor === undefined) continue;
      const text = keyText(key);
      items.push(
        `${descriptor.enumerable ? text : `[${text}]`}: ${this.descriptor(descriptor, level)}`,
      );
    }
    return items;
  }

  descriptor(descriptor, level) {
    if (descriptor.get !== undefined) return descriptor.set ? "[Getter/Setter]" : "[Getter]";
    if (descriptor.set !== undefined) return "[Setter]";
    return this.value(descriptor.value, level + 1);
  }
}

function moreItems(count) {
  return `... ${count} more item${count === 1 ? "" : "s"}`;
}

function isIndex(key) {
  return typeof key === "string" && /^\d+$/.test(key);
}

function shownKeys(value) {
  return ownKeys(value).filter((key) => getOwnPropertyDescriptor(value, key)?.enumerable);
}

// Items on one line where they fit, else on lines of their own; short items of a list fill lines.
function wrap(prefix, open, items, close, fill = false) {
  if (items.length === 0) return `${prefix}${open}${close}`;
  const line = `${prefix}${open} ${items.join(", ")} ${close}`;
  if (line.length <= lineWidth && !items.some((item) => item.includes("\n"))) return line;
  if (prefix.includes("\n") && !items.some((item) => item.includes("\n"))) {
    const rest = `${open} ${items.join(", ")} ${close}`;
    if (rest.length <= lineWidth) return prefix + rest;
  }
  const lines = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i].replaceAll("\n", "\n  ") + (i + 1 < items.length ? "," : "");
    const last = lines.length - 1;
    const short = fill && items[i].length <= 16 && !item.includes("\n");
    if (
      short &&
      last >= 0 &&
      lines[last].short &&
      lines[last].text.length + item.length < lineWidth
    ) {
      lines[last].text += ` ${item}`;
    } else {
      lines.push({ text: item, short });
    }
  }
  return `${prefix}${open}\n  ${lines.map((entry) => entry.text).join("\n  ")}\n${close}`;
}

/** @param {any} value @param {{depth?: number | null}} [options] */
export function inspect(value, options = {}) {
  const depth = options?.depth === null ? Infinity : (options?.depth ?? defaultDepth);
  return new Inspector(depth).value(value, 0);
}

/** The arguments of console.log as one text: format string, then the rest separated by spaces. */
export function formatArguments(args) {
  let text = "";
  let next = 0;
  if (typeof args[0] === "string") {
    next = 1;
    if (args.length === 1) return args[0];
    text = args[0].replace(/%[sdifjoOc%]/g, (directive) => {
      if (directive === "%%") return "%";
      if (next >= args.length) return directive;
      const value = args[next++];
      switch (directive) {
        case "%s":
          if (typeof value === "string") return value;
          return typeof value === "object" && value !== null
            ? inspect(value, { depth: 0 })
            : primitive(value);
        case "%d":
          if (typeof value === "bigint") return `${value}n`;
          return typeof value === "symbol" ? "NaN" : primitive(Number(value));
        case "%i":
          if (typeof value === "bigint") return `${value}n`;
          return typeof value === "symbol" ? "NaN" : primitive(Number.parseInt(value, 10));
        case "%f":
          return typeof value === "symbol" ? "NaN" : primitive(Number.parseFloat(value));
        case "%j":
          try {
            return JSON.stringify(value);
          } catch {
            return "[Circular]";
          }
        case "%c":
          return "";
        default:
          return inspect(value, { depth: 4 });
      }
    });
  }
  for (; next < args.length; next++) {
    const value = args[next];
    text += `${next > 0 ? " " : ""}${typeof value === "string" ? value : inspect(value)}`;
  }
  return text;
}
