// What came over RPC, in the hands of the runtime's JavaScript (rpc.js), which reads it once.
#pragma once

#include "sim/web/rpc.h"

namespace flamesim::web {

class RpcArrival final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  explicit RpcArrival(RpcValue value) : content(std::move(value)) {}
  explicit RpcArrival(RpcResult result)
      : content(std::move(result.value)), isDisposable(result.disposable) {}
  explicit RpcArrival(kj::Exception exception) : failure(kj::mv(exception)) {}
  // Undefined where a property is read.
  static v8::Local<v8::Value> ofArguments(js::Lock& js, std::optional<RpcValue> arguments);

  // [type, message, name, details] of what the callee threw, else null. Throws what else went
  // wrong.
  v8::Local<v8::Value> thrown(js::Lock& js);
  // Takes the stubs in it over into the running request: their numbers there.
  std::vector<uint32_t> takeStubs(js::Lock& js);
  // The request, response or body of that number in it: a native message.
  v8::Local<v8::Value> takeMessage(js::Lock& js, uint32_t number);
  v8::Local<v8::Value> value(js::Lock& js);
  bool disposable() { return isDisposable; }

 private:
  std::variant<RpcValue, RpcThrown> content;
  kj::Maybe<kj::Exception> failure;
  bool isDisposable = false;
};

}  // namespace flamesim::web
