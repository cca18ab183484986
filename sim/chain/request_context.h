// One request in one worker: what its JavaScript sees as "the current request".
#pragma once

#include <optional>

#include "sim/bindings/request_scope.h"
#include "sim/chain/worker.h"

namespace flamesim::chain {

// What the request runs in: goes after all else of it, when the worker has a new isolate already.
struct KeptIsolate {
  std::shared_ptr<void> kept;
};

class RequestContext final : private KeptIsolate, public bindings::RequestScope {
 public:
  RequestContext(Worker& worker, js::Isolate& isolate, std::shared_ptr<void> keepIsolate,
                 kj::Own<ExchangeScope> exchange);
  ~RequestContext() noexcept(false) override;

  Clock& clock() override { return exchange->clock; }
  Random& random() override { return exchange->random; }
  Eventual<net::Response> fetch(web::FetcherSlot slot, net::Request request) override;
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
  const std::string& workerName() const override { return worker.name(); }
  const std::shared_ptr<net::EffectLog>& effects() override { return exchange->effects; }
  const net::Exchange* recorded() override { return exchange->recorded; }

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
  // Ends the request with a limit's or the runtime's own error.
  void endWith(std::string message);

  kj::Own<ExchangeScope> exchange;
  // The request to pass on when the handler fails; empty: that was not asked for.
  v8::Global<v8::Object> passOnException;

 private:
  void wasAborted() override;
  void settle(End value);
  void noteWaitFailure(js::ErrorReport report);
  void releaseSelf();
  void letGoOfSelf();
  void limitWaits();
  kj::Promise<void> watchForHang();

  Worker& worker;
  kj::Own<kj::PromiseFulfiller<void>> waiter;
  kj::Promise<void> hangWatch = nullptr;
  uint32_t pendingWaits = 0;
  // The exchange's endings keep this context: a waitUntil() is pending, and its limit not reached.
  bool keptForWaits = false;
  kj::Promise<void> waitLimit = nullptr;  // runs while no connection is held open
  uint32_t openConnections = 0;
  kj::Own<kj::PromiseFulfiller<void>> waitsWaiter;
};

}  // namespace flamesim::chain
