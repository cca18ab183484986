#include "sim/bindings/capnp_client.h"

namespace flamesim::bindings {

namespace {

class Encoder {
 public:
  Encoder(js::Lock& js, JsTypes& types) : js(js), types(types) {}

  v8::Local<v8::Object> structure(StructFace& face, const StructReader& reader) {
    auto object = v8::Object::New(js.isolate);
    auto& layout = face.layout;
    for (uint16_t index : layout.plain) {
      auto& field = layout.fields[index];
      if (!field.isPointer()) {
        set(object, face, index, plain(face, index, reader));
      } else if (auto pointer = reader.pointer(field); !pointer.isNull()) {
        set(object, face, index, target(face, index, pointer));
      }
    }
    if (auto* active = layout.activeMember(reader.data)) {
      size_t index = size_t(active - layout.fields.data());
      if (active->isPointer()) {
        auto pointer = reader.pointer(*active);
        if (pointer.isNull()) pointer = defaultOf(*active);
        set(object, face, index, target(face, index, pointer));
      } else {
        set(object, face, index, plain(face, index, reader));
      }
    }
    return object;
  }

 private:
  void set(v8::Local<v8::Object> object, StructFace& face, size_t index,
           v8::Local<v8::Value> value) {
    js::check(object->CreateDataProperty(js.context, face.names[index].Get(js.isolate), value));
  }

  v8::Local<v8::Value> integer(int32_t value) { return v8::Integer::New(js.isolate, value); }
  v8::Local<v8::Value> number(double value) { return v8::Number::New(js.isolate, value); }

  // What lies in the data section, and groups.
  v8::Local<v8::Value> plain(StructFace& face, size_t index, const StructReader& reader) {
    auto& field = face.layout.fields[index];
    switch (field.kind) {
      case TypeKind::BOOL:
        return v8::Boolean::New(js.isolate, reader.boolean(field));
      case TypeKind::INT8:
        return integer(int8_t(reader.number<uint8_t>(field)));
      case TypeKind::INT16:
        return integer(int16_t(reader.number<uint16_t>(field)));
      case TypeKind::INT32:
        return integer(int32_t(reader.number<uint32_t>(field)));
      case TypeKind::INT64:
        return v8::BigInt::New(js.isolate, int64_t(reader.number<uint64_t>(field)));
      case TypeKind::UINT8:
        return integer(reader.number<uint8_t>(field));
      case TypeKind::UINT16:
        return integer(reader.number<uint16_t>(field));
      case TypeKind::UINT32:
        return v8::Integer::NewFromUnsigned(js.isolate, reader.number<uint32_t>(field));
      case TypeKind::UINT64:
        return v8::BigInt::NewFromUnsigned(js.isolate, reader.number<uint64_t>(field));
      case TypeKind::FLOAT32:
        return number(double(std::bit_cast<float>(reader.number<uint32_t>(field))));
      case TypeKind::FLOAT64:
        return number(std::bit_cast<double>(reader.number<uint64_t>(field)));
      case TypeKind::ENUM:
        return enumerant(field.type.asEnum(), reader.number<uint16_t>(field));
      case TypeKind::STRUCT:  // a group
        return structure(face.child(js, types, index), reader);
      default:
        return v8::Null(js.isolate);
    }
  }

  v8::Local<v8::Value> enumerant(capnp::EnumSchema schema, uint16_t value) {
    auto& face = types.enumFace(js, schema);
    if (value < face.names.size()) return face.names[value].Get(js.isolate);
    return integer(value);
  }

  v8::Local<v8::Value> target(StructFace& face, size_t index, capnp::AnyPointer::Reader pointer) {
    auto& field = face.layout.fields[index];
    switch (field.kind) {
      case TypeKind::TEXT:
        return text(pointer.getAs<capnp::Text>());
      case TypeKind::DATA:
        return data(pointer.getAs<capnp::Data>());
      case TypeKind::STRUCT:
        return structure(face.child(js, types, index),
                         StructReader(pointer.getAs<capnp::AnyStruct>()));
      case TypeKind::LIST:
        return list(face, index, pointer.getAs<capnp::DynamicList>(field.type.asList()));
      case TypeKind::INTERFACE:
        if (pointer.isNull()) return v8::Null(js.isolate);
        return capability(field.type.asInterface(), pointer.getAs<capnp::Capability>());
      default:
        return v8::Null(js.isolate);
    }
  }

  v8::Local<v8::Value> text(capnp::Text::Reader value) {
    return js.str({value.begin(), value.size()});
  }
  v8::Local<v8::Value> data(capnp::Data::Reader value) {
    return js::newArrayBuffer(js, {reinterpret_cast<const char*>(value.begin()), value.size()});
  }
  v8::Local<v8::Value> capability(capnp::InterfaceSchema schema, capnp::Capability::Client client) {
    return capabilityToJs(js, types.interfaceFace(js, schema),
                          capnp::ClientHook::from(kj::mv(client)));
  }

  v8::Local<v8::Value> list(StructFace& face, size_t index, capnp::DynamicList::Reader list) {
    auto type = list.getSchema().getElementType();
    std::vector<v8::Local<v8::Value>> elements;
    elements.reserve(list.size());
    for (auto value : list) elements.push_back(element(face, index, value, type));
    return v8::Array::New(js.isolate, elements.data(), elements.size());
  }

  // `index`: of the field that has the list, or the lists around it.
  v8::Local<v8::Value> element(StructFace& face, size_t index,
                               const capnp::DynamicValue::Reader& value, capnp::Type type) {
    using capnp::DynamicValue;
    switch (value.getType()) {
      case DynamicValue::BOOL:
        return v8::Boolean::New(js.isolate, value.as<bool>());
      case DynamicValue::INT:
        if (type.isInt64()) return v8::BigInt::New(js.isolate, value.as<int64_t>());
        return number(double(value.as<int64_t>()));
      case DynamicValue::UINT:
        if (type.isUInt64()) return v8::BigInt::NewFromUnsigned(js.isolate, value.as<uint64_t>());
        return number(double(value.as<uint64_t>()));
      case DynamicValue::FLOAT:
        return number(value.as<double>());
      case DynamicValue::TEXT:
        return text(value.as<capnp::Text>());
      case DynamicValue::DATA:
        return data(value.as<capnp::Data>());
      case DynamicValue::LIST:
        return list(face, index, value.as<capnp::DynamicList>());
      case DynamicValue::ENUM:
        return enumerant(type.asEnum(), value.as<capnp::DynamicEnum>().getRaw());
      case DynamicValue::STRUCT:
        return structure(face.child(js, types, index),
                         StructReader(value.as<capnp::DynamicStruct>()));
      case DynamicValue::CAPABILITY:
        return capability(type.asInterface(), value.as<capnp::DynamicCapability>());
      default:
        return v8::Null(js.isolate);
    }
  }

  static capnp::AnyPointer::Reader defaultOf(const FieldLayout& field) {
    auto value = field.field.getProto().getSlot().getDefaultValue();
    switch (value.which()) {
      // The content of a default that is a pointer lies behind that pointer of the schema.
      case capnp::schema::Value::STRUCT:
        return value.getStruct();
      case capnp::schema::Value::LIST:
        return value.getList();
      case capnp::schema::Value::TEXT:
      case capnp::schema::Value::DATA:
        return capnp::AnyStruct::Reader(value).getPointerSection()[0];
      default:
        return capnp::AnyPointer::Reader();
    }
  }

  js::Lock& js;
  JsTypes& types;
};

}  // namespace

v8::Local<v8::Object> structToJs(js::Lock& js, JsTypes& types, StructFace& face,
                                 const StructReader& reader) {
  return Encoder(js, types).structure(face, reader);
}

}  // namespace flamesim::bindings
