#include "sim/js/convert.h"

#include <cstring>

namespace flamesim::js {

std::optional<std::span<uint8_t>> viewOf(v8::Local<v8::Value> value) {
  if (value->IsArrayBufferView()) {
    auto view = value.As<v8::ArrayBufferView>();
    auto* data = static_cast<uint8_t*>(view->Buffer()->GetBackingStore()->Data());
    return std::span<uint8_t>(data + view->ByteOffset(), view->ByteLength());
  }
  if (value->IsArrayBuffer()) {
    auto store = value.As<v8::ArrayBuffer>()->GetBackingStore();
    return std::span<uint8_t>(static_cast<uint8_t*>(store->Data()), store->ByteLength());
  }
  if (value->IsSharedArrayBuffer()) {
    auto store = value.As<v8::SharedArrayBuffer>()->GetBackingStore();
    return std::span<uint8_t>(static_cast<uint8_t*>(store->Data()), store->ByteLength());
  }
  return std::nullopt;
}

Bytes bytesOf(Lock& js, v8::Local<v8::Value> value) {
  auto view = viewOf(value);
  if (!view) throw Throw("TypeError", "The argument must be an ArrayBuffer or a view of one.");
  return {std::string(reinterpret_cast<const char*>(view->data()), view->size())};
}

v8::Local<v8::ArrayBuffer> uninitializedArrayBuffer(Lock& js, size_t size) {
  auto* allocator = js.isolate->GetArrayBufferAllocator();
  void* memory = allocator->AllocateUninitialized(size);
  if (memory == nullptr) {
    js.isolate->LowMemoryNotification();
    memory = allocator->AllocateUninitialized(size);
  }
  if (memory == nullptr) throw Throw("RangeError", "Array buffer allocation failed");
  auto store = v8::ArrayBuffer::NewBackingStore(
      memory, size,
      [](void* data, size_t length, void* owner) {
        static_cast<v8::ArrayBuffer::Allocator*>(owner)->Free(data, length);
      },
      allocator);
  return v8::ArrayBuffer::New(js.isolate, std::move(store));
}

v8::Local<v8::ArrayBuffer> newArrayBuffer(Lock& js, std::string_view bytes) {
  auto buffer = uninitializedArrayBuffer(js, bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->GetBackingStore()->Data(), bytes.data(), bytes.size());
  return buffer;
}

ByteString Convert<ByteString>::from(Lock& js, v8::Local<v8::Value> v) {
  auto string = check(v->ToString(js.context));
  if (!string->ContainsOnlyOneByte()) {
    throw Throw("TypeError", "The string has characters that are not bytes.");
  }
  std::string bytes(size_t(string->Length()), '\0');
  string->WriteOneByte(js.isolate, reinterpret_cast<uint8_t*>(bytes.data()), 0, int(bytes.size()),
                       v8::String::NO_NULL_TERMINATION);
  return {std::move(bytes)};
}

v8::Local<v8::Value> Convert<ByteString>::to(Lock& js, const ByteString& v) {
  return check(v8::String::NewFromOneByte(js.isolate,
                                          reinterpret_cast<const uint8_t*>(v.data.data()),
                                          v8::NewStringType::kNormal, int(v.data.size())));
}

}  // namespace flamesim::js
