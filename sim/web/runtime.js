// Entry of the startup snapshot: defines the global scope of a worker. What this script exports is
// seen by C++ alone, as Isolate::runtime().
import "../js/polyfills.js";
import { DOMException } from "./dom_exception.js";
import * as asyncHooks from "../js/async_local_storage.js";
import { AbortController, AbortSignal } from "./abort.js";
import { completeSharedArrayBuffer } from "./array_buffer.js";
import { Blob, File } from "./blob.js";
import { Body } from "./body.js";
import { Cache, CacheStorage, caches } from "./cache.js";
import { CompressionStream, DecompressionStream } from "./compression.js";
import { console } from "./console.js";
import { Crypto, CryptoKey, SubtleCrypto, crypto, random } from "./crypto.js";
import { TextDecoder, TextEncoder, atob, btoa } from "./encoding.js";
import { EventSource } from "./event_source.js";
import * as events from "./event_target.js";
import { FormData } from "./form_data.js";
import { ExecutionContext, FetchEvent } from "./dispatch.js";
import { Fetcher, fetch } from "./fetch.js";
import { ServiceWorkerGlobalScope, WorkerGlobalScope } from "./global_scope.js";
import { Headers } from "./headers.js";
import { FixedLengthStream, IdentityTransformStream } from "./identity_stream.js";
import { defineLazy, lazy } from "./lazy.js";
import { MessageChannel, MessagePort } from "./message_channel.js";
import { fillNatives } from "./native.js";
import { navigator, Navigator } from "./navigator.js";
import { Performance, performance, timeline } from "./performance.js";
import { reportError } from "./report_error.js";
import { Request } from "./request.js";
import { Response } from "./response.js";
import * as streams from "./streams.js";
import { refuseToClone, structuredClone } from "./structured_clone.js";
import { TextDecoderStream, TextEncoderStream } from "./text_stream.js";
import { scheduler, timerFunctions } from "./timers.js";
import { URL, URLSearchParams } from "./url.js";
import { WebSocket, WebSocketPair, WebSocketRequestResponsePair } from "./web_socket.js";
import { defineNodeModules } from "../node/builtins.js";
import { unservedModules } from "./unserved.js";
import { workersModule } from "./workers_module.js";
import { hideLength } from "./webidl.js";
import "./inspect_web.js";

export { serveRpcEntrypoint, serveRpcObject } from "./rpc_serve.js";
export { setWorker } from "./worker_scope.js";
export { dispatchFetch, dispatchFetchEvent, dispatchTest, hasTest } from "./dispatch.js";
export { dispatchEvent, letBindingsSendEvents } from "./dispatch_event.js";
export { setCompatibilityFlags } from "./compatibility.js";
export { dispatchRejection } from "./event_target.js";
export { makeFetcher } from "./fetch.js";
export { makeUnserved } from "./unserved.js";
export { enableNode } from "../node/builtins.js";
export { prepareStackTrace } from "../js/stack_trace.js";
export { lowerForClone, reviveClone } from "./structured_clone.js";

/** Called when an isolate is restored, before any worker's code. */
export function install(natives) {
  fillNatives(natives);
  completeSharedArrayBuffer();
}

function defineGlobals(values) {
  for (const name of Object.keys(values)) {
    const value = values[name];
    // The bundler renames what other code mentions as a global.
    if (typeof value === "function" && value.name !== name) {
      Object.defineProperty(value, "name", { value: name, configurable: true });
    }
    if (typeof value === "function") hideLength(value);
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
    if (/^[A-Z]/.test(name) && !clonable.includes(name)) refuseToClone(value);
  }
}

// The Web API classes that production can clone.
const clonable = ["Blob", "DOMException", "Headers"];

defineGlobals({
  self: globalThis,
  origin: "null",
  navigator,
  Navigator,

  AbortController,
  AbortSignal,
  Blob,
  Body,
  ByteLengthQueuingStrategy: streams.ByteLengthQueuingStrategy,
  Cache,
  CacheStorage,
  CloseEvent: events.CloseEvent,
  CompressionStream,
  CountQueuingStrategy: streams.CountQueuingStrategy,
  Crypto,
  CryptoKey,
  CustomEvent: events.CustomEvent,
  DecompressionStream,
  DOMException,
  ErrorEvent: events.ErrorEvent,
  Event: events.Event,
  EventSource,
  FetchEvent,
  Headers,
  Request,
  Response,
  EventTarget: events.EventTarget,
  ExtendableEvent: events.ExtendableEvent,
  File,
  FixedLengthStream,
  FormData,
  IdentityTransformStream,
  MessageChannel,
  MessageEvent: events.MessageEvent,
  MessagePort,
  Performance,
  PromiseRejectionEvent: events.PromiseRejectionEvent,
  ReadableByteStreamController: streams.ReadableByteStreamController,
  ReadableStream: streams.ReadableStream,
  ReadableStreamBYOBReader: streams.ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest: streams.ReadableStreamBYOBRequest,
  ReadableStreamDefaultController: streams.ReadableStreamDefaultController,
  ReadableStreamDefaultReader: streams.ReadableStreamDefaultReader,
  ServiceWorkerGlobalScope,
  SubtleCrypto,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
  TransformStream: streams.TransformStream,
  TransformStreamDefaultController: streams.TransformStreamDefaultController,
  URL,
  URLSearchParams,
  WebSocket,
  WebSocketPair,
  WebSocketRequestResponsePair,
  WorkerGlobalScope,
  WritableStream: streams.WritableStream,
  WritableStreamDefaultController: streams.WritableStreamDefaultController,
  WritableStreamDefaultWriter: streams.WritableStreamDefaultWriter,

  atob,
  btoa,
  caches,
  console,
  crypto,
  fetch,
  performance,
  reportError,
  scheduler,
  structuredClone,
  ...events.globalEventFunctions,
  ...timerFunctions,
});

// Classes that few workers use, by the lazy script that has them.
const lazyClasses = {
  HTMLRewriter: "html_rewriter",
  ScheduledEvent: "handlers",
  TailEvent: "handlers",
  TraceEvent: "handlers",
  URLPattern: "url_pattern",
};
for (const name of timeline.classes) lazyClasses[name] = "performance_timeline";
for (const name of Object.keys(lazyClasses)) {
  defineLazy(globalThis, name, () => {
    const made = lazy(lazyClasses[name])[name];
    refuseToClone(made);
    return made;
  });
}

Object.defineProperty(Math, "random", { value: random, writable: true, configurable: true });

refuseToClone(ExecutionContext);
refuseToClone(Fetcher);
refuseToClone(scheduler.constructor);
refuseToClone(asyncHooks.AsyncLocalStorage);
refuseToClone(asyncHooks.AsyncResource);

/** Modules that a worker can import by name. */
export const builtins = Object.assign(Object.create(null), {
  "cloudflare:workers": workersModule,
  ...unservedModules,
});
defineNodeModules(builtins);
