#include <cmath>
#include <limits>

#include "sim/bindings/capnp_client.h"

namespace flamesim::bindings {

namespace {

// Bytes of a string as UTF-8, with a NUL behind them as Text wants it.
class Utf8 {
 public:
  Utf8(js::Lock& js, v8::Local<v8::String> string) {
    constexpr int kFlags = v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8;
    if (size_t(string->Length()) * 3 < sizeof(small)) {
      size = size_t(string->WriteUtf8(js.isolate, small, sizeof(small), nullptr, kFlags));
      begin = small;
    } else {
      large.resize(size_t(string->Utf8Length(js.isolate)));
      string->WriteUtf8(js.isolate, large.data(), int(large.size()), nullptr, kFlags);
      begin = large.data();
      size = large.size();
    }
    begin[size] = '\0';
  }
  capnp::Text::Reader text() const { return {begin, size}; }

 private:
  char small[400];
  std::string large;
  char* begin;
  size_t size;
};

class Decoder {
 public:
  Decoder(js::Lock& js, JsTypes& types) : js(js), types(types) {}

  void structure(StructFace& face, capnp::DynamicStruct::Builder builder,
                 v8::Local<v8::Object> object) {
    Target target(builder);
    auto keys = types.keysOf(js, object);
    size_t hint = 0;
    for (uint32_t i = 0, count = keys->Length(); i < count; ++i) {
      auto key = js::check(keys->Get(js.context, i)).As<v8::String>();
      int found = face.find(js, key, hint);
      if (found < 0) {
        throw js::Throw("TypeError", "No such field in Cap'n Proto struct: " + js.text(key));
      }
      hint = size_t(found) + 1;
      auto value = js::check(object->Get(js.context, key));
      if (!value->IsUndefined()) set(face, size_t(found), target, value);
    }
  }

 private:
  // A struct under construction. Its sections do not move.
  struct Target {
    explicit Target(capnp::DynamicStruct::Builder builder)
        : dynamic(builder),
          data(capnp::AnyStruct::Builder(builder).getDataSection()),
          pointers(capnp::AnyStruct::Builder(builder).getPointerSection()) {}

    template <typename T>
    void put(const FieldLayout& field, T bits) {
      bits = T(bits ^ T(field.mask));
      std::memcpy(data.begin() + size_t(field.offset) * sizeof(T), &bits, sizeof(T));
    }
    void putBool(const FieldLayout& field, bool value) {
      auto& byte = data[field.offset / 8];
      uint8_t bit = uint8_t(1u << (field.offset % 8));
      bool on = value != (field.mask != 0);
      byte = uint8_t(on ? byte | bit : byte & ~bit);
    }

    capnp::DynamicStruct::Builder dynamic;
    kj::ArrayPtr<capnp::byte> data;
    capnp::List<capnp::AnyPointer>::Builder pointers;
  };

  [[noreturn]] static void mismatch(const FieldLayout& field) {
    throw js::Throw("TypeError", "Incorrect type for Cap'n Proto field: " + field.name);
  }
  [[noreturn]] static void mismatch() {
    throw js::Throw("TypeError", "Incorrect type for Cap'n Proto value.");
  }

  void set(StructFace& face, size_t index, Target& target, v8::Local<v8::Value> value) {
    auto& field = face.layout.fields[index];
    if (field.isGroup) {
      if (!value->IsObject()) mismatch(field);
      // Makes the group the active member, with nothing left of another one in it.
      auto group = target.dynamic.init(field.field).as<capnp::DynamicStruct>();
      return structure(face.child(js, types, index), group, value.As<v8::Object>());
    }
    setSlot(face, index, target, value);
    if (field.inUnion) {
      std::memcpy(target.data.begin() + size_t(face.layout.discriminantOffset) * sizeof(uint16_t),
                  &field.discriminant, sizeof(uint16_t));
    }
  }

  void setSlot(StructFace& face, size_t index, Target& target, v8::Local<v8::Value> value) {
    auto& field = face.layout.fields[index];
    switch (field.kind) {
      case TypeKind::VOID:
        if (!value->IsNull()) mismatch(field);
        return;
      case TypeKind::BOOL:
        return target.putBool(field, value->BooleanValue(js.isolate));
      case TypeKind::INT8:
        return target.put(field, uint8_t(small<int8_t>(value, &field)));
      case TypeKind::INT16:
        return target.put(field, uint16_t(small<int16_t>(value, &field)));
      case TypeKind::INT32:
        return target.put(field, uint32_t(small<int32_t>(value, &field)));
      case TypeKind::UINT8:
        return target.put(field, small<uint8_t>(value, &field));
      case TypeKind::UINT16:
        return target.put(field, small<uint16_t>(value, &field));
      case TypeKind::UINT32:
        return target.put(field, small<uint32_t>(value, &field));
      case TypeKind::INT64:
        return target.put(field, uint64_t(large<int64_t>(value, &field)));
      case TypeKind::UINT64:
        return target.put(field, large<uint64_t>(value, &field));
      case TypeKind::FLOAT32:
        return target.put(field, std::bit_cast<uint32_t>(float(number(value))));
      case TypeKind::FLOAT64:
        return target.put(field, std::bit_cast<uint64_t>(number(value)));
      case TypeKind::ENUM:
        return target.put(field, enumerant(field.type.asEnum(), value, &field));
      default:
        return setPointer(face, index, target.pointers[field.offset], value);
    }
  }

  void setPointer(StructFace& face, size_t index, capnp::AnyPointer::Builder pointer,
                  v8::Local<v8::Value> value) {
    auto& field = face.layout.fields[index];
    switch (field.kind) {
      case TypeKind::TEXT:
        return pointer.setAs<capnp::Text>(Utf8(js, js::check(value->ToString(js.context))).text());
      case TypeKind::DATA:
        if (auto bytes = js::viewOf(value)) {
          return pointer.setAs<capnp::Data>(capnp::Data::Reader(bytes->data(), bytes->size()));
        }
        mismatch(field);
      case TypeKind::STRUCT:
        if (!value->IsObject()) mismatch(field);
        return structure(face.child(js, types, index),
                         pointer.initAs<capnp::DynamicStruct>(field.type.asStruct()),
                         value.As<v8::Object>());
      case TypeKind::LIST: {
        if (!value->IsArray()) mismatch(field);
        auto array = value.As<v8::Array>();
        return list(face, index,
                    pointer.initAs<capnp::DynamicList>(field.type.asList(), array->Length()),
                    array);
      }
      case TypeKind::INTERFACE: {
        auto& type = types.interfaceFace(js, field.type.asInterface());
        KJ_IF_MAYBE (client, capabilityFromJs(js, types, type, value)) {
          // A null pointer is what an unset field is.
          if ((*client)->isNull()) return pointer.clear();
          return pointer.setAs<capnp::Capability>(capnp::Capability::Client(kj::mv(*client)));
        }
        mismatch(field);
      }
      default:
        mismatch(field);  // AnyPointer
    }
  }

  // `index`: of the field that has the list, or the lists around it.
  void list(StructFace& face, size_t index, capnp::DynamicList::Builder builder,
            v8::Local<v8::Array> array) {
    auto type = builder.getSchema().getElementType();
    for (uint32_t i = 0; i < builder.size(); ++i) {
      auto value = js::check(array->Get(js.context, i));
      element(face, index, builder, i, type, value);
    }
  }

  void element(StructFace& face, size_t index, capnp::DynamicList::Builder& builder, uint32_t i,
               capnp::Type type, v8::Local<v8::Value> value) {
    bool skippable = type.isText() || type.isData() || type.isList() || type.isInterface();
    if (skippable && value->IsNullOrUndefined()) return;
    switch (type.which()) {
      case TypeKind::VOID:
        if (!value->IsNull()) mismatch();
        return;
      case TypeKind::BOOL:
        return builder.set(i, value->BooleanValue(js.isolate));
      case TypeKind::INT8:
        return builder.set(i, small<int8_t>(value, nullptr));
      case TypeKind::INT16:
        return builder.set(i, small<int16_t>(value, nullptr));
      case TypeKind::INT32:
        return builder.set(i, small<int32_t>(value, nullptr));
      case TypeKind::UINT8:
        return builder.set(i, small<uint8_t>(value, nullptr));
      case TypeKind::UINT16:
        return builder.set(i, small<uint16_t>(value, nullptr));
      case TypeKind::UINT32:
        return builder.set(i, small<uint32_t>(value, nullptr));
      case TypeKind::INT64:
        return builder.set(i, large<int64_t>(value, nullptr));
      case TypeKind::UINT64:
        return builder.set(i, large<uint64_t>(value, nullptr));
      case TypeKind::FLOAT32:
      case TypeKind::FLOAT64:
        return builder.set(i, number(value));
      case TypeKind::ENUM:
        return builder.set(
            i, capnp::DynamicEnum(type.asEnum(), enumerant(type.asEnum(), value, nullptr)));
      case TypeKind::TEXT:
        return builder.set(i, Utf8(js, js::check(value->ToString(js.context))).text());
      case TypeKind::DATA:
        if (auto bytes = js::viewOf(value)) {
          return builder.set(i, capnp::Data::Reader(bytes->data(), bytes->size()));
        }
        mismatch();
      case TypeKind::STRUCT:
        if (!value->IsObject()) mismatch();
        return structure(face.child(js, types, index), builder[i].as<capnp::DynamicStruct>(),
                         value.As<v8::Object>());
      case TypeKind::LIST: {
        if (!value->IsArray()) mismatch();
        auto array = value.As<v8::Array>();
        return list(face, index, builder.init(i, array->Length()).as<capnp::DynamicList>(), array);
      }
      case TypeKind::INTERFACE:
        KJ_IF_MAYBE (client, capabilityFromJs(js, types,
                                              types.interfaceFace(js, type.asInterface()), value)) {
          return builder.set(i, capnp::Capability::Client(kj::mv(*client))
                                    .castAs<capnp::DynamicCapability>(type.asInterface()));
        }
        mismatch();
      default:
        mismatch();
    }
  }

  // `field`: for the error's text; nullptr for elements of lists.
  [[noreturn]] static void mismatchAt(const FieldLayout* field) {
    if (field != nullptr) mismatch(*field);
    mismatch();
  }

  double number(v8::Local<v8::Value> value) { return js::check(value->NumberValue(js.context)); }

  // JavaScript's own conversion to 32 bits; what then does not fit a smaller type is refused.
  template <typename T>
  T small(v8::Local<v8::Value> value, const FieldLayout* field) {
    if constexpr (std::is_signed_v<T>) {
      int32_t converted = js::check(value->Int32Value(js.context));
      if (converted != T(converted)) mismatchAt(field);
      return T(converted);
    } else {
      uint32_t converted = js::check(value->Uint32Value(js.context));
      if (converted != T(converted)) mismatchAt(field);
      return T(converted);
    }
  }

  template <typename T>
  T large(v8::Local<v8::Value> value, const FieldLayout* field) {
    if (value->IsBigInt()) {
      bool lossless = false;
      T converted;
      if constexpr (std::is_signed_v<T>) {
        converted = value.As<v8::BigInt>()->Int64Value(&lossless);
      } else {
        converted = value.As<v8::BigInt>()->Uint64Value(&lossless);
      }
      if (!lossless) mismatchAt(field);
      return converted;
    }
    if (!value->IsNumber()) mismatchAt(field);
    double converted = value.As<v8::Number>()->Value();
    // The limits are powers of two, which a double holds.
    constexpr double kMin = double(std::numeric_limits<T>::min());
    constexpr double kEnd = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
    if (!(converted >= kMin && converted < kEnd) || std::trunc(converted) != converted) {
      mismatchAt(field);
    }
    return T(converted);
  }

  uint16_t enumerant(capnp::EnumSchema schema, v8::Local<v8::Value> value,
                     const FieldLayout* field) {
    if (value->IsString()) {
      auto& face = types.enumFace(js, schema);
      for (size_t i = 0; i < face.names.size(); ++i) {
        if (face.names[i].Get(js.isolate)->StringEquals(value.As<v8::String>())) {
          return uint16_t(i);
        }
      }
    } else if (value->IsUint32() && value.As<v8::Uint32>()->Value() <= UINT16_MAX) {
      return uint16_t(value.As<v8::Uint32>()->Value());
    }
    mismatchAt(field);
  }

  js::Lock& js;
  JsTypes& types;
};

}  // namespace

void fillStruct(js::Lock& js, JsTypes& types, StructFace& face,
                capnp::DynamicStruct::Builder builder, v8::Local<v8::Object> object) {
  Decoder(js, types).structure(face, builder, object);
}

}  // namespace flamesim::bindings
