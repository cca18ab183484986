#include "sim/redact/rules.h"

#include <algorithm>
#include <array>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"
#include "sim/bundle/suggestions.h"
#include "sim/net/message.h"

namespace flamesim::redact {

using bundle::ConfigDocument;
using bundle::ConfigNode;
using bundle::ConfigReader;
using bundle::NodeKind;

namespace {

constexpr size_t kMostRules = 1000;
constexpr std::array<std::string_view, 7> kKindNames{"credentials", "cookies", "tokens", "emails",
                                                     "addresses",   "cards",   "rules"};
constexpr std::array<std::string_view, 5> kTargets{"header", "cookie", "json", "parameter",
                                                   "regex"};
constexpr std::array<std::string_view, 3> kActions{"pseudonym", "remove", "keep"};

using Names = std::vector<std::string>;

std::string helpFor(std::string_view word, const Names& names) {
  return bundle::didYouMean(word, names, "it is one of " + bundle::listed(names));
}

class RulesReader {
 public:
  explicit RulesReader(ConfigReader& reader) : reader(reader) {}

  std::optional<RedactionRule> read(const ConfigNode& node, const std::string& where) {
    if (!reader.expect(node, NodeKind::kObject, where)) return std::nullopt;
    size_t errors = reader.errors.size();
    RedactionRule rule;
    rule.origin = reader.originAt(node.offset);
    checkKeys(node, where);
    readTarget(node, where, rule);
    if (auto action = reader.requiredString(node, "action", where)) {
      readAction(node.find("action")->value, *action, rule);
    }
    rule.host = net::toLowerAscii(reader.string(node, "host", where).value_or("*"));
    rule.path = reader.string(node, "path", where).value_or("*");
    rule.reason = reader.requiredString(node, "reason", where).value_or("");
    if (reader.errors.size() != errors) return std::nullopt;
    return rule;
  }

 private:
  void checkKeys(const ConfigNode& node, const std::string& where) {
    Names known(kTargets.begin(), kTargets.end());
    for (const auto* key : {"action", "host", "path", "reason"}) known.emplace_back(key);
    for (const auto& member : node.members) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      reader.error(member.keyOffset, "unknown key \"" + member.key + "\" in " + where,
                   helpFor(member.key, known));
    }
  }

  void readTarget(const ConfigNode& node, const std::string& where, RedactionRule& rule) {
    size_t found = 0;
    for (size_t i = 0; i < kTargets.size(); ++i) {
      if (node.find(kTargets[i]) == nullptr) continue;
      ++found;
      auto pattern = reader.requiredString(node, kTargets[i], where);
      if (!pattern) continue;
      rule.target = RuleTarget(i);
      rule.pattern = *pattern;
      checkPattern(node.find(kTargets[i])->value, rule);
    }
    if (found == 1) return;
    reader.error(
        node.offset,
        where + (found == 0 ? " does not say what it is for" : " is for more than one thing"),
        R"(add one of "header", "cookie", "json", "parameter" and "regex")");
  }

  void checkPattern(const ConfigNode& value, RedactionRule& rule) {
    if (rule.target == RuleTarget::kHeader) rule.pattern = net::toLowerAscii(rule.pattern);
    if (rule.target == RuleTarget::kJson && !rule.pattern.starts_with('$') &&
        !rule.pattern.starts_with('*')) {
      reader.error(value.offset, "\"" + rule.pattern + "\" is not a path into JSON",
                   R"(write "$.user.name", "$.items[*].id" or "*.name")");
    }
    if (rule.target != RuleTarget::kRegex) return;
    auto compiled = Regex::compile(rule.pattern);
    if (compiled) {
      rule.regex = compiled.value();
    } else {
      reader.error(value.offset, compiled.error().message);
    }
  }

  void readAction(const ConfigNode& value, const std::string& action, RedactionRule& rule) {
    const auto* found = std::find(kActions.begin(), kActions.end(), action);
    if (found != kActions.end()) {
      rule.action = RuleAction(found - kActions.begin());
      return;
    }
    reader.error(value.offset, "there is no action \"" + action + "\"",
                 helpFor(action, Names(kActions.begin(), kActions.end())));
  }

  ConfigReader& reader;
};

uint32_t readKept(ConfigReader& reader, const ConfigNode& root) {
  uint32_t kept = 0;
  const Names names(kKindNames.begin(), kKindNames.end() - 1);
  for (const auto* item : reader.strings(root, "keep")) {
    auto found = std::find(names.begin(), names.end(), item->text());
    if (found == names.end()) {
      reader.error(item->offset, "there is no kind of secret \"" + item->text() + "\"",
                   helpFor(item->text(), names));
    } else {
      kept |= 1U << unsigned(found - names.begin());
    }
  }
  return kept;
}

std::vector<RedactionRule> readRules(ConfigReader& reader, const ConfigNode& root) {
  std::vector<RedactionRule> result;
  const auto* array = reader.member(root, "rules", NodeKind::kArray);
  if (array == nullptr) return result;
  RulesReader rules(reader);
  for (size_t i = 0; i < array->items.size(); ++i) {
    if (i == kMostRules) {
      reader.error(array->items[i].offset,
                   "there are more than " + std::to_string(kMostRules) + " rules");
      break;
    }
    auto rule = rules.read(array->items[i], "rules[" + std::to_string(i) + "]");
    if (rule) result.push_back(std::move(*rule));
  }
  return result;
}

}  // namespace

std::string_view kindName(Kind kind) {
  return kKindNames[size_t(kind)];
}

Result<RedactionRules> RedactionRules::parse(std::string text, const std::string& file) {
  auto document = bundle::parseJsonc(file, std::move(text));
  if (!document) return document.error();
  const auto& root = document.value().root;
  if (!root.is(NodeKind::kObject)) {
    return document.value().at(root.offset, "a rules file is an object",
                               R"({"rules": [...], "keep": [...]})");
  }
  ConfigReader reader(document.value());
  const Names known{"$schema", "rules", "keep"};
  for (const auto& member : root.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    reader.error(member.keyOffset, "unknown key \"" + member.key + "\"",
                 helpFor(member.key, known));
  }
  RedactionRules result;
  result.file = file;
  result.rules = readRules(reader, root);
  result.kept = readKept(reader, root);
  if (!reader.errors.empty()) return reader.errors.front();
  return result;
}

RedactionRules RedactionRules::load(const std::filesystem::path& file) {
  auto text = bundle::readFile(file).orThrow();
  return parse(std::move(text), bundle::displayPath(file)).orThrow();
}

}  // namespace flamesim::redact
