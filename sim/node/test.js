// node:test: the mocks. There is no runner, in production neither.
import { ERR_METHOD_NOT_IMPLEMENTED } from "./errors.js";
import { MockFunctionContext, MockTracker } from "./mock.js";

export { MockFunctionContext, MockTracker };

const unimplemented = (name) =>
  ({
    [name]() {
      throw new ERR_METHOD_NOT_IMPLEMENTED(name);
    },
  })[name];

function test() {
  throw new ERR_METHOD_NOT_IMPLEMENTED("test");
}
export const suite = unimplemented("suite");
export const describe = unimplemented("describe");
export const it = unimplemented("it");
export const before = unimplemented("before");
export const after = unimplemented("after");
export const beforeEach = unimplemented("beforeEach");
export const afterEach = unimplemented("afterEach");
export const todo = unimplemented("todo");
export const skip = unimplemented("skip");
export const only = unimplemented("only");
export const run = unimplemented("run");

export const mock = new MockTracker();
mock.timers = {
  enable: unimplemented("mock.timers.enable"),
  tick: unimplemented("mock.timers.tick"),
  runAll: unimplemented("mock.timers.runAll"),
  reset: unimplemented("mock.timers.reset"),
  setTime: unimplemented("mock.timers.setTime"),
};

Object.assign(test, {
  MockFunctionContext,
  MockTracker,
  after,
  afterEach,
  before,
  beforeEach,
  describe,
  it,
  mock,
  only,
  run,
  skip,
  suite,
  test,
  todo,
});
export { test };
export default test;
