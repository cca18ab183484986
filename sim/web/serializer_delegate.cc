#include "sim/web/serializer_delegate.h"

namespace flamesim::web {

namespace {

class Delegate final : public v8::ValueSerializer::Delegate {
 public:
  Delegate(v8::Isolate* isolate, CloneFailure fail) : isolate(isolate), fail(fail) {}

  void ThrowDataCloneError(v8::Local<v8::String> message) override { fail(isolate, message); }

  // Objects of C++ behind a wrapper.
  v8::Maybe<bool> WriteHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    auto text =
        v8::String::Concat(isolate, object->GetConstructorName(),
                           v8::String::NewFromUtf8Literal(isolate, " object could not be cloned."));
    fail(isolate, text);
    return v8::Nothing<bool>();
  }

  v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate* isolate,
                                             v8::Local<v8::SharedArrayBuffer>) override {
    fail(isolate,
         v8::String::NewFromUtf8Literal(isolate, "#<SharedArrayBuffer> could not be cloned."));
    return v8::Nothing<uint32_t>();
  }

  v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate* isolate,
                                              v8::Local<v8::WasmModuleObject>) override {
    fail(isolate,
         v8::String::NewFromUtf8Literal(isolate, "#<WebAssembly.Module> could not be cloned."));
    return v8::Nothing<uint32_t>();
  }

 private:
  v8::Isolate* isolate;
  CloneFailure fail;
};

}  // namespace

std::unique_ptr<v8::ValueSerializer::Delegate> serializerDelegate(v8::Isolate* isolate,
                                                                  CloneFailure fail) {
  return std::make_unique<Delegate>(isolate, fail);
}

}  // namespace flamesim::web
