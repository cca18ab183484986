#include "sim/js/source_map.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <vector>

namespace flamesim::js {

class SourceMap {
 public:
  struct Segment {
    uint32_t generatedColumn;
    int32_t source;
    int32_t line;
    int32_t column;
  };
  std::vector<std::string> sources;
  std::vector<std::string> contents;
  std::vector<std::vector<Segment>> lines;

  static std::unique_ptr<SourceMap> parse(const std::string& json);
};

namespace {
// Base64 VLQ (ECMA-426 section 6): 5 bits a digit, least significant first, sign in bit 0.
std::optional<int32_t> readVlq(std::string_view text, size_t& at) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t value = 0;
  for (int shift = 0; at < text.size() && shift < 35; shift += 5) {
    size_t digit = kDigits.find(text[at++]);
    if (digit == std::string_view::npos) return std::nullopt;
    value |= uint64_t(digit & 31) << shift;
    if ((digit & 32) == 0) {
      auto magnitude = int32_t(value >> 1);
      return (value & 1) != 0 ? -magnitude : magnitude;
    }
  }
  return std::nullopt;
}
}  // namespace

std::unique_ptr<SourceMap> SourceMap::parse(const std::string& json) {
  auto result = std::make_unique<SourceMap>();
  auto root = nlohmann::json::parse(json, nullptr, false);
  if (!root.is_object() || !root.contains("mappings") || !root["mappings"].is_string()) {
    return result;
  }
  std::string sourceRoot = root.contains("sourceRoot") && root["sourceRoot"].is_string()
                               ? root["sourceRoot"].get<std::string>()
                               : "";
  if (root.contains("sources") && root["sources"].is_array()) {
    for (auto& source : root["sources"]) {
      result->sources.push_back(sourceRoot + (source.is_string() ? source.get<std::string>() : ""));
    }
  }
  if (root.contains("sourcesContent") && root["sourcesContent"].is_array()) {
    for (auto& content : root["sourcesContent"]) {
      result->contents.push_back(content.is_string() ? content.get<std::string>() : "");
    }
  }
  const auto& mappings = root["mappings"].get_ref<const std::string&>();
  int32_t source = 0, line = 0, column = 0;
  size_t at = 0;
  result->lines.emplace_back();
  int32_t generatedColumn = 0;
  while (at < mappings.size()) {
    if (mappings[at] == ';') {
      result->lines.emplace_back();
      generatedColumn = 0;
      ++at;
    } else if (mappings[at] == ',') {
      ++at;
    } else {
      auto field = readVlq(mappings, at);
      if (!field) return result;
      generatedColumn += *field;
      bool more = at < mappings.size() && mappings[at] != ',' && mappings[at] != ';';
      if (!more) continue;
      auto s = readVlq(mappings, at), l = readVlq(mappings, at), c = readVlq(mappings, at);
      if (!s || !l || !c) return result;
      source += *s;
      line += *l;
      column += *c;
      if (at < mappings.size() && mappings[at] != ',' && mappings[at] != ';') {
        if (!readVlq(mappings, at)) return result;  // index of a name, not used
      }
      result->lines.back().push_back({uint32_t(generatedColumn), source, line, column});
    }
  }
  return result;
}

SourceMaps::SourceMaps() = default;
SourceMaps::~SourceMaps() = default;

void SourceMaps::add(std::string module, std::string json) {
  entries[std::move(module)].json = std::move(json);
}

SourceMap* SourceMaps::decoded(const std::string& module) {
  auto found = entries.find(module);
  if (found == entries.end()) return nullptr;
  if (found->second.decoded == nullptr)
    found->second.decoded = SourceMap::parse(found->second.json);
  return found->second.decoded.get();
}

std::optional<SourceLocation> SourceMaps::map(const SourceLocation& generated) {
  SourceMap* map = decoded(generated.file);
  if (map == nullptr || generated.line == 0 || generated.line > map->lines.size()) {
    return std::nullopt;
  }
  auto& segments = map->lines[generated.line - 1];
  uint32_t column = generated.column == 0 ? 0 : generated.column - 1;
  auto after = std::upper_bound(
      segments.begin(), segments.end(), column,
      [](uint32_t value, const SourceMap::Segment& s) { return value < s.generatedColumn; });
  if (after == segments.begin()) return std::nullopt;
  auto& segment = *std::prev(after);
  if (segment.source < 0 || size_t(segment.source) >= map->sources.size() || segment.line < 0) {
    return std::nullopt;
  }
  return SourceLocation{map->sources[size_t(segment.source)], uint32_t(segment.line) + 1,
                        uint32_t(segment.column) + 1};
}

std::optional<std::string> SourceMaps::sourceLine(const std::string& file, uint32_t line) {
  for (auto& [module, entry] : entries) {
    SourceMap* map = entry.decoded.get();
    if (map == nullptr) continue;
    for (size_t i = 0; i < map->sources.size() && i < map->contents.size(); ++i) {
      if (map->sources[i] != file) continue;
      std::string_view text = map->contents[i];
      for (uint32_t n = 1; n < line; ++n) {
        size_t end = text.find('\n');
        if (end == std::string_view::npos) return std::nullopt;
        text.remove_prefix(end + 1);
      }
      return std::string(text.substr(0, text.find('\n')));
    }
  }
  return std::nullopt;
}

std::string SourceMaps::mapStack(const std::string& stack) {
  if (entries.empty()) return stack;
  static const std::regex kPosition(R"(([^\s()]+):(\d+):(\d+))");
  std::string result;
  auto rest = stack.cbegin();
  for (std::sregex_iterator it(stack.begin(), stack.end(), kPosition), end; it != end; ++it) {
    result.append(rest, (*it)[0].first);
    auto mapped = map({(*it)[1].str(), uint32_t(std::stoul((*it)[2].str())),
                       uint32_t(std::stoul((*it)[3].str()))});
    result += mapped ? mapped->file + ":" + std::to_string(mapped->line) + ":" +
                           std::to_string(mapped->column)
                     : (*it)[0].str();
    rest = (*it)[0].second;
  }
  result.append(rest, stack.cend());
  return result;
}

}  // namespace flamesim::js
