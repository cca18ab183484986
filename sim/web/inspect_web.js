// How the console shows objects of the Web APIs whose files do not say it themselves. Nothing here
// reads a body or a stream.
import { AbortController, AbortSignal } from "./abort.js";
import { CompressionStream, DecompressionStream } from "./compression.js";
import { DigestStream } from "./digest_stream.js";
import { TextDecoder, TextEncoder } from "./encoding.js";
import * as events from "./event_target.js";
import { EventSource } from "./event_source.js";
import { Headers } from "./headers.js";
import { FixedLengthStream, IdentityTransformStream } from "./identity_stream.js";
import { attributes, registerInspect } from "./inspect.js";
import { getOwnPropertyDescriptor, stringStartsWith, uncurryThis } from "./primordials.js";
import { MessagePort } from "./message_channel.js";
import { Request } from "./request.js";
import { Response } from "./response.js";
import * as streams from "./streams.js";
import { TextDecoderStream, TextEncoderStream } from "./text_stream.js";
import { WebSocket } from "./web_socket.js";

const headersForEach = uncurryThis(Headers.prototype.forEach);

registerInspect(Headers, (headers) => {
  const pairs = [];
  headersForEach(headers, (value, name) => {
    pairs[pairs.length] = name;
    pairs[pairs.length] = value;
  });
  return pairs;
});

// Not the signal: a request makes one when it is asked for it.
registerInspect(
  Request,
  attributes(Request, "method", "url", "headers", "redirect", "cf", "body", "bodyUsed"),
);

registerInspect(
  Response,
  attributes(
    Response,
    "status",
    "statusText",
    "headers",
    "cf",
    "body",
    "bodyUsed",
    "ok",
    "redirected",
    "type",
    "url",
  ),
);

registerInspect(
  WebSocket,
  attributes(WebSocket, "readyState", "url", "protocol", "extensions", "binaryType"),
);

registerInspect(EventSource, attributes(EventSource, "readyState", "url", "withCredentials"));
registerInspect(MessagePort, attributes(MessagePort, "onmessage"));

registerInspect(AbortController, attributes(AbortController, "signal"));
registerInspect(AbortSignal, attributes(AbortSignal, "aborted", "reason"));
registerInspect(TextEncoder, attributes(TextEncoder, "encoding"));
registerInspect(TextDecoder, attributes(TextDecoder, "encoding", "fatal", "ignoreBOM"));

const ofEvent = ["type", "cancelable", "defaultPrevented", "timeStamp"];
for (const [cls, names] of /** @type {[any, string[]][]} */ ([
  [events.Event, []],
  [events.CustomEvent, ["detail"]],
  [events.ErrorEvent, ["message", "filename", "lineno", "colno", "error"]],
  [events.MessageEvent, ["data", "origin", "lastEventId", "source", "ports"]],
  [events.CloseEvent, ["wasClean", "code", "reason"]],
  [events.PromiseRejectionEvent, ["promise", "reason"]],
])) {
  registerInspect(cls, attributes(cls, ...ofEvent, ...names));
}

// The ponyfill keeps its state in properties, which are not the worker's to see.
const ponyfillKey = (key) => typeof key === "string" && stringStartsWith(key, "_");
const slot = (object, name) => getOwnPropertyDescriptor(object, name)?.value;

const lockedOf = {
  readable: attributes(streams.ReadableStream, "locked"),
  writable: attributes(streams.WritableStream, "locked"),
};
registerInspect(
  streams.ReadableStream,
  (stream) => ({
    ...lockedOf.readable(stream),
    state: slot(stream, "_state"),
    supportsBYOB:
      slot(stream, "_readableStreamController") instanceof streams.ReadableByteStreamController,
  }),
  ponyfillKey,
);
registerInspect(
  streams.WritableStream,
  (stream) => ({ ...lockedOf.writable(stream), state: slot(stream, "_state") }),
  ponyfillKey,
);
const digested = attributes(DigestStream, "bytesWritten");
registerInspect(
  DigestStream,
  (stream) => ({
    ...lockedOf.writable(stream),
    state: slot(stream, "_state"),
    ...digested(stream),
  }),
  ponyfillKey,
);
registerInspect(
  streams.TransformStream,
  attributes(streams.TransformStream, "readable", "writable"),
  ponyfillKey,
);
for (const cls of [
  CompressionStream,
  DecompressionStream,
  FixedLengthStream,
  IdentityTransformStream,
]) {
  registerInspect(cls, attributes(cls, "readable", "writable"));
}
for (const cls of [TextEncoderStream, TextDecoderStream]) {
  registerInspect(cls, attributes(cls, "encoding", "readable", "writable"));
}
for (const cls of [
  streams.ReadableByteStreamController,
  streams.ReadableStreamDefaultController,
  streams.TransformStreamDefaultController,
  streams.WritableStreamDefaultWriter,
]) {
  registerInspect(cls, attributes(cls, "desiredSize"), ponyfillKey);
}
for (const cls of [streams.ByteLengthQueuingStrategy, streams.CountQueuingStrategy]) {
  registerInspect(cls, attributes(cls, "highWaterMark"), ponyfillKey);
}
for (const cls of [
  streams.ReadableStreamBYOBReader,
  streams.ReadableStreamBYOBRequest,
  streams.ReadableStreamDefaultReader,
  streams.WritableStreamDefaultController,
]) {
  registerInspect(cls, () => ({}), ponyfillKey);
}
