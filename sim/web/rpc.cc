#include "sim/web/rpc.h"

#include "sim/web/rpc_arrival.h"
#include "sim/web/rpc_targets.h"

namespace flamesim::web {

RpcHost::~RpcHost() noexcept(false) = default;

RpcHost& RpcHost::current(js::Lock& js) {
  auto* host = IoContext::current(js).rpcHost();
  if (host == nullptr) throw js::Throw("Error", "This request takes no part in RPC.");
  return *host;
}

uint32_t RpcHost::addStub(kj::Own<RpcTarget> target) {
  stubs.emplace(++lastStub, kj::mv(target));
  return lastStub;
}

RpcTarget* RpcHost::findStub(uint32_t id) {
  auto found = stubs.find(id);
  return found == stubs.end() ? nullptr : found->second.get();
}

void RpcHost::releaseStub(uint32_t id) {
  auto found = stubs.find(id);
  if (found == stubs.end()) return;
  // Dropped last: that may run anything.
  auto released = kj::mv(found->second);
  stubs.erase(found);
}

Eventual<RpcResult> RpcHost::outcomeOf(uint32_t call) {
  auto found = answered.find(call);
  if (found != answered.end()) {
    auto result = std::move(found->second);
    answered.erase(found);
    return result;
  }
  KJ_IF_MAYBE (exception, failure) return kj::cp(*exception);
  auto paf = kj::newPromiseAndFulfiller<RpcResult>();
  waiting.emplace(call, kj::mv(paf.fulfiller));
  callPending();
  return kj::mv(paf.promise);
}

void RpcHost::answer(uint32_t call, RpcResult result) {
  auto found = waiting.find(call);
  if (found == waiting.end()) {
    // outcomeOf() has not been called yet, or the caller went when the request failed.
    if (failure == nullptr) answered.emplace(call, std::move(result));
    return;
  }
  auto fulfiller = kj::mv(found->second);
  waiting.erase(found);
  fulfiller->fulfill(std::move(result));
}

void RpcHost::failCalls(kj::Exception exception) {
  if (failure != nullptr) return;
  for (auto& [id, fulfiller] : std::exchange(waiting, {})) fulfiller->reject(kj::cp(exception));
  answered.clear();
  failure = kj::mv(exception);
}

void RpcHost::endRpc() {
  while (firstLocal != nullptr) {
    auto* local = firstLocal;
    firstLocal = local->next;
    local->requestEnded();
  }
  failCalls(js::rejection("Error",
                          "The destination execution context for this RPC was canceled while the "
                          "call was still running."));
  auto released = std::exchange(stubs, {});
}

void RpcHost::serveEntrypoint(js::Lock& js, uint32_t call, v8::Local<v8::Value> exported,
                              v8::Local<v8::Value> env, const std::string& props, RpcCall request) {
  auto runtime = js.owner.runtime(js);
  v8::Local<v8::Value> arguments[] = {js::Convert<uint32_t>::to(js, context.id),
                                      js::Convert<uint32_t>::to(js, call),
                                      exported,
                                      env,
                                      js.str(props),
                                      js::Convert<std::vector<std::string>>::to(js, request.path),
                                      RpcArrival::ofArguments(js, std::move(request.arguments))};
  js.call(js.get(runtime, "serveRpcEntrypoint").As<v8::Function>(), runtime, arguments);
}

}  // namespace flamesim::web
