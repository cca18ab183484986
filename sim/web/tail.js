// tail(): what a tail worker is called with after each request in the workers that it consumes.
import { ExtendableEvent } from "runtime:event_target";
import { defineInterface, illegalConstructor } from "runtime:webidl";
import { runHandler } from "./handler_call.js";
import { traceItems } from "./trace_items.js";

const create = Symbol("create");

export class TailEvent extends ExtendableEvent {
  constructor(token, type, items) {
    if (token !== create) throw illegalConstructor();
    super(type);
    this.traces = items;
    this.events = items;
  }
}
defineInterface(TailEvent);

/** Nothing makes one. */
export class TraceEvent extends ExtendableEvent {
  constructor(token) {
    if (token !== create) throw illegalConstructor();
    super("trace");
  }
}
defineInterface(TraceEvent);

export function handleTail(target, details, messages) {
  const items = traceItems(details, messages);
  runHandler(
    target,
    ["tail", "trace"],
    () => items,
    (type) => new TailEvent(create, type, items),
    () => new Error("Handler does not export a tail() function."),
  );
}
