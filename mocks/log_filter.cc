#include "mocks/log_filter.h"

#include <regex.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <variant>
#include <vector>

#include "mocks/log_lines.h"
#include "mocks/problem.h"

namespace flamesim::mocks {

namespace {

using capnp::DynamicStruct;
using capnp::DynamicValue;
using capnp::StructSchema;
using Which = capnp::schema::Type::Which;

constexpr size_t kMostBytes = 10'000;
constexpr size_t kMostDepth = 64;
constexpr size_t kMostPatternBytes = 1000;
// What the repetitions of a pattern multiply to at most: regcomp() writes each of them out.
constexpr uint64_t kMostRepetitions = 1000;
constexpr size_t kMostPathSteps = 16;

constexpr uint16_t kNotInUnion = capnp::schema::Field::NO_DISCRIMINANT;

enum class Operator : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kMore, kMoreEqual, kMatches };

// A 64-bit integer and a double both fit.
using Number = long double;

struct Pattern {
  regex_t compiled;
  ~Pattern() { regfree(&compiled); }
};

using Literal = std::variant<Number, bool, std::string, std::shared_ptr<const Pattern>>;

// From the message to a value.
using Path = std::vector<StructSchema::Field>;

bool inUnion(StructSchema::Field field) {
  return field.getProto().getDiscriminantValue() != kNotInUnion;
}

// Whether the field is the active one, where it is in a union.
bool isActive(DynamicStruct::Reader from, StructSchema::Field field) {
  if (!inUnion(field)) return true;
  KJ_IF_MAYBE (active, from.which()) {
    return *active == field;
  }
  return false;
}

std::optional<std::string> textOf(const DynamicValue::Reader& value) {
  switch (value.getType()) {
    case DynamicValue::TEXT:
      return std::string(value.as<capnp::Text>().cStr(), value.as<capnp::Text>().size());
    case DynamicValue::DATA: {
      auto bytes = value.as<capnp::Data>();
      return std::string(bytes.begin(), bytes.end());
    }
    case DynamicValue::ENUM: {
      auto enumerant = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, enumerant.getEnumerant()) {
        return std::string(known->getProto().getName().cStr());
      }
      return std::to_string(enumerant.getRaw());
    }
    default:
      return std::nullopt;
  }
}

template <typename T>
bool compare(Operator op, const T& left, const T& right) {
  switch (op) {
    case Operator::kEqual:
      return left == right;
    case Operator::kLess:
      return left < right;
    case Operator::kLessEqual:
      return left <= right;
    case Operator::kMore:
      return left > right;
    case Operator::kMoreEqual:
      return left >= right;
    default:
      return false;  // != is the opposite of ==, =~ is elsewhere
  }
}

bool holds(Operator op, const DynamicValue::Reader& value, const Literal& literal) {
  if (auto* pattern = std::get_if<std::shared_ptr<const Pattern>>(&literal)) {
    auto text = textOf(value);
    // A NUL ends what it sees.
    return text && regexec(&(*pattern)->compiled, text->c_str(), 0, nullptr, 0) == 0;
  }
  if (auto* text = std::get_if<std::string>(&literal)) {
    auto own = textOf(value);
    return own && compare(op, *own, *text);
  }
  if (auto* flag = std::get_if<bool>(&literal)) {
    return value.getType() == DynamicValue::BOOL && compare(op, value.as<bool>(), *flag);
  }
  auto number = std::get<Number>(literal);
  switch (value.getType()) {
    case DynamicValue::INT:
      return compare(op, Number(value.as<int64_t>()), number);
    case DynamicValue::UINT:
      return compare(op, Number(value.as<uint64_t>()), number);
    case DynamicValue::FLOAT:
      return compare(op, Number(value.as<double>()), number);
    default:
      return false;
  }
}

}  // namespace

struct LogFilter::Node {
  enum class Kind : uint8_t { kAny, kAll, kNot, kIsSet, kCompare };
  Kind kind = Kind::kAll;
  std::vector<std::unique_ptr<const Node>> parts;  // kAny, kAll, kNot
  // Where the name leads, by the active member.
  std::vector<Path> paths;
  Operator op = Operator::kEqual;
  Literal literal;

  bool matches(DynamicStruct::Reader message) const {
    switch (kind) {
      case Kind::kAny:
        for (auto& part : parts) {
          if (part->matches(message)) return true;
        }
        return false;
      case Kind::kAll:
        for (auto& part : parts) {
          if (!part->matches(message)) return false;
        }
        return true;
      case Kind::kNot:
        return !parts[0]->matches(message);
      case Kind::kIsSet:
        return any(message, [](auto& value) { return isSetValue(value); });
      case Kind::kCompare: {
        bool negated = op == Operator::kNotEqual;
        auto wanted = negated ? Operator::kEqual : op;
        return negated != any(message, [&](auto& value) { return holds(wanted, value, literal); });
      }
    }
    return false;
  }

 private:
  template <typename Test>
  bool any(DynamicStruct::Reader message, Test&& test) const {
    for (auto& path : paths) {
      if (reaches(message, path, 0, test)) return true;
    }
    return false;
  }

  template <typename Test>
  static bool reaches(DynamicStruct::Reader from, const Path& path, size_t step, Test& test) {
    auto field = path[step];
    if (!isActive(from, field)) return false;
    return reachesValue(from.get(field), path, step, test);
  }

  template <typename Test>
  static bool reachesValue(const DynamicValue::Reader& value, const Path& path, size_t step,
                           Test& test) {
    if (value.getType() == DynamicValue::LIST) {
      for (auto element : value.as<capnp::DynamicList>()) {
        if (reachesValue(element, path, step, test)) return true;
      }
      return false;
    }
    if (step + 1 == path.size()) return test(value);
    return reaches(value.as<DynamicStruct>(), path, step + 1, test);
  }
};

namespace {

using Node = LogFilter::Node;

// What a list, however deep, has in it.
capnp::Type elementOf(capnp::Type type) {
  while (type.isList()) type = type.asList().getElementType();
  return type;
}

bool isNumber(capnp::Type type) {
  switch (type.which()) {
    case Which::INT8:
    case Which::INT16:
    case Which::INT32:
    case Which::INT64:
    case Which::UINT8:
    case Which::UINT16:
    case Which::UINT32:
    case Which::UINT64:
    case Which::FLOAT32:
    case Which::FLOAT64:
      return true;
    default:
      return false;
  }
}

bool isText(capnp::Type type) {
  return type.isText() || type.isData() || type.isEnum();
}

class Parser {
 public:
  Parser(std::string_view text, StructSchema schema, const std::string& source)
      : text(text), schema(schema), source(source) {}

  std::unique_ptr<const Node> parse() {
    if (text.size() > kMostBytes) {
      fail(0, "the expression is longer than " + std::to_string(kMostBytes) + " bytes");
    }
    auto node = alternatives();
    skipSpace();
    if (at < text.size()) {
      fail(at, "unexpected " + shown(at), "what goes on is && or ||");
    }
    return node;
  }

 private:
  [[noreturn]] void fail(size_t offset, std::string message, std::string help = "") const {
    Problem problem{.message = std::move(message), .help = std::move(help)};
    setPosition(problem, text, offset);
    throw InputError(source, std::vector<Problem>{std::move(problem)});
  }

  std::string shown(size_t offset) const {
    if (offset >= text.size()) return "end";
    auto byte = uint8_t(text[offset]);
    if (byte < 0x20 || byte >= 0x7f) return "byte " + std::to_string(byte);
    return "'" + std::string(1, text[offset]) + "'";
  }

  void skipSpace() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != text.npos) ++at;
  }

  bool take(std::string_view token) {
    skipSpace();
    if (!text.substr(at).starts_with(token)) return false;
    at += token.size();
    return true;
  }

  // A list of parts between `token`.
  template <typename Part>
  std::unique_ptr<const Node> joined(Node::Kind kind, std::string_view token, Part part) {
    auto first = part();
    if (!take(token)) return first;
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->parts.push_back(std::move(first));
    do {
      node->parts.push_back(part());
    } while (take(token));
    return node;
  }

  std::unique_ptr<const Node> alternatives() {
    return joined(Node::Kind::kAny, "||",
                  [this] { return joined(Node::Kind::kAll, "&&", [this] { return unary(); }); });
  }

  std::unique_ptr<const Node> unary() {
    skipSpace();
    if (++depth > kMostDepth) fail(at, "the expression is nested too deeply");
    auto node = unaryHere();
    --depth;
    return node;
  }

  std::unique_ptr<const Node> unaryHere() {
    if (take("!")) {
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kNot;
      node->parts.push_back(unary());
      return node;
    }
    size_t open = at;
    if (take("(")) {
      auto node = alternatives();
      if (!take(")"))
        fail(at, "expected ')' here, found " + shown(at) + "; the bracket was opened at column " +
                     std::to_string(open + 1));
      return node;
    }
    return predicate();
  }

  static bool isNameByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  std::unique_ptr<const Node> predicate() {
    skipSpace();
    size_t begin = at;
    while (at < text.size() && (isNameByte(text[at]) || text[at] == '.')) ++at;
    auto name = text.substr(begin, at - begin);
    if (name.empty()) {
      fail(begin, "expected the name of a field, found " + shown(begin),
           "a comparison is FIELD == VALUE");
    }
    if (name[0] >= '0' && name[0] <= '9') {
      fail(begin, "a field stands on the left of a comparison", "a comparison is FIELD == VALUE");
    }
    auto node = std::make_unique<Node>();
    node->paths = pathsOf(name, begin);
    auto op = takeOperator();
    if (!op) {
      node->kind = Node::Kind::kIsSet;
      return node;
    }
    node->kind = Node::Kind::kCompare;
    node->op = *op;
    skipSpace();
    size_t where = at;
    node->literal = literal();
    checkTypes(*node, name, where);
    if (*op == Operator::kMatches) node->literal = compile(node->literal, where);
    return node;
  }

  std::optional<Operator> takeOperator() {
    // Longer ones first.
    for (auto [token, op] : {std::pair{"==", Operator::kEqual},
                             {"!=", Operator::kNotEqual},
                             {"<=", Operator::kLessEqual},
                             {">=", Operator::kMoreEqual},
                             {"=~", Operator::kMatches},
                             {"<", Operator::kLess},
                             {">", Operator::kMore}}) {
      if (take(token)) return op;
    }
    if (take("=")) fail(at - 1, "unexpected '='", "equality is ==");
    return std::nullopt;
  }

  Literal literal() {
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) return quoted();
    size_t begin = at;
    while (at < text.size() &&
           (isNameByte(text[at]) || std::string_view("+-.").find(text[at]) != text.npos)) {
      ++at;
    }
    auto word = text.substr(begin, at - begin);
    if (word == "true" || word == "false") return word == "true";
    Number number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc() && end == word.data() + word.size() && std::isfinite(number)) {
      return number;
    }
    if (word.empty()) fail(begin, "expected a value, found " + shown(begin));
    fail(begin, "\"" + std::string(word) + "\" is not a value",
         "it is a number, true, false or a string in quotes");
  }

  std::string quoted() {
    size_t begin = at;
    char quote = text[at++];
    std::string value;
    while (at < text.size() && text[at] != quote) {
      // Before anything else a backslash stays, for regular expressions.
      if (text[at] == '\\' && at + 1 < text.size() &&
          (text[at + 1] == quote || text[at + 1] == '\\')) {
        ++at;
      }
      value += text[at++];
    }
    if (at == text.size()) fail(begin, "the string is not ended");
    ++at;
    return value;
  }

  void checkTypes(Node& node, std::string_view name, size_t where) {
    auto& literal = node.literal;
    auto fits = [&](const Path& path) {
      auto type = elementOf(path.back().getType());
      if (std::holds_alternative<Number>(literal)) {
        return node.op != Operator::kMatches && isNumber(type);
      }
      if (std::holds_alternative<bool>(literal)) return type.isBool();
      return isText(type);
    };
    auto type = elementOf(node.paths.front().back().getType());
    std::erase_if(node.paths, [&](auto& path) { return !fits(path); });
    if (node.paths.empty()) {
      fail(where, "\"" + std::string(name) + "\" cannot be compared with this",
           isNumber(type)  ? "it is a number, and =~ takes text"
           : type.isBool() ? "it is true or false"
           : isText(type)  ? "it is text, which stands in quotes"
                           : "it has no value of its own; name one of its fields");
    }
    bool ordered = node.op != Operator::kEqual && node.op != Operator::kNotEqual;
    if (std::holds_alternative<bool>(literal) && ordered) {
      fail(where, "true and false are compared with == and != only");
    }
  }

  Literal compile(const Literal& literal, size_t where) const {
    auto& expression = std::get<std::string>(literal);
    if (expression.size() > kMostPatternBytes || expression.find('\0') != std::string::npos) {
      fail(where, "the regular expression is longer than " + std::to_string(kMostPatternBytes) +
                      " bytes, or has a NUL in it");
    }
    uint64_t repetitions = 1;
    for (size_t brace = expression.find('{'); brace != std::string::npos;
         brace = expression.find('{', brace + 1)) {
      // The larger of the numbers behind it.
      uint64_t most = 1;
      uint64_t number = 0;
      for (size_t i = brace + 1; i < expression.size() && expression[i] != '}'; ++i) {
        bool digit = expression[i] >= '0' && expression[i] <= '9';
        number =
            digit ? std::min<uint64_t>(number * 10 + uint64_t(expression[i] - '0'), 100'000) : 0;
        most = std::max(most, number);
      }
      repetitions *= most;
      if (repetitions > kMostRepetitions) {
        fail(where, "the regular expression repeats too often",
             "its {counts} multiply to " + std::to_string(kMostRepetitions) + " at most");
      }
    }
    auto pattern = std::make_shared<Pattern>();
    int error = regcomp(&pattern->compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
      char message[200];
      regerror(error, &pattern->compiled, message, sizeof(message));
      pattern->compiled = {};
      fail(where, std::string("the regular expression is wrong: ") + message);
    }
    return std::shared_ptr<const Pattern>(pattern);
  }

  // --- Names ---

  std::vector<Path> pathsOf(std::string_view name, size_t where) const {
    std::vector<std::string> steps;
    for (size_t begin = 0; begin <= name.size();) {
      auto end = std::min(name.find('.', begin), name.size());
      steps.emplace_back(name.substr(begin, end - begin));
      begin = end + 1;
    }
    if (steps.size() > kMostPathSteps) fail(where, "the name has too many parts");
    std::vector<Path> paths;
    Path direct;
    if (extend(direct, schema, steps)) return {direct};
    for (auto member : schema.getUnionFields()) {
      if (!member.getType().isStruct()) continue;
      Path path{member};
      if (extend(path, member.getType().asStruct(), steps)) paths.push_back(std::move(path));
    }
    if (paths.empty()) {
      fail(where, "there is no field \"" + std::string(name) + "\"", helpFor(steps));
    }
    return paths;
  }

  static bool extend(Path& path, StructSchema type, const std::vector<std::string>& steps) {
    for (size_t i = 0; i < steps.size(); ++i) {
      KJ_IF_MAYBE (field, type.findFieldByName(steps[i].c_str())) {
        path.push_back(*field);
        if (i + 1 == steps.size()) return true;
        auto next = elementOf(field->getType());
        if (!next.isStruct()) return false;
        type = next.asStruct();
      } else {
        return false;
      }
    }
    return false;
  }

  std::string helpFor(const std::vector<std::string>& steps) const {
    std::vector<std::string> names;
    auto add = [&](StructSchema type) {
      for (auto field : type.getFields()) names.emplace_back(field.getProto().getName().cStr());
    };
    add(schema);
    for (auto member : schema.getUnionFields()) {
      if (member.getType().isStruct()) add(member.getType().asStruct());
    }
    auto near = nearestName(steps.back(), names);
    return near.empty() ? "" : "did you mean \"" + near + "\"?";
  }

  const std::string_view text;
  const StructSchema schema;
  const std::string& source;
  size_t at = 0;
  size_t depth = 0;
};

}  // namespace

LogFilter::LogFilter(std::unique_ptr<const Node> root) : root(std::move(root)) {}
LogFilter::LogFilter(LogFilter&&) noexcept = default;
LogFilter::~LogFilter() = default;

LogFilter LogFilter::parse(std::string_view expression, StructSchema schema,
                           const std::string& source) {
  return LogFilter(Parser(expression, schema, source).parse());
}

bool LogFilter::matches(DynamicStruct::Reader message) const {
  return root->matches(message);
}

}  // namespace flamesim::mocks
