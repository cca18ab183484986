// node:timers (https://nodejs.org/api/timers.html): the functions are those that newer compatibility
// dates also have as globals.
import { Immediate, nodeTimerFunctions, Timeout } from "runtime:node_timers";

export { Immediate, Timeout };
export const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } =
  nodeTimerFunctions;

export function active(timer) {
  if (timer instanceof Timeout) timer.refresh();
}
export const unenroll = (timer) => clearTimeout(timer);
export function enroll() {
  throw new Error("Not implemented. Please use setTimeout() instead.");
}

export default {
  active,
  clearImmediate,
  clearInterval,
  clearTimeout,
  enroll,
  get promises() {
    return require("./timers_promises.js").default;
  },
  setImmediate,
  setInterval,
  setTimeout,
  unenroll,
};
