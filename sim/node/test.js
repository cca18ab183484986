// node:test: the mocks. There is no runner, in production neither.
import { MockFunctionContext, MockTracker } from "./mock.js";

export { MockFunctionContext, MockTracker };
export const mock = new MockTracker();
export default { MockFunctionContext, MockTracker, mock };
