#include "mocks/json_capnp.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace flamesim::mocks {
namespace {

using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;
using capnp::StructSchema;
using capnp::Type;
using Which = capnp::schema::Type::Which;

constexpr uint16_t kNotInUnion = capnp::schema::Field::NO_DISCRIMINANT;

void mismatch(JsonInput& input, const Json& value, const std::string& path, std::string expected) {
  std::string found(describeType(value));
  if (value.is_primitive() && !value.is_null()) {
    found += " " + value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  input.problem(path, "expected " + std::move(expected) + ", found " + found);
}

struct IntegerRange {
  int64_t min;
  uint64_t max;
};

IntegerRange rangeOf(Type type) {
  switch (type.which()) {
    case Which::INT8:
      return {INT8_MIN, INT8_MAX};
    case Which::INT16:
      return {INT16_MIN, INT16_MAX};
    case Which::INT32:
      return {INT32_MIN, INT32_MAX};
    case Which::INT64:
      return {INT64_MIN, INT64_MAX};
    case Which::UINT8:
      return {0, UINT8_MAX};
    case Which::UINT16:
      return {0, UINT16_MAX};
    case Which::UINT32:
      return {0, UINT32_MAX};
    default:
      return {0, UINT64_MAX};
  }
}

template <typename T>
std::optional<T> parseDigits(const std::string& text) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <typename T>
std::optional<T> readInteger(const Json& value) {
  if (value.is_number_unsigned()) {
    uint64_t number = value.get<uint64_t>();
    if (number > uint64_t(std::numeric_limits<T>::max())) return std::nullopt;
    return T(number);
  }
  if (value.is_number_integer()) {
    int64_t number = value.get<int64_t>();
    if (number < 0 && std::is_unsigned_v<T>) return std::nullopt;
    return T(number);
  }
  if (value.is_string()) return parseDigits<T>(value.get_ref<const std::string&>());
  return std::nullopt;
}

std::string describeRange(Type type) {
  IntegerRange range = rangeOf(type);
  return "an integer from " + std::to_string(range.min) + " to " + std::to_string(range.max) +
         " (" + typeName(type) + ")";
}

class Decoder {
 public:
  Decoder(JsonInput& input, const CapabilityHandler& onCapability,
          const ReferenceHandler& onReference)
      : input(input), onCapability(onCapability), onReference(onReference) {}

  void fill(const Json& value, const std::string& path, DynamicStruct::Builder output) {
    StructSchema schema = output.getSchema();
    if (!value.is_object()) {
      return mismatch(input, value, path, "an object (" + schemaName(schema) + ")");
    }
    std::string chosen;  // member of the union that was given
    for (const auto& [name, member] : value.items()) {
      std::string here = keyPath(path, name);
      auto field = findField(input, schema, name, here);
      if (!field) continue;
      if (field->getProto().getDiscriminantValue() != kNotInUnion) {
        if (!chosen.empty()) {
          input.problem(here, "\"" + name + "\" and \"" + chosen +
                                  "\" are members of one union, which holds only one at a time");
          continue;
        }
        chosen = name;
      }
      place.emplace_back(*field);
      setField(*field, member, here, output);
      place.pop_back();
    }
  }

 private:
  void setField(StructSchema::Field field, const Json& value, const std::string& path,
                DynamicStruct::Builder output) {
    Type type = field.getType();
    if (const Json* from = referenceIn(value)) {
      if (!field.getProto().isGroup()) return onReference(*from, path, place, type);
      return input.problem(path, "a group cannot be taken from the request as a whole",
                           "take its fields one by one");
    }
    if (field.getProto().isGroup()) {
      return fill(value, path, output.init(field).as<DynamicStruct>());
    }
    if (value.is_null() && isPointer(type)) return output.clear(field);
    switch (type.which()) {
      case Which::STRUCT:
        return fill(value, path, output.init(field).as<DynamicStruct>());
      case Which::LIST:
        if (!value.is_array()) {
          return mismatch(input, value, path, "an array (" + typeName(type) + ")");
        }
        return fillList(value, path, output.init(field, uint32_t(value.size())).as<DynamicList>());
      case Which::INTERFACE:
        // The pointer is set when the message is used: capabilities belong to an event loop.
        output.clear(field);
        return onCapability(value, path, place, type.asInterface());
      default:
        if (auto scalar = decode(type, value, path)) output.set(field, *scalar);
    }
  }

  void fillList(const Json& value, const std::string& path, DynamicList::Builder output) {
    Type type = output.getSchema().getElementType();
    for (uint32_t i = 0; i < value.size(); i++) {
      const Json& element = value[i];
      std::string here = indexPath(path, i);
      place.emplace_back(i);
      setElement(type, i, element, here, output);
      place.pop_back();
    }
  }

  void setElement(Type type, uint32_t i, const Json& element, const std::string& here,
                  DynamicList::Builder output) {
    if (element.is_null() && isPointer(type) && !type.isStruct()) return;
    if (const Json* from = referenceIn(element)) return onReference(*from, here, place, type);
    switch (type.which()) {
      case Which::STRUCT:
        return fill(element, here, output[i].as<DynamicStruct>());
      case Which::LIST:
        if (!element.is_array()) {
          return mismatch(input, element, here, "an array (" + typeName(type) + ")");
        }
        return fillList(element, here, output.init(i, uint32_t(element.size())).as<DynamicList>());
      case Which::INTERFACE:
        return onCapability(element, here, place, type.asInterface());
      default:
        if (auto scalar = decode(type, element, here)) output.set(i, *scalar);
    }
  }

  // What {"$from": ...} holds; nullptr: `value` is something else.
  const Json* referenceIn(const Json& value) const {
    if (!onReference || !value.is_object() || value.size() != 1) return nullptr;
    auto member = value.begin();
    return member.key() == "$from" ? &member.value() : nullptr;
  }

  static bool isPointer(Type type) {
    return type.isText() || type.isData() || type.isList() || type.isStruct() ||
           type.isInterface() || type.isAnyPointer();
  }

  // Text and Data point into `value` and into `bytes`.
  std::optional<DynamicValue::Reader> decode(Type type, const Json& value,
                                             const std::string& path) {
    switch (type.which()) {
      case Which::VOID:
        if (value.is_null()) return DynamicValue::Reader(capnp::VOID);
        mismatch(input, value, path, "null (Void)");
        return std::nullopt;
      case Which::BOOL:
        if (value.is_boolean()) return DynamicValue::Reader(value.get<bool>());
        mismatch(input, value, path, "true or false (Bool)");
        return std::nullopt;
      case Which::INT8:
      case Which::INT16:
      case Which::INT32:
      case Which::INT64:
        if (auto number = decodeInteger(input, value, path, type)) return {{*number}};
        return std::nullopt;
      case Which::UINT8:
      case Which::UINT16:
      case Which::UINT32:
      case Which::UINT64:
        if (auto number = decodeUnsigned(input, value, path, type)) return {{*number}};
        return std::nullopt;
      case Which::FLOAT32:
      case Which::FLOAT64:
        if (auto number = decodeFloat(input, value, path)) return {{*number}};
        return std::nullopt;
      case Which::ENUM:
        if (auto number = decodeEnum(input, value, path, type.asEnum())) {
          return DynamicValue::Reader(capnp::DynamicEnum(type.asEnum(), *number));
        }
        return std::nullopt;
      case Which::TEXT:
        if (value.is_string()) {
          const std::string& text = value.get_ref<const std::string&>();
          return DynamicValue::Reader(capnp::Text::Reader(text.c_str(), text.size()));
        }
        mismatch(input, value, path, "a string (Text)");
        return std::nullopt;
      case Which::DATA:
        if (auto decoded = decodeData(input, value, path)) {
          bytes = std::move(*decoded);
          return DynamicValue::Reader(capnp::Data::Reader(
              reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()));
        }
        return std::nullopt;
      default:
        input.problem(path, typeName(type) + " has no form in JSON: leave it out");
        return std::nullopt;
    }
  }

  JsonInput& input;
  const CapabilityHandler& onCapability;
  const ReferenceHandler& onReference;
  ValuePath place;
  std::string bytes;
};

Json encodeValue(const DynamicValue::Reader& value, Type type);

Json encodeList(DynamicList::Reader list) {
  Json out = Json::array();
  Type type = list.getSchema().getElementType();
  for (const DynamicValue::Reader& element : list) out.push_back(encodeValue(element, type));
  return out;
}

Json encodeFloat(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

Json encodeValue(const DynamicValue::Reader& value, Type type) {
  switch (value.getType()) {
    case DynamicValue::BOOL:
      return value.as<bool>();
    case DynamicValue::INT:
      if (type.isInt64()) return std::to_string(value.as<int64_t>());
      return value.as<int64_t>();
    case DynamicValue::UINT:
      if (type.isUInt64()) return std::to_string(value.as<uint64_t>());
      return value.as<uint64_t>();
    case DynamicValue::FLOAT:
      return encodeFloat(value.as<double>());
    case DynamicValue::TEXT: {
      auto text = value.as<capnp::Text>();
      return std::string(text.begin(), text.size());
    }
    case DynamicValue::DATA: {
      auto data = value.as<capnp::Data>();
      return encodeBase64({reinterpret_cast<const char*>(data.begin()), data.size()});
    }
    case DynamicValue::LIST:
      return encodeList(value.as<DynamicList>());
    case DynamicValue::STRUCT:
      return encodeStruct(value.as<DynamicStruct>());
    case DynamicValue::ENUM: {
      auto enumerant = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, enumerant.getEnumerant()) {
        return std::string(known->getProto().getName().cStr());
      }
      return enumerant.getRaw();
    }
    case DynamicValue::CAPABILITY:
      return "<" + schemaName(type.asInterface()) + ">";
    default:  // Void, AnyPointer
      return nullptr;
  }
}

}  // namespace

void decodeStruct(JsonInput& input, const Json& value, const std::string& path,
                  DynamicStruct::Builder output, const CapabilityHandler& onCapability,
                  const ReferenceHandler& onReference) {
  Decoder(input, onCapability, onReference).fill(value, path, output);
}

std::optional<int64_t> decodeInteger(JsonInput& input, const Json& value, const std::string& path,
                                     Type type) {
  auto number = readInteger<int64_t>(value);
  IntegerRange range = rangeOf(type);
  if (number && *number >= range.min && (*number < 0 || uint64_t(*number) <= range.max))
    return number;
  mismatch(input, value, path, describeRange(type));
  return std::nullopt;
}

std::optional<uint64_t> decodeUnsigned(JsonInput& input, const Json& value, const std::string& path,
                                       Type type) {
  auto number = readInteger<uint64_t>(value);
  if (number && *number <= rangeOf(type).max) return number;
  mismatch(input, value, path, describeRange(type));
  return std::nullopt;
}

std::optional<double> decodeFloat(JsonInput& input, const Json& value, const std::string& path) {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  mismatch(input, value, path, "a number, or \"NaN\", \"Infinity\" or \"-Infinity\"");
  return std::nullopt;
}

std::optional<uint16_t> decodeEnum(JsonInput& input, const Json& value, const std::string& path,
                                   capnp::EnumSchema type) {
  if (value.is_number_unsigned() && value.get<uint64_t>() <= UINT16_MAX)
    return value.get<uint16_t>();
  if (!value.is_string()) {
    mismatch(input, value, path, "a name (enum " + schemaName(type) + ")");
    return std::nullopt;
  }
  const std::string& name = value.get_ref<const std::string&>();
  KJ_IF_MAYBE (enumerant, type.findEnumerantByName(name.c_str())) {
    return uint16_t(enumerant->getOrdinal());
  }
  std::vector<std::string> names;
  for (auto enumerant : type.getEnumerants()) {
    names.emplace_back(enumerant.getProto().getName().cStr());
  }
  input.problem(path, "\"" + name + "\" is not a value of enum " + schemaName(type),
                suggestion(name, names));
  return std::nullopt;
}

std::optional<std::string> decodeData(JsonInput& input, const Json& value,
                                      const std::string& path) {
  if (value.is_string()) {
    auto bytes = decodeBase64(value.get_ref<const std::string&>());
    if (!bytes) mismatch(input, value, path, "base64 or an array of bytes (Data)");
    return bytes;
  }
  if (!value.is_array()) {
    mismatch(input, value, path, "a string in base64 or an array of bytes (Data)");
    return std::nullopt;
  }
  std::string bytes;
  for (size_t i = 0; i < value.size(); i++) {
    auto byte = decodeUnsigned(input, value[i], indexPath(path, i), capnp::schema::Type::UINT8);
    if (!byte) return std::nullopt;
    bytes.push_back(char(*byte));
  }
  return bytes;
}

std::optional<StructSchema::Field> findField(JsonInput& input, StructSchema schema,
                                             const std::string& name, const std::string& path) {
  KJ_IF_MAYBE (field, schema.findFieldByName(name.c_str())) {
    return *field;
  }
  std::vector<std::string> names;
  for (auto field : schema.getFields()) names.emplace_back(field.getProto().getName().cStr());
  input.problem(path, "\"" + name + "\" is not a field of " + schemaName(schema),
                suggestion(name, names));
  return std::nullopt;
}

Json encodeStruct(DynamicStruct::Reader value) {
  Json out = Json::object();
  auto add = [&](StructSchema::Field field) {
    if (!value.has(field)) return;
    out[field.getProto().getName().cStr()] = encodeValue(value.get(field), field.getType());
  };
  for (auto field : value.getSchema().getNonUnionFields()) add(field);
  KJ_IF_MAYBE (active, value.which()) {
    std::string name = active->getProto().getName().cStr();
    // Also a member that is null says which one is active.
    out[name] = value.has(*active) ? encodeValue(value.get(*active), active->getType()) : Json();
  }
  return out;
}

std::string encodeText(DynamicStruct::Reader value) {
  return encodeStruct(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string typeName(Type type) {
  switch (type.which()) {
    case Which::VOID:
      return "Void";
    case Which::BOOL:
      return "Bool";
    case Which::INT8:
      return "Int8";
    case Which::INT16:
      return "Int16";
    case Which::INT32:
      return "Int32";
    case Which::INT64:
      return "Int64";
    case Which::UINT8:
      return "UInt8";
    case Which::UINT16:
      return "UInt16";
    case Which::UINT32:
      return "UInt32";
    case Which::UINT64:
      return "UInt64";
    case Which::FLOAT32:
      return "Float32";
    case Which::FLOAT64:
      return "Float64";
    case Which::TEXT:
      return "Text";
    case Which::DATA:
      return "Data";
    case Which::LIST:
      return "List(" + typeName(type.asList().getElementType()) + ")";
    case Which::ENUM:
      return schemaName(type.asEnum());
    case Which::STRUCT:
      return schemaName(type.asStruct());
    case Which::INTERFACE:
      return schemaName(type.asInterface());
    case Which::ANY_POINTER:
      break;
  }
  return "AnyPointer";
}

std::string schemaName(capnp::Schema schema) {
  std::string name = schema.getProto().getDisplayName().cStr();
  size_t colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

std::string encodeBase64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; j++) group = group << 8 | (j < count ? uint8_t(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; j++) {
      out.push_back(j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=');
    }
  }
  return out;
}

std::optional<std::string> decodeBase64(std::string_view text) {
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    padding++;
  }
  if (text.size() % 4 == 1 || (padding > 0 && (text.size() + padding) % 4 != 0))
    return std::nullopt;
  std::string out;
  uint32_t group = 0;
  size_t bits = 0;
  for (char c : text) {
    uint32_t digit;
    if (c >= 'A' && c <= 'Z') {
      digit = uint32_t(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      digit = uint32_t(c - 'a' + 26);
    } else if (c >= '0' && c <= '9') {
      digit = uint32_t(c - '0' + 52);
    } else if (c == '+') {
      digit = 62;
    } else if (c == '/') {
      digit = 63;
    } else {
      return std::nullopt;
    }
    group = group << 6 | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(char(group >> bits & 0xff));
    }
  }
  return out;
}

}  // namespace flamesim::mocks
