#include "sim/bindings/capnp_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/bindings/capnp_any_json.h"
#include "sim/bindings/json_text.h"

namespace flamesim::bindings {

namespace {

using Json = nlohmann::json;

// --- Writing ----------------------------------------------------------------------------------

template <typename T>
void appendNumber(std::string& out, T value) {
  char digits[32];
  auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, size_t(end - digits));
}

template <typename T>
void appendQuoted(std::string& out, T value) {
  out += '"';
  appendNumber(out, value);
  out += '"';
}

template <typename T>
void appendFloat(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    appendNumber(out, value);
  }
}

void appendEnum(std::string& out, capnp::EnumSchema type, uint16_t value) {
  auto enumerants = type.getEnumerants();
  if (value >= enumerants.size()) return appendNumber(out, value);
  out += '"';
  out += enumerants[value].getProto().getName().cStr();
  out += '"';
}

void appendCapability(std::string& out, capnp::InterfaceSchema type) {
  out += "{\"$capability\":";
  auto name = type.getShortDisplayName();
  appendJsonString(out, {name.begin(), name.size()});
  out += '}';
}

void appendStruct(std::string& out, const StructLayout& layout, const StructReader& reader,
                  Zeros zeros = Zeros::kWritten);
void appendList(std::string& out, capnp::DynamicList::Reader list, const StructLayout* child);

// An element of a list whose innermost structs have the layout `child`.
void appendElement(std::string& out, const capnp::DynamicValue::Reader& value, capnp::Type type,
                   const StructLayout* child) {
  using capnp::DynamicValue;
  switch (value.getType()) {
    case DynamicValue::BOOL:
      out += value.as<bool>() ? "true" : "false";
      return;
    case DynamicValue::INT:
      if (type.isInt64()) return appendQuoted(out, value.as<int64_t>());
      return appendNumber(out, value.as<int64_t>());
    case DynamicValue::UINT:
      if (type.isUInt64()) return appendQuoted(out, value.as<uint64_t>());
      return appendNumber(out, value.as<uint64_t>());
    case DynamicValue::FLOAT:
      if (type.isFloat32()) return appendFloat(out, value.as<float>());
      return appendFloat(out, value.as<double>());
    case DynamicValue::TEXT: {
      auto text = value.as<capnp::Text>();
      return appendJsonString(out, {text.begin(), text.size()});
    }
    case DynamicValue::DATA:
      return appendJsonBase64(out, value.as<capnp::Data>());
    case DynamicValue::LIST:
      return appendList(out, value.as<capnp::DynamicList>(), child);
    case DynamicValue::ENUM:
      return appendEnum(out, type.asEnum(), value.as<capnp::DynamicEnum>().getRaw());
    case DynamicValue::STRUCT:
      return appendStruct(out, *child, StructReader(value.as<capnp::DynamicStruct>()));
    case DynamicValue::CAPABILITY:
      if (capnp::ClientHook::from(value.as<capnp::DynamicCapability>())->isNull()) break;
      return appendCapability(out, type.asInterface());
    default:
      break;
  }
  out += "null";
}

void appendList(std::string& out, capnp::DynamicList::Reader list, const StructLayout* child) {
  auto type = list.getSchema().getElementType();
  out += '[';
  bool first = true;
  for (auto element : list) {
    if (!std::exchange(first, false)) out += ',';
    appendElement(out, element, type, child);
  }
  out += ']';
}

void appendPointer(std::string& out, const FieldLayout& field, capnp::AnyPointer::Reader pointer) {
  switch (field.kind) {
    case TypeKind::TEXT: {
      auto text = pointer.getAs<capnp::Text>();
      return appendJsonString(out, {text.begin(), text.size()});
    }
    case TypeKind::DATA:
      return appendJsonBase64(out, pointer.getAs<capnp::Data>());
    case TypeKind::STRUCT:
      return appendStruct(out, *field.child, StructReader(pointer.getAs<capnp::AnyStruct>()));
    case TypeKind::LIST:
      return appendList(out, pointer.getAs<capnp::DynamicList>(field.type.asList()), field.child);
    case TypeKind::INTERFACE:
      if (pointer.isCapability()) return appendCapability(out, field.type.asInterface());
      out += "null";
      return;
    default:
      appendAnyPointer(out, pointer);
  }
}

void appendField(std::string& out, const FieldLayout& field, const StructReader& reader) {
  if (field.isGroup) return appendStruct(out, *field.child, reader);
  switch (field.kind) {
    case TypeKind::VOID:
      out += "null";
      return;
    case TypeKind::BOOL:
      out += reader.boolean(field) ? "true" : "false";
      return;
    case TypeKind::INT8:
      return appendNumber(out, int8_t(reader.number<uint8_t>(field)));
    case TypeKind::INT16:
      return appendNumber(out, int16_t(reader.number<uint16_t>(field)));
    case TypeKind::INT32:
      return appendNumber(out, int32_t(reader.number<uint32_t>(field)));
    case TypeKind::INT64:
      return appendQuoted(out, int64_t(reader.number<uint64_t>(field)));
    case TypeKind::UINT8:
      return appendNumber(out, reader.number<uint8_t>(field));
    case TypeKind::UINT16:
      return appendNumber(out, reader.number<uint16_t>(field));
    case TypeKind::UINT32:
      return appendNumber(out, reader.number<uint32_t>(field));
    case TypeKind::UINT64:
      return appendQuoted(out, reader.number<uint64_t>(field));
    case TypeKind::FLOAT32:
      return appendFloat(out, std::bit_cast<float>(reader.number<uint32_t>(field)));
    case TypeKind::FLOAT64:
      return appendFloat(out, std::bit_cast<double>(reader.number<uint64_t>(field)));
    case TypeKind::ENUM:
      return appendEnum(out, field.type.asEnum(), reader.number<uint16_t>(field));
    default:
      return appendPointer(out, field, reader.pointer(field));
  }
}

bool isZero(const FieldLayout& field, const StructReader& reader) {
  switch (field.kind) {
    case TypeKind::BOOL:
      return !reader.boolean(field);
    case TypeKind::INT8:
    case TypeKind::UINT8:
      return reader.number<uint8_t>(field) == 0;
    case TypeKind::INT16:
    case TypeKind::UINT16:
    case TypeKind::ENUM:
      return reader.number<uint16_t>(field) == 0;
    case TypeKind::INT32:
    case TypeKind::UINT32:
    case TypeKind::FLOAT32:
      return reader.number<uint32_t>(field) == 0;
    case TypeKind::INT64:
    case TypeKind::UINT64:
    case TypeKind::FLOAT64:
      return reader.number<uint64_t>(field) == 0;
    case TypeKind::VOID:
      return true;
    default:
      return false;
  }
}

void appendStruct(std::string& out, const StructLayout& layout, const StructReader& reader,
                  Zeros zeros) {
  out += '{';
  bool first = true;
  auto key = [&](const FieldLayout& field) {
    if (!std::exchange(first, false)) out += ',';
    out += '"';
    out += field.name;
    out += "\":";
  };
  for (uint16_t index : layout.plain) {
    auto& field = layout.fields[index];
    if (field.isPointer() && reader.pointer(field).isNull()) continue;
    if (zeros == Zeros::kLeftOut && isZero(field, reader)) continue;
    key(field);
    appendField(out, field, reader);
  }
  if (auto* active = layout.activeMember(reader.data)) {
    key(*active);
    // Also a member that is not set says which one is active.
    if (active->isPointer() && reader.pointer(*active).isNull()) {
      out += "null";
    } else {
      appendField(out, *active, reader);
    }
  }
  out += '}';
}

}  // namespace

void appendJson(std::string& out, const StructLayout& layout, capnp::AnyStruct::Reader value,
                Zeros zeros) {
  appendStruct(out, layout, StructReader(value), zeros);
}

// --- Reading ----------------------------------------------------------------------------------

namespace {

// Levels of a recorded value; readers of Cap'n Proto follow 64 pointers.
constexpr size_t kMaxNesting = 256;

[[noreturn]] void refuse(const std::string& text) {
  kj::throwFatalException(kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                        kj::heapString(text.data(), text.size())));
}

class Decoder {
 public:
  void fill(const Json& value, capnp::DynamicStruct::Builder builder) {
    if (!value.is_object()) mismatch("an object");
    auto schema = builder.getSchema();
    for (auto& [name, member] : value.items()) {
      Step step(*this, "." + name);
      KJ_IF_MAYBE (field, schema.findFieldByName(name.c_str())) {
        setField(*field, member, builder);
      } else {
        fail("the schema has no such field");
      }
    }
  }

 private:
  struct Step {
    Step(Decoder& decoder, const std::string& text)
        : decoder(decoder), before(decoder.path.size()) {
      if (decoder.depth == kMaxNesting) refuse("recorded value is nested too deeply");
      decoder.path += text;
      ++decoder.depth;
    }
    ~Step() {
      decoder.path.resize(before);
      --decoder.depth;
    }
    Decoder& decoder;
    size_t before;
  };

  [[noreturn]] void fail(const std::string& what) {
    refuse("recorded value at $" + path + ": " + what);
  }
  [[noreturn]] void mismatch(const std::string& expected) { fail("expected " + expected); }

  void setField(capnp::StructSchema::Field field, const Json& value,
                capnp::DynamicStruct::Builder builder) {
    auto type = field.getType();
    if (field.getProto().isGroup()) {
      return fill(value, builder.init(field).as<capnp::DynamicStruct>());
    }
    switch (type.which()) {
      case TypeKind::STRUCT:
        if (value.is_null()) return builder.clear(field);
        return fill(value, builder.init(field).as<capnp::DynamicStruct>());
      case TypeKind::LIST:
        if (value.is_null()) return builder.clear(field);
        if (!value.is_array()) mismatch("an array");
        return fillList(value, builder.init(field, uint(value.size())).as<capnp::DynamicList>());
      case TypeKind::TEXT:
      case TypeKind::DATA:
        if (value.is_null()) return builder.clear(field);
        break;
      case TypeKind::INTERFACE:
      case TypeKind::ANY_POINTER:
        return builder.clear(field);
      default:
        break;
    }
    builder.set(field, scalar(value, type));
  }

  void fillList(const Json& value, capnp::DynamicList::Builder builder) {
    auto type = builder.getSchema().getElementType();
    for (uint i = 0; i < value.size(); ++i) {
      Step step(*this, "[" + std::to_string(i) + "]");
      auto& element = value[i];
      switch (type.which()) {
        case TypeKind::STRUCT:
          fill(element, builder[i].as<capnp::DynamicStruct>());
          break;
        case TypeKind::LIST:
          if (element.is_null()) break;
          if (!element.is_array()) mismatch("an array");
          fillList(element, builder.init(i, uint(element.size())).as<capnp::DynamicList>());
          break;
        case TypeKind::INTERFACE:
        case TypeKind::ANY_POINTER:
          break;
        default:
          builder.set(i, scalar(element, type));
      }
    }
  }

  // Text and Data point into `value` and `bytes`.
  capnp::DynamicValue::Reader scalar(const Json& value, capnp::Type type) {
    switch (type.which()) {
      case TypeKind::VOID:
        return capnp::VOID;
      case TypeKind::BOOL:
        if (!value.is_boolean()) mismatch("true or false");
        return value.get<bool>();
      case TypeKind::INT8:
      case TypeKind::INT16:
      case TypeKind::INT32:
      case TypeKind::INT64:
        return integer<int64_t>(value);
      case TypeKind::UINT8:
      case TypeKind::UINT16:
      case TypeKind::UINT32:
      case TypeKind::UINT64:
        return integer<uint64_t>(value);
      case TypeKind::FLOAT32:
      case TypeKind::FLOAT64:
        if (value.is_number()) return value.get<double>();
        if (value == "NaN") return std::nan("");
        if (value == "Infinity") return double(INFINITY);
        if (value == "-Infinity") return -double(INFINITY);
        mismatch("a number");
      case TypeKind::ENUM: {
        if (value.is_number_unsigned() && value.get<uint64_t>() <= UINT16_MAX) {
          return capnp::DynamicEnum(type.asEnum(), value.get<uint16_t>());
        }
        if (!value.is_string()) mismatch("a name");
        KJ_IF_MAYBE (enumerant, type.asEnum().findEnumerantByName(
                                    value.get_ref<const std::string&>().c_str())) {
          return capnp::DynamicEnum(*enumerant);
        }
        fail("the enum has no value " + value.dump());
      }
      case TypeKind::TEXT: {
        if (!value.is_string()) mismatch("a string");
        auto& text = value.get_ref<const std::string&>();
        return capnp::Text::Reader(text.c_str(), text.size());
      }
      case TypeKind::DATA:
        if (!value.is_string()) mismatch("base64");
        decodeBase64(value.get_ref<const std::string&>());
        return capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes.data()),
                                   bytes.size());
      default:
        fail("this type has no form in JSON");
    }
  }

  template <typename T>
  T integer(const Json& value) {
    if (value.is_number_integer() && (std::is_signed_v<T> || value.is_number_unsigned())) {
      return value.get<T>();
    }
    if (value.is_string()) {
      auto& text = value.get_ref<const std::string&>();
      T number{};
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error == std::errc() && end == text.data() + text.size()) return number;
    }
    mismatch("an integer");
  }

  void decodeBase64(std::string_view text) {
    bytes.clear();
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    uint32_t group = 0;
    size_t bits = 0;
    for (char c : text) {
      size_t digit = kBase64Digits.find(c);
      if (digit == std::string_view::npos) mismatch("base64");
      group = group << 6 | uint32_t(digit);
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push_back(char(group >> bits & 0xff));
      }
    }
  }

  std::string path;
  size_t depth = 0;
  std::string bytes;
};

}  // namespace

void structFromJson(std::string_view json, capnp::DynamicStruct::Builder builder) {
  auto value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) refuse("recorded value is not JSON");
  Decoder().fill(value, builder);
}

}  // namespace flamesim::bindings
