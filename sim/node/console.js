// node:console: the console of the global scope.
import { console } from "runtime:console";
import { ERR_METHOD_NOT_IMPLEMENTED } from "./errors.js";

/** A console over streams: not there, in production neither. */
export class Console {
  constructor() {
    throw new ERR_METHOD_NOT_IMPLEMENTED("Console");
  }
}
export const {
  assert,
  clear,
  count,
  countReset,
  debug,
  dir,
  dirxml,
  error,
  group,
  groupCollapsed,
  groupEnd,
  info,
  log,
  profile,
  profileEnd,
  table,
  time,
  timeEnd,
  timeLog,
  timeStamp,
  trace,
  warn,
} = console;
export default Object.assign(Object.create(console), console, { Console });
