#include "sim/bindings/capnp_types.h"

#include "sim/bindings/capnp_client.h"

namespace flamesim::bindings {

std::string nameInFile(capnp::Schema schema) {
  std::string_view name = schema.getProto().getDisplayName().cStr();
  return std::string(name.substr(name.rfind(':') + 1));
}

StructFace::StructFace(js::Lock& js, const StructLayout& layout)
    : layout(layout), children(layout.fields.size()) {
  names.reserve(layout.fields.size());
  for (auto& field : layout.fields) names.emplace_back(js.isolate, js.internalized(field.name));
}

StructFace& StructFace::child(js::Lock& js, JsTypes& types, size_t index) {
  auto*& child = children[index];
  if (child == nullptr) child = &types.structFace(js, *layout.fields[index].child);
  return *child;
}

int StructFace::find(js::Lock& js, v8::Local<v8::String> key, size_t hint) const {
  // Names are internalized, and so are keys of ordinary objects: they are equal where they are the
  // same object. Keys mostly come in the order of the schema.
  for (size_t i = hint; i < names.size(); ++i) {
    if (names[i] == key) return int(i);
  }
  for (size_t i = 0; i < hint && i < names.size(); ++i) {
    if (names[i] == key) return int(i);
  }
  // A proxy may give any string.
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].Get(js.isolate)->StringEquals(key)) return int(i);
  }
  return -1;
}

std::deque<StructFace::Pipelined>& StructFace::pipelined(js::Lock& js, JsTypes& types) {
  if (!pipelinedMade) {
    pipelinedMade = true;
    for (uint16_t index : layout.plain) {
      auto kind = layout.fields[index].kind;
      if (kind != TypeKind::STRUCT && kind != TypeKind::INTERFACE) continue;
      auto& field = pipelinedFields.emplace_back(Pipelined{index, this, &types, {}});
      field.getter.Reset(js.isolate, pipelineGetter(js, field));
    }
  }
  return pipelinedFields;
}

EnumFace::EnumFace(js::Lock& js, capnp::EnumSchema schema) : schema(schema) {
  for (auto enumerant : schema.getEnumerants()) {
    names.emplace_back(js.isolate, js.internalized(enumerant.getProto().getName().cStr()));
  }
}

MethodFace* InterfaceFace::findMethod(capnp::InterfaceSchema::Method method) {
  uint64_t id = method.getContainingInterface().getProto().getId();
  for (auto& known : methods) {
    if (known.ordinal == method.getOrdinal() && known.interfaceId == id) return &known;
  }
  return nullptr;
}

StructFace& JsTypes::structFace(js::Lock& js, const StructLayout& layout) {
  auto& face = structs[&layout];
  if (face == nullptr) {
    if (objectKeys.IsEmpty()) {
      auto object = js.get(js.context->Global(), "Object").As<v8::Object>();
      objectKeys.Reset(js.isolate, js.get(object, "keys").As<v8::Function>());
    }
    face = std::make_unique<StructFace>(js, layout);
  }
  return *face;
}

EnumFace& JsTypes::enumFace(js::Lock& js, capnp::EnumSchema schema) {
  auto& face = enums[schema];
  if (face == nullptr) face = std::make_unique<EnumFace>(js, schema);
  return *face;
}

InterfaceFace& JsTypes::interfaceFace(js::Lock& js, capnp::InterfaceSchema schema) {
  auto& face = interfaces[schema];
  if (face == nullptr) face = makeInterfaceFace(js, *this, schema);
  return *face;
}

v8::Local<v8::Array> JsTypes::keysOf(js::Lock& js, v8::Local<v8::Object> object) {
  v8::Local<v8::Value> arguments[] = {object};
  return js.call(objectKeys.Get(js.isolate), js.undefined(), arguments).As<v8::Array>();
}

v8::Local<v8::FunctionTemplate> JsTypes::baseClass(js::Lock& js) {
  if (base.IsEmpty()) base.Reset(js.isolate, makeCapabilityClass(js, *this));
  return base.Get(js.isolate);
}

v8::Local<v8::Private> JsTypes::pipelineKey(js::Lock& js) {
  if (key.IsEmpty()) key.Reset(js.isolate, v8::Private::New(js.isolate, js.str("pipeline")));
  return key.Get(js.isolate);
}

}  // namespace flamesim::bindings
