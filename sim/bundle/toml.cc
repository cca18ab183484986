#include "sim/bundle/toml.h"

#include <toml++/toml.h>
#include <algorithm>
#include <sstream>

#include "sim/bundle/toml_nesting.h"

namespace flamesim::bundle {

namespace {

class Converter {
 public:
  explicit Converter(std::string_view text) : text(text) {
    lineStarts.push_back(0);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lineStarts.push_back(i + 1);
    }
  }

  // toml++ counts lines and columns from 1, columns in code points.
  size_t offsetOf(const toml::source_position& position) const {
    if (position.line == 0 || position.line > lineStarts.size()) return 0;
    size_t offset = lineStarts[position.line - 1];
    for (auto column = position.column; column > 1 && offset < text.size(); --column) {
      do ++offset;
      while (offset < text.size() && (uint8_t(text[offset]) & 0xc0) == 0x80);
    }
    return offset;
  }

  ConfigNode convert(const toml::node& source) const {
    ConfigNode node;
    node.offset = offsetOf(source.source().begin);
    if (auto* table = source.as_table()) {
      convertTable(*table, node);
    } else if (auto* array = source.as_array()) {
      node.kind = NodeKind::kArray;
      for (auto& item : *array) node.items.push_back(convert(item));
    } else if (auto* string = source.as_string()) {
      node.kind = NodeKind::kString;
      node.scalar = string->get();
    } else if (auto* boolean = source.as_boolean()) {
      node.kind = NodeKind::kBoolean;
      node.scalar = boolean->get();
    } else if (auto* integer = source.as_integer()) {
      node.kind = NodeKind::kNumber;
      // As JSON would give it: unsigned where it can be, so that both formats compare equal.
      if (integer->get() >= 0) {
        node.scalar = uint64_t(integer->get());
      } else {
        node.scalar = integer->get();
      }
    } else if (auto* number = source.as_floating_point()) {
      node.kind = NodeKind::kNumber;
      node.scalar = number->get();
    } else {
      node.kind = NodeKind::kDate;
      std::ostringstream shown;
      if (auto* date = source.as_date()) shown << date->get();
      if (auto* time = source.as_time()) shown << time->get();
      if (auto* both = source.as_date_time()) shown << both->get();
      node.scalar = shown.str();
    }
    return node;
  }

 private:
  std::string_view text;
  std::vector<size_t> lineStarts;

  // toml++ sorts keys by name; the order of the file comes back by their positions.
  void convertTable(const toml::table& table, ConfigNode& node) const {
    node.kind = NodeKind::kObject;
    for (auto&& [key, value] : table) {
      ConfigMember member{std::string(key.str()), offsetOf(key.source().begin), convert(value)};
      if (value.source().begin.line == 0) member.value.offset = member.keyOffset;
      node.members.push_back(std::move(member));
    }
    std::stable_sort(node.members.begin(), node.members.end(),
                     [](auto& a, auto& b) { return a.keyOffset < b.keyOffset; });
  }
};

}  // namespace

Result<ConfigDocument> parseToml(std::string file, std::string text) {
  ConfigDocument document;
  document.file = std::move(file);
  document.text = std::move(text);
  if (auto fault = findDeepNesting(document.text)) {
    return document.at(fault->offset, fault->message, fault->help);
  }
  Converter converter(document.text);
  try {
    document.root = converter.convert(toml::parse(document.text));
  } catch (const toml::parse_error& error) {
    return document.at(converter.offsetOf(error.source().begin), std::string(error.description()));
  }
  return document;
}

}  // namespace flamesim::bundle
