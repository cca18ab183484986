import { assert, assertEquals, assertThrows, test } from "./testing.js";

test("has name, message and legacy code", () => {
  const error = new DOMException("no room", "QuotaExceededError");
  assertEquals(error.name, "QuotaExceededError");
  assertEquals(error.message, "no room");
  assertEquals(error.code, 22);
  assertEquals(error.code, DOMException.QUOTA_EXCEEDED_ERR);
  assertEquals(`${error}`, "QuotaExceededError: no room");
});

test("has defaults", () => {
  const error = new DOMException();
  assertEquals([error.name, error.message, error.code], ["Error", "", 0]);
  assertEquals(new DOMException("x", "constructor").code, 0);
  assertEquals(new DOMException("x", { name: "AbortError", cause: 5 }).cause, undefined);
});

test("is an error with a stack that starts with its name", () => {
  const error = new DOMException("gone", "AbortError");
  assert(error instanceof Error);
  assert(error instanceof DOMException);
  assert(error.stack.startsWith("AbortError: gone\n"), error.stack);
  assert(error.stack.includes("dom_exception_test.js:"), error.stack);
});

test("has the shape of an interface", () => {
  assertEquals(Object.prototype.toString.call(new DOMException()), "[object DOMException]");
  assert(Object.keys(DOMException.prototype).includes("INDEX_SIZE_ERR"));
  assertEquals(DOMException.length, 0);
  assertEquals(Object.getPrototypeOf(DOMException.prototype), Error.prototype);
});

test("its attributes are on the prototype", () => {
  assertEquals(Object.keys(DOMException.prototype).slice(0, 3), ["name", "message", "code"]);
  assertThrows(() => DOMException.prototype.name, "TypeError");
});

test("can be subclassed", () => {
  class Mine extends DOMException {
    extra = 1;
  }
  const error = new Mine("m", "DataError");
  assert(error instanceof Mine);
  assertEquals([error.name, error.extra], ["DataError", 1]);
});

test("native functions throw it", () => {
  const error = assertThrows(
    () => structuredClone(() => {}),
    "DataCloneError",
    "() => {} could not be cloned.",
  );
  assert(error instanceof DOMException);
  assertEquals(error.code, 25);
});
