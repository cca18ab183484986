#include "sim/bundle/jsonc.h"

#include <charconv>
#include <cmath>
#include <unordered_map>

namespace flamesim::bundle {

namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isWordByte(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

void appendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += char(0xc0 | c >> 6);
    out += char(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += char(0xe0 | c >> 12);
    out += char(0x80 | (c >> 6 & 0x3f));
    out += char(0x80 | (c & 0x3f));
  } else {
    out += char(0xf0 | c >> 18);
    out += char(0x80 | (c >> 12 & 0x3f));
    out += char(0x80 | (c >> 6 & 0x3f));
    out += char(0x80 | (c & 0x3f));
  }
}

// What stops the parser; caught by parseJsonc alone.
struct Stop {
  size_t offset;
  std::string message;
  std::string help;
};

class Parser {
 public:
  explicit Parser(ConfigDocument& document) : document(document), text(document.text) {}

  void parseDocument() {
    if (text.starts_with("\xef\xbb\xbf")) position = 3;
    skipSpace();
    if (position == text.size()) throw Stop{0, "the file is empty", "it takes an object: {}"};
    document.root = parseValue(0);
    skipSpace();
    if (position != text.size()) throw Stop{position, "text after the end of the value", ""};
  }

 private:
  ConfigDocument& document;
  const std::string_view text;
  size_t position = 0;

  char peek() const { return position < text.size() ? text[position] : '\0'; }

  void skipSpace() {
    while (position < text.size()) {
      char c = text[position];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++position;
      } else if (c == '/' && text.substr(position, 2) == "//") {
        position = std::min(text.find('\n', position), text.size());
      } else if (c == '/' && text.substr(position, 2) == "/*") {
        size_t end = text.find("*/", position + 2);
        if (end == std::string_view::npos) throw Stop{position, "this comment has no end", ""};
        position = end + 2;
      } else {
        return;
      }
    }
  }

  ConfigNode parseValue(int depth) {
    if (depth > kMaxNesting) throw Stop{position, "values nest more than 256 deep", ""};
    ConfigNode node;
    node.offset = position;
    switch (peek()) {
      case '{':
        parseObject(node, depth);
        return node;
      case '[':
        parseArray(node, depth);
        return node;
      case '"':
        node.kind = NodeKind::kString;
        node.scalar = parseString();
        return node;
      default:
        parseScalar(node);
        return node;
    }
  }

  void parseObject(ConfigNode& node, int depth) {
    node.kind = NodeKind::kObject;
    std::unordered_map<std::string, size_t> seen;
    size_t open = position++;
    for (;;) {
      skipSpace();
      if (peek() == '}') break;
      if (position == text.size()) throw Stop{open, "this object has no closing \"}\"", ""};
      if (peek() != '"') {
        throw Stop{position, "expected a key in double quotes or \"}\"", quotingHelp()};
      }
      ConfigMember member;
      member.keyOffset = position;
      member.key = parseString();
      skipSpace();
      if (peek() != ':') throw Stop{position, "expected \":\" after the key", ""};
      ++position;
      skipSpace();
      member.value = parseValue(depth + 1);
      add(node, seen, std::move(member));
      if (!continuesAfterItem('}', open, "object")) break;
    }
    ++position;
  }

  void add(ConfigNode& node, std::unordered_map<std::string, size_t>& seen, ConfigMember member) {
    auto [entry, isNew] = seen.try_emplace(member.key, node.members.size());
    if (isNew) {
      node.members.push_back(std::move(member));
      return;
    }
    auto first = positionOf(text, node.members[entry->second].keyOffset);
    auto warning =
        document.at(member.keyOffset, "the key \"" + member.key + "\" stands twice",
                    "the first is on line " + std::to_string(first.line) + "; the last one counts");
    warning.severity = Severity::kWarning;
    document.warnings.push_back(std::move(warning));
    node.members[entry->second] = std::move(member);
  }

  void parseArray(ConfigNode& node, int depth) {
    node.kind = NodeKind::kArray;
    size_t open = position++;
    for (;;) {
      skipSpace();
      if (peek() == ']') break;
      if (position == text.size()) throw Stop{open, "this array has no closing \"]\"", ""};
      node.items.push_back(parseValue(depth + 1));
      if (!continuesAfterItem(']', open, "array")) break;
    }
    ++position;
  }

  // After an item: passes over a comma and says whether there may be another item; false at
  // `close`.
  bool continuesAfterItem(char close, size_t open, std::string_view what) {
    size_t end = position;
    skipSpace();
    if (peek() == ',') {
      ++position;
      return true;
    }
    if (peek() == close) return false;
    if (position == text.size()) {
      throw Stop{open, "this " + std::string(what) + " has no closing \"" + close + "\"", ""};
    }
    throw Stop{end, std::string("expected \",\" or \"") + close + "\" here", ""};
  }

  std::string quotingHelp() const {
    if (peek() == '\'') return "keys and strings take double quotes";
    return isWordByte(peek()) ? "put the key in double quotes" : "";
  }

  void parseScalar(ConfigNode& node) {
    size_t start = position;
    if (peek() == '-' || isDigit(peek())) return parseNumber(node);
    while (isWordByte(peek())) ++position;
    auto word = text.substr(start, position - start);
    if (word == "true" || word == "false") {
      node.kind = NodeKind::kBoolean;
      node.scalar = word == "true";
    } else if (word == "null") {
      node.kind = NodeKind::kNull;
    } else {
      position = start;
      if (start == text.size()) throw Stop{start, "the file ends where a value is expected", ""};
      throw Stop{start, "expected a value",
                 peek() == '\'' ? "strings take double quotes"
                 : word.empty() ? ""
                                : "put strings in double quotes"};
    }
  }

  void parseNumber(ConfigNode& node) {
    size_t start = position;
    auto digits = [&] {
      size_t first = position;
      while (isDigit(peek())) ++position;
      return position > first;
    };
    bool negative = peek() == '-';
    if (negative) ++position;
    size_t integer = position;
    bool good = digits() && (text[integer] != '0' || position == integer + 1);
    bool whole = true;
    if (peek() == '.') {
      ++position;
      good = digits() && good;
      whole = false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++position;
      if (peek() == '+' || peek() == '-') ++position;
      good = digits() && good;
      whole = false;
    }
    if (!good || isWordByte(peek())) throw Stop{start, "this is not a JSON number", ""};
    node.kind = NodeKind::kNumber;
    node.scalar = convertNumber(text.substr(start, position - start), negative, whole);
    if (node.scalar.is_null()) throw Stop{start, "this number is too large", ""};
  }

  static nlohmann::json convertNumber(std::string_view digits, bool negative, bool whole) {
    const char* first = digits.data();
    const char* last = first + digits.size();
    if (whole && negative) {
      int64_t value;
      if (std::from_chars(first, last, value).ec == std::errc()) return value;
    } else if (whole) {
      uint64_t value;
      if (std::from_chars(first, last, value).ec == std::errc()) return value;
    }
    double value = 0;
    auto result = std::from_chars(first, last, value);
    if (result.ec != std::errc() || !std::isfinite(value)) return nullptr;
    return value;
  }

  std::string parseString() {
    size_t open = position++;
    std::string out;
    for (;;) {
      if (position == text.size()) throw Stop{open, "this string has no closing quote", ""};
      char c = text[position];
      if (c == '"') break;
      if (c == '\\') {
        parseEscape(out);
      } else if (uint8_t(c) < 0x20) {
        if (c == '\n' || c == '\r') throw Stop{open, "this string has no closing quote", ""};
        throw Stop{position, "a control character in a string",
                   "write it as an escape: \\t, \\u0001"};
      } else {
        out += c;
        ++position;
      }
    }
    ++position;
    if (!isUtf8(out)) throw Stop{open, "this string is not UTF-8", ""};
    return out;
  }

  void parseEscape(std::string& out) {
    size_t start = position++;
    char c = peek();
    ++position;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case 'n':
        out += '\n';
        return;
      case 'r':
        out += '\r';
        return;
      case 't':
        out += '\t';
        return;
      case 'u':
        break;
      default:
        throw Stop{start, "unknown escape in a string", "a backslash is written \\\\"};
    }
    uint32_t unit = parseHex(start);
    if (unit >= 0xd800 && unit < 0xdc00 && text.substr(position, 2) == "\\u") {
      position += 2;
      uint32_t low = parseHex(start);
      if (low < 0xdc00 || low > 0xdfff) throw Stop{start, "half of a surrogate pair", ""};
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xd800 && unit < 0xe000) {
      throw Stop{start, "half of a surrogate pair", ""};
    }
    appendUtf8(out, unit);
  }

  uint32_t parseHex(size_t start) {
    uint32_t value = 0;
    auto digits = text.substr(position, 4);
    auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || result.ptr != digits.data() + 4) {
      throw Stop{start, "\\u takes four hexadecimal digits", ""};
    }
    position += 4;
    return value;
  }
};

}  // namespace

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    uint8_t lead = uint8_t(text[i]);
    size_t length = lead < 0x80       ? 1
                    : lead >> 5 == 6  ? 2
                    : lead >> 4 == 14 ? 3
                    : lead >> 3 == 30 ? 4
                                      : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t point = length == 1 ? lead : lead & (0x7f >> length);
    for (size_t k = 1; k < length; ++k) {
      uint8_t next = uint8_t(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      return false;
    }
    i += length;
  }
  return true;
}

Result<ConfigDocument> parseJsonc(std::string file, std::string text) {
  ConfigDocument document;
  document.file = std::move(file);
  document.text = std::move(text);
  try {
    Parser(document).parseDocument();
  } catch (const Stop& stop) {
    return document.at(stop.offset, stop.message, stop.help);
  }
  return document;
}

}  // namespace flamesim::bundle
