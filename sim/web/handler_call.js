// What the handlers of all kinds of events have in common: finding and calling them.
import { ExecutionContext, finishWith, waitUntil } from "runtime:dispatch";
import { globalListeners, setWaiter, trusted } from "runtime:event_target";
import { kInternal } from "runtime:headers";
import { native } from "runtime:native";
import { apply, construct } from "runtime:primordials";

/**
 * Runs a handler and tells its request of the end.
 * @param {{id: number, exported: any, env: any, props: string}} target as dispatchEvent() has it
 * @param {string[]} names of the handler: the first that the worker has is called
 * @param {() => any} makeArgument of a handler that is exported
 * @param {(type: string) => any} makeEvent for listeners of the service-worker format
 * @param {() => Error} missing the error where there is no handler
 */
export function runHandler(target, names, makeArgument, makeEvent, missing) {
  const { id, exported } = target;
  try {
    finishWith(id, exported === undefined
      ? callListeners(id, names, makeEvent, missing)
      : callExported(target, names, makeArgument, missing));
  } catch (error) {
    native.http.fail(id, error);
  }
}

function callExported({ id, exported, env, props }, names, makeArgument, missing) {
  const ctx = new ExecutionContext(kInternal, id, undefined, props);
  const isClass = typeof exported === "function";
  const holder = isClass ? construct(exported, [ctx, env]) : exported;
  for (let i = 0; i < names.length; i++) {
    const handler = holder[names[i]];
    if (typeof handler !== "function") continue;
    return apply(handler, holder, isClass ? [makeArgument()] : [makeArgument(), env, ctx]);
  }
  throw missing();
}

function callListeners(id, types, makeEvent, missing) {
  let called = false;
  for (let i = 0; i < types.length; i++) {
    const listeners = globalListeners(types[i]);
    if (listeners.length === 0) continue;
    called = true;
    const event = trusted(makeEvent(types[i]));
    setWaiter(event, (promise) => waitUntil(id, promise));
    for (let k = 0; k < listeners.length; k++) apply(listeners[k], globalThis, [event]);
  }
  if (!called) throw missing();
}
