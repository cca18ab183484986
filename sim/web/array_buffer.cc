// Moving the memory of an ArrayBuffer to another.
#include <cstring>

#include "sim/js/face.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

v8::Local<v8::ArrayBuffer> bufferOf(v8::Local<v8::Value> value) {
  if (!value->IsArrayBuffer()) throw js::Throw("TypeError", "Receiver is not an ArrayBuffer");
  return value.As<v8::ArrayBuffer>();
}

v8::Local<v8::ArrayBuffer> transfer(js::Lock& js, v8::Local<v8::Value> value) {
  auto buffer = bufferOf(value);
  if (buffer->WasDetached()) {
    throw js::Throw("TypeError",
                    "Cannot perform ArrayBuffer.prototype.transfer on a detached ArrayBuffer");
  }
  if (!buffer->IsDetachable()) throw js::Throw("TypeError", "Cannot transfer this ArrayBuffer");
  auto store = buffer->GetBackingStore();
  buffer->Detach();
  return v8::ArrayBuffer::New(js.isolate, std::move(store));
}

bool detached(v8::Local<v8::Value> value) {
  return bufferOf(value)->WasDetached();
}

// As many bytes as fit.
void copy(v8::Local<v8::Value> to, v8::Local<v8::Value> from) {
  auto target = js::viewOf(to);
  auto source = js::viewOf(from);
  if (!target || !source) throw js::Throw("TypeError", "The arguments must be views of bytes.");
  size_t length = std::min(target->size(), source->size());
  if (length > 0) std::memmove(target->data(), source->data(), length);
}

const js::FunctionEntry kArrayBufferFunctions[] = {
    js::function<transfer>("transfer"),
    js::function<detached>("detached"),
    js::function<copy>("copy"),
};

}  // namespace

const js::NamespaceFace kArrayBufferFace{"arrayBuffer", kArrayBufferFunctions};

}  // namespace flamesim::web
