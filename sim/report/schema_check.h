// A check of JSON against the part of JSON Schema (2020-12) that the schemas under docs/ use, for
// tests: $ref within the file, type, const, enum, properties, required, additionalProperties,
// items, minimum, maximum, minLength, pattern. Any other keyword that constrains is an error.
#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace flamesim::report::testing {

class SchemaCheck {
 public:
  explicit SchemaCheck(nlohmann::json schema) : root(std::move(schema)) {}

  // "" when `value` is valid, else where and why not.
  std::string check(const nlohmann::json& value) const { return check(root, value, "$"); }

 private:
  using Json = nlohmann::json;

  std::string check(const Json& schema, const Json& value, const std::string& path) const {
    static const std::set<std::string> kKnown{"$schema",  "$id",
                                              "$defs",    "$ref",
                                              "title",    "description",
                                              "default",  "examples",
                                              "type",     "const",
                                              "enum",     "properties",
                                              "required", "additionalProperties",
                                              "items",    "minimum",
                                              "maximum",  "minLength",
                                              "pattern",  "markdownDescription"};
    for (auto& [keyword, _] : schema.items()) {
      if (!kKnown.contains(keyword)) return path + ": the check does not know " + keyword;
    }
    if (schema.contains("$ref")) {
      std::string ref = schema["$ref"];
      return check(root.at(Json::json_pointer(ref.substr(1))), value, path);
    }
    if (schema.contains("type") && !hasType(schema["type"], value)) {
      return path + ": is not of type " + schema["type"].dump();
    }
    if (schema.contains("const") && schema["const"] != value) return path + ": is not the const";
    if (schema.contains("enum")) {
      auto& all = schema["enum"];
      if (std::find(all.begin(), all.end(), value) == all.end()) return path + ": not in enum";
    }
    if (value.is_number()) {
      if (schema.contains("minimum") && value < schema["minimum"]) return path + ": too small";
      if (schema.contains("maximum") && value > schema["maximum"]) return path + ": too large";
    }
    if (value.is_string()) {
      auto& text = value.get_ref<const std::string&>();
      if (schema.contains("minLength") && text.size() < schema["minLength"]) {
        return path + ": too short";
      }
      if (schema.contains("pattern") &&
          !std::regex_search(text, std::regex(schema["pattern"].get<std::string>()))) {
        return path + ": does not match " + schema["pattern"].dump();
      }
    }
    if (value.is_array() && schema.contains("items")) {
      for (size_t i = 0; i < value.size(); ++i) {
        auto error = check(schema["items"], value[i], path + "[" + std::to_string(i) + "]");
        if (!error.empty()) return error;
      }
    }
    return value.is_object() ? checkObject(schema, value, path) : "";
  }

  std::string checkObject(const Json& schema, const Json& value, const std::string& path) const {
    for (auto& name : schema.value("required", Json::array())) {
      if (!value.contains(name)) return path + ": " + name.dump() + " is missing";
    }
    Json properties = schema.value("properties", Json::object());
    for (auto& [key, member] : value.items()) {
      if (properties.contains(key)) {
        auto error = check(properties[key], member, path + "." + key);
        if (!error.empty()) return error;
      } else if (schema.value("additionalProperties", Json(true)) == Json(false)) {
        return path + ": \"" + key + "\" is not in the schema";
      }
    }
    return "";
  }

  static bool hasType(const Json& type, const Json& value) {
    if (type.is_array()) {
      for (auto& each : type) {
        if (hasType(each, value)) return true;
      }
      return false;
    }
    if (type == "integer") return value.is_number_integer();
    return type == value.type_name();
  }

  Json root;
};

}  // namespace flamesim::report::testing
