#include "sim/web/rpc_targets.h"

#include "sim/web/rpc_arrival.h"

namespace flamesim::web {

namespace {

kj::Exception noLongerRunning() {
  return js::rejection("Error",
                       "The execution context which hosts this callback is no longer running.");
}

}  // namespace

LocalTarget::LocalTarget(js::Lock& js, RpcHost& host, Object object, kj::Own<void> hold)
    : host(&host),
      object(js.isolate, object.value),
      ownProperties(object.ownProperties),
      hold(kj::mv(hold)) {
  if (object.disposer->IsFunction()) disposer.Reset(js.isolate, object.disposer);
  next = host.firstLocal;
  if (next != nullptr) next->previous = this;
  host.firstLocal = this;
}

LocalTarget::~LocalTarget() noexcept(false) {
  if (host == nullptr) return;
  (previous == nullptr ? host->firstLocal : previous->next) = next;
  if (next != nullptr) next->previous = previous;
  for (uint32_t stub : released) host->releaseStub(stub);
  if (disposer.IsEmpty()) return;
  // Not at once: whoever drops the last reference does not expect JavaScript to run.
  auto& context = host->context;
  context.waitUntil(kj::evalLater([&context, object = kj::mv(object), disposer = kj::mv(disposer)] {
    try {
      context.isolate.enter(&context, [&](js::Lock& js) {
        js.call(disposer.Get(js.isolate).As<v8::Function>(), object.Get(js.isolate), {});
      });
    } catch (const js::Uncaught& error) {
      context.waitUntilFailed(error.report);
    } catch (const js::Terminated&) {
      // The request knows.
    }
  }));
}

void LocalTarget::requestEnded() {
  host = nullptr;
  object.Reset();
  disposer.Reset();
}

kj::Promise<RpcResult> LocalTarget::call(RpcCall call) {
  // Not at once: the isolate may be running, and its JavaScript expects nothing in between.
  return kj::evalLater([self = kj::addRef(*this), call = kj::mv(call)]() mutable {
    auto result = self->serve(kj::mv(call));
    return result.attach(kj::mv(self));
  });
}

kj::Promise<RpcResult> LocalTarget::serve(RpcCall call) {
  if (host == nullptr) return noLongerRunning();
  auto& context = host->context;
  uint32_t id = host->beginCall();
  context.ioCompleted();
  try {
    context.isolate.enter(&context, [&](js::Lock& js) {
      auto runtime = js.owner.runtime(js);
      v8::Local<v8::Value> arguments[] = {js::Convert<uint32_t>::to(js, context.id),
                                          js::Convert<uint32_t>::to(js, id),
                                          object.Get(js.isolate),
                                          js::Convert<bool>::to(js, ownProperties),
                                          js::Convert<std::vector<std::string>>::to(js, call.path),
                                          RpcArrival::ofArguments(js, std::move(call.arguments))};
      js.call(js.get(runtime, "serveRpcObject").As<v8::Function>(), runtime, arguments);
    });
  } catch (const js::Uncaught& error) {
    return js::rejection("Error", error.report.text());
  } catch (const js::Terminated& error) {
    return js::rejection("Error", error.reason);
  }
  if (host == nullptr) return noLongerRunning();
  return host->outcomeOf(id).promise();
}

kj::Promise<RpcResult> PendingTarget::call(RpcCall call) {
  if (isSettled) return forward(kj::mv(call));
  auto paf = kj::newPromiseAndFulfiller<kj::Promise<RpcResult>>();
  kept.push_back({kj::mv(call), kj::mv(paf.fulfiller)});
  return kj::mv(paf.promise);
}

kj::Promise<RpcResult> PendingTarget::forward(RpcCall call) {
  if (target.get() != nullptr) return target->call(kj::mv(call));
  KJ_IF_MAYBE (exception, failure) return kj::cp(*exception);
  if (thrown) return RpcResult{.value = *thrown};
  auto message = call.path.empty() ? "\"(this)\" is not a function."
                                   : "The RPC receiver does not implement the method \"" +
                                         call.path.front() + "\".";
  return RpcResult{.value = RpcThrown{.type = "TypeError", .message = message}};
}

void PendingTarget::settle(RpcResult& result) {
  target = kj::mv(result.pipeline);
  if (auto* error = std::get_if<RpcThrown>(&result.value)) thrown = *error;
  settled();
}

void PendingTarget::fail(const kj::Exception& exception) {
  failure = kj::cp(exception);
  settled();
}

void PendingTarget::settled() {
  isSettled = true;
  for (auto& waiting : std::exchange(kept, {})) {
    waiting.fulfiller->fulfill(forward(kj::mv(waiting.call)));
  }
}

}  // namespace flamesim::web
