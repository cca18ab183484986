#include <cmath>
#include <limits>

#include "sim/base/error.h"
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

enum class Manners : uint8_t {
  kProduction,  // converts as JavaScript does; texts of errors are production's
  kStrict,      // a value fits or is refused; errors say where and what would fit
};

template <Manners manners>
class Decoder {
  static constexpr bool kStrict = manners == Manners::kStrict;

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
      if (found < 0) noSuchField(face, js.text(key));
      hint = size_t(found) + 1;
      auto value = js::check(object->Get(js.context, key));
      if (value->IsUndefined()) continue;
      Step step(*this, face.layout.fields[size_t(found)]);
      set(face, size_t(found), target, value);
    }
  }

 private:
  // Where the value stands that is looked at, for what kStrict says of it.
  struct Place {
    const FieldLayout* field;  // nullptr: an element of the list around it
    uint32_t index = 0;
    capnp::Type type;
  };
  class Step {
   public:
    Step(Decoder& decoder, const FieldLayout& field) : decoder(decoder) {
      if constexpr (kStrict) decoder.places.push_back({&field, 0, field.type});
    }
    Step(Decoder& decoder, uint32_t index, capnp::Type type) : decoder(decoder) {
      if constexpr (kStrict) decoder.places.push_back({nullptr, index, type});
    }
    ~Step() {
      if constexpr (kStrict) decoder.places.pop_back();
    }
    Step(const Step&) = delete;

   private:
    Decoder& decoder;
  };

  // "fields[2].value"
  std::string path() const {
    std::string text;
    for (auto& place : places) {
      if (place.field == nullptr) {
        text += "[" + std::to_string(place.index) + "]";
      } else {
        text += (text.empty() ? "" : ".") + place.field->name;
      }
    }
    return text;
  }

  [[noreturn]] void noSuchField(const StructFace& face, const std::string& name) const {
    if constexpr (kStrict) {
      std::vector<std::string> known;
      for (auto& field : face.layout.fields) known.push_back(field.name);
      auto near = nearest(name, known);
      throw js::Throw("TypeError", "there is no field \"" + path() + (places.empty() ? "" : ".") +
                                       name + "\"" +
                                       (near.empty() ? "." : "; did you mean \"" + near + "\"?"));
    }
    throw js::Throw("TypeError", "No such field in Cap'n Proto struct: " + name);
  }

  [[noreturn]] void misfit(v8::Local<v8::Value> value) const {
    auto& place = places.back();
    auto wanted = place.field != nullptr && place.field->isGroup ? std::string("an object")
                                                                 : whatFits(place.type);
    throw js::Throw("TypeError",
                    "\"" + path() + "\" takes " + wanted + ", not " + shown(value) + ".");
  }
  [[noreturn]] void mismatch(const FieldLayout& field, v8::Local<v8::Value> value) const {
    if constexpr (kStrict) misfit(value);
    throw js::Throw("TypeError", "Incorrect type for Cap'n Proto field: " + field.name);
  }
  [[noreturn]] void mismatch(v8::Local<v8::Value> value) const {
    if constexpr (kStrict) misfit(value);
    throw js::Throw("TypeError", "Incorrect type for Cap'n Proto value.");
  }

  // A value as an error names it.
  std::string shown(v8::Local<v8::Value> value) const {
    if (value->IsString()) {
      auto text = js.text(value);
      return text.size() <= 40 ? "the string \"" + text + "\"" : "a long string";
    }
    if (value->IsNumber() || value->IsBoolean() || value->IsNull()) return js.text(value);
    if (value->IsBigInt()) {
      auto text = js.text(js::check(value->ToString(js.context)));
      return text.size() <= 40 ? text + "n" : "a large BigInt";
    }
    if (value->IsArray()) return "an array";
    if (value->IsFunction()) return "a function";
    if (value->IsSymbol()) return "a symbol";
    return "an object";
  }

  static std::string whatFits(capnp::Type type) {
    auto integer = [](auto least, auto most) {
      return "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    };
    switch (type.which()) {
      case TypeKind::VOID:
        return "null";
      case TypeKind::BOOL:
        return "true or false";
      case TypeKind::INT8:
        return integer(INT8_MIN, INT8_MAX);
      case TypeKind::INT16:
        return integer(INT16_MIN, INT16_MAX);
      case TypeKind::INT32:
        return integer(INT32_MIN, INT32_MAX);
      case TypeKind::INT64:
        return integer(INT64_MIN, INT64_MAX);
      case TypeKind::UINT8:
        return integer(0, UINT8_MAX);
      case TypeKind::UINT16:
        return integer(0, UINT16_MAX);
      case TypeKind::UINT32:
        return integer(0, UINT32_MAX);
      case TypeKind::UINT64:
        return integer(0, UINT64_MAX);
      case TypeKind::FLOAT32:
      case TypeKind::FLOAT64:
        return "a number";
      case TypeKind::TEXT:
        return "a string";
      case TypeKind::DATA:
        return "an ArrayBuffer or a view of one";
      case TypeKind::LIST:
        return "an array";
      case TypeKind::ENUM:
        return "one of " + enumerantNames(type.asEnum());
      case TypeKind::INTERFACE:
        return "a capability";
      default:
        return "an object";
    }
  }

  static std::string enumerantNames(capnp::EnumSchema type) {
    std::string names;
    for (auto enumerant : type.getEnumerants()) {
      names += (names.empty() ? "\"" : ", \"") +
               std::string(enumerant.getProto().getName().cStr()) + "\"";
    }
    return names;
  }

  void set(StructFace& face, size_t index, Target& target, v8::Local<v8::Value> value) {
    auto& field = face.layout.fields[index];
    if (field.isGroup) {
      if (!value->IsObject()) mismatch(field, value);
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
        if (!value->IsNull()) mismatch(field, value);
        return;
      case TypeKind::BOOL:
        return target.putBool(field, boolean(value));
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
        return pointer.setAs<capnp::Text>(Utf8(js, string(value)).text());
      case TypeKind::DATA:
        if (auto bytes = js::viewOf(value)) {
          return pointer.setAs<capnp::Data>(capnp::Data::Reader(bytes->data(), bytes->size()));
        }
        mismatch(field, value);
      case TypeKind::STRUCT:
        if (!value->IsObject()) mismatch(field, value);
        return structure(face.child(js, types, index),
                         pointer.initAs<capnp::DynamicStruct>(field.type.asStruct()),
                         value.As<v8::Object>());
      case TypeKind::LIST: {
        if (!value->IsArray()) mismatch(field, value);
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
        mismatch(field, value);
      }
      default:
        mismatch(field, value);  // AnyPointer
    }
  }

  // `index`: of the field that has the list, or the lists around it.
  void list(StructFace& face, size_t index, capnp::DynamicList::Builder builder,
            v8::Local<v8::Array> array) {
    auto type = builder.getSchema().getElementType();
    for (uint32_t i = 0; i < builder.size(); ++i) {
      auto value = js::check(array->Get(js.context, i));
      Step step(*this, i, type);
      element(face, index, builder, i, type, value);
    }
  }

  void element(StructFace& face, size_t index, capnp::DynamicList::Builder& builder, uint32_t i,
               capnp::Type type, v8::Local<v8::Value> value) {
    bool skippable = type.isText() || type.isData() || type.isList() || type.isInterface();
    if (skippable && value->IsNullOrUndefined()) return;
    switch (type.which()) {
      case TypeKind::VOID:
        if (!value->IsNull()) mismatch(value);
        return;
      case TypeKind::BOOL:
        return builder.set(i, boolean(value));
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
        return builder.set(i, Utf8(js, string(value)).text());
      case TypeKind::DATA:
        if (auto bytes = js::viewOf(value)) {
          return builder.set(i, capnp::Data::Reader(bytes->data(), bytes->size()));
        }
        mismatch(value);
      case TypeKind::STRUCT:
        if (!value->IsObject()) mismatch(value);
        return structure(face.child(js, types, index), builder[i].as<capnp::DynamicStruct>(),
                         value.As<v8::Object>());
      case TypeKind::LIST: {
        if (!value->IsArray()) mismatch(value);
        auto array = value.As<v8::Array>();
        return list(face, index, builder.init(i, array->Length()).as<capnp::DynamicList>(), array);
      }
      case TypeKind::INTERFACE:
        KJ_IF_MAYBE (client, capabilityFromJs(js, types,
                                              types.interfaceFace(js, type.asInterface()), value)) {
          return builder.set(i, capnp::Capability::Client(kj::mv(*client))
                                    .castAs<capnp::DynamicCapability>(type.asInterface()));
        }
        mismatch(value);
      default:
        mismatch(value);
    }
  }

  // `field`: for the error's text; nullptr for elements of lists.
  [[noreturn]] void mismatchAt(const FieldLayout* field, v8::Local<v8::Value> value) const {
    if (field != nullptr) mismatch(*field, value);
    mismatch(value);
  }

  double number(v8::Local<v8::Value> value) {
    if (kStrict && !value->IsNumber()) misfit(value);
    return js::check(value->NumberValue(js.context));
  }

  bool boolean(v8::Local<v8::Value> value) {
    if (kStrict && !value->IsBoolean()) misfit(value);
    return value->BooleanValue(js.isolate);
  }

  // What is no string and prints as itself passes as text with either manners.
  v8::Local<v8::String> string(v8::Local<v8::Value> value) {
    if (kStrict && !value->IsString() && !value->IsNumber() && !value->IsBoolean() &&
        !value->IsBigInt()) {
      misfit(value);
    }
    return js::check(value->ToString(js.context));
  }

  // JavaScript's own conversion to 32 bits; what then does not fit a smaller type is refused.
  template <typename T>
  T small(v8::Local<v8::Value> value, const FieldLayout* field) {
    if constexpr (kStrict) {
      if (!value->IsNumber()) misfit(value);
      double given = value.As<v8::Number>()->Value();
      bool fits = given >= double(std::numeric_limits<T>::min()) &&
                  given <= double(std::numeric_limits<T>::max()) && std::trunc(given) == given;
      if (!fits) misfit(value);
    }
    if constexpr (std::is_signed_v<T>) {
      int32_t converted = js::check(value->Int32Value(js.context));
      if (converted != T(converted)) mismatchAt(field, value);
      return T(converted);
    } else {
      uint32_t converted = js::check(value->Uint32Value(js.context));
      if (converted != T(converted)) mismatchAt(field, value);
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
      if (!lossless) mismatchAt(field, value);
      return converted;
    }
    if (!value->IsNumber()) mismatchAt(field, value);
    double converted = value.As<v8::Number>()->Value();
    if (std::is_signed_v<T> && converted < 0 && types.keepsProductionBugs) mismatchAt(field, value);
    // The limits are powers of two, which a double holds.
    constexpr double kMin = double(std::numeric_limits<T>::min());
    constexpr double kEnd = std::is_signed_v<T> ? 0x1p63 : 0x1p64;
    if (!(converted >= kMin && converted < kEnd) || std::trunc(converted) != converted) {
      mismatchAt(field, value);
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
    mismatchAt(field, value);
  }

  js::Lock& js;
  JsTypes& types;
  std::vector<Place> places;  // kStrict
};

}  // namespace

void fillStruct(js::Lock& js, JsTypes& types, StructFace& face,
                capnp::DynamicStruct::Builder builder, v8::Local<v8::Object> object) {
  Decoder<Manners::kProduction>(js, types).structure(face, builder, object);
}

void fillStructStrictly(js::Lock& js, JsTypes& types, StructFace& face,
                        capnp::DynamicStruct::Builder builder, v8::Local<v8::Object> object) {
  Decoder<Manners::kStrict>(js, types).structure(face, builder, object);
}

}  // namespace flamesim::bindings
