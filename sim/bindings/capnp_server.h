// An object of JavaScript as a Cap'n Proto server: its methods answer calls, in the request that
// made it.
#pragma once

#include <list>

#include "sim/bindings/capnp_types.h"

namespace flamesim::bindings {

class JsServer final : public capnp::DynamicCapability::Server, private RequestMember {
 public:
  // A capability for `object`, which belongs to the current request. `kept` lives as long as the
  // capability; an object that is served with such a thing is not told of its end by close().
  static kj::Own<capnp::ClientHook> make(js::Lock& js, InterfaceFace& face,
                                         v8::Local<v8::Object> object,
                                         kj::Own<void> kept = kj::Own<void>());
  // Use make().
  JsServer(js::Lock& js, RequestCapabilities& request, InterfaceFace& face,
           v8::Local<v8::Object> object, kj::Own<void> kept);
  ~JsServer() noexcept(false);

  kj::Promise<void> call(
      capnp::InterfaceSchema::Method method,
      capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct> context) override;

  // The object, or null when its request is not the current one.
  v8::Local<v8::Value> objectIn(js::Lock& js);

 private:
  class Call;
  void requestEnded() override;
  void start(js::Lock& js, const std::shared_ptr<Call>& call, MethodFace& method);

  kj::Own<void> kept;  // goes last: it may hold the request
  InterfaceFace& face;
  RequestCapabilities* request;  // nullptr: it has ended
  v8::Global<v8::Object> object;
  std::list<std::weak_ptr<Call>> calls;  // may have ended
};

}  // namespace flamesim::bindings
