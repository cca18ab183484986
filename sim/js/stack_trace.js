// What error.stack shows: the frames of the worker. Those of the runtime's own script are left out,
// with the builtins that they called, so that an error which a Web API throws points at the call.
// V8 calls prepareStackTrace() where a stack is first read (isolate.cc); it has the contract of
// https://v8.dev/docs/stack-trace-api, and a worker's own Error.prepareStackTrace gets what is left.
const { apply } = Reflect;
const { getPrototypeOf } = Object;
const ErrorConstructor = Error;
const errorToString = Error.prototype.toString;

// sim/js/snapshot.h has the same name.
const runtimeScript = "flamesim:runtime";

// Methods of call sites. Taken from the first that is seen, which no worker has seen before: V8
// makes none while the snapshot is built.
let getFileName;
let toString;

function workerSites(sites) {
  if (getFileName === undefined && sites.length > 0) {
    ({ getFileName, toString } = getPrototypeOf(sites[0]));
  }
  const kept = [];
  // Builtins have no file: they are judged as their callers are.
  let callerKept = true;
  for (let i = sites.length - 1; i >= 0; i--) {
    const file = apply(getFileName, sites[i], []);
    if (typeof file === "string") callerKept = file !== runtimeScript;
    if (callerKept) kept[kept.length] = sites[i];
  }
  const inOrder = [];
  for (let i = kept.length - 1; i >= 0; i--) inOrder[inOrder.length] = kept[i];
  return inOrder;
}

function heading(error) {
  try {
    return apply(errorToString, error, []);
  } catch {
    return "<error>";
  }
}

/** @param {any} error @param {any[]} sites call sites, the innermost first */
export function prepareStackTrace(error, sites) {
  const kept = workerSites(sites);
  const prepare = ErrorConstructor.prepareStackTrace;
  if (typeof prepare === "function") return apply(prepare, ErrorConstructor, [error, kept]);
  let text = heading(error);
  for (let i = 0; i < kept.length; i++) text += `\n    at ${apply(toString, kept[i], [])}`;
  return text;
}
