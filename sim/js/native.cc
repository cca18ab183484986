#include "sim/js/native.h"

#include "sim/js/isolate.h"

namespace flamesim::js {

NativeObject::~NativeObject() noexcept(false) {
  if (owner == nullptr) return;
  (previous == nullptr ? owner->firstNative : previous->next) = next;
  if (next != nullptr) next->previous = previous;
}

void NativeObject::collected(const v8::WeakCallbackInfo<NativeObject>& info) {
  // First pass: of V8 only the handle may be touched.
  auto* object = info.GetParameter();
  object->wrapper.Reset();
  if (object->inert()) {
    delete object;
    return;
  }
  info.SetSecondPassCallback(
      [](const v8::WeakCallbackInfo<NativeObject>& info) { delete info.GetParameter(); });
}

v8::Local<v8::Object> wrapNative(Isolate& isolate, NativeObject* object, const ClassFace& face) {
  auto context = isolate.v8()->GetCurrentContext();
  v8::Local<v8::Object> wrapper;
  if (!isolate.instanceTemplate(face)->NewInstance(context).ToLocal(&wrapper)) {
    delete object;
    throw Pending();
  }
  wrapper->SetAlignedPointerInInternalField(0, object);
  object->owner = &isolate;
  object->face = &face;
  object->next = isolate.firstNative;
  if (object->next != nullptr) object->next->previous = object;
  isolate.firstNative = object;
  object->wrapper.Reset(isolate.v8(), wrapper);
  object->wrapper.SetWeak(object, &NativeObject::collected, v8::WeakCallbackType::kParameter);
  return wrapper;
}

NativeObject* unwrapNative(Isolate& isolate, v8::Local<v8::Value> value, const ClassFace& face) {
  if (!value->IsObject()) return nullptr;
  auto object = value.As<v8::Object>();
  if (object->InternalFieldCount() != 1) return nullptr;
  auto* native = static_cast<NativeObject*>(object->GetAlignedPointerFromInternalField(0));
  return native != nullptr && native->face == &face ? native : nullptr;
}

}  // namespace flamesim::js
