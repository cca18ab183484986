// scheduled(): what a worker's cron triggers call.
import { ExtendableEvent } from "runtime:event_target";
import { native } from "runtime:native";
import { dateNow } from "runtime:primordials";
import { defineInterface, illegalConstructor, notOfType } from "runtime:webidl";
import { dateMember } from "./date_member.js";
import { runHandler } from "./handler_call.js";

const { parse } = JSON;
const create = Symbol("create");

class ScheduledController {
  #request;
  constructor(token, request, { cron, scheduledTime }) {
    if (token !== create) throw illegalConstructor();
    this.#request = request;
    this.cron = cron;
    this.scheduledTime = scheduledTime;
  }
  noRetry() {
    native.events.noRetry(this.#request);
  }
}
defineInterface(ScheduledController);

export class ScheduledEvent extends ExtendableEvent {
  #request;
  constructor(token, request, { cron, scheduledTime }) {
    if (token !== create) throw illegalConstructor();
    super("scheduled");
    this.#request = request;
    this.cron = cron;
    this.scheduledTime = scheduledTime;
  }
  noRetry() {
    native.events.noRetry(this.#request);
  }
}
defineInterface(ScheduledEvent);

export function handleScheduled(target, details) {
  const schedule = parse(details);
  runHandler(
    target,
    ["scheduled"],
    () => new ScheduledController(create, target.id, schedule),
    () => new ScheduledEvent(create, target.id, schedule),
    () => {
      // Nor would it be there the next time.
      native.events.noRetry(target.id);
      return new Error("Handler does not export a scheduled() function");
    },
  );
}

/** `env.SERVICE.scheduled()`. */
export async function sendScheduled(slot, options) {
  if (options !== undefined && options !== null && typeof options !== "object") {
    throw notOfType("execute 'scheduled' on 'Fetcher'", 1, "ScheduledOptions");
  }
  const cron = options?.cron;
  const time = options?.scheduledTime;
  return native.events.sendScheduled(
    slot,
    time === undefined ? dateNow() : dateMember(time, "scheduledTime", "ScheduledOptions"),
    cron === undefined ? "" : `${cron}`,
  );
}
