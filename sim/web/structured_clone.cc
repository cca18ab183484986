#include "sim/web/structured_clone.h"

#include <cstdlib>

#include "sim/js/face.h"
#include "sim/js/v8_version.h"
#include "sim/web/namespaces.h"
#include "sim/web/serializer_delegate.h"

namespace flamesim::web {

namespace {

// Stands in a value for an object that is written as its parts (structured_clone.js).
const js::ClassFace kCarrierFace{"Carrier", {}};

v8::Local<v8::Private> partsKey(v8::Isolate* isolate) {
  return v8::Private::ForApi(isolate, v8::String::NewFromUtf8Literal(isolate, "flamesim.carrier"));
}

v8::Local<v8::Value> carrier(js::Lock& js, v8::Local<v8::Array> parts) {
  auto object = js::check(js.owner.instanceTemplate(kCarrierFace)->NewInstance(js.context));
  js::check(object->SetPrivate(js.context, partsKey(js.isolate), parts));
  return object;
}

class Host final : public CloneHost {
 public:
  explicit Host(js::Lock& js) : js(js) {}
  v8::ValueSerializer* serializer = nullptr;
  v8::ValueDeserializer* deserializer = nullptr;

  void fail(v8::Local<v8::String> message) override {
    v8::String::Utf8Value text(js.isolate, message);
    failWith(*text == nullptr ? "" : std::string(*text));
  }

  v8::Maybe<bool> writeObject(v8::Local<v8::Object> object) override {
    v8::Local<v8::Value> parts;
    if (!object->GetPrivate(js.context, partsKey(js.isolate)).ToLocal(&parts)) {
      return v8::Nothing<bool>();
    }
    if (parts->IsArray()) return serializer->WriteValue(js.context, parts);
    v8::String::Utf8Value name(js.isolate, object->GetConstructorName());
    failWith("Could not serialize object of type \"" + std::string(*name) +
             "\". This type does not support serialization.");
    return v8::Nothing<bool>();
  }

  v8::MaybeLocal<v8::Object> readObject() override {
    v8::Local<v8::Value> parts, revive, object;
    auto runtime = js.owner.runtime(js);
    auto key = v8::String::NewFromUtf8Literal(js.isolate, "reviveClone");
    if (!deserializer->ReadValue(js.context).ToLocal(&parts)) return {};
    // V8 forbids JavaScript while it reads, because that could change objects half read. The
    // runtime's own function sees the parts alone, and they are complete.
    v8::Isolate::AllowJavascriptExecutionScope allowed(js.isolate);
    if (!runtime->Get(js.context, key).ToLocal(&revive) ||
        !revive.As<v8::Function>()->Call(js.context, runtime, 1, &parts).ToLocal(&object)) {
      return {};
    }
    return object.As<v8::Object>();
  }

 private:
  void failWith(const std::string& message) {
    js.isolate->ThrowException(js::errorValue(js.isolate, "DataCloneError", message));
  }

  js::Lock& js;
};

// The buffers that move instead of being copied, in the order of their ids.
using Transfers = std::vector<v8::Local<v8::ArrayBuffer>>;

std::string write(js::Lock& js, v8::Local<v8::Value> value, const Transfers& transfers) {
  Host host(js);
  auto delegate = serializerDelegate(host);
  v8::ValueSerializer serializer(js.isolate, delegate.get());
  host.serializer = &serializer;
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
  Host host(js);
  auto delegate = deserializerDelegate(host);
  v8::ValueDeserializer deserializer(js.isolate, reinterpret_cast<const uint8_t*>(bytes.data()),
                                     bytes.size(), delegate.get());
  host.deserializer = &deserializer;
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
      throw js::Throw("TypeError", "Object is not transferable");
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

// What structured_clone.js copies itself; the numbers are known there.
enum Kind : int32_t {
  kOrdinary = 0,
  kDenseArray = 1,
  kArrayWithNames = 2,
  kMap = 3,
  kSet = 4,
  kDate = 5,
  kError = 6,
  kView = 7,
  kBuffer = 8,
  kOther = 9,
};

// Whether a copy of the bytes is all that a clone needs; else V8 clones or refuses it.
bool isPlainBuffer(v8::Local<v8::ArrayBuffer> buffer) {
#if FLAMESIM_V8_AT_LEAST(11, 0)
  if (buffer->GetBackingStore()->IsResizableByUserJavaScript()) return false;
#endif
  return !buffer->WasDetached();
}

void kindOf(js::Lock& js, const js::Arguments& info) {
  auto value = info[0];
  Kind kind = kOrdinary;
  if (value->IsArray()) {
    auto names = js::check(value.As<v8::Array>()->GetPropertyNames(
        js.context, v8::KeyCollectionMode::kOwnOnly,
        v8::PropertyFilter(v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS), v8::IndexFilter::kSkipIndices));
    kind = names->Length() == 0 ? kDenseArray : kArrayWithNames;
  } else if (value->IsMap()) {
    kind = kMap;
  } else if (value->IsSet()) {
    kind = kSet;
  } else if (value->IsDate()) {
    kind = kDate;
  } else if (value->IsNativeError()) {
    kind = kError;
  } else if (value->IsArrayBufferView()) {
    kind = kView;
  } else if (value->IsArrayBuffer()) {
    kind = isPlainBuffer(value.As<v8::ArrayBuffer>()) ? kBuffer : kOther;
  } else if (value->IsProxy() || value->IsRegExp() || value->IsSharedArrayBuffer() ||
             value->IsNumberObject() || value->IsStringObject() || value->IsBooleanObject() ||
             value->IsBigIntObject() || value->IsSymbolObject() || value->IsPromise() ||
             value->IsWeakMap() || value->IsWeakSet() || value->IsGeneratorObject() ||
             value->IsModuleNamespaceObject() || value->IsArgumentsObject() ||
             value.As<v8::Object>()->InternalFieldCount() > 0) {
    kind = kOther;
  }
  info.GetReturnValue().Set(int32_t(kind));
}

const js::FunctionEntry kStructuredCloneFunctions[] = {
    js::function<carrier>("carrier"),
    js::function<clone>("clone"),
    js::rawFunction<kindOf>("kindOf"),
};

}  // namespace

const js::NamespaceFace kStructuredCloneFace{"structuredClone", kStructuredCloneFunctions};

std::string serialize(js::Lock& js, v8::Local<v8::Value> value) {
  if (value->IsObject() || value->IsSymbol()) {
    auto runtime = js.owner.runtime(js);
    v8::Local<v8::Value> arguments[] = {value};
    value = js.call(js.get(runtime, "lowerForClone").As<v8::Function>(), runtime, arguments);
  }
  return write(js, value, {});
}

std::string serializeLowered(js::Lock& js, v8::Local<v8::Value> lowered) {
  return write(js, lowered, {});
}

v8::Local<v8::Value> deserialize(js::Lock& js, std::string_view bytes) {
  return read(js, bytes, {});
}

}  // namespace flamesim::web
