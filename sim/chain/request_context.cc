#include "sim/chain/request_context.h"

#include "sim/chain/rpc_session.h"
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

std::string outcomeOfEnd(std::string_view reason) {
  if (reason == js::kCpuLimitExceeded) return "exceededCpu";
  if (reason == js::kHeapLimitExceeded) return "exceededMemory";
  return "exception";
}
}  // namespace

RequestContext::RequestContext(Worker& worker, js::Isolate& isolate,
                               std::shared_ptr<void> keepIsolate, kj::Own<ExchangeScope> exchange)
    : KeptIsolate{std::move(keepIsolate)},
      bindings::RequestScope(isolate),
      web::RpcHost(static_cast<web::IoContext&>(*this)),
      exchange(kj::mv(exchange)),
      worker(worker) {
  refreshTime();
}

RequestContext::~RequestContext() noexcept(false) {
  while (!sessions.empty()) sessions.front()->end();
  endRpc();
  endBindings();
  endTrace();
}

void RequestContext::beTraced(const std::string& entrypoint) {
  trace = std::make_shared<web::Trace>(
      worker.name(), entrypoint == Worker::kDefaultEntrypoint ? "" : entrypoint, nowMillis());
  exchange->workBegan();
}

void RequestContext::endTrace() {
  if (trace == nullptr) return;
  refreshTime();
  // A call that was answered does not end the handler.
  bool over = ended() || servesCalls();
  trace->end(over ? howEnded : "canceled", nowMillis());
  worker.tell(kj::mv(trace), *exchange);
  exchange->workEnded(kj::Own<void>());
}

bool RequestContext::maySendAnother() {
  return ++subrequests <= worker.options.subrequestLimit;
}

static kj::Exception tooManySubrequests() {
  return js::rejection("Error", "Too many subrequests by single Worker invocation.");
}

Eventual<web::RpcResult> RequestContext::callEntrypoint(web::FetcherSlot slot, web::RpcCall call) {
  if (!maySendAnother()) return tooManySubrequests();
  return worker.surroundings.call(slot, std::move(call), *this);
}

kj::Own<void> RequestContext::holdForCaller() {
  return session == nullptr ? kj::Own<void>() : session->hold();
}

Eventual<net::Response> RequestContext::fetch(web::FetcherSlot slot, net::Request request) {
  if (!maySendAnother()) return tooManySubrequests();
  return worker.surroundings.fetch(slot, kj::mv(request), *exchange);
}

Eventual<web::EventOutcome> RequestContext::send(web::FetcherSlot slot, web::Event event) {
  return worker.surroundings.send(slot, kj::mv(event), *exchange);
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
  if (trace != nullptr && !ended()) trace->responded(response.status);
  settle(kj::mv(response));
}

void RequestContext::finished() {
  settle(Finished());
}

void RequestContext::failed(js::ErrorReport report) {
  console("error", "Uncaught " + (report.stack.empty() ? report.text() : report.stack));
  if (session != nullptr) failCalls(js::rejection(report.name, report.message));
  fail(std::move(report), "exception");
}

void RequestContext::fail(js::ErrorReport report, std::string outcome) {
  if (trace != nullptr) trace->exception(report, nowMillis());
  // What is thrown after the answer changes nothing about it; a limit does.
  if (!ended() || outcome != "exception") howEnded = std::move(outcome);
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
  auto outcome = outcomeOfEnd(message);
  fail({.name = "Error", .message = std::move(message)}, std::move(outcome));
}

void RequestContext::unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) {
  auto report = isolate.report(js, reason);
  console("error",
          "Uncaught (in promise) " + (report.stack.empty() ? report.text() : report.stack));
}

void RequestContext::waitUntilFailed(js::ErrorReport report) {
  console("error",
          "Uncaught (in waitUntil) " + (report.stack.empty() ? report.text() : report.stack));
  if (trace != nullptr) trace->exception(report, nowMillis());
  noteWaitFailure(std::move(report));
}

void RequestContext::noteWaitFailure(js::ErrorReport report) {
  if (!waitFailure) waitFailure = std::move(report);
}

void RequestContext::wasAborted() {
  failCalls(js::rejection("Error", aborted()));
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

void RequestContext::watchCalls() {
  if (session == nullptr || watchesCalls) return;
  watchesCalls = true;
  callWatch = untilCallsHang().eagerlyEvaluate(nullptr);
}

kj::Promise<void> RequestContext::untilCallsHang() {
  return onIdle().then([this]() -> kj::Promise<void> {
    return kj::evalLast([this]() -> kj::Promise<void> {
      // While the caller holds stubs, another call may answer the one that waits.
      bool over = !hasCalls() || session == nullptr || session->isHeld();
      if (!over && hasPendingTasks()) return untilCallsHang();
      watchesCalls = false;
      if (!over) {
        endWith(std::string(kHung));
        failCalls(js::rejection("Error", kHung));
      }
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
