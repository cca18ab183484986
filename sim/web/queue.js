// queue(): what a queue calls with a batch of its messages.
import { writeConsole } from "runtime:console";
import { ExtendableEvent } from "runtime:event_target";
import { native } from "runtime:native";
import { bytesView, defineInterface, illegalConstructor, notOfType } from "runtime:webidl";
import { dateMember } from "./date_member.js";
import { runHandler } from "./handler_call.js";

const { isArray } = Array;
const { isSafeInteger } = Number;
const { parse, stringify } = JSON;
const create = Symbol("create");

// What a queue without messages left says of itself.
const kEmptyQueue = '{"metrics":{"backlogCount":0,"backlogBytes":0}}';

/** Prints what a decision comes to that has no effect. */
function warn(warning) {
  if (warning !== null) writeConsole("warn", warning);
}

/** The delay that options of a retry ask for, in seconds; null: none. */
function delayOf(options, method, cls) {
  if (options === undefined || options === null) return null;
  if (typeof options !== "object") {
    throw notOfType(`execute '${method}' on '${cls}'`, 1, "QueueRetryOptions");
  }
  const { delaySeconds } = options;
  return delaySeconds === undefined ? null : delaySeconds | 0;
}

class QueueMessage {
  #request;
  constructor(token, request, { id, timestamp, attempts }, body) {
    if (token !== create) throw illegalConstructor();
    this.#request = request;
    this.attempts = attempts;
    this.body = body;
    this.timestamp = new Date(timestamp);
    this.id = id;
  }
  retry(options = undefined) {
    const delay = delayOf(options, "retry", "QueueMessage");
    warn(native.events.retry(this.#request, this.id, delay));
  }
  ack() {
    warn(native.events.ack(this.#request, this.id));
  }
}
defineInterface(QueueMessage);

function messagesOf(request, batch, bodies) {
  const messages = [];
  for (let i = 0; i < bodies.length; i++) {
    messages[i] = new QueueMessage(create, request, batch.messages[i], bodies[i]);
  }
  return messages;
}

function metadataOf({ metadata }) {
  const parsed = parse(metadata === "" ? kEmptyQueue : metadata);
  const { metrics } = parsed;
  if (metrics?.oldestMessageTimestamp !== undefined) {
    metrics.oldestMessageTimestamp = new Date(metrics.oldestMessageTimestamp);
  }
  return parsed;
}

class QueueController {
  #request;
  constructor(token, request, batch, bodies) {
    if (token !== create) throw illegalConstructor();
    this.#request = request;
    this.metadata = metadataOf(batch);
    this.queue = batch.queue;
    this.messages = messagesOf(request, batch, bodies);
  }
  retryAll(options = undefined) {
    warn(native.events.retryAll(this.#request, delayOf(options, "retryAll", "QueueController")));
  }
  ackAll() {
    warn(native.events.ackAll(this.#request));
  }
}
defineInterface(QueueController);

class QueueEvent extends ExtendableEvent {
  #request;
  constructor(token, request, batch, bodies) {
    if (token !== create) throw illegalConstructor();
    super("queue");
    this.#request = request;
    this.metadata = metadataOf(batch);
    this.queue = batch.queue;
    this.messages = messagesOf(request, batch, bodies);
  }
  retryAll(options = undefined) {
    warn(native.events.retryAll(this.#request, delayOf(options, "retryAll", "QueueEvent")));
  }
  ackAll() {
    warn(native.events.ackAll(this.#request));
  }
}
defineInterface(QueueEvent);

export function handleQueue(target, details, bodies) {
  const batch = parse(details);
  runHandler(
    target,
    ["queue"],
    () => new QueueController(create, target.id, batch, bodies),
    () => new QueueEvent(create, target.id, batch, bodies),
    () => new Error("Handler does not export a queue() function."),
  );
}

/** [id, timestamp, attempts, body, whether that is bytes already]. */
function partsOfMessage(message) {
  if ((typeof message !== "object" || message === null) && typeof message !== "function") {
    throw notOfType("execute 'queue' on 'Fetcher'", 2, "Array");
  }
  const timestamp = dateMember(message.timestamp, "timestamp", "ServiceBindingQueueMessage");
  const attempts = Number(message.attempts);
  if (!isSafeInteger(attempts)) {
    throw new TypeError("The value cannot be converted because it is not an integer.");
  }
  const { body, serializedBody } = message;
  if ((body === undefined) === (serializedBody === undefined)) {
    throw new TypeError("Expected one of body or serializedBody for each message");
  }
  if (body !== undefined) return [`${message.id}`, timestamp, attempts, body, false];
  const bytes = bytesView(serializedBody);
  if (bytes === undefined) {
    throw new TypeError("Incorrect type for the 'serializedBody' field on "
      + "'ServiceBindingQueueMessage': the provided value is not of type 'ArrayBuffer or "
      + "ArrayBufferView'.");
  }
  return [`${message.id}`, timestamp, attempts, bytes, true];
}

/** `env.SERVICE.queue()`. */
export async function sendQueue(slot, count, name, messages, metadata) {
  if (count === 0) throw notOfType("execute 'queue' on 'Fetcher'", 1, "string");
  if (!isArray(messages)) throw notOfType("execute 'queue' on 'Fetcher'", 2, "Array");
  const parts = [];
  for (let i = 0; i < messages.length; i++) parts[i] = partsOfMessage(messages[i]);
  const about = typeof metadata === "object" && metadata !== null ? stringify(metadata) : "";
  return native.events.sendQueue(slot, `${name}`, parts, about);
}
