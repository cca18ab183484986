// What rpc.js calls.
#include "sim/web/http.h"
#include "sim/web/js_body.h"
#include "sim/web/rpc_arrival.h"
#include "sim/web/rpc_targets.h"
#include "sim/web/structured_clone.h"

namespace flamesim::web {

namespace {

constexpr char kOtherRequest[] =
    "Cannot perform I/O on behalf of a different request. I/O objects (such as streams, "
    "request/response bodies, and others) created in the context of one request handler cannot be "
    "accessed from a different request's handler. This is a limitation of Cloudflare Workers which "
    "allows us to improve overall performance. (I/O type: Client)";
constexpr size_t kMostBytes = 32 << 20;

// What a call can begin at; the numbers are known in rpc.js.
enum class Root : uint32_t { kStub = 0, kFetcher = 1 };

// The stub that JavaScript names by the request that has it and its number there.
RpcTarget& stubOf(js::Lock& js, RpcHost& host, uint32_t request, uint32_t id) {
  if (request != host.context.id) throw js::Throw("Error", kOtherRequest);
  auto* target = host.findStub(id);
  if (target == nullptr) throw js::Throw("Error", "RPC stub used after being disposed.");
  return *target;
}

// What rpc.js collected while it made a value ready to be written.
struct Outgoing {
  v8::Local<v8::Value> value;
  // Three items each: the number of a stub, or an object; whether its own properties can be
  // reached; its disposer.
  v8::Local<v8::Array> targets;
  v8::Local<v8::Array> messages;  // NativeMessage each, with what it is: [message, kind]

  static Outgoing of(js::Lock& js, v8::Local<v8::Object> list) {
    return {js.get(list, "value"), js.get(list, "targets").As<v8::Array>(),
            js.get(list, "messages").As<v8::Array>()};
  }
};

RpcValue::Message messageOf(js::Lock& js, v8::Local<v8::Object> item) {
  auto& message = js::Convert<NativeMessage>::from(js, js::check(item->Get(js.context, 0)));
  auto kind = js.text(js::check(item->Get(js.context, 1)));
  if (kind == "Request") return message.takeRequest();
  if (kind == "Response") return message.takeResponse(IoContext::current(js));
  return message.takeBody(BodyCoding::kIdentity);
}

// `toCaller`: it leaves as the result of a call.
RpcValue pack(js::Lock& js, RpcHost& host, const Outgoing& outgoing, bool toCaller) {
  RpcValue packed;
  packed.bytes = serializeLowered(js, outgoing.value);
  if (packed.bytes.size() > kMostBytes) {
    throw js::Throw("Error",
                    "Serialized RPC arguments or return values are limited to 32MiB, but the size "
                    "of this value was: " +
                        std::to_string(packed.bytes.size()) + " bytes.");
  }
  for (uint32_t i = 0; i + 2 < outgoing.targets->Length(); i += 3) {
    auto item = js::check(outgoing.targets->Get(js.context, i));
    auto hold = toCaller ? host.holdForCaller() : kj::Own<void>();
    if (item->IsUint32()) {
      auto target = kj::addRef(stubOf(js, host, host.context.id, item.As<v8::Uint32>()->Value()));
      if (hold.get() == nullptr) {
        packed.targets.push_back(kj::mv(target));
      } else {
        packed.targets.push_back(kj::refcounted<HeldTarget>(kj::mv(target), kj::mv(hold)));
      }
      continue;
    }
    LocalTarget::Object object{
        .value = item,
        .ownProperties = js::check(outgoing.targets->Get(js.context, i + 1))->IsTrue(),
        .disposer = js::check(outgoing.targets->Get(js.context, i + 2))};
    packed.targets.push_back(kj::refcounted<LocalTarget>(js, host, object, kj::mv(hold)));
  }
  for (uint32_t i = 0; i < outgoing.messages->Length(); ++i) {
    auto item = js::check(outgoing.messages->Get(js.context, i)).As<v8::Object>();
    packed.messages.push_back(messageOf(js, item));
  }
  return packed;
}

using Arrival = std::unique_ptr<RpcArrival>;

// Begins a call: [promise of an RpcArrival, the number of the stub that takes calls on its value].
// `outgoing`: the arguments; undefined: there are none; null: the property is read.
v8::Local<v8::Array> call(js::Lock& js, uint32_t root, uint32_t request, uint32_t id,
                          std::vector<std::string> path, v8::Local<v8::Value> outgoing) {
  auto& host = RpcHost::current(js);
  kj::Own<RpcTarget> target;
  if (Root(root) == Root::kStub) target = kj::addRef(stubOf(js, host, request, id));
  RpcCall call{.path = std::move(path)};
  if (outgoing->IsObject()) {
    call.arguments = pack(js, host, Outgoing::of(js, outgoing.As<v8::Object>()), false);
  } else if (outgoing->IsUndefined()) {
    call.arguments.emplace();
  }
  auto outcome = target.get() == nullptr ? host.callEntrypoint(id, kj::mv(call)).promise()
                                         : target->call(kj::mv(call));
  auto pending = kj::refcounted<PendingTarget>();
  uint32_t pipeline = host.addStub(kj::addRef(*pending));
  auto arrived = [pending = kj::addRef(*pending)](RpcResult&& result) mutable -> Arrival {
    pending->settle(result);
    return std::make_unique<RpcArrival>(std::move(result));
  };
  auto failed = [pending = kj::mv(pending)](kj::Exception&& exception) mutable -> Arrival {
    pending->fail(exception);
    return std::make_unique<RpcArrival>(kj::mv(exception));
  };
  // What the callee called before it returned arrives before its result.
  auto result = outcome.then([](RpcResult&& result) {
    return kj::evalLater([result = kj::mv(result)]() mutable { return kj::mv(result); });
  });
  auto promise = js::promiseToJs(js, result.then(kj::mv(arrived), kj::mv(failed)));
  v8::Local<v8::Value> pair[] = {promise, js::Convert<uint32_t>::to(js, pipeline)};
  return v8::Array::New(js.isolate, pair, std::size(pair));
}

// A stub for an object of the running request.
uint32_t makeStub(js::Lock& js, v8::Local<v8::Value> value, bool ownProperties,
                  v8::Local<v8::Value> disposer) {
  auto& host = RpcHost::current(js);
  LocalTarget::Object object{.value = value, .ownProperties = ownProperties, .disposer = disposer};
  return host.addStub(kj::refcounted<LocalTarget>(js, host, object, kj::Own<void>()));
}

// Another number for the same stub.
uint32_t dup(js::Lock& js, uint32_t request, uint32_t id) {
  auto& host = RpcHost::current(js);
  return host.addStub(kj::addRef(stubOf(js, host, request, id)));
}

// Throws unless the running request holds that stub.
void requireStub(js::Lock& js, uint32_t request, uint32_t id) {
  stubOf(js, RpcHost::current(js), request, id);
}

// The host of that request; nullptr: it is over.
RpcHost* hostOf(js::Lock& js, uint32_t request) {
  auto* context = static_cast<IoContext*>(js.owner.find(request));
  return context == nullptr ? nullptr : context->rpcHost();
}

void release(js::Lock& js, uint32_t request, uint32_t id) {
  if (auto* host = hostOf(js, request)) host->releaseStub(id);
}

// Which stub takes calls on a result; the numbers are known in rpc.js.
enum class Pipeline : uint32_t { kNone = 0, kFirstTarget = 1, kObject = 2 };

// A call has returned. `object`: what the value is made of, with its `disposer` or undefined.
// `released`: stubs of this request that are part of the value.
void answer(js::Lock& js, uint32_t request, uint32_t call, v8::Local<v8::Object> outgoing,
            uint32_t pipeline, v8::Local<v8::Value> object, v8::Local<v8::Value> disposer,
            std::vector<uint32_t> released) {
  auto* host = hostOf(js, request);
  if (host == nullptr) return;
  RpcResult result;
  auto value = pack(js, *host, Outgoing::of(js, outgoing), true);
  if (Pipeline(pipeline) == Pipeline::kFirstTarget) {
    result.pipeline = kj::addRef(*value.targets.at(0));
  } else if (Pipeline(pipeline) == Pipeline::kObject) {
    auto target = kj::refcounted<LocalTarget>(
        js, *host,
        LocalTarget::Object{.value = object, .ownProperties = true, .disposer = disposer},
        host->holdForCaller());
    target->releaseAlong(std::move(released));
    released.clear();
    result.pipeline = kj::mv(target);
    result.disposable = disposer->IsFunction();
  }
  result.value = std::move(value);
  host->answer(call, std::move(result));
  for (uint32_t stub : released) host->releaseStub(stub);
}

// A call has thrown `error`, which is the rest for who called.
void threw(js::Lock& js, uint32_t request, uint32_t call, v8::Local<v8::Value> error,
           std::string type, std::string message, std::string name, v8::Local<v8::Value> details) {
  auto* host = hostOf(js, request);
  if (host == nullptr) return;
  std::string bytes = details->IsUndefined() ? "" : serializeLowered(js, details);
  auto report = js.owner.report(js, error);
  host->context.console("error",
                        "Uncaught " + (report.stack.empty() ? report.text() : report.stack));
  host->answer(call, {.value = RpcThrown{.type = std::move(type),
                                         .message = std::move(message),
                                         .name = std::move(name),
                                         .details = std::move(bytes)}});
}

uint32_t currentRequest(js::Lock& js) {
  return js.owner.currentOrThrow().id;
}

const js::FunctionEntry kRpcFunctions[] = {
    js::function<call>("call"),
    js::function<makeStub>("makeStub"),
    js::function<requireStub>("requireStub"),
    js::function<dup>("dup"),
    js::function<release>("release"),
    js::function<answer>("answer"),
    js::function<threw>("threw"),
    js::function<currentRequest>("currentRequest"),
};

}  // namespace

const js::NamespaceFace kRpcFace{"rpc", kRpcFunctions};

}  // namespace flamesim::web
