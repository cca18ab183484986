// The handlers of a worker besides fetch, and the events that service bindings send. A lazy script.
import { handleQueue, sendQueue } from "./queue.js";
import { handleScheduled, ScheduledEvent, sendScheduled } from "./scheduled.js";
import { handleTail, TailEvent, TraceEvent } from "./tail.js";

export const handle = { queue: handleQueue, scheduled: handleScheduled, tail: handleTail };
export { ScheduledEvent, sendQueue, sendScheduled, TailEvent, TraceEvent };
