#include "sim/bundle/config_tree.h"

namespace flamesim::bundle {

std::string_view nodeKindName(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kBoolean:
      return "a boolean";
    case NodeKind::kNumber:
      return "a number";
    case NodeKind::kString:
      return "a string";
    case NodeKind::kArray:
      return "an array";
    case NodeKind::kObject:
      return "an object";
    case NodeKind::kDate:
      return "a date";
  }
  return "";
}

const ConfigMember* ConfigNode::find(std::string_view key) const {
  for (auto& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

nlohmann::json ConfigNode::toJson() const {
  if (kind == NodeKind::kArray) {
    auto array = nlohmann::json::array();
    for (auto& item : items) array.push_back(item.toJson());
    return array;
  }
  if (kind == NodeKind::kObject) {
    auto object = nlohmann::json::object();
    for (auto& member : members) object[member.key] = member.value.toJson();
    return object;
  }
  return scalar;
}

}  // namespace flamesim::bundle
