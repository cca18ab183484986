// What a worker does to the prototypes of the language and of EventTarget, the runtime neither
// notices nor shows.
import { assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const { addEventListener } = EventTarget.prototype;

/** What `body` comes to, run while each method of these prototypes notes its call and throws. */
async function whilePatched(body) {
  const calls = [];
  const undo = [];
  for (const cls of [Array, Promise, EventTarget]) {
    for (const key of Reflect.ownKeys(cls.prototype)) {
      const descriptor = Object.getOwnPropertyDescriptor(cls.prototype, key);
      if (key === "constructor" || typeof descriptor.value !== "function") continue;
      undo.push([cls.prototype, key, descriptor]);
    }
  }
  const { length } = undo;
  for (let i = 0; i < length; ++i) {
    const prototype = undo[i][0];
    const key = undo[i][1];
    const value = () => {
      calls[calls.length] = String(key);
      throw new Error(`a worker's own ${String(key)}`);
    };
    Object.defineProperty(prototype, key, { value, writable: true, configurable: true });
  }
  try {
    const result = await body();
    return { result, calls };
  } finally {
    for (let i = 0; i < length; ++i) Object.defineProperty(undo[i][0], undo[i][1], undo[i][2]);
  }
}

/** The result of `body`, of whose patched methods none was called. */
async function unnoticed(body) {
  const { result, calls } = await whilePatched(body);
  assertEquals(calls, []);
  return result;
}

test("the patches are seen where a worker calls them", async () => {
  const { calls } = await whilePatched(() => {
    try {
      [].push(1);
    } catch {
      // As it should.
    }
  });
  assertEquals(calls, ["push"]);
});

test("headers", async () => {
  const shown = await unnoticed(() => {
    const headers = new Headers({ "B-Two": " 2\t", a: "1", "Set-Cookie": "x=1", drop: "1" });
    headers.append("a", "3");
    headers.append("Set-Cookie", "y=2");
    headers.set("b-two", "4");
    headers.set("new", "");
    headers.delete("DROP");
    const copy = new Headers(headers);
    let text = "";
    copy.forEach((value, name) => (text += `${name}=${value};`));
    const names = copy.keys();
    text += names.next().value;
    const cookies = copy.getSetCookie();
    return `${text} ${cookies.length} ${cookies[1]} ${copy.has("drop")}`;
  });
  assertEquals(shown, "a=1, 3;b-two=4;new=;set-cookie=x=1;set-cookie=y=2;a 2 y=2 false");
});

test("names and values of headers are judged in spite of a patched RegExp", async () => {
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = () => [];
  try {
    assertThrows(() => new Headers().set("bad name", "x"), "TypeError", "Invalid header name.");
    assertThrows(() => new Headers().set("a", "x\ny"), "TypeError", "Invalid header value.");
    assertEquals(new Headers({ a: " \r\n x y\t" }).get("a"), "x y");
  } finally {
    RegExp.prototype.exec = exec;
  }
});

test("bodies", async () => {
  const bytes = new Uint8Array([104, 105]);  // an iterator reads the list
  const texts = await unnoticed(async () => {
    const response = new Response("text", { status: 203 });
    const request = new Request("http://a.example/", {
      method: "POST", body: bytes, redirect: "manual",
    });
    const copy = response.clone();
    return `${await response.text()} ${await copy.text()} ${await request.text()} `
      + `${Response.redirect("http://a.example/").status}`;
  });
  assertEquals(texts, "text text hi 302");
});

test("events and signals", async () => {
  const seen = await unnoticed(() => {
    let order = "";
    const controller = new AbortController();
    const once = new AbortController();
    Reflect.apply(addEventListener, controller.signal, ["abort", () => (order += "listener ")]);
    Reflect.apply(addEventListener, controller.signal,
      ["abort", () => (order += "never "), { signal: once.signal }]);
    controller.signal.onabort = () => (order += "handler ");
    once.abort();
    controller.abort("why");
    return order + controller.signal.reason;
  });
  assertEquals(seen, "listener handler why");
});

test("waits", async () => {
  await unnoticed(() => scheduler.wait(5));
  const controller = new AbortController();
  const waiting = scheduler.wait(1000, { signal: controller.signal });
  await unnoticed(() => controller.abort());
  await assertRejects(waiting, "AbortError");
});
