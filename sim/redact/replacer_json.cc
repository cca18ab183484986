// JSON as it stands: only the values that are secrets change, not a byte beside them. What is not
// well-formed is walked all the same.
#include <algorithm>
#include <cstdint>

#include "sim/redact/card_number.h"
#include "sim/redact/characters.h"
#include "sim/redact/names.h"
#include "sim/redact/replacer.h"

namespace flamesim::redact {

namespace {

constexpr size_t kMostLevels = 512;

// The four hexadecimal digits at `i`; -1: they are none.
int32_t codeUnit(std::string_view raw, size_t i) {
  if (i + 4 > raw.size()) return -1;
  int32_t value = 0;
  for (char c : raw.substr(i, 4)) {
    if (!isHex(c)) return -1;
    value = value * 16 + (isDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

void appendUtf8(std::string& out, int32_t c) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += {char(0xc0 | c >> 6), char(0x80 | (c & 63))};
  } else if (c < 0x10000) {
    out += {char(0xe0 | c >> 12), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
  } else {
    out += {char(0xf0 | c >> 18), char(0x80 | (c >> 12 & 63)), char(0x80 | (c >> 6 & 63)),
            char(0x80 | (c & 63))};
  }
}

// How many bytes the escape at `raw[i]`, a backslash, has; what it stands for goes to `out`. 0: it
// is none.
size_t escape(std::string_view raw, size_t i, std::string& out) {
  if (i + 1 >= raw.size()) return 0;
  static constexpr std::string_view kShort = "\"\\/bfnrt";
  static constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  size_t known = kShort.find(raw[i + 1]);
  if (known != std::string_view::npos) {
    out += kMeant[known];
    return 2;
  }
  int32_t unit = raw[i + 1] == 'u' ? codeUnit(raw, i + 2) : -1;
  if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000)) return 0;
  if (unit < 0xd800 || unit >= 0xe000) {
    appendUtf8(out, unit);
    return 6;
  }
  int32_t low = raw.substr(i + 6, 2) == "\\u" ? codeUnit(raw, i + 8) : -1;
  if (low < 0xdc00 || low >= 0xe000) return 0;
  appendUtf8(out, 0x10000 + (unit - 0xd800) * 1024 + (low - 0xdc00));
  return 12;
}

// What is no escape stands for itself.
void unescape(std::string_view raw, std::string& out) {
  out.clear();
  for (size_t i = 0; i < raw.size();) {
    size_t backslash = std::min(raw.find('\\', i), raw.size());
    out += raw.substr(i, backslash - i);
    if (backslash == raw.size()) return;
    size_t length = escape(raw, backslash, out);
    if (length == 0) out += raw[backslash];
    i = backslash + std::max<size_t>(length, 1);
  }
}

std::string unescaped(std::string_view raw) {
  std::string out;
  unescape(raw, out);
  return out;
}

// Bytes that are not UTF-8 stay as they are.
std::string escaped(const std::string& text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (uint8_t(c) < 0x20) {
      out += "\\u00";
      out += kHex[uint8_t(c) >> 4];
      out += kHex[uint8_t(c) & 15];
    } else {
      out += c;
    }
  }
  return out;
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
    unescape(raw, scratch);
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
