import assert, { AssertionError } from "node:assert";
import strict from "node:assert/strict";
import { assertEquals, assertRejects, assertThrows, test } from "./testing.js";

const messageOf = (body) => assertThrows(body, "AssertionError").message;

test("assert() and ok() take what is truthy", () => {
  assert(1);
  assert.ok({});
  assertEquals(
    messageOf(() => assert(0)),
    "0 == true",
  );
  assertEquals(
    messageOf(() => assert.ok("", "said so")),
    "said so",
  );
  assertEquals(
    messageOf(() => assert.ok()),
    "No value argument passed to `assert.ok()`",
  );
  assertEquals(
    messageOf(() => assert(false, new RangeError("mine"))),
    "RangeError: mine",
  );
  assertThrows(() => assert.fail(new RangeError("mine")), "RangeError", "mine");
});

test("the error says what was compared", () => {
  const error = assertThrows(() => assert.strictEqual(1, 2), "AssertionError");
  assert(error instanceof AssertionError && error instanceof Error);
  assertEquals(
    [error.code, error.actual, error.expected, error.operator],
    ["ERR_ASSERTION", 1, 2, "strictEqual"],
  );
  assertEquals(`${error}`, `AssertionError [ERR_ASSERTION]: ${error.message}`);
});

test("equal() is strict, as production has it", () => {
  assert.equal("a", "a");
  assert.equal(NaN, NaN);
  assert.notEqual(1, "1");
  assertThrows(() => assert.equal(1, "1"), "AssertionError");
  assertThrows(() => assert.deepEqual([1], ["1"]), "AssertionError");
  assertEquals(
    messageOf(() => assert.notStrictEqual(1, 1)),
    "Expected actual to be strictly unequal to expected",
  );
});

test("strictEqual() has Node's message", () => {
  const error = assertThrows(() => assert.strictEqual(1, 2), "AssertionError");
  assertEquals(error.generatedMessage, true);
  assertEquals(error.message, "Expected values to be strictly equal:\n\n1 !== 2\n");
  assertEquals(
    messageOf(() => assert.strictEqual("hello world", "hello there")),
    "Expected values to be strictly equal:\n+ actual - expected\n\n+ 'hello world'\n" +
      "- 'hello there'\n         ^",
  );
});

test("deepStrictEqual() looks into everything", () => {
  const circular = { a: 1 };
  circular.self = circular;
  const other = { a: 1 };
  other.self = other;
  assert.deepStrictEqual(circular, other);
  assert.deepStrictEqual(new Map([[{ k: 1 }, [2]]]), new Map([[{ k: 1 }, [2]]]));
  assert.deepStrictEqual(new Set([[1], { a: 2 }]), new Set([{ a: 2 }, [1]]));
  assert.deepStrictEqual(new Uint8Array([1, 2]), new Uint8Array([1, 2]));
  assert.deepStrictEqual(new Date(5), new Date(5));
  assert.deepStrictEqual(/a/g, /a/g);
  for (const [a, b] of [
    [new Date(5), new Date(6)],
    [/a/g, /a/i],
    [
      [1, , 3],
      [1, undefined, 3],
    ],
    [{ a: undefined }, {}],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), new Set([2])],
    [new Error("a"), new Error("b")],
    [new Uint8Array([1]), new Uint8Array([2])],
    [Object(1), Object(2)],
    [0, -0],
    [{ __proto__: null }, {}],
  ]) {
    assertThrows(() => assert.deepStrictEqual(a, b), "AssertionError");
    assert.notDeepStrictEqual(a, b);
  }
  assertThrows(() => assert.notDeepStrictEqual({ a: [1] }, { a: [1] }), "AssertionError");
});

test("a deep difference is shown on one line where it fits", () => {
  const lines = messageOf(() => assert.deepEqual({ a: [1, 2] }, { a: [1, 3] }))
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  assertEquals(lines.slice(0, 4), [
    "Expected values to be strictly deep-equal:",
    "+ actual - expected",
    "+ { a: [ 1, 2 ] }",
    "- { a: [ 1, 3 ] }",
  ]);
});

test("throws() checks what was thrown", () => {
  const boom = () => {
    throw Object.assign(new TypeError("boom"), { code: "E" });
  };
  assert.throws(boom);
  assert.throws(boom, TypeError);
  assert.throws(boom, /^TypeError: boom$/);
  assert.throws(boom, { name: "TypeError", message: "boom", code: "E" });
  assert.throws(boom, { message: /oo/ });
  assert.throws(boom, (error) => error.code === "E");
  assertEquals(
    messageOf(() => assert.throws(boom, RangeError)),
    'The error is expected to be an instance of "RangeError". Received "TypeError"\n\n' +
      "Error message:\n\nboom",
  );
  assertEquals(
    messageOf(() => assert.throws(boom, /other/)),
    "The input did not match the regular expression /other/. Input:\n\n'TypeError: boom'\n",
  );
  assertThrows(() => assert.throws(boom, { message: "other" }), "AssertionError");
  assertEquals(
    messageOf(() => assert.throws(() => {})),
    "Missing expected exception.",
  );
  assertEquals(
    messageOf(() => assert.throws(() => {}, TypeError, "why")),
    "Missing expected exception (TypeError): why",
  );
  assertThrows(
    () => assert.throws("no function"),
    "TypeError",
    "The \"fn\" argument must be of type function. Received type string ('no function')",
  );
  assertThrows(
    () => assert.throws(boom, {}),
    "TypeError",
    "The argument 'error' may not be an empty object. Received {}",
  );
});

test("doesNotThrow() says what came", () => {
  assert.doesNotThrow(() => {});
  assertEquals(
    messageOf(() =>
      assert.doesNotThrow(() => {
        throw new Error("boom");
      }),
    ),
    'Got unwanted exception.\nActual message: "boom"',
  );
});

test("rejects() and doesNotReject()", async () => {
  await assert.rejects(Promise.reject(new Error("boom")), { message: "boom" });
  await assert.rejects(async () => {
    throw new TypeError("x");
  }, TypeError);
  await assert.doesNotReject(Promise.resolve(1));
  await assertRejects(
    assert.rejects(Promise.resolve(1)),
    "AssertionError",
    "Missing expected rejection.",
  );
  await assertRejects(
    assert.rejects(Promise.reject(new Error("boom")), /other/),
    "AssertionError",
    /^The input did not match the regular expression \/other\//,
  );
  await assertRejects(
    assert.rejects(Promise.resolve(1), TypeError),
    "AssertionError",
    "Missing expected rejection (TypeError).",
  );
  await assertRejects(
    assert.rejects(() => 1),
    "TypeError",
    /Expected instance of Promise to be returned from the "promiseFn" function but got/,
  );
  await assertRejects(
    assert.rejects(5),
    "TypeError",
    'The "promiseFn" argument must be of type function or an instance of Promise. ' +
      "Received type number (5)",
  );
});

test("match() and doesNotMatch()", () => {
  assert.match("hello", /ell/);
  assert.doesNotMatch("hello", /x/);
  assertEquals(
    messageOf(() => assert.match("hello", /x/)),
    'actual: "hello" expected to match: "/x/"',
  );
  assertThrows(
    () => assert.match("a", "a"),
    "TypeError",
    /"regexp" argument must be an instance of RegExp/,
  );
});

test("fail(), ifError(), missing arguments", () => {
  assertEquals(
    messageOf(() => assert.fail()),
    "Failed",
  );
  assertEquals(
    messageOf(() => assert.fail("boom")),
    "boom",
  );
  assert.ifError(null);
  assert.ifError(undefined);
  assertThrows(() => assert.ifError("x"), "AssertionError", /ifError got unwanted exception/);
  const error = assertThrows(() => assert.strictEqual(1), "TypeError");
  assertEquals(
    [error.code, error.message],
    ["ERR_MISSING_ARGS", 'The "actual" and "expected" arguments must be specified'],
  );
});

test("partialDeepStrictEqual() asks for a part", () => {
  assert.partialDeepStrictEqual({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } });
  assert.partialDeepStrictEqual([{ a: 1, b: 2 }, 2, 3], [{ a: 1 }, 2]);
  assert.partialDeepStrictEqual(new Set([1, { a: 1 }]), new Set([{ a: 1 }]));
  assert.partialDeepStrictEqual(
    new Map([
      [1, 2],
      [3, 4],
    ]),
    new Map([[3, 4]]),
  );
  assert.partialDeepStrictEqual(new Map([[{ a: 1 }, { b: 2, c: 3 }]]), new Map([[{ a: 1 }, { b: 2 }]]));
  assertEquals(
    messageOf(() => assert.partialDeepStrictEqual([1, 2, 3], [1, 3])),
    "Expected actual to be partially deeply strictly equal to expected",
  );
  assertThrows(
    () => assert.partialDeepStrictEqual(new Set([{ a: 1, b: 2 }]), new Set([{ a: 1 }])),
    "AssertionError",
  );
  assertThrows(() => assert.partialDeepStrictEqual({ a: 1 }, { a: 1, b: 2 }), "AssertionError");
  assertThrows(() => assert.partialDeepStrictEqual([1, 2], [2, 1]), "AssertionError");
  assertThrows(() => assert.partialDeepStrictEqual(new Date(1), new Date(2)), "AssertionError");
});

test("strict has what assert has", () => {
  for (const name of Object.keys(assert)) assertEquals(typeof strict[name], typeof assert[name], name);
});

test("Assert cannot be made", () => {
  const error = assertThrows(() => new assert.Assert(), "Error");
  assertEquals(error.code, "ERR_METHOD_NOT_IMPLEMENTED");
});
