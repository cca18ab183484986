#include "sim/bindings/capnp_server.h"

#include "sim/bindings/capnp_client.h"

namespace flamesim::bindings {

namespace {

kj::Exception failure(kj::Exception::Type type, std::string_view text) {
  return kj::Exception(type, __FILE__, __LINE__, kj::heapString(text.data(), text.size()));
}

kj::Exception noLongerLive() {
  return failure(kj::Exception::Type::DISCONNECTED,
                 "Called to event context that is no longer live.");
}

}  // namespace

// One call in progress. The promise that the caller waits for owns what belongs to the caller;
// JavaScript may settle after that is gone.
class JsServer::Call {
 public:
  using Context = capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct>;
  Call(Context context, kj::Own<kj::PromiseFulfiller<void>> fulfiller)
      : context(context), fulfiller(kj::mv(fulfiller)) {}

  void abandon() {
    context = nullptr;
    fulfiller = nullptr;
  }
  void fail(kj::Exception exception) {
    if (fulfiller.get() != nullptr) fulfiller->reject(kj::mv(exception));
    abandon();
  }
  void fail(std::string_view text) { fail(failure(kj::Exception::Type::FAILED, text)); }

  void finish(js::Lock& js, MethodFace& method, v8::Local<v8::Value> value) {
    KJ_IF_MAYBE (open, context) {
      // V8 calls this: nothing may be thrown out of it.
      v8::TryCatch caught(js.isolate);
      try {
        if (value->IsObject()) {
          if (!method.streaming) {
            fillStruct(js, method.types, method.results, open->getResults(),
                       value.As<v8::Object>());
          }
        } else if (!value->IsUndefined()) {
          return fail("RPC method server implementation returned a non-object.");
        }
      } catch (const js::Throw& error) {
        return fail(error.type + ": " + error.message);
      } catch (const js::Pending&) {
        if (caught.HasTerminated()) return fail("The worker was terminated.");
        return fail(js.owner.report(js, caught.Exception(), caught.Message()).text());
      } catch (kj::Exception& error) {
        return fail(kj::mv(error));
      }
      if (fulfiller.get() != nullptr) fulfiller->fulfill();
      abandon();
    }
  }

  kj::Maybe<Context> context;
  kj::Own<kj::PromiseFulfiller<void>> fulfiller;
};

kj::Own<capnp::ClientHook> JsServer::make(js::Lock& js, InterfaceFace& face,
                                          v8::Local<v8::Object> object, kj::Own<void> kept) {
  auto& request = RequestCapabilities::of(RequestScope::current(js));
  return capnp::ClientHook::from(
      face.types.servers.add(kj::heap<JsServer>(js, request, face, object, kj::mv(kept))));
}

JsServer::JsServer(js::Lock& js, RequestCapabilities& request, InterfaceFace& face,
                   v8::Local<v8::Object> object, kj::Own<void> kept)
    : capnp::DynamicCapability::Server(face.schema),
      kept(kj::mv(kept)),
      face(face),
      request(&request),
      object(js.isolate, object) {
  request.add(*this);
}

JsServer::~JsServer() noexcept(false) {
  if (request == nullptr) return;
  request->remove(*this);
  if (kept.get() != nullptr) return;
  // Not at once: whoever drops the last reference does not expect JavaScript to run.
  auto& scope = request->scope;
  auto held = kj::heap<v8::Global<v8::Object>>(kj::mv(object));
  scope.addTask(kj::evalLater([&scope, held = kj::mv(held)] {
    scope.isolate.enter(&scope, [&](js::Lock& js) {
      v8::TryCatch caught(js.isolate);
      auto self = held->Get(js.isolate);
      try {
        auto close = js.get(self, "close");
        if (close->IsFunction()) js.call(close.As<v8::Function>(), self, {});
      } catch (const js::Pending&) {
        if (caught.HasTerminated()) throw;
        auto report = js.owner.report(js, caught.Exception(), caught.Message());
        scope.console("error", "Uncaught (in close) " + report.text());
      }
    });
  }));
}

void JsServer::requestEnded() {
  request = nullptr;
  object.Reset();
  for (auto& weak : calls) {
    if (auto call = weak.lock()) call->fail(noLongerLive());
  }
  calls.clear();
}

v8::Local<v8::Value> JsServer::objectIn(js::Lock& js) {
  if (request == nullptr || &request->scope != js.owner.current()) return v8::Null(js.isolate);
  return object.Get(js.isolate);
}

kj::Promise<void> JsServer::call(capnp::InterfaceSchema::Method method, Call::Context context) {
  if (request == nullptr) return noLongerLive();
  auto* known = face.findMethod(method);
  if (known == nullptr) {
    return failure(kj::Exception::Type::UNIMPLEMENTED, std::string("RPC method not implemented: ") +
                                                           method.getProto().getName().cStr());
  }
  // A caller that gave up keeps nothing of this alive: the isolate might be gone before the answer.
  context.allowCancellation();
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto call = std::make_shared<Call>(context, kj::mv(paf.fulfiller));
  std::erase_if(calls, [](auto& weak) { return weak.expired(); });
  calls.push_back(call);
  auto& scope = request->scope;
  scope.ioCompleted();
  try {
    scope.isolate.enter(&scope, [&](js::Lock& js) { start(js, call, *known); });
  } catch (const js::Uncaught& error) {
    call->fail(error.report.text());
  } catch (const js::Terminated& error) {
    call->fail(error.reason);
  }
  return paf.promise.attach(kj::defer([call] { call->abandon(); }));
}

void JsServer::start(js::Lock& js, const std::shared_ptr<Call>& call, MethodFace& method) {
  auto self = object.Get(js.isolate);
  v8::TryCatch caught(js.isolate);
  v8::Local<v8::Value> result;
  auto run = [&]() -> bool {
    v8::Local<v8::Value> function;
    if (!self->Get(js.context, method.name.Get(js.isolate)).ToLocal(&function)) return false;
    if (!function->IsFunction()) {
      call->fail(failure(
          kj::Exception::Type::UNIMPLEMENTED,
          std::string("RPC method not implemented: ") + method.method.getProto().getName().cStr()));
      return true;
    }
    auto& context = KJ_ASSERT_NONNULL(call->context);
    v8::Local<v8::Value> params =
        structToJs(js, method.types, method.params, StructReader(context.getParams()));
    context.releaseParams();
    return function.As<v8::Function>()->Call(js.context, self, 1, &params).ToLocal(&result);
  };
  if (!run()) {
    if (caught.HasTerminated()) throw js::Pending();
    call->fail(js.owner.report(js, caught.Exception(), caught.Message()).text());
    return;
  }
  if (result.IsEmpty()) return;
  js::whenSettled(
      js, result,
      [call, &method](js::Lock& js, v8::Local<v8::Value> value) {
        call->finish(js, method, value);
      },
      [call](js::Lock& js, v8::Local<v8::Value> error) {
        call->fail(js.owner.report(js, error).text());
      });
}

}  // namespace flamesim::bindings
