#include "mocks/pattern.h"

#include <algorithm>
#include <cmath>

#include "mocks/json_capnp.h"

namespace flamesim::mocks {
namespace {

using capnp::DynamicList;
using capnp::DynamicStruct;
using capnp::DynamicValue;
using capnp::Type;
using Which = capnp::schema::Type::Which;

bool isInUnion(capnp::StructSchema::Field field) {
  return field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT;
}

bool isPointer(Type type) {
  return type.isText() || type.isData() || type.isList() || type.isStruct() || type.isInterface() ||
         type.isAnyPointer();
}

}  // namespace

Pattern Pattern::compile(JsonInput& input, const Json& value, const std::string& path,
                         capnp::StructSchema schema) {
  return compileFields(input, value, path, schema);
}

Pattern Pattern::compileFields(JsonInput& input, const Json& value, const std::string& path,
                               capnp::StructSchema schema) {
  Pattern pattern;
  if (!value.is_object()) {
    input.problem(path, "expected an object (" + schemaName(schema) + ") or \"*\", found " +
                            std::string(describeType(value)));
    return pattern;
  }
  Fields fields;
  std::string chosen;
  for (const auto& [name, member] : value.items()) {
    std::string here = keyPath(path, name);
    auto field = findField(input, schema, name, here);
    if (!field) continue;
    if (isInUnion(*field)) {
      if (!chosen.empty()) {
        input.problem(here, "\"" + name + "\" and \"" + chosen +
                                "\" are members of one union: no call has both");
      }
      chosen = name;
    }
    Type type = field->getType();
    Pattern compiled =
        member.is_null() && isPointer(type) ? Pattern() : compileValue(input, member, here, type);
    if (member.is_null() && isPointer(type)) compiled.content = Unset{};
    fields.fields.push_back(Field{*field, std::move(compiled)});
  }
  pattern.content = std::move(fields);
  return pattern;
}

Pattern Pattern::compileValue(JsonInput& input, const Json& value, const std::string& path,
                              Type type) {
  Pattern pattern;
  if (value == "*") return pattern;
  auto set = [&](auto decoded) {
    if (decoded) pattern.content = std::move(*decoded);
  };
  auto wrong = [&](const char* expected) {
    input.problem(path, std::string("expected ") + expected + " or \"*\", found " +
                            std::string(describeType(value)));
  };
  switch (type.which()) {
    case Which::VOID:
      if (value.is_null()) {
        pattern.content = capnp::VOID;
      } else {
        wrong("null (Void)");
      }
      break;
    case Which::BOOL:
      if (value.is_boolean()) {
        pattern.content = value.get<bool>();
      } else {
        wrong("true, false");
      }
      break;
    case Which::INT8:
    case Which::INT16:
    case Which::INT32:
    case Which::INT64:
      set(decodeInteger(input, value, path, type));
      break;
    case Which::UINT8:
    case Which::UINT16:
    case Which::UINT32:
    case Which::UINT64:
      set(decodeUnsigned(input, value, path, type));
      break;
    case Which::FLOAT32: {
      // As the field holds it: 0.1 is another number there.
      auto number = decodeFloat(input, value, path);
      if (number) pattern.content = double(float(*number));
      break;
    }
    case Which::FLOAT64:
      set(decodeFloat(input, value, path));
      break;
    case Which::ENUM: {
      auto number = decodeEnum(input, value, path, type.asEnum());
      if (number) pattern.content = uint64_t(*number);
      break;
    }
    case Which::TEXT:
      if (value.is_string()) {
        pattern.content = compileGlob(value.get_ref<const std::string&>());
      } else {
        wrong("a string (Text)");
      }
      break;
    case Which::DATA: {
      auto bytes = decodeData(input, value, path);
      if (bytes) pattern.content = Bytes{std::move(*bytes)};
      break;
    }
    case Which::LIST: {
      if (!value.is_array()) {
        wrong("an array");
        break;
      }
      Elements elements;
      for (size_t i = 0; i < value.size(); i++) {
        elements.elements.push_back(
            compileValue(input, value[i], indexPath(path, i), type.asList().getElementType()));
      }
      pattern.content = std::move(elements);
      break;
    }
    case Which::STRUCT:
      return compileFields(input, value, path, type.asStruct());
    case Which::INTERFACE:
    case Which::ANY_POINTER:
      input.problem(path, "a value of type " + typeName(type) + " can only be null or \"*\"");
      break;
  }
  return pattern;
}

Pattern::Glob Pattern::compileGlob(const std::string& text) {
  Glob glob;
  glob.parts.emplace_back();
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '*') {
      glob.parts.emplace_back();
    } else if (text[i] == '\\' && i + 1 < text.size() &&
               (text[i + 1] == '*' || text[i + 1] == '\\')) {
      glob.parts.back().push_back(text[++i]);
    } else {
      glob.parts.back().push_back(text[i]);
    }
  }
  return glob;
}

bool Pattern::matchesGlob(const Glob& glob, std::string_view text) {
  const std::string& first = glob.parts.front();
  if (glob.parts.size() == 1) return text == first;
  const std::string& last = glob.parts.back();
  if (text.size() < first.size() + last.size()) return false;
  if (!text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  // What is left must hold the other parts in order; the earliest place is always good enough.
  for (size_t i = 1; i + 1 < glob.parts.size(); i++) {
    size_t at = text.find(glob.parts[i]);
    if (at == text.npos) return false;
    text.remove_prefix(at + glob.parts[i].size());
  }
  return true;
}

bool Pattern::matches(DynamicStruct::Reader value) const {
  return matchesValue(value);
}

bool Pattern::matchesEverything() const {
  if (std::holds_alternative<Anything>(content)) return true;
  auto fields = std::get_if<Fields>(&content);
  return fields != nullptr &&
         std::all_of(fields->fields.begin(), fields->fields.end(), [](const Field& field) {
           return !isInUnion(field.field) && field.pattern.matchesEverything();
         });
}

bool Pattern::matchesField(DynamicStruct::Reader parent, capnp::StructSchema::Field field) const {
  if (isInUnion(field)) {
    KJ_IF_MAYBE (active, parent.which()) {
      if (!(*active == field)) return false;
    } else {
      return false;
    }
  }
  if (std::holds_alternative<Anything>(content)) return true;
  if (std::holds_alternative<Unset>(content)) return !parent.has(field);
  return matchesValue(parent.get(field));
}

bool Pattern::matchesValue(const DynamicValue::Reader& value) const {
  struct Visitor {
    const DynamicValue::Reader& value;
    bool operator()(const Anything&) const { return true; }
    bool operator()(const Unset&) const { return false; }  // only a field can be unset
    bool operator()(const Glob& glob) const {
      auto text = value.as<capnp::Text>();
      return matchesGlob(glob, {text.begin(), text.size()});
    }
    bool operator()(const Fields& fields) const {
      auto reader = value.as<DynamicStruct>();
      return std::all_of(fields.fields.begin(), fields.fields.end(), [&](const Field& field) {
        return field.pattern.matchesField(reader, field.field);
      });
    }
    bool operator()(const Elements& elements) const {
      auto list = value.as<DynamicList>();
      if (list.size() != elements.elements.size()) return false;
      for (uint32_t i = 0; i < list.size(); i++) {
        if (!elements.elements[i].matchesValue(list[i])) return false;
      }
      return true;
    }
    bool operator()(const Bytes& bytes) const {
      auto data = value.as<capnp::Data>();
      return std::string_view(reinterpret_cast<const char*>(data.begin()), data.size()) ==
             bytes.bytes;
    }
    bool operator()(bool wanted) const { return value.as<bool>() == wanted; }
    bool operator()(int64_t wanted) const { return value.as<int64_t>() == wanted; }
    bool operator()(uint64_t wanted) const {
      if (value.getType() == DynamicValue::ENUM) {
        return value.as<capnp::DynamicEnum>().getRaw() == wanted;
      }
      return value.as<uint64_t>() == wanted;
    }
    bool operator()(double wanted) const {
      double number = value.as<double>();
      return number == wanted || (std::isnan(number) && std::isnan(wanted));
    }
    bool operator()(capnp::Void) const { return true; }
  };
  return std::visit(Visitor{value}, content);
}

}  // namespace flamesim::mocks
