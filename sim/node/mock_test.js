import nodeTest, * as exports from "node:test";
import { assertEquals, assertThrows, test } from "./testing.js";

const { MockTracker, mock } = exports;

test("a mock notes its calls", () => {
  const sum = mock.fn((a, b) => a + b);
  assertEquals([sum(1, 2), sum.call(7, 3, 4)], [3, 7]);
  assertEquals(sum.mock.callCount(), 2);
  const [first, second] = sum.mock.calls;
  assertEquals(
    [first.arguments, first.result, first.error, first.this],
    [[1, 2], 3, undefined, undefined],
  );
  assertEquals([second.this, second.target, second.stack instanceof Error], [7, undefined, true]);
  sum.mock.resetCalls();
  assertEquals(sum.mock.callCount(), 0);
  const failing = mock.fn(() => {
    throw new Error("boom");
  });
  assertThrows(failing, "Error", "boom");
  assertEquals(failing.mock.calls[0].error.message, "boom");
});

test("implementations change, for a while or once", () => {
  const one = () => 1;
  const fn = mock.fn(one, () => 2, { times: 2 });
  assertEquals([fn(), fn(), fn()], [2, 2, 1]);
  fn.mock.mockImplementation(() => 3);
  fn.mock.mockImplementationOnce(() => 4);
  fn.mock.mockImplementationOnce(() => 5, 5);
  assertEquals([fn(), fn(), fn(), fn()], [4, 3, 5, 3]);
  fn.mock.restore();
  assertEquals(fn(), 1);
  assertThrows(
    () => fn.mock.mockImplementationOnce(one, 6),
    "RangeError",
    'The value of "onCall" is out of range. It must be >= 8 && <= 9007199254740991. Received 6',
  );
});

test("methods, getters and setters are replaced and put back", () => {
  const object = {
    base: 2,
    add(n) {
      return this.base + n;
    },
    get value() {
      return this.base;
    },
    set value(n) {
      this.base = n;
    },
  };
  const tracker = new MockTracker();
  tracker.method(object, "add", function (n) {
    return this.base * n;
  });
  assertEquals([object.add(5), object.add.mock.calls[0].this === object], [10, true]);
  const getter = tracker.getter(object, "value", () => 9);
  const setter = tracker.setter(object, "value");
  object.value = 3;
  assertEquals([object.value, object.base, setter.mock.calls[0].arguments], [9, 3, [3]]);
  assertEquals(getter.mock.callCount(), 1);
  tracker.restoreAll();
  assertEquals(object.add(5), 8);
});

test("classes are constructed through their mock", () => {
  class Point {
    constructor(x) {
      this.x = x;
    }
  }
  const Mocked = mock.fn(Point);
  const made = new Mocked(4);
  assertEquals([made instanceof Point, made.x], [true, 4]);
  const [call] = Mocked.mock.calls;
  assertEquals(
    [call.target === Point, call.this === made, call.result === made],
    [true, true, true],
  );
});

test("reset() puts functions back", () => {
  const tracker = new MockTracker();
  const fn = tracker.fn(
    () => "original",
    () => "mock",
  );
  assertEquals(fn(), "mock");
  tracker.reset();
  assertEquals(fn(), "original");
});

test("arguments are checked", () => {
  for (const [body, message] of [
    [() => mock.fn({ times: null }), /The "options\.times" property must be of type number/],
    [() => mock.fn({ times: 0 }), /The value of "options\.times" is out of range/],
    [() => mock.method({}, {}), /The "methodName" argument must be one of type string or symbol/],
    [() => mock.method({ a: 1 }, "a"), /The argument 'methodName' must be a method/],
    [
      () => mock.method({}, "a", { getter: true, setter: true }),
      /The property 'options\.setter' cannot be used with 'options\.getter'/,
    ],
    [
      () => mock.getter({}, "a", { getter: false }),
      /The property 'options\.getter' cannot be false/,
    ],
    [() => mock.setter({}, "a", { getter: true }), /cannot be used with 'options\.getter'/],
  ]) {
    let error;
    try {
      body();
    } catch (caught) {
      error = caught;
    }
    assertEquals(message.test(error?.message), true, `${message} ${error?.message}`);
  }
});

test("there is no runner", () => {
  assertEquals(Object.keys(exports), ["MockFunctionContext", "MockTracker", "default", "mock"]);
  assertEquals(nodeTest.mock, mock);
});
