// TraceItem and the objects in it: what C++ noted of a request (trace.h), for a tail worker to read.
import { regExpExec, stringReplace, stringToLowerCase } from "runtime:primordials";
import { defineInterface, illegalConstructor } from "runtime:webidl";

const { parse } = JSON;
const create = Symbol("create");

/** A class with the properties that its instances are given. */
function record(name) {
  const made = {
    [name]: class {
      constructor(token, properties) {
        if (token !== create) throw illegalConstructor();
        Object.assign(this, properties);
      }
    },
  }[name];
  defineInterface(made);
  return made;
}

const TraceItem = record("TraceItem");
const TraceLog = record("TraceLog");
const TraceException = record("TraceException");
const TraceDiagnosticChannelEvent = record("TraceDiagnosticChannelEvent");
const FetchEventInfo = record("FetchEventInfo");
const JsRpcEventInfo = record("JsRpcEventInfo");
const QueueEventInfo = record("QueueEventInfo");
const Response = record("Response");
const ScheduledEventInfo = record("ScheduledEventInfo");
const TailEventInfo = record("TailEventInfo");
const TailItem = record("TailItem");

const kSecretName = /^(?:set-)?cookie$|auth|key|secret|token|jwt/;
const kWord = /[0-9A-Za-z+_-]+/g;
const kHexId = /^(?:[+_-]*[0-9A-Fa-f]){32}[0-9A-Fa-f+_-]*$/;
const kBase64Id = /^(?=(?:.*[A-Z]){2})(?=(?:.*[a-z]){2})(?=(?:.*[0-9]){2}).{21}/;

function redactWord(word) {
  const looksSecret = regExpExec(kHexId, word) !== null || regExpExec(kBase64Id, word) !== null;
  return looksSecret ? "REDACTED" : word;
}

function redactHeaders(headers) {
  const shown = {};
  for (const name of Object.keys(headers)) {
    const secret = regExpExec(kSecretName, stringToLowerCase(name)) !== null;
    shown[name] = secret ? "REDACTED" : headers[name];
  }
  return shown;
}

class Request {
  #details;
  constructor(token, details, redacted) {
    if (token !== create) throw illegalConstructor();
    this.#details = details;
    const { url, method, headers, cf } = details;
    this.url = redacted ? stringReplace(url, kWord, redactWord) : url;
    this.method = method;
    this.headers = redacted ? redactHeaders(headers) : { ...headers };
    this.cf = cf === "" ? undefined : parse(cf);
  }
  getUnredacted() {
    return new Request(create, this.#details, false);
  }
}
defineInterface(Request);

const eventInfo = {
  call: (event) => new JsRpcEventInfo(create, event),
  fetch: (event, status) => new FetchEventInfo(create, {
    request: new Request(create, event, true),
    response: status === 0 ? undefined : new Response(create, { status }),
  }),
  queue: ({ batchSize, queue }) => new QueueEventInfo(create, { batchSize, queue }),
  scheduled: ({ cron, scheduledTime }) => new ScheduledEventInfo(create, { cron, scheduledTime }),
  tail: ({ consumed }) => new TailEventInfo(create, {
    consumedEvents: consumed.map((scriptName) => new TailItem(create, { scriptName })),
  }),
};

function traceLog({ level, message, errors, timestamp }) {
  return new TraceLog(create, {
    errorInfo: errors === "" ? undefined : parse(errors),
    message: parse(message),
    level,
    timestamp,
  });
}

function traceException({ name, message, stack, timestamp }) {
  return new TraceException(create, {
    stack: stack === "" ? undefined : stack,
    name,
    message,
    timestamp,
  });
}

function traceItem(noted, messageOf) {
  return new TraceItem(create, {
    wallTime: noted.wallTime,
    cpuTime: 0,
    truncated: noted.truncated,
    executionModel: "stateless",
    outcome: noted.outcome,
    durableObjectId: undefined,
    preview: undefined,
    tailAttributes: undefined,
    scriptTags: undefined,
    dispatchNamespace: undefined,
    scriptVersion: undefined,
    entrypoint: noted.entrypoint === "" ? undefined : noted.entrypoint,
    scriptName: noted.scriptName,
    diagnosticsChannelEvents: noted.channels.map(
      ({ channel, timestamp }) => new TraceDiagnosticChannelEvent(create, {
        message: messageOf(),
        channel,
        timestamp,
      }),
    ),
    exceptions: noted.exceptions.map(traceException),
    logs: noted.logs.map(traceLog),
    eventTimestamp: noted.eventTimestamp,
    event: noted.kind === "" ? null : eventInfo[noted.kind](parse(noted.event), noted.status),
  });
}

/**
 * @param {string} details what C++ noted, as JSON
 * @param {any[]} messages of diagnostics channels, of all items in their order
 */
export function traceItems(details, messages) {
  let at = 0;
  return parse(details).map((noted) => traceItem(noted, () => messages[at++]));
}
