// reportError(): an error that nobody caught becomes an "error" event of the global scope and, when
// no listener prevents that, a line of the console.
import { dispatchEvent, dispatchGlobal, ErrorEvent, hasListeners, trusted } from "./event_target.js";
import { writeConsole } from "./console.js";
import { native } from "./native.js";
import { inspect } from "./inspect.js";
import { requireArguments } from "./webidl.js";

/** Dispatches an event of the runtime's own; what a listener throws is reported. */
export function dispatchReported(target, event) {
  try {
    return dispatchEvent(target, trusted(event));
  } catch (error) {
    reportError(error);
    return false;
  }
}

export function reportError(error) {
  requireArguments(arguments.length, "execute 'reportError' on 'ServiceWorkerGlobalScope'", "Value");
  if (hasListeners(null, "error")) {
    let message = "Uncaught exception";
    try {
      message = error instanceof Error ? `Uncaught ${error}` : `Uncaught ${inspect(error)}`;
    } catch {
      // The error's own code failed; the plain text has to do.
    }
    const event = trusted(new ErrorEvent("error", { cancelable: true, message, error }));
    if (!dispatchGlobal(event)) return;
  }
  writeConsole("error", `Uncaught ${inspect(error)}`);
  if (native.trace.active()) native.trace.exception(error);
}
