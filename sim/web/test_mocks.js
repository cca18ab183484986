// What a test's controller has to stand in for services and for the network (docs/testing.md).
import { defineProperty, objectKeys } from "./primordials.js";

function requireFunction(value, what) {
  if (typeof value !== "function") throw new TypeError(`${what} must be a function.`);
}

/**
 * Gives the controller of one test its functions.
 * @param {object} controller
 * @param tools sim/chain/test_mocks.h; undefined: there is nothing to stand in for
 */
export function addMocks(controller, tools) {
  if (tools === undefined) return;
  const functions = {
    mock(service, object) {
      if (object === null || typeof object !== "object") {
        throw new TypeError("The mock of a service must be an object with the interface's methods.");
      }
      tools.mock(`${service}`, object);
    },
    unmock(service) {
      tools.unmock(`${service}`);
    },
    mockFetch(egress, handler) {
      requireFunction(handler, "The mock of an egress");
      tools.mockFetch(`${egress}`, handler);
    },
    unmockFetch(egress) {
      tools.unmockFetch(`${egress}`);
    },
  };
  const names = objectKeys(functions);
  for (let i = 0; i < names.length; i++) {
    defineProperty(controller, names[i], {
      value: functions[names[i]], writable: true, enumerable: false, configurable: true,
    });
  }
}
