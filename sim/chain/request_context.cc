#include "sim/chain/request_context.h"

#include "sim/web/http.h"

namespace flamesim::chain {

namespace {
constexpr std::string_view kHung =
    "The Workers runtime canceled this request because it detected that your Worker's code had "
    "hung "
    "and would never generate a response. Refer to: "
    "https://developers.cloudflare.com/workers/observability/errors/";
constexpr std::string_view kWaitUntilLimit =
    "waitUntil() tasks did not complete within the allowed time after invocation end and have been "
    "cancelled. See: https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil";
}  // namespace

RequestContext::RequestContext(Worker& worker, js::Isolate& isolate,
                               std::shared_ptr<void> keepIsolate, kj::Own<ExchangeScope> exchange)
    : KeptIsolate{std::move(keepIsolate)},
      bindings::RequestScope(isolate),
      exchange(kj::mv(exchange)),
      worker(worker) {
  refreshTime();
}

RequestContext::~RequestContext() noexcept(false) {
  endBindings();
}

Eventual<net::Response> RequestContext::fetch(web::FetcherSlot slot, net::Request request) {
  return worker.surroundings.fetch(slot, kj::mv(request), *exchange);
}

web::CacheStore& RequestContext::cacheStore() {
  return worker.surroundings.cacheStore();
}

void RequestContext::console(std::string_view level, std::string text) {
  if (exchange->effects != nullptr) {
    exchange->effects->begin({.kind = net::EffectKind::kConsole,
                              .worker = worker.name(),
                              .operation = std::string(level),
                              .input = text,
                              .start = clock().now()});
  }
  if (exchange->console != nullptr) (*exchange->console)(worker.name(), level, text);
}

void RequestContext::settle(End value) {
  if (ended()) return;
  end = kj::mv(value);
  if (waiter.get() != nullptr) waiter->fulfill();
}

void RequestContext::responded(net::Response response) {
  settle(kj::mv(response));
}

void RequestContext::finished() {
  settle(Finished());
}

void RequestContext::failed(js::ErrorReport report) {
  console("error", "Uncaught " + (report.stack.empty() ? report.text() : report.stack));
  settle(Failure{std::move(report)});
}

void RequestContext::passedThrough(net::Request request) {
  settle(PassThrough{kj::mv(request)});
}

void RequestContext::passThroughOnException(js::Lock& js, v8::Local<v8::Object> message) {
  passOnException.Reset(js.isolate, message);
}

void RequestContext::endWith(std::string message) {
  console("error", message);
  settle(Failure{{.name = "Error", .message = std::move(message)}});
}

void RequestContext::unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) {
  auto report = isolate.report(js, reason);
  console("error",
          "Uncaught (in promise) " + (report.stack.empty() ? report.text() : report.stack));
}

void RequestContext::waitUntilFailed(js::ErrorReport report) {
  console("error",
          "Uncaught (in waitUntil) " + (report.stack.empty() ? report.text() : report.stack));
  noteWaitFailure(std::move(report));
}

void RequestContext::noteWaitFailure(js::ErrorReport report) {
  if (!waitFailure) waitFailure = std::move(report);
}

void RequestContext::wasAborted() {
  endWith(aborted());
  web::abortSockets(*this);
  releaseSelf();
}

kj::Promise<void> RequestContext::whenEnded() {
  if (ended()) return kj::READY_NOW;
  auto paf = kj::newPromiseAndFulfiller<void>();
  waiter = kj::mv(paf.fulfiller);
  hangWatch = watchForHang().eagerlyEvaluate(nullptr);
  return kj::mv(paf.promise);
}

kj::Promise<void> RequestContext::watchForHang() {
  return onIdle().then([this]() -> kj::Promise<void> {
    // Continuations that are ready, or become so, get their turn first.
    return kj::evalLast([this]() -> kj::Promise<void> {
      if (ended()) return kj::READY_NOW;
      if (hasPendingTasks()) return watchForHang();
      endWith(std::string(kHung));
      return kj::READY_NOW;
    });
  });
}

void RequestContext::beginWait() {
  if (pendingWaits++ > 0) return;
  keptForWaits = true;
  exchange->workBegan(this, kj::addRef(*this));
  limitWaits();
}

void RequestContext::limitWaits() {
  if (openConnections > 0 || !keptForWaits) return;
  waitLimit = clock()
                  .after(worker.options.waitUntilLimit)
                  .then([this] {
                    console("warn", std::string(kWaitUntilLimit));
                    noteWaitFailure({.name = "Error", .message = std::string(kWaitUntilLimit)});
                    letGoOfSelf();
                  })
                  .eagerlyEvaluate(nullptr);
}

void RequestContext::endWait() {
  if (--pendingWaits == 0) releaseSelf();
}

// A reference of its own keeps the request: the client ends the connection, or an abort does.
kj::Own<void> RequestContext::holdOpen() {
  ++openConnections;
  exchange->workBegan();
  waitLimit = nullptr;
  return kj::heap(kj::defer([keep = kj::addRef(*this)]() mutable {
    auto& context = *keep;
    --context.openConnections;
    context.limitWaits();
    context.exchange->workEnded(kj::Own<void>(kj::mv(keep)));
  }));
}

void RequestContext::releaseSelf() {
  if (!keptForWaits) return;
  waitLimit = nullptr;
  letGoOfSelf();
}

void RequestContext::letGoOfSelf() {
  if (waitsWaiter.get() != nullptr) waitsWaiter->fulfill();
  keptForWaits = false;
  exchange->workEnded(this);
}

kj::Promise<void> RequestContext::whenWaitsEnded() {
  if (!waits()) return kj::READY_NOW;
  auto paf = kj::newPromiseAndFulfiller<void>();
  waitsWaiter = kj::mv(paf.fulfiller);
  return kj::mv(paf.promise);
}

}  // namespace flamesim::chain
