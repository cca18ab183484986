// JSON as it stands: only the values that are secrets change, not a byte beside them. What is not
// well-formed is walked all the same.
#include <nlohmann/json.hpp>

#include "sim/redact/card_number.h"
#include "sim/redact/characters.h"
#include "sim/redact/names.h"
#include "sim/redact/replacer.h"

namespace flamesim::redact {

namespace {

constexpr size_t kMostLevels = 512;

std::string unescaped(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return std::string(raw);
  std::string quoted;
  quoted.reserve(raw.size() + 2);
  quoted.append("\"").append(raw).append("\"");
  auto value = nlohmann::json::parse(quoted, nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(raw);
}

std::string escaped(const std::string& text) {
  auto quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
  return quoted.substr(1, quoted.size() - 2);
}

bool isPlainName(std::string_view name) {
  if (name.empty() || isDigit(name[0])) return false;
  for (char c : name) {
    if (!isAlnum(c) && c != '_' && c != '$') return false;
  }
  return true;
}

bool isNumber(std::string_view text) {
  return !text.empty() && (isDigit(text[0]) || text[0] == '-');
}

}  // namespace

class JsonReplacer {
 public:
  JsonReplacer(Replacer& replacer, std::string_view text) : replacer(replacer), text(text) {
    for (const auto& rule : replacer.rules.list()) {
      paths = paths || replacer.holds(rule, RuleTarget::kJson);
    }
    levels.push_back({});
  }

  bool run(std::string& result) {
    size_t i = 0;
    while (i < text.size()) i = step(i);
    if (copied == 0) return false;
    out += text.substr(copied);
    result = std::move(out);
    return true;
  }

 private:
  struct Level {
    bool object = false;
    bool expectsName = false;
    bool secret = false;  // the name of this array says that its members are secrets
    size_t index = 0;
    size_t pathSize = 0;  // of the container's own path
    const RedactionRule* rule = nullptr;
    std::string_view name;  // of the member, as it stands
  };

  size_t step(size_t i) {
    auto& level = levels.back();
    switch (text[i]) {
      case '{':
      case '[':
        open(text[i] == '{');
        return i + 1;
      case '}':
      case ']':
        if (levels.size() > 1) levels.pop_back();
        return i + 1;
      case ',':
        level.expectsName = level.object;
        ++level.index;
        return i + 1;
      case ':':
        level.expectsName = false;
        return i + 1;
      case '"':
        return string(i + 1);
      default:
        break;
    }
    size_t end = i;
    while (end < text.size() &&
           (isAlnum(text[end]) || text[end] == '-' || text[end] == '+' || text[end] == '.')) {
      ++end;
    }
    if (end == i) return i + 1;
    scalar(i, end);
    return end;
  }

  void open(bool object) {
    auto& outer = levels.back();
    Level level{.object = object, .expectsName = object};
    level.rule = ruleHere();
    level.secret = !object && isSecretHere();
    level.pathSize = here.size();
    level.name = outer.name;
    if (levels.size() < kMostLevels) levels.push_back(level);
  }

  // The rule for the value that stands here, and, in `here`, its path.
  const RedactionRule* ruleHere() {
    if (!paths) return nullptr;
    auto& level = levels.back();
    if (levels.size() == 1) {
      here = "$";
    } else {
      here.resize(level.pathSize);
      if (!level.object) {
        here += "[" + std::to_string(level.index) + "]";
      } else if (isPlainName(level.name)) {
        here.append(".").append(level.name);
      } else {
        here.append("[\"").append(level.name).append("\"]");
      }
    }
    if (level.rule != nullptr) return level.rule;
    return replacer.ruleFor(RuleTarget::kJson, here);
  }

  bool isSecretHere() const {
    const auto& level = levels.back();
    if (!level.object) return level.secret;
    return isSecretName(level.name, NamePlace::kMember);
  }

  size_t string(size_t begin) {
    size_t end = begin;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end = std::min(end, text.size());
    auto raw = text.substr(begin, end - begin);
    auto& level = levels.back();
    if (level.object && level.expectsName) {
      level.name = raw;
      plain(begin, end, raw);
    } else if (const auto* rule = ruleHere()) {
      byRule(*rule, begin, end, raw);
    } else if (isSecretHere() && !raw.empty()) {
      std::string value = unescaped(raw);
      if (auto found = replacer.replacement(Kind::kToken, value)) edit(begin, end, *found);
    } else {
      plain(begin, end, raw);
    }
    return end + 1;
  }

  void byRule(const RedactionRule& rule, size_t begin, size_t end, std::string_view raw) {
    auto found = replacer.byRule(rule, unescaped(raw));
    if (!found) return;
    bool remove = rule.action == RuleAction::kRemove && end < text.size();
    if (remove) {
      edit(begin - 1, end + 1, "null");
    } else {
      edit(begin, end, *found);
    }
  }

  void plain(size_t begin, size_t end, std::string_view raw) {
    scratch = unescaped(raw);
    if (replacer.text(scratch)) edit(begin, end, escaped(scratch));
  }

  void scalar(size_t begin, size_t end) {
    auto value = text.substr(begin, end - begin);
    if (const auto* rule = ruleHere()) {
      if (value == "null" || rule->action == RuleAction::kKeep) return;
      auto found = replacer.byRule(*rule, value);
      if (found) edit(begin, end, found->empty() ? "null" : "\"" + *found + "\"");
    } else if (!isNumber(value)) {
      return;
    } else if (isSecretHere()) {
      if (auto found = replacer.replacement(Kind::kToken, value))
        edit(begin, end, "\"" + *found + "\"");
    } else if (cardNumberLength(value, 0) == value.size()) {
      if (auto found = replacer.replacement(Kind::kCard, value)) edit(begin, end, *found);
    }
  }

  void edit(size_t begin, size_t end, const std::string& replacement) {
    out += text.substr(copied, begin - copied);
    out += replacement;
    copied = end;
  }

  Replacer& replacer;
  std::string_view text;
  std::string out;
  size_t copied = 0;
  bool paths = false;  // there are rules with paths
  std::string here;
  std::string scratch;
  std::vector<Level> levels;
};

bool Replacer::json(std::string& text) {
  std::string result;
  if (!JsonReplacer(*this, text).run(result)) return false;
  text = std::move(result);
  return true;
}

}  // namespace flamesim::redact
