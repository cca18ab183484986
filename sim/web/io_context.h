// What the Web APIs need of the request that is running: time, randomness, the network, a console,
// and a place for the answer. chain/ implements it once per request and worker; native functions
// reach the current one with IoContext::current(js).
#pragma once

#include <kj/refcount.h>

#include <map>

#include "sim/base/clock.h"
#include "sim/base/eventual.h"
#include "sim/base/random.h"
#include "sim/js/isolate.h"
#include "sim/net/message.h"
#include "sim/web/cache_store.h"
#include "sim/web/events.h"

namespace flamesim::web {

// Which fetcher a fetch goes to. 0 is the global fetch(), the next stage of the chain; bindings
// get the others, the same for every request of a worker.
using FetcherSlot = uint32_t;
inline constexpr FetcherSlot kGlobalFetch = 0;

class RpcHost;
struct SocketEnd;  // web_socket.h

class IoContext : public js::Execution, public kj::Refcounted {
 public:
  using js::Execution::Execution;

  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  // The time that JavaScript sees: stands still between I/O (production-runtime.md section 4).
  double nowMillis() const final { return shownTime; }
  // Lets JavaScript see the clock's time: called when I/O completed.
  void refreshTime() { shownTime = double(nanosOf(clock().now()) / 1'000'000); }
  void ioCompleted() final { refreshTime(); }

  // Sends a request on. Rejects where no response could be had at all.
  virtual Eventual<net::Response> fetch(FetcherSlot slot, net::Request request) = 0;
  // Sends an event to the worker behind a service binding.
  virtual Eventual<EventOutcome> send(FetcherSlot, Event) {
    return js::rejection("Error", "This request sends no events.");
  }
  // What `caches` keeps its responses in.
  virtual CacheStore& cacheStore() = 0;
  // level: "debug" | "info" | "log" | "warn" | "error"; text: the arguments as JSON-like text.
  virtual void console(std::string_view level, std::string text) = 0;

  // What became of the handler: exactly one of the four is called, once.
  virtual void responded(net::Response response) = 0;
  // Of an event that has no answer.
  virtual void finished() {}
  virtual void failed(js::ErrorReport report) = 0;
  // Service-worker format: nobody called respondWith(). `request`: as it came in.
  virtual void passedThrough(net::Request request) = 0;

  // Asks for the request to be passed on when the handler fails. `message`: unwrapRequest() gives
  // back what is left of it by then.
  virtual void passThroughOnException(js::Lock& js, v8::Local<v8::Object> message) = 0;
  // A promise was handed to ctx.waitUntil(); endWait() when it settled, after waitUntilFailed()
  // where it was rejected.
  virtual void beginWait() = 0;
  virtual void endWait() = 0;
  virtual void waitUntilFailed(js::ErrorReport report) = 0;
  // waitUntil() for native work, which must not reject.
  void waitUntil(kj::Promise<void> done) {
    beginWait();
    addBackgroundTask(done.then([this] { endWait(); }));
  }

  // What RPC keeps for this request (rpc.h); nullptr: it cannot take part in any.
  virtual RpcHost* rpcHost() { return nullptr; }
  // Keeps the request alive, without a limit, until what it gives is dropped: for a client's
  // WebSocket that ends here.
  virtual kj::Own<void> holdOpen() = 0;
  // Throws the JavaScript error for a WebSocket in the response where the request wants none.
  void checkUpgrade() const {
    if (asksForWebSocket) return;
    throw js::Throw("TypeError",
                    "Worker tried to return a WebSocket in a response to a request which did not "
                    "contain the header \"Upgrade: websocket\".");
  }

  // Throws the JavaScript error for what global scope may not do.
  static IoContext& current(js::Lock& js) {
    return static_cast<IoContext&>(js.owner.currentOrThrow());
  }

  // Fetches that JavaScript may cancel, by their id.
  std::map<uint32_t, kj::Own<kj::PromiseFulfiller<net::Response>>> cancellable;
  uint32_t lastFetchId = 0;
  // WebSockets in JavaScript's hands, by their id.
  std::map<uint32_t, std::shared_ptr<SocketEnd>> sockets;
  uint32_t lastSocketId = 0;
  bool asksForWebSocket = false;  // the request does
  Decisions decisions;            // of the handler, where the request is an event
  std::shared_ptr<Trace> trace;   // nullptr: no tail worker is to hear of the request

 private:
  double shownTime = 0;
};

}  // namespace flamesim::web
