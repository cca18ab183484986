// What a worker must not get hold of: the runtime's own functions, objects and tokens, code that is
// compiled from text or bytes, and whatever lies outside of the isolate.
import { assert, assertEquals, assertRejects, assertThrows, test } from "./testing.js";

test("code cannot be made of text", () => {
  for (const make of [
    () => eval("1"),
    () => (0, eval)("1"),
    () => new Function("return 1"),
    () => new (async () => {}).constructor("return 1"),
    () => new (function* () {}).constructor("return 1"),
    () => new (async function* () {}).constructor("return 1"),
    () => Reflect.construct(Function, ["return 1"], Array),
  ]) {
    assertThrows(make, "EvalError", "Code generation from strings disallowed for this context");
  }
});

test("timers take no text", () => {
  globalThis.ranFromText = false;
  for (const start of [setTimeout, setInterval]) {
    assertThrows(() => start("globalThis.ranFromText = true", 0), "TypeError");
  }
  assertEquals(globalThis.ranFromText, false);
  delete globalThis.ranFromText;
});

test("WebAssembly cannot be made of bytes", async () => {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const refused = /Wasm code generation disallowed by embedder/;
  assertThrows(() => new WebAssembly.Module(empty), "CompileError", refused);
  await assertRejects(WebAssembly.compile(empty), "CompileError", refused);
  await assertRejects(WebAssembly.instantiate(empty), "CompileError", refused);
});

test("no module of files, the network or processes can be imported", async () => {
  for (const name of ["fs", "node:fs", "node:net", "node:child_process", "node:worker_threads",
    "node:vm", "node:os", "/etc/passwd", "file:///etc/passwd", "./../../etc/passwd",
    "data:text/javascript,export default 1", "http://a.example/a.js", "runtime:native",
    "runtime:lazy/node", "flamesim:runtime"]) {
    await assertRejects(import(name), "Error", /No such module/);
  }
});

test("the global scope has nothing of the process", () => {
  const names = ["require", "module", "native", "runtime", "__runtime", "gc", "d8", "print", "load",
    "read", "quit", "version", "os", "Realm", "Worker", "importScripts", "Deno", "Bun"];
  if (!globalThis.Cloudflare?.compatibilityFlags.nodejs_compat) names.push("process", "global");
  for (const name of names) {
    assertEquals(typeof globalThis[name], "undefined", name);
  }
});

/** Objects that the runtime made, which workers never get: none of their kind may be reached. */
function isOfTheRuntime(value) {
  if (typeof value === "symbol") return ["internal", "token", "create", "own"].includes(value.description);
  if (value === null || typeof value !== "object") return false;
  return /^Native/.test(value.constructor?.name ?? "");
}

test("no stack shows the runtime's frames", () => {
  const seen = [];
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = (error, sites) => {
    for (const site of sites) seen.push(String(site.getFileName()));
    return "shown";
  };
  try {
    const provoke = { toString() { return new Error("inside").stack; } };
    new Headers({ a: "1" }).get(provoke);
    new Headers({ a: "1" }).forEach(() => new Error("inside").stack);
    const target = new EventTarget();
    target.addEventListener("x", () => new Error("inside").stack);
    target.dispatchEvent(new Event("x"));
    new HTMLRewriter();
    try {
      new Headers(1);
    } catch (error) {
      assertEquals(error.stack, "shown");
    }
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
  assert(seen.length > 4, `${seen.length} frames`);
  assertEquals(seen.filter((name) => name === "flamesim:runtime"), []);
});

test("functions of the runtime are strict: they have no caller and no arguments", () => {
  const functions = [fetch, atob, btoa, structuredClone, setTimeout, queueMicrotask, reportError,
    addEventListener, console.log];
  for (const cls of [Headers, Request, Response, URL, EventTarget, ReadableStream, TextDecoder]) {
    for (const key of Reflect.ownKeys(cls.prototype)) {
      const { value } = Object.getOwnPropertyDescriptor(cls.prototype, key);
      if (typeof value === "function") functions.push(value);
    }
  }
  for (const fn of functions) {
    for (const key of ["caller", "arguments"]) {
      assertEquals(Object.hasOwn(fn, key), false, `${fn.name}.${key}`);
      assertThrows(() => fn[key], "TypeError");
    }
  }
});

test("a worker's function in the place of a base class is given no token", () => {
  const seen = [];
  const bases = [File, CustomEvent, AbortSignal, MessagePort, EventSource, FetchEvent, WebSocket];
  const form = () => {
    const data = new FormData();
    data.append("a", new Blob(["x"]), "x.txt");
    return data.get("a");
  };
  const actions = [form, () => AbortSignal.abort(), () => new MessageChannel(),
    () => new AbortController(), () => new WebSocketPair(), () => new Blob(["abc"]).slice(1)];
  for (const cls of bases) {
    const base = Object.getPrototypeOf(cls);
    Object.setPrototypeOf(cls, function (...values) {
      seen.push(...values);
      return {};
    });
    try {
      for (const action of actions) {
        try {
          action();
        } catch {
          // What such a class comes to is the worker's own fault.
        }
      }
    } finally {
      Object.setPrototypeOf(cls, base);
    }
  }
  assertEquals(seen.filter(isOfTheRuntime).map(String), []);
  assert(seen.length > 0, "no base class was called");
});

test("the classes of HTMLRewriter give their token to nobody", async () => {
  const seen = [];
  const rewrite = (element) => new HTMLRewriter().on("a", { element }).transform(
    new Response("<a></a>")).text();
  let constructor;
  await rewrite((element) => (constructor = element.constructor));
  const base = Object.getPrototypeOf(constructor);
  Object.setPrototypeOf(constructor, function (...values) {
    seen.push(...values);
    return {};
  });
  try {
    await rewrite(() => {}).catch(() => {});
  } finally {
    Object.setPrototypeOf(constructor, base);
  }
  assertEquals(seen, ["element"]);
  assertThrows(() => new constructor(), "TypeError", "Illegal constructor");
  await rewrite(() => {});
});

test("patched maps, sets and instanceof are shown nothing of the runtime", async () => {
  const seen = [];
  const undo = [];
  for (const cls of [Map, WeakMap, Set, WeakSet]) {
    for (const key of ["get", "set", "has", "add", "delete"]) {
      const descriptor = Object.getOwnPropertyDescriptor(cls.prototype, key);
      if (descriptor === undefined) continue;
      undo.push([cls.prototype, key, descriptor]);
      cls.prototype[key] = function (...values) {
        seen[seen.length] = values[0];
        seen[seen.length] = values[1];
        return Reflect.apply(descriptor.value, this, values);
      };
    }
  }
  for (const cls of [Headers, Request, Response, Blob, URLSearchParams, ReadableStream]) {
    undo.push([cls, Symbol.hasInstance, undefined]);
    Object.defineProperty(cls, Symbol.hasInstance, {
      value(value) {
        seen[seen.length] = value;
        return false;
      },
      configurable: true,
    });
  }
  try {
    const headers = new Headers({ a: "1" });
    headers.set("b", "2");
    const request = new Request("http://a.example/", { method: "POST", headers, body: "x" });
    // Its body is no stream any more for anybody, the worker itself included.
    assertThrows(() => new Response(request.body, { headers: request.headers }), "TypeError");
    structuredClone(new Headers({ a: "1" }));
    new FormData().append("a", "b");
    new URL("http://a.example/?a=b").searchParams.append("c", "d");
    new WebSocketPair();
  } finally {
    for (const [holder, key, descriptor] of undo) {
      if (descriptor === undefined) delete holder[key];
      else Object.defineProperty(holder, key, descriptor);
    }
  }
  assertEquals(seen.filter(isOfTheRuntime).map(String), []);
});

test("getters of Object.prototype are not what the runtime reads of its own objects", async () => {
  const names = ["status", "statusText", "headers", "body", "cf", "webSocket", "method", "redirect",
    "signal", "encodeBody", "bytes", "type", "endings", "lastModified", "transfer", "value", "done",
    "length", "reason", "once", "capture", "passive", "message", "stream", "highWaterMark", "size"];
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      get() {
        throw new Error(`the ${name} of Object.prototype was read`);
      },
      configurable: true,
    });
  }
  let texts;
  try {
    const request = new Request("http://a.example/");
    const response = new Response("body");
    const copy = response.clone();
    const moved = Response.redirect("http://a.example/to", 301);
    const plain = Response.json([1]);
    const failed = Response.error();
    const signal = AbortSignal.abort();
    texts = [request.method, await response.text(), await copy.text(), moved.status,
      moved.headers.get("location"), await plain.text(), failed.type, signal.aborted,
      await new Blob(["b"]).slice(0, 1).text(), new URL("http://a.example/?q").search];
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
  assertEquals(texts, ["GET", "body", "body", 301, "http://a.example/to", "[1]", "error", true, "b", "?q"]);
});

test("promises of the runtime go by no constructor, species or then of a worker", async () => {
  const seen = [];
  const { then } = Promise.prototype;
  const constructor = Object.getOwnPropertyDescriptor(Promise.prototype, "constructor");
  const species = Object.getOwnPropertyDescriptor(Promise, Symbol.species);
  class Other extends Promise {}
  let read;
  Promise.prototype.then = function (fulfilled, rejected) {
    return Reflect.apply(then, this, [(value) => {
      seen[seen.length] = value;
      return fulfilled?.(value);
    }, rejected]);
  };
  Object.defineProperty(Promise.prototype, "constructor", { value: Other, configurable: true });
  try {
    const reading = new Response(new Blob(["text"]).stream()).text();
    read = await new Promise((resolve) => Reflect.apply(then, reading, [resolve, resolve]));
  } finally {
    Promise.prototype.then = then;
    Object.defineProperty(Promise.prototype, "constructor", constructor);
    Object.defineProperty(Promise, Symbol.species, species);
  }
  assertEquals(read, "text");
  assertEquals(seen.filter(isOfTheRuntime).map(String), []);
});
