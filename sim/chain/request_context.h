// One request in one worker: what its JavaScript sees as "the current request".
#pragma once

#include <optional>
#include <vector>

#include "sim/bindings/request_scope.h"
#include "sim/chain/worker.h"
#include "sim/web/rpc.h"

namespace flamesim::chain {

class RpcSession;

// What the request runs in: goes after all else of it, when the worker has a new isolate already.
struct KeptIsolate {
  std::shared_ptr<void> kept;
};

class RequestContext final : private KeptIsolate,
                             public bindings::RequestScope,
                             public web::RpcHost {
 public:
  RequestContext(Worker& worker, js::Isolate& isolate, std::shared_ptr<void> keepIsolate,
                 kj::Own<ExchangeScope> exchange);
  ~RequestContext() noexcept(false) override;

  Clock& clock() override { return exchange->clock; }
  Random& random() override { return exchange->random; }
  Eventual<net::Response> fetch(web::FetcherSlot slot, net::Request request) override;
  Eventual<web::EventOutcome> send(web::FetcherSlot slot, web::Event event) override;
  web::CacheStore& cacheStore() override;
  void console(std::string_view level, std::string text) override;
  void responded(net::Response response) override;
  void finished() override;
  void failed(js::ErrorReport report) override;
  void passedThrough(net::Request request) override;
  void passThroughOnException(js::Lock& js, v8::Local<v8::Object> message) override;
  void beginWait() override;
  void endWait() override;
  kj::Own<void> holdOpen() override;
  void waitUntilFailed(js::ErrorReport report) override;
  void unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) override;
  web::RpcHost* rpcHost() override { return this; }
  Eventual<web::RpcResult> callEntrypoint(web::FetcherSlot slot, web::RpcCall call) override;
  kj::Own<void> holdForCaller() override;
  const std::string& workerName() const override { return worker.name(); }
  const std::shared_ptr<net::EffectLog>& effects() override { return exchange->effects; }
  const net::Exchange* recorded() override { return exchange->recorded; }
  std::shared_ptr<std::vector<bool>> usedCalls() override { return exchange->usedCalls; }
  faults::Draws* faultDraws() override { return &exchange->faultDraws; }

  // The handler's end. Exactly one of these is set when it is over.
  struct Failure {
    js::ErrorReport report;
  };
  struct PassThrough {
    net::Request request;
  };
  struct Finished {};  // an event that has no answer
  using End = std::variant<std::monostate, net::Response, Failure, PassThrough, Finished>;
  End end;
  bool ended() const { return end.index() != 0; }
  // Resolves when `end` is set, or was found never to be set (a hang sets Failure).
  kj::Promise<void> whenEnded();
  // Whether a promise of waitUntil() is pending.
  bool waits() const { return keptForWaits; }
  // Resolves when none is, or the limit was reached.
  kj::Promise<void> whenWaitsEnded();
  // The first of them that failed, or that they reached the limit.
  std::optional<js::ErrorReport> waitFailure;
  // "ok", "exception", "exceededCpu", ...: of the handler, so far.
  const std::string& outcome() const { return howEnded; }
  // A failed waitUntil() is a failure of the request: it is an event.
  void failedWaitsCount() {
    if (waitFailure && howEnded == "ok") howEnded = "exception";
  }
  // Ends the request with a limit's or the runtime's own error.
  void endWith(std::string message);

  // From now on a tail worker is to hear of the request, when it is over.
  void beTraced(const std::string& entrypoint);

  // Ends the request when its calls can never be answered.
  void watchCalls();

  kj::Own<ExchangeScope> exchange;
  // The request to pass on when the handler fails; empty: that was not asked for.
  v8::Global<v8::Object> passOnException;
  // For RpcSession alone: the one that this is the callee of, and those that this began.
  RpcSession* session = nullptr;
  std::vector<RpcSession*> sessions;  // in their order

 private:
  void wasAborted() override;
  void callPending() override { watchCalls(); }
  kj::Promise<void> untilCallsHang();
  void settle(End value);
  void fail(js::ErrorReport report, std::string outcome);
  void endTrace();
  void noteWaitFailure(js::ErrorReport report);
  void releaseSelf();
  void letGoOfSelf();
  void limitWaits();
  kj::Promise<void> watchForHang();

  Worker& worker;
  // Counts a subrequest; false: it is one too many.
  bool maySendAnother();

  std::string howEnded = "ok";
  uint32_t subrequests = 0;
  kj::Own<kj::PromiseFulfiller<void>> waiter;
  kj::Promise<void> hangWatch = nullptr;
  kj::Promise<void> callWatch = nullptr;
  bool watchesCalls = false;
  uint32_t pendingWaits = 0;
  // The exchange's endings keep this context: a waitUntil() is pending, and its limit not reached.
  bool keptForWaits = false;
  kj::Promise<void> waitLimit = nullptr;  // runs while no connection is held open
  uint32_t openConnections = 0;
  kj::Own<kj::PromiseFulfiller<void>> waitsWaiter;
};

}  // namespace flamesim::chain
