#include "sim/web/serializer_delegate.h"

namespace flamesim::web {

namespace {

class Writing final : public v8::ValueSerializer::Delegate {
 public:
  explicit Writing(CloneHost& host) : host(host) {}

  void ThrowDataCloneError(v8::Local<v8::String> message) override { host.fail(message); }

  v8::Maybe<bool> WriteHostObject(v8::Isolate*, v8::Local<v8::Object> object) override {
    return host.writeObject(object);
  }

  v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate* isolate,
                                             v8::Local<v8::SharedArrayBuffer>) override {
    host.fail(v8::String::NewFromUtf8Literal(isolate, "#<SharedArrayBuffer> could not be cloned."));
    return v8::Nothing<uint32_t>();
  }

  v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate* isolate,
                                              v8::Local<v8::WasmModuleObject>) override {
    host.fail(
        v8::String::NewFromUtf8Literal(isolate, "#<WebAssembly.Module> could not be cloned."));
    return v8::Nothing<uint32_t>();
  }

 private:
  CloneHost& host;
};

class Reading final : public v8::ValueDeserializer::Delegate {
 public:
  explicit Reading(CloneHost& host) : host(host) {}
  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate*) override { return host.readObject(); }

 private:
  CloneHost& host;
};

}  // namespace

std::unique_ptr<v8::ValueSerializer::Delegate> serializerDelegate(CloneHost& host) {
  return std::make_unique<Writing>(host);
}

std::unique_ptr<v8::ValueDeserializer::Delegate> deserializerDelegate(CloneHost& host) {
  return std::make_unique<Reading>(host);
}

}  // namespace flamesim::web
