// A configuration file as a tree in which every key and value knows its byte offset, so that each
// error can show its line. JSON with comments and trailing commas (jsonc.h) and TOML (toml.h) both
// become this tree.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::bundle {

enum class NodeKind : uint8_t {
  kNull,
  kBoolean,
  kNumber,
  kString,
  kArray,
  kObject,
  kDate,  // TOML's dates and times; JSON has none
};

std::string_view nodeKindName(NodeKind kind);  // "a string", "an object", ...

// How many levels a file may nest; trees are walked and destroyed by recursion.
constexpr int kMaxNesting = 256;

struct ConfigMember;

struct ConfigNode {
  NodeKind kind = NodeKind::kNull;
  size_t offset = 0;                  // of the value's first byte
  nlohmann::json scalar;              // boolean, number, string; dates as their text
  std::vector<ConfigNode> items;      // arrays
  std::vector<ConfigMember> members;  // objects, in the order of the file, keys unique

  bool is(NodeKind expected) const { return kind == expected; }
  // The value of a string node.
  const std::string& text() const { return scalar.get_ref<const std::string&>(); }
  const ConfigMember* find(std::string_view key) const;
  // The whole value without positions.
  nlohmann::json toJson() const;
};

struct ConfigMember {
  std::string key;
  size_t keyOffset = 0;
  ConfigNode value;
};

struct ConfigDocument {
  std::string file;  // as messages show it
  std::string text;
  ConfigNode root;
  std::vector<Diagnostic> warnings;  // keys that stand twice

  Diagnostic at(size_t offset, std::string message, std::string help = "") const {
    return diagnosticAt(file, text, offset, std::move(message), std::move(help));
  }
};

}  // namespace flamesim::bundle
