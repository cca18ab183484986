#include "sim/web/structured_clone.h"

#include <cstdlib>

#include "sim/js/face.h"
#include "sim/web/namespaces.h"
#include "sim/web/serializer_delegate.h"

namespace flamesim::web {

namespace {

void failClone(v8::Isolate* isolate, v8::Local<v8::String> message) {
  v8::String::Utf8Value text(isolate, message);
  isolate->ThrowException(
      js::errorValue(isolate, "DataCloneError", *text == nullptr ? "" : std::string(*text)));
}

// The buffers that move instead of being copied, in the order of their ids.
using Transfers = std::vector<v8::Local<v8::ArrayBuffer>>;

std::string write(js::Lock& js, v8::Local<v8::Value> value, const Transfers& transfers) {
  auto delegate = serializerDelegate(js.isolate, &failClone);
  v8::ValueSerializer serializer(js.isolate, delegate.get());
  for (uint32_t i = 0; i < transfers.size(); ++i) {
    serializer.TransferArrayBuffer(i, transfers[i]);
  }
  serializer.WriteHeader();
  js::check(serializer.WriteValue(js.context, value));
  auto [data, size] = serializer.Release();
  std::string bytes(reinterpret_cast<const char*>(data), size);
  free(data);
  return bytes;
}

v8::Local<v8::Value> read(js::Lock& js, std::string_view bytes, const Transfers& transfers) {
  v8::ValueDeserializer deserializer(js.isolate, reinterpret_cast<const uint8_t*>(bytes.data()),
                                     bytes.size());
  for (uint32_t i = 0; i < transfers.size(); ++i) {
    deserializer.TransferArrayBuffer(i, transfers[i]);
  }
  js::check(deserializer.ReadHeader(js.context));
  return js::check(deserializer.ReadValue(js.context));
}

Transfers transfersOf(std::optional<v8::Local<v8::Array>> list, js::Lock& js) {
  Transfers transfers;
  if (!list) return transfers;
  for (uint32_t i = 0; i < (*list)->Length(); ++i) {
    auto item = js::check((*list)->Get(js.context, i));
    if (!item->IsArrayBuffer() || !item.As<v8::ArrayBuffer>()->IsDetachable()) {
      throw js::Throw("DataCloneError",
                      "Value at index " + std::to_string(i) + " could not be transferred.");
    }
    auto buffer = item.As<v8::ArrayBuffer>();
    if (buffer->WasDetached()) {
      throw js::Throw("DataCloneError", "An ArrayBuffer at index " + std::to_string(i) +
                                            " is detached and could not be transferred.");
    }
    for (auto& known : transfers) {
      if (known == buffer) {
        throw js::Throw("DataCloneError", "ArrayBuffer at index " + std::to_string(i) +
                                              " is a duplicate of an earlier ArrayBuffer.");
      }
    }
    transfers.push_back(buffer);
  }
  return transfers;
}

v8::Local<v8::Value> clone(js::Lock& js, v8::Local<v8::Value> value,
                           std::optional<v8::Local<v8::Array>> list) {
  auto transfers = transfersOf(list, js);
  std::string bytes = write(js, value, transfers);
  Transfers moved;
  for (auto& buffer : transfers) {
    auto store = buffer->GetBackingStore();
    buffer->Detach();
    moved.push_back(v8::ArrayBuffer::New(js.isolate, std::move(store)));
  }
  return read(js, bytes, moved);
}

const js::FunctionEntry kFunctions[] = {js::function<clone>("clone")};

}  // namespace

const js::NamespaceFace kStructuredCloneFace{"structuredClone", kFunctions};

std::string serialize(js::Lock& js, v8::Local<v8::Value> value) {
  return write(js, value, {});
}

v8::Local<v8::Value> deserialize(js::Lock& js, std::string_view bytes) {
  return read(js, bytes, {});
}

}  // namespace flamesim::web
