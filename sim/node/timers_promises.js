// node:timers/promises.
import { AbortError, validateAbortSignal, validateNumber, validateObject } from "./errors.js";
import * as timers from "./timers.js";

const aborted = (signal) => new AbortError(undefined, { cause: signal.reason });

// Resolves with `value` when the timer that `start` makes is due.
async function wait(start, value, options) {
  validateObject(options, "options");
  const { signal } = options;
  validateAbortSignal(signal, "options.signal");
  if (signal?.aborted) throw aborted(signal);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timers.clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = start(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

export async function setTimeout(delay = undefined, value = undefined, options = {}) {
  if (delay !== undefined) validateNumber(delay, "delay");
  return wait((done) => timers.setTimeout(done, delay), value, options);
}
export async function setImmediate(value = undefined, options = {}) {
  return wait((done) => timers.setImmediate(done), value, options);
}
export async function* setInterval(delay = undefined, value = undefined, options = {}) {
  if (delay !== undefined) validateNumber(delay, "delay");
  for (;;) {
    await wait((done) => timers.setTimeout(done, delay), value, options);
    yield value;
  }
}
export const scheduler = {
  wait: (delay, options = {}) => setTimeout(delay, undefined, options),
  yield: () => setImmediate(),
};
export default { scheduler, setImmediate, setInterval, setTimeout };
