#include "sim/bindings/capnp_client.h"

#include <set>

#include "sim/bindings/capnp_call.h"
#include "sim/bindings/capnp_server.h"

namespace flamesim::bindings {

namespace {

constexpr char kClosed[] = "Capability has been closed.";
constexpr char kOtherRequest[] =
    "Cannot perform I/O on behalf of a different request. I/O objects (such as streams, "
    "request/response bodies, and others) created in the context of one request handler cannot be "
    "accessed from a different request's handler. This is a limitation of Cloudflare Workers which "
    "allows us to improve overall performance. (I/O type: CapnpCapability)";

// Fields of an instance: the SlotId (0: closed) as an aligned pointer, and one more, so that it is
// not taken for a js::NativeObject.
constexpr int kIdField = 0;
constexpr int kFields = 2;

void setId(v8::Local<v8::Object> object, SlotId id) {
  object->SetAlignedPointerInInternalField(kIdField, reinterpret_cast<void*>(uintptr_t(id << 1)));
}

SlotId idOf(v8::Local<v8::Object> object) {
  return SlotId(
             reinterpret_cast<uintptr_t>(object->GetAlignedPointerFromInternalField(kIdField))) >>
         1;
}

template <typename T>
T& dataOf(const js::Arguments& info) {
  return *static_cast<T*>(info.Data().As<v8::External>()->Value());
}

// The open capability behind an instance of a class of this isolate, in the current request.
Slot& openSlot(js::Lock& js, JsTypes& types, v8::Local<v8::Object> object) {
  auto& scope = RequestScope::current(js);
  SlotId id = idOf(object);
  if (id == 0) throw js::Throw("Error", kClosed);
  Slot* slot = types.slots.find(id);
  if (slot == nullptr || &slot->request->scope != &scope) throw js::Throw("Error", kOtherRequest);
  return *slot;
}

// An error thrown in C++ becomes JavaScript's at this boundary.
template <auto body>
void guarded(const js::Arguments& info) {
  v8::Isolate* isolate = info.GetIsolate();
  js::Lock js{js::Isolate::from(isolate), isolate, isolate->GetCurrentContext()};
  try {
    body(js, info);
  } catch (...) {
    js::throwToJs(isolate);
  }
}

void callMethod(js::Lock& js, const js::Arguments& info) {
  auto& method = dataOf<MethodFace>(info);
  auto& slot = openSlot(js, method.types, info.This());
  auto argument = info[0];
  if (!argument->IsUndefined() && !argument->IsObject()) {
    throw js::Throw("TypeError", "Argument to a capnp RPC call must be an object.");
  }
  info.GetReturnValue().Set(sendCall(js, method, *slot.client, argument));
}

void construct(js::Lock& js, const js::Arguments& info) {
  auto& face = dataOf<InterfaceFace>(info);
  if (!info.IsConstructCall()) {
    throw js::Throw("TypeError", "Failed to construct '" + face.name +
                                     "': Please use the 'new' operator, this object constructor "
                                     "cannot be called as a function.");
  }
  setId(info.This(), 0);
  if (!info[0]->IsObject()) {
    throw js::Throw("TypeError", "Constructor argument for '" + face.name +
                                     "' must be an object implementing the interface.");
  }
  auto& request = RequestCapabilities::of(RequestScope::current(js));
  auto client = JsServer::make(js, face, info[0].As<v8::Object>());
  setId(info.This(), face.types.slots.addClient(request, kj::mv(client), face));
}

void constructBase(js::Lock&, const js::Arguments&) {
  throw js::Throw("TypeError", "Illegal constructor");
}

// close(): the capability is dropped at once. Closing twice is allowed.
void closeCapability(js::Lock& js, const js::Arguments& info) {
  auto& types = dataOf<JsTypes>(info);
  SlotId id = idOf(info.This());
  if (id == 0) return;
  openSlot(js, types, info.This());
  setId(info.This(), 0);
  types.slots.release(id);
}

// A capability with the server behind it, where that is of this isolate.
struct Unwrapped {
  JsServer* server;
  capnp::Capability::Client keepsAlive;
};

void unwrapCapability(js::Lock& js, const js::Arguments& info) {
  auto& types = dataOf<JsTypes>(info);
  auto& slot = openSlot(js, types, info.This());
  capnp::Capability::Client client(slot.client->addRef());
  auto server = types.servers.getLocalServer(client);
  auto& scope = RequestScope::current(js);
  auto resolver = js::check(v8::Promise::Resolver::New(js.context));
  info.GetReturnValue().Set(resolver->GetPromise());
  auto held = std::make_shared<v8::Global<v8::Promise::Resolver>>(js.isolate, resolver);
  auto settle = [&scope, held](JsServer* server) {
    scope.ioCompleted();
    scope.isolate.enter(&scope, [&](js::Lock& js) {
      v8::Local<v8::Value> object = v8::Null(js.isolate);
      if (server != nullptr) object = server->objectIn(js);
      js::check(held->Get(js.isolate)->Resolve(js.context, object));
    });
  };
  scope.addTask(server.then(
      [client, settle](kj::Maybe<capnp::Capability::Server&> server) mutable {
        KJ_IF_MAYBE (local, server) {
          settle(dynamic_cast<JsServer*>(local));
        } else {
          settle(nullptr);
        }
      },
      // A capability that never comes to be is no local object either.
      [settle](kj::Exception&&) { settle(nullptr); }));
}

v8::Local<v8::FunctionTemplate> functionTemplate(js::Lock& js, v8::FunctionCallback callback,
                                                 void* data,
                                                 v8::Local<v8::FunctionTemplate> receiver) {
  return v8::FunctionTemplate::New(js.isolate, callback, v8::External::New(js.isolate, data),
                                   v8::Signature::New(js.isolate, receiver), 0,
                                   v8::ConstructorBehavior::kThrow);
}

void addMethods(js::Lock& js, InterfaceFace& face, capnp::InterfaceSchema schema,
                std::set<uint64_t>& seen) {
  if (!seen.insert(schema.getProto().getId()).second) return;
  for (auto method : schema.getMethods()) {
    auto params = method.getParamType();
    face.methods.push_back(MethodFace{
        .types = face.types,
        .face = face,
        .method = method,
        .name = {js.isolate, js.internalized(method.getProto().getName().cStr())},
        .interfaceId = schema.getProto().getId(),
        .ordinal = method.getOrdinal(),
        .streaming = method.isStreaming(),
        .params = face.types.structFace(js, params),
        .results = face.types.structFace(js, method.getResultType()),
        // The root pointer, the struct, and room for some text.
        .sizeHint = 1 + face.types.layouts.of(params).words + 62,
    });
  }
  for (auto super : schema.getSuperclasses()) addMethods(js, face, super, seen);
}

}  // namespace

v8::Local<v8::FunctionTemplate> makeCapabilityClass(js::Lock& js, JsTypes& types) {
  auto made = v8::FunctionTemplate::New(js.isolate, guarded<constructBase>);
  made->SetClassName(js.internalized("CapnpCapability"));
  made->InstanceTemplate()->SetInternalFieldCount(kFields);
  auto prototype = made->PrototypeTemplate();
  prototype->Set(js.isolate, "close", functionTemplate(js, guarded<closeCapability>, &types, made));
  prototype->Set(js.isolate, "unwrap",
                 functionTemplate(js, guarded<unwrapCapability>, &types, made));
  return made;
}

std::unique_ptr<InterfaceFace> makeInterfaceFace(js::Lock& js, JsTypes& types,
                                                 capnp::InterfaceSchema schema) {
  auto face =
      std::make_unique<InterfaceFace>(InterfaceFace{types, schema, nameInFile(schema), {}, {}, {}});
  if (auto dot = face->name.rfind('.'); dot != face->name.npos) face->name.erase(0, dot + 1);
  std::set<uint64_t> seen;
  addMethods(js, *face, schema, seen);

  auto made = v8::FunctionTemplate::New(js.isolate, guarded<construct>,
                                        v8::External::New(js.isolate, face.get()));
  made->Inherit(types.baseClass(js));
  made->SetClassName(js.internalized(face->name));
  made->InstanceTemplate()->SetInternalFieldCount(kFields);
  std::set<std::string_view> names;
  for (auto& method : face->methods) {
    if (!names.insert(method.method.getProto().getName().cStr()).second) continue;
    made->PrototypeTemplate()->Set(method.name.Get(js.isolate),
                                   functionTemplate(js, guarded<callMethod>, &method, made));
  }
  face->constructor.Reset(js.isolate, made);
  face->instance.Reset(js.isolate, made->InstanceTemplate());
  return face;
}

v8::Local<v8::Function> interfaceClass(js::Lock& js, InterfaceFace& face) {
  return js::check(face.constructor.Get(js.isolate)->GetFunction(js.context));
}

v8::Local<v8::Value> capabilityToJs(js::Lock& js, InterfaceFace& face,
                                    kj::Own<capnp::ClientHook> client) {
  if (client->isNull()) return v8::Null(js.isolate);
  auto& request = RequestCapabilities::of(RequestScope::current(js));
  auto object = js::check(face.instance.Get(js.isolate)->NewInstance(js.context));
  setId(object, face.types.slots.addClient(request, kj::mv(client), face));
  return object;
}

kj::Maybe<kj::Own<capnp::ClientHook>> capabilityFromJs(js::Lock& js, JsTypes& types,
                                                       InterfaceFace& face,
                                                       v8::Local<v8::Value> value) {
  if (value->IsNull()) return capnp::ClientHook::from(capnp::Capability::Client(nullptr));
  if (!value->IsObject()) return nullptr;
  auto object = value.As<v8::Object>();
  if (!types.baseClass(js)->HasInstance(object)) return JsServer::make(js, face, object);
  auto& slot = openSlot(js, types, object);
  if (!slot.face->schema.extends(face.schema)) return nullptr;
  return slot.client->addRef();
}

}  // namespace flamesim::bindings
