#include <charconv>
#include <optional>

#include "sim/capture/date_time.h"
#include "sim/capture/filter.h"
#include "sim/capture/filter_node.h"
#include "sim/capture/text.h"

namespace flamesim::capture {

namespace {

constexpr size_t kMostFilterBytes = 10'000;
constexpr size_t kMostFilterDepth = 64;

using FilterNode = Filter::Node;
using FilterNodePtr = std::shared_ptr<const FilterNode>;

// A fault, thrown to the one place that makes a Result of it: the descent has many ways out.
struct FilterFault {
  Diagnostic diagnostic;
};

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text(text) {}

  FilterNodePtr parse() {
    if (text.size() > kMostFilterBytes) {
      fail(0, "the expression is longer than " + std::to_string(kMostFilterBytes) + " bytes");
    }
    auto node = alternatives();
    skipSpace();
    if (at < text.size()) fail(at, "unexpected " + shown(at), "what goes on is `and` or `or`");
    return node;
  }

 private:
  [[noreturn]] void fail(size_t offset, std::string message, std::string help = "") const {
    throw FilterFault{diagnosticAt("filter", text, offset, std::move(message), std::move(help))};
  }

  std::string shown(size_t offset) const {
    if (offset >= text.size()) return "the end";
    auto byte = uint8_t(text[offset]);
    if (byte < 0x20 || byte >= 0x7f) return "byte " + std::to_string(byte);
    return "'" + std::string(1, text[offset]) + "'";
  }

  void skipSpace() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != text.npos) ++at;
  }
  static bool isNameByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  bool take(std::string_view token) {
    skipSpace();
    if (!text.substr(at).starts_with(token)) return false;
    at += token.size();
    return true;
  }
  // A word is not the beginning of a longer one.
  bool takeWord(std::string_view word) {
    skipSpace();
    size_t end = at + word.size();
    if (!text.substr(at).starts_with(word)) return false;
    if (end < text.size() && (isNameByte(text[end]) || text[end] == '.')) return false;
    at = end;
    return true;
  }

  template <typename Part>
  FilterNodePtr joined(FilterNode::Kind kind, std::string_view sign, std::string_view word,
                       Part part) {
    auto first = part();
    if (!take(sign) && !takeWord(word)) return first;
    auto node = std::make_shared<FilterNode>();
    node->kind = kind;
    node->parts.push_back(std::move(first));
    do {
      node->parts.push_back(part());
    } while (take(sign) || takeWord(word));
    return node;
  }

  FilterNodePtr alternatives() {
    return joined(FilterNode::Kind::kAny, "||", "or", [this] {
      return joined(FilterNode::Kind::kAll, "&&", "and", [this] { return unary(); });
    });
  }

  FilterNodePtr unary() {
    skipSpace();
    if (++depth > kMostFilterDepth) fail(at, "the expression is nested too deeply");
    auto node = unaryHere();
    --depth;
    return node;
  }

  FilterNodePtr unaryHere() {
    if (take("!") || takeWord("not")) {
      auto node = std::make_shared<FilterNode>();
      node->kind = FilterNode::Kind::kNot;
      node->parts.push_back(unary());
      return node;
    }
    size_t open = at;
    if (!take("(")) return predicate();
    auto node = alternatives();
    if (!take(")")) {
      fail(at, "expected ')' here, found " + shown(at) + "; the bracket was opened at column " +
                   std::to_string(open + 1));
    }
    return node;
  }

  FilterNodePtr predicate() {
    auto node = std::make_shared<FilterNode>();
    takeField(*node);
    auto op = takeOperator();
    if (!op) {
      node->kind = FilterNode::Kind::kIsSet;
      return node;
    }
    node->kind = FilterNode::Kind::kCompare;
    node->op = *op;
    if (node->field->type == FieldType::kFlag && *op != FilterOperator::kEqual &&
        *op != FilterOperator::kNotEqual) {
      fail(at, "true and false are compared with == and != only");
    }
    if (*op == FilterOperator::kIn) {
      takeList(*node);
    } else {
      takeLiteral(*node);
    }
    return node;
  }

  void takeField(FilterNode& node) {
    skipSpace();
    size_t begin = at;
    while (at < text.size() && (isNameByte(text[at]) || text[at] == '.')) ++at;
    auto name = text.substr(begin, at - begin);
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
      fail(begin, "expected the name of a field, found " + shown(begin),
           "a comparison is FIELD == VALUE");
    }
    node.field = findField(name);
    if (node.field == nullptr) {
      auto near = nearest(name, allFieldNames());
      std::string all;
      for (const auto& each : allFieldNames()) all += (all.empty() ? "" : ", ") + each;
      fail(begin, "there is no field \"" + std::string(name) + "\"",
           near.empty() ? "there is " + all : "did you mean \"" + near + "\"?");
    }
    if (!node.field->takesName) return;
    std::string example = std::string(name) + "(\"user-agent\")";
    if (!take("(")) fail(at, "which header? found " + shown(at), example);
    skipSpace();
    if (!atQuote()) fail(at, "expected the name of a header in quotes", example);
    node.name = quoted();
    if (!take(")")) fail(at, "expected ')' here, found " + shown(at), example);
  }

  std::optional<FilterOperator> takeOperator() {
    // Longer ones first.
    for (auto [token, op] : {std::pair{"==", FilterOperator::kEqual},
                             {"!=", FilterOperator::kNotEqual},
                             {"<=", FilterOperator::kLessEqual},
                             {">=", FilterOperator::kMoreEqual},
                             {"=~", FilterOperator::kMatches},
                             {"<", FilterOperator::kLess},
                             {">", FilterOperator::kMore}}) {
      if (take(token)) return op;
    }
    if (takeWord("in")) return FilterOperator::kIn;
    if (take("=")) fail(at - 1, "unexpected '='", "equality is ==");
    return std::nullopt;
  }

  void takeList(FilterNode& node) {
    if (!take("(")) fail(at, "expected '(' here, found " + shown(at), "FIELD in (VALUE, VALUE)");
    do {
      takeLiteral(node);
    } while (take(","));
    if (!take(")")) fail(at, "expected ',' or ')' here, found " + shown(at));
  }

  bool atQuote() const { return at < text.size() && (text[at] == '"' || text[at] == '\''); }

  void takeLiteral(FilterNode& node) {
    skipSpace();
    size_t where = at;
    if (atQuote()) return takeText(node, quoted(), where);
    while (at < text.size() &&
           (isNameByte(text[at]) || std::string_view("+-.").find(text[at]) != text.npos)) {
      ++at;
    }
    auto word = text.substr(where, at - where);
    if (word.empty()) fail(where, "expected a value, found " + shown(where));
    auto type = node.field->type;
    if (type == FieldType::kFlag) {
      if (word != "true" && word != "false") fail(where, "expected true or false");
      node.literals.flag = word == "true";
      return;
    }
    if (type == FieldType::kText) {
      fail(where, "\"" + std::string(node.field->name) + "\" is text, which stands in quotes");
    }
    if (node.op == FilterOperator::kMatches) fail(where, "=~ takes a regular expression in quotes");
    takeNumber(node, word, where);
  }

  void takeNumber(FilterNode& node, std::string_view word, size_t where) {
    bool isTime = node.field->type == FieldType::kTime;
    long double number = 0;
    int64_t nanos = 0;
    auto all = [&](std::from_chars_result result) {
      return result.ec == std::errc() && result.ptr == word.data() + word.size();
    };
    bool read = isTime ? all(std::from_chars(word.data(), word.data() + word.size(), nanos))
                       : all(std::from_chars(word.data(), word.data() + word.size(), number));
    if (!read) {
      fail(where, "\"" + std::string(word) + "\" is no number",
           isTime ? "a time is \"2026-11-29T12:00:00Z\", or nanoseconds since 1970" : "");
    }
    if (isTime) {
      node.literals.times.push_back(nanos);
    } else {
      node.literals.numbers.push_back(number);
    }
  }

  void takeText(FilterNode& node, std::string value, size_t where) {
    auto type = node.field->type;
    if (node.op == FilterOperator::kMatches && type == FieldType::kText) {
      node.literals.pattern = compilePattern(value, where);
    } else if (type == FieldType::kText) {
      node.literals.texts.push_back(std::move(value));
    } else if (type == FieldType::kTime && node.op != FilterOperator::kMatches) {
      auto time = parseDateTime(value);
      if (!time) fail(where, "that is no time", "a time is \"2026-11-29T12:00:00Z\"");
      node.literals.times.push_back(nanosOf(*time));
    } else {
      fail(where, "\"" + std::string(node.field->name) + "\" cannot be compared with text");
    }
  }

  Regex compilePattern(const std::string& pattern, size_t where) const {
    auto compiled = Regex::compile(pattern);
    if (!compiled) fail(where, compiled.error().message);
    return compiled.value();
  }

  std::string quoted() {
    size_t begin = at;
    char quote = text[at++];
    std::string value;
    while (at < text.size() && text[at] != quote) {
      // Before anything else a backslash stays, for regular expressions.
      bool escapes = text[at] == '\\' && at + 1 < text.size() &&
                     (text[at + 1] == quote || text[at + 1] == '\\');
      if (escapes) ++at;
      value += text[at++];
    }
    if (at == text.size()) fail(begin, "the string is not ended");
    ++at;
    return value;
  }

  std::string_view text;
  size_t at = 0;
  size_t depth = 0;
};

}  // namespace

Result<Filter> Filter::parse(std::string_view expression) {
  try {
    return Filter(FilterParser(expression).parse());
  } catch (const FilterFault& fault) {
    return fault.diagnostic;
  }
}

}  // namespace flamesim::capture
