#include "sim/diff/rules.h"

#include <algorithm>
#include <array>

#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"
#include "sim/net/message.h"

namespace flamesim::diff {

using bundle::ConfigDocument;
using bundle::ConfigMember;
using bundle::ConfigNode;
using bundle::NodeKind;

namespace {

constexpr std::array<std::string_view, 7> kActionNames{"exact",     "ignore", "presence", "regex",
                                                       "tolerance", "map",    "sort"};
constexpr std::array<std::string_view, 3> kEffectModeNames{"recorded", "strict", "off"};

template <size_t N>
std::vector<std::string> strings(const std::array<std::string_view, N>& names) {
  return {names.begin(), names.end()};
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  std::string near = nearest(word, known);
  if (!near.empty()) return "did you mean \"" + near + "\"?";
  std::string all = "it can be ";
  for (size_t i = 0; i < known.size(); ++i) {
    if (i != 0) all += i + 1 == known.size() ? " or " : ", ";
    all += "\"" + known[i] + "\"";
  }
  return all;
}

// Reads one entry of "rules". The first error ends it.
class RuleReader {
 public:
  RuleReader(const ConfigDocument& document, std::chrono::year_month_day today)
      : document(document), today(today) {}

  Result<Rule> read(const ConfigNode& node) {
    if (!node.is(NodeKind::kObject)) {
      return document.at(node.offset,
                         "a rule is an object, not " + std::string(nodeKindName(node.kind)));
    }
    Rule rule;
    auto position = positionOf(document.text, node.offset);
    rule.origin = {document.file, position.line, position.column, position.lineText};
    for (auto& member : node.members) {
      if (auto error = readMember(member, rule)) return *error;
    }
    if (auto error = checkWhole(node, rule)) return *error;
    return rule;
  }

 private:
  std::optional<Diagnostic> readMember(const ConfigMember& member, Rule& rule) {
    static const std::vector<std::string> kKeys{"field",     "action", "host",    "path",
                                                "method",    "status", "pattern", "value",
                                                "tolerance", "reason", "owner",   "expires"};
    const std::string& key = member.key;
    const ConfigNode& value = member.value;
    if (key == "tolerance") {
      if (!value.is(NodeKind::kNumber)) return wrongKind(member, "a number");
      rule.tolerance = value.scalar.get<double>();
      if (!(rule.tolerance >= 0)) return document.at(value.offset, "a tolerance is not negative");
      hasTolerance = true;
      return std::nullopt;
    }
    if (key == "status" && value.is(NodeKind::kNumber)) {
      rule.scope.status = value.scalar.dump();
    } else if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      return document.at(member.keyOffset, "unknown key \"" + key + "\" in a rule",
                         suggestion(key, kKeys));
    } else if (!value.is(NodeKind::kString)) {
      return wrongKind(member, "a string");
    }
    if (key == "field") return readField(value, rule);
    if (key == "action") return readAction(value, rule);
    if (key == "host") rule.scope.host = net::toLowerAscii(value.text());
    if (key == "path") rule.scope.path = value.text();
    if (key == "method") rule.scope.method = value.text();
    if (key == "value") {
      rule.value = value.text();
      hasValue = true;
    }
    if (key == "reason") rule.reason = value.text();
    if (key == "owner") rule.owner = value.text();
    if (key == "status") return readStatus(value, rule);
    if (key == "pattern") return readPattern(value, rule);
    if (key == "expires") return readExpires(value, rule);
    return std::nullopt;
  }

  std::optional<Diagnostic> readField(const ConfigNode& value, Rule& rule) {
    rule.field = value.text();
    // Header names have no case; JSON paths do.
    if (rule.field.starts_with("header:")) rule.field = net::toLowerAscii(rule.field);
    if (isFieldPattern(rule.field)) return std::nullopt;
    return document.at(value.offset, "no difference has the field \"" + rule.field + "\"",
                       std::string(kFieldHelp));
  }

  std::optional<Diagnostic> readAction(const ConfigNode& value, Rule& rule) {
    auto at = std::find(kActionNames.begin(), kActionNames.end(), value.text());
    if (at == kActionNames.end()) {
      return document.at(value.offset, "unknown action \"" + value.text() + "\"",
                         suggestion(value.text(), strings(kActionNames)));
    }
    rule.action = Action(at - kActionNames.begin());
    hasAction = true;
    return std::nullopt;
  }

  std::optional<Diagnostic> readStatus(const ConfigNode& value, Rule& rule) {
    if (value.is(NodeKind::kString)) rule.scope.status = value.text();
    if (isStatusPattern(rule.scope.status)) return std::nullopt;
    return document.at(value.offset, "\"" + rule.scope.status + "\" is not a status",
                       "write 404, \"404\" or \"4xx\"");
  }

  std::optional<Diagnostic> readPattern(const ConfigNode& value, Rule& rule) {
    auto compiled = Regex::compile(value.text());
    if (!compiled) return document.at(value.offset, compiled.error().message);
    rule.pattern = compiled.value();
    rule.patternText = value.text();
    return std::nullopt;
  }

  std::optional<Diagnostic> readExpires(const ConfigNode& value, Rule& rule) {
    auto day = parseDay(value.text());
    if (!day) {
      return document.at(value.offset, "\"" + value.text() + "\" is not a day",
                         "write the last day on which the rule holds as \"2027-01-31\"");
    }
    rule.expires = value.text();
    rule.expired = today > *day;
    return std::nullopt;
  }

  std::optional<Diagnostic> checkWhole(const ConfigNode& node, const Rule& rule) {
    auto missing = [&](std::string_view key, std::string help) {
      return document.at(node.offset, "the rule has no \"" + std::string(key) + "\"",
                         std::move(help));
    };
    if (rule.field.empty()) return missing("field", "such as \"field\": \"header:server\"");
    if (!hasAction) {
      return missing("action", suggestion("", strings(kActionNames)));
    }
    if (rule.reason.empty()) return missing("reason", "say why this difference may be");
    bool wantsPattern = rule.action == Action::kRegex || rule.action == Action::kMap;
    if (wantsPattern && !rule.pattern) return missing("pattern", "a regular expression");
    if (rule.action == Action::kMap && !hasValue) {
      return missing("value", "what each match of the pattern becomes");
    }
    if (rule.action == Action::kTolerance && !hasTolerance) {
      return missing("tolerance", "the largest difference that may be");
    }
    auto useless = [&](std::string_view key) {
      return document.at(node.offset, "the action \"" + std::string(actionName(rule.action)) +
                                          "\" does not use \"" + std::string(key) + "\"");
    };
    if (!wantsPattern && rule.pattern) return useless("pattern");
    if (rule.action != Action::kMap && hasValue) return useless("value");
    if (rule.action != Action::kTolerance && hasTolerance) return useless("tolerance");
    return std::nullopt;
  }

  Diagnostic wrongKind(const ConfigMember& member, std::string_view expected) {
    return document.at(member.value.offset, "\"" + member.key + "\" must be " +
                                                std::string(expected) + ", not " +
                                                std::string(nodeKindName(member.value.kind)));
  }

  const ConfigDocument& document;
  std::chrono::year_month_day today;
  bool hasAction = false;
  bool hasTolerance = false;
  bool hasValue = false;
};

}  // namespace

std::string_view actionName(Action action) {
  return kActionNames[size_t(action)];
}
std::string_view effectModeName(EffectMode mode) {
  return kEffectModeNames[size_t(mode)];
}

std::string Rule::where() const {
  return origin.file + ":" + std::to_string(origin.line);
}

bool isFieldPattern(std::string_view pattern) {
  static constexpr std::array<std::string_view, 5> kHeads{"outcome", "status", "body",
                                                          "header:", "effect:"};
  if (pattern.starts_with("*")) return true;
  for (auto head : kHeads) {
    if (!pattern.starts_with(head)) continue;
    if (head.back() == ':') return pattern.size() > head.size();
    if (pattern.size() == head.size()) return true;
    return head == "body" && (pattern[head.size()] == ':' || pattern[head.size()] == '*');
  }
  return false;
}

bool applies(const Rule& rule, const RequestFacts& request) {
  return !rule.expired && covers(rule.scope, request);
}

Result<Rules> Rules::parse(std::string_view text, const std::string& file,
                           std::chrono::year_month_day today) {
  auto parsed = bundle::parseJsonc(file, std::string(text));
  if (!parsed) return parsed.error();
  const ConfigDocument& document = parsed.value();
  if (!document.root.is(NodeKind::kObject)) {
    return document.at(document.root.offset, "a rules file is an object",
                       "{\"rules\": [...], \"effects\": \"recorded\"}");
  }
  Rules result;
  result.notices = document.warnings;
  for (auto& member : document.root.members) {
    const ConfigNode& value = member.value;
    if (member.key == "$schema") continue;
    if (member.key == "effects") {
      auto at = value.is(NodeKind::kString)
                    ? std::find(kEffectModeNames.begin(), kEffectModeNames.end(), value.text())
                    : kEffectModeNames.end();
      if (at == kEffectModeNames.end()) {
        std::string word = value.is(NodeKind::kString) ? value.text() : "";
        return document.at(value.offset, "\"effects\" is not a mode of comparing effects",
                           suggestion(word, strings(kEffectModeNames)));
      }
      result.effectMode = EffectMode(at - kEffectModeNames.begin());
    } else if (member.key == "rules") {
      if (!value.is(NodeKind::kArray)) {
        return document.at(value.offset, "\"rules\" must be an array, not " +
                                             std::string(nodeKindName(value.kind)));
      }
      for (auto& item : value.items) {
        auto rule = RuleReader(document, today).read(item);
        if (!rule) return rule.error();
        result.rules.push_back(std::move(rule.value()));
      }
    } else {
      return document.at(member.keyOffset, "unknown key \"" + member.key + "\"",
                         suggestion(member.key, {"rules", "effects", "$schema"}));
    }
  }
  return result;
}

Rules Rules::load(const std::filesystem::path& file, std::chrono::year_month_day today) {
  auto text = bundle::readFile(file).orThrow();
  return parse(text, bundle::displayPath(file), today).orThrow();
}

}  // namespace flamesim::diff
