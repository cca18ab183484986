#include "sim/bundle/config_reader.h"

#include <algorithm>

#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"
#include "sim/bundle/toml.h"

namespace flamesim::bundle {

namespace {

std::string dotted(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : std::string(where) + "." + std::string(key);
}

}  // namespace

ConfigDocument readConfigDocument(const std::filesystem::path& file) {
  auto text = readFile(file).orThrow();
  auto shown = displayPath(file);
  auto document = (file.extension() == ".toml" ? parseToml(shown, std::move(text))
                                               : parseJsonc(shown, std::move(text)))
                      .orThrow();
  if (!document.root.is(NodeKind::kObject)) {
    throw UserError(document.at(
        document.root.offset,
        "the file must hold an object, not " + std::string(nodeKindName(document.root.kind))));
  }
  return document;
}

void ConfigReader::error(size_t offset, std::string message, std::string help) {
  errors.push_back(document.at(offset, std::move(message), std::move(help)));
}

void ConfigReader::warn(size_t offset, std::string message, std::string help) {
  warnings.push_back(document.at(offset, std::move(message), std::move(help)));
  warnings.back().severity = Severity::kWarning;
}

Origin ConfigReader::originAt(size_t offset) const {
  auto position = positionOf(document.text, offset);
  return {document.file, position.line, position.column, std::move(position.lineText)};
}

bool ConfigReader::expect(const ConfigNode& node, NodeKind kind, std::string_view what) {
  if (node.kind == kind) return true;
  std::string help;
  if (kind == NodeKind::kString && !node.is(NodeKind::kObject) && !node.is(NodeKind::kArray)) {
    help = "put it in double quotes";
  }
  error(node.offset,
        "\"" + std::string(what) + "\" must be " + std::string(nodeKindName(kind)) + ", not " +
            std::string(nodeKindName(node.kind)),
        help);
  return false;
}

const ConfigNode* ConfigReader::member(const ConfigNode& object, std::string_view key,
                                       NodeKind kind, std::string_view where) {
  auto* found = object.find(key);
  if (found == nullptr || !expect(found->value, kind, dotted(where, key))) return nullptr;
  return &found->value;
}

std::optional<std::string> ConfigReader::string(const ConfigNode& object, std::string_view key,
                                                std::string_view where) {
  auto* node = member(object, key, NodeKind::kString, where);
  if (node == nullptr) return std::nullopt;
  return node->text();
}

std::optional<std::string> ConfigReader::requiredString(const ConfigNode& object,
                                                        std::string_view key,
                                                        std::string_view where) {
  if (object.find(key) == nullptr) {
    error(object.offset, std::string(where) + " lacks \"" + std::string(key) + "\"",
          "add \"" + std::string(key) + "\": \"...\"");
    return std::nullopt;
  }
  auto* node = member(object, key, NodeKind::kString, where);
  if (node == nullptr) return std::nullopt;
  if (node->text().empty()) {
    error(node->offset, "\"" + dotted(where, key) + "\" must not be empty");
    return std::nullopt;
  }
  return node->text();
}

std::optional<bool> ConfigReader::boolean(const ConfigNode& object, std::string_view key,
                                          std::string_view where) {
  auto* node = member(object, key, NodeKind::kBoolean, where);
  if (node == nullptr) return std::nullopt;
  return node->scalar.get<bool>();
}

std::optional<uint64_t> ConfigReader::integer(const ConfigNode& object, std::string_view key,
                                              uint64_t least, uint64_t most,
                                              std::string_view where) {
  auto* node = member(object, key, NodeKind::kNumber, where);
  if (node == nullptr) return std::nullopt;
  if (node->scalar.is_number_unsigned()) {
    auto value = node->scalar.get<uint64_t>();
    if (value >= least && value <= most) return value;
  }
  error(node->offset, "\"" + dotted(where, key) + "\" must be a whole number from " +
                          std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::vector<const ConfigNode*> ConfigReader::strings(const ConfigNode& object, std::string_view key,
                                                     std::string_view where) {
  std::vector<const ConfigNode*> result;
  auto* array = member(object, key, NodeKind::kArray, where);
  if (array == nullptr) return result;
  for (size_t i = 0; i < array->items.size(); ++i) {
    auto name = dotted(where, key) + "[" + std::to_string(i) + "]";
    if (expect(array->items[i], NodeKind::kString, name)) result.push_back(&array->items[i]);
  }
  return result;
}

void ConfigReader::warnOfUnknownKeys(const ConfigNode& object,
                                     const std::vector<std::string>& known,
                                     std::string_view where) {
  for (auto& member : object.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    auto near = nearest(member.key, known);
    std::string message = "unknown key \"" + member.key + "\"";
    if (!where.empty()) message += " in " + std::string(where);
    warn(member.keyOffset, message, near.empty() ? "" : "did you mean \"" + near + "\"?");
  }
}

void ConfigReader::finish() const {
  if (!errors.empty()) throw UserError::ofAll(errors);
}

void ConfigReader::finishStrictly() {
  for (auto& warning : warnings) {
    warning.severity = Severity::kError;
    errors.push_back(std::move(warning));
  }
  warnings.clear();
  finish();
}

}  // namespace flamesim::bundle
