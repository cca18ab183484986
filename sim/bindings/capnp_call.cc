#include "sim/bindings/capnp_call.h"

#include "sim/bindings/capnp_client.h"

namespace flamesim::bindings {

std::string errorText(const kj::Exception& exception) {
  std::string text(exception.getDescription().cStr(), exception.getDescription().size());
  // js::rejection() marks a type: "\x01TypeError\x01message".
  size_t start = text.find('\x01');
  size_t end = start == text.npos ? start : text.find('\x01', start + 1);
  if (end == text.npos) return text;
  return text.substr(0, start) + text.substr(start + 1, end - start - 1) + ": " +
         text.substr(end + 1);
}

namespace {

// One call on its way, owned by the promise of its answer.
class PendingCall {
 public:
  PendingCall(js::Lock& js, RequestScope& scope, MethodFace& method,
              v8::Local<v8::Promise::Resolver> resolver)
      : scope(scope), method(method), resolver(js.isolate, resolver) {}
  ~PendingCall() noexcept(false) {
    if (pipeline != 0) method.types.slots.release(pipeline);
  }
  KJ_DISALLOW_COPY(PendingCall);

  // JavaScript can call what the results will hold.
  void offer(js::Lock& js, v8::Local<v8::Promise> promise, capnp::AnyPointer::Pipeline results);

  void answered(capnp::AnyPointer::Reader results) {
    scope.ioCompleted();
    scope.isolate.enter(&scope, [&](js::Lock& js) {
      auto waiting = resolver.Get(js.isolate);
      v8::Local<v8::Value> value;
      try {
        value = structToJs(js, method.types, method.results,
                           StructReader(results.getAs<capnp::AnyStruct>()));
      } catch (const js::Throw& error) {
        return reject(js, js::errorValue(js.isolate, error.type, error.message));
      } catch (const kj::Exception& error) {
        return reject(js, rpcError(js, error));
      }
      // From now on the results say what their pipeline would.
      method.types.slots.release(std::exchange(pipeline, 0));
      js::check(waiting->Resolve(js.context, value));
    });
  }

  void done() {
    scope.ioCompleted();
    scope.isolate.enter(&scope, [&](js::Lock& js) {
      js::check(resolver.Get(js.isolate)->Resolve(js.context, js.undefined()));
    });
  }

  void failed(const kj::Exception& exception) {
    // Calls on what the results would have held fail for the same reason.
    pipeline = 0;
    scope.ioCompleted();
    scope.isolate.enter(&scope, [&](js::Lock& js) { reject(js, rpcError(js, exception)); });
  }

 private:
  void reject(js::Lock& js, v8::Local<v8::Value> error) {
    js::check(resolver.Get(js.isolate)->Reject(js.context, error));
  }
  static v8::Local<v8::Value> rpcError(js::Lock& js, const kj::Exception& exception) {
    return js::errorValue(js.isolate, "Error", "capnp RPC exception: " + errorText(exception));
  }

  RequestScope& scope;
  MethodFace& method;
  v8::Global<v8::Promise::Resolver> resolver;
  SlotId pipeline = 0;
};

// Gives `object` the properties that stand for the pointers of a struct which is yet to come. They
// work their value out when they are first read, so that calls that pipeline nothing pay little.
void definePipelined(js::Lock& js, JsTypes& types, StructFace& face,
                     std::deque<StructFace::Pipelined>& fields, v8::Local<v8::Object> object,
                     SlotId pipeline) {
  js::check(object->SetPrivate(js.context, types.pipelineKey(js),
                               v8::Number::New(js.isolate, double(pipeline))));
  for (auto& field : fields) {
    object->SetAccessorProperty(face.names[field.index].Get(js.isolate),
                                field.getter.Get(js.isolate));
  }
}

void PendingCall::offer(js::Lock& js, v8::Local<v8::Promise> promise,
                        capnp::AnyPointer::Pipeline results) {
  auto& types = method.types;
  auto& fields = method.results.pipelined(js, types);
  if (fields.empty()) return;
  pipeline = types.slots.addPipeline(RequestCapabilities::of(scope), kj::mv(results));
  definePipelined(js, types, method.results, fields, promise, pipeline);
}

v8::Local<v8::Value> pipelinedValue(js::Lock& js, StructFace::Pipelined& field,
                                    capnp::AnyPointer::Pipeline& parent) {
  auto& types = *field.types;
  auto& layout = field.owner->layout.fields[field.index];
  auto results = layout.isGroup ? parent.noop() : parent.getPointerField(uint16_t(layout.offset));
  if (layout.kind == TypeKind::INTERFACE) {
    return capabilityToJs(js, types.interfaceFace(js, layout.type.asInterface()), results.asCap());
  }
  auto object = v8::Object::New(js.isolate);
  auto& face = field.owner->child(js, types, field.index);
  auto& fields = face.pipelined(js, types);
  if (fields.empty()) return object;
  auto& request = RequestCapabilities::of(RequestScope::current(js));
  definePipelined(js, types, face, fields, object,
                  types.slots.addPipeline(request, kj::mv(results)));
  return object;
}

void readPipelined(js::Lock& js, const js::Arguments& info) {
  auto& field = *static_cast<StructFace::Pipelined*>(info.Data().As<v8::External>()->Value());
  auto& types = *field.types;
  auto self = info.This();
  auto name = field.owner->names[field.index].Get(js.isolate);
  auto key = js::check(self->GetPrivate(js.context, types.pipelineKey(js)));
  if (!key->IsNumber()) throw js::Throw("TypeError", "Illegal invocation");
  v8::Local<v8::Value> value;
  if (self->IsPromise() && self.As<v8::Promise>()->State() == v8::Promise::kFulfilled) {
    auto results = self.As<v8::Promise>()->Result().As<v8::Object>();
    value = js::check(results->Get(js.context, name));
  } else if (auto* slot = types.slots.find(SlotId(key.As<v8::Number>()->Value()))) {
    if (&slot->request->scope != js.owner.current()) return;
    value = pipelinedValue(js, field, slot->pipeline);
  } else {
    return;  // the request is over
  }
  js::check(self->DefineOwnProperty(js.context, name, value));
  info.GetReturnValue().Set(value);
}

void pipelinedCallback(const js::Arguments& info) {
  v8::Isolate* isolate = info.GetIsolate();
  js::Lock js{js::Isolate::from(isolate), isolate, isolate->GetCurrentContext()};
  try {
    readPipelined(js, info);
  } catch (...) {
    js::throwToJs(isolate);
  }
}

}  // namespace

v8::Local<v8::Function> pipelineGetter(js::Lock& js, StructFace::Pipelined& field) {
  return js::check(v8::Function::New(js.context, pipelinedCallback,
                                     v8::External::New(js.isolate, &field), 0,
                                     v8::ConstructorBehavior::kThrow));
}

v8::Local<v8::Promise> sendCall(js::Lock& js, MethodFace& method, capnp::ClientHook& client,
                                v8::Local<v8::Value> argument) {
  auto& scope = RequestScope::current(js);
  auto request =
      client.newCall(method.interfaceId, method.ordinal, capnp::MessageSize{method.sizeHint, 0});
  auto params = request.initAs<capnp::DynamicStruct>(method.params.layout.schema);
  if (argument->IsObject()) {
    fillStruct(js, method.types, method.params, params, argument.As<v8::Object>());
  }
  auto resolver = js::check(v8::Promise::Resolver::New(js.context));
  auto result = resolver->GetPromise();
  auto call = kj::heap<PendingCall>(js, scope, method, resolver);
  auto& pending = *call;
  auto whenFailed = [&pending](kj::Exception&& exception) { pending.failed(exception); };
  if (method.streaming) {
    auto sent = capnp::RequestHook::from(kj::mv(request))->sendStreaming();
    scope.addTask(sent.then([call = kj::mv(call)]() mutable { call->done(); }, kj::mv(whenFailed)));
    return result;
  }
  auto sent = request.send();
  pending.offer(js, result, kj::mv(static_cast<capnp::AnyPointer::Pipeline&>(sent)));
  scope.addTask(sent.then(
      [call = kj::mv(call)](capnp::Response<capnp::AnyPointer>&& response) mutable {
        call->answered(response);
      },
      kj::mv(whenFailed)));
  return result;
}

}  // namespace flamesim::bindings
