#include "sim/bundle/js_scan.h"

#include <algorithm>
#include <array>

namespace flamesim::bundle {

namespace {

struct Unsure {};

enum class TokenKind : uint8_t { kEnd, kName, kString, kNumber, kTemplate, kRegex, kPunctuator };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t offset = 0;
  std::string_view text;  // strings with their quotes; templates: empty
  bool newlineBefore = false;
  bool is(std::string_view punctuatorOrName) const {
    return (kind == TokenKind::kPunctuator || kind == TokenKind::kName) && text == punctuatorOrName;
  }
};

bool isNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || c == '#' || c == '\\' || uint8_t(c) >= 0x80;
}

bool isDecimalDigit(char c) {
  return c >= '0' && c <= '9';
}

template <size_t N>
bool among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// After these words an operand follows, so that '/' begins a regular expression.
constexpr std::array<std::string_view, 16> kBeforeOperand = {
    "return", "typeof", "instanceof", "in",   "of",    "new",   "delete",  "void",
    "throw",  "case",   "do",         "else", "await", "yield", "default", "extends"};
// The parenthesis after these closes a head, not an operand.
constexpr std::array<std::string_view, 4> kHeads = {"if", "while", "for", "with"};

// Tokens of a script or module. A template's substitutions are tokens between its parts.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view source) : source(source) {
    if (source.starts_with("\xef\xbb\xbf")) position = 3;
    if (source.substr(position, 2) == "#!") skipLine();
  }

  // Depth of brackets, templates' substitutions included, before the token last returned.
  size_t depth() const { return depthBefore; }

  Token next() {
    bool newline = skipSpace();
    depthBefore = brackets.size();
    Token token{TokenKind::kEnd, position, {}, newline};
    if (position >= source.size()) {
      if (!brackets.empty()) throw Unsure{};
      return token;
    }
    char c = source[position];
    if (c == '"' || c == '\'') {
      token.kind = TokenKind::kString;
      readString(c);
    } else if (c == '`') {
      ++position;
      token.kind = readTemplate();
    } else if (isDecimalDigit(c) || (c == '.' && isDecimalDigit(at(1)))) {
      token.kind = TokenKind::kNumber;
      readNumber();
    } else if (isNameByte(c)) {
      token.kind = TokenKind::kName;
      while (position < source.size() && isNameByte(source[position])) ++position;
    } else if (c == '/' && operandExpected()) {
      token.kind = TokenKind::kRegex;
      readRegex();
    } else {
      token.kind = readPunctuator(c);
    }
    token.text = source.substr(token.offset, position - token.offset);
    remember(token);
    return token;
  }

 private:
  struct Bracket {
    char open;          // ( [ { or ` for "${"
    bool operandAfter;  // whether an operand follows the closing bracket
  };
  const std::string_view source;
  size_t position = 0;
  size_t depthBefore = 0;
  std::vector<Bracket> brackets;
  Token previous;                  // kEnd: none yet
  bool operandAfterClose = false;  // previous is a closing bracket, and an operand follows it
  bool memberName = false;         // previous is a name after "."

  char at(size_t ahead) const {
    return position + ahead < source.size() ? source[position + ahead] : '\0';
  }

  void skipLine() { position = std::min(source.find('\n', position), source.size()); }

  // Whether a line ended on the way.
  bool skipSpace() {
    bool newline = false;
    while (position < source.size()) {
      char c = source[position];
      if (c == '\n') newline = true;
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') {
        ++position;
      } else if (c == '/' && at(1) == '/') {
        skipLine();
      } else if (c == '/' && at(1) == '*') {
        size_t end = source.find("*/", position + 2);
        if (end == std::string_view::npos) throw Unsure{};
        newline |= source.substr(position, end - position).find('\n') != std::string_view::npos;
        position = end + 2;
      } else if (source.substr(position, 2) == "\xc2\xa0" ||
                 source.substr(position, 3) == "\xef\xbb\xbf") {
        position += c == '\xc2' ? 2 : 3;
      } else {
        break;
      }
    }
    return newline;
  }

  bool operandExpected() const {
    switch (previous.kind) {
      case TokenKind::kEnd:
        return true;
      case TokenKind::kName:
        return !memberName && among(previous.text, kBeforeOperand);
      case TokenKind::kPunctuator:
        if (previous.is(")") || previous.is("]") || previous.is("}")) return operandAfterClose;
        return !previous.is("++") && !previous.is("--");
      default:
        return false;
    }
  }

  void remember(const Token& token) {
    memberName = token.kind == TokenKind::kName && (previous.is(".") || previous.is("?."));
    previous = token;
  }

  void readString(char quote) {
    for (++position; position < source.size(); ++position) {
      char c = source[position];
      if (c == '\\') {
        ++position;
      } else if (c == '\n') {
        throw Unsure{};
      } else if (c == quote) {
        ++position;
        return;
      }
    }
    throw Unsure{};
  }

  // From after "`" or the "}" of a substitution to the end of the template, or to the next "${",
  // which counts as a punctuator: an operand follows it.
  TokenKind readTemplate() {
    for (; position < source.size(); ++position) {
      char c = source[position];
      if (c == '\\') {
        ++position;
      } else if (c == '`') {
        ++position;
        return TokenKind::kTemplate;
      } else if (c == '$' && at(1) == '{') {
        position += 2;
        brackets.push_back({'`', false});
        return TokenKind::kPunctuator;
      }
    }
    throw Unsure{};
  }

  void readNumber() {
    while (position < source.size()) {
      char c = source[position];
      bool exponent =
          (c == '+' || c == '-') && (source[position - 1] == 'e' || source[position - 1] == 'E');
      if (!isNameByte(c) && c != '.' && !exponent) return;
      ++position;
    }
  }

  void readRegex() {
    bool inClass = false;
    for (++position; position < source.size(); ++position) {
      char c = source[position];
      if (c == '\n') break;
      if (c == '\\') {
        ++position;
        if (at(0) == '\n') break;
      } else if (c == '[') {
        inClass = true;
      } else if (c == ']') {
        inClass = false;
      } else if (c == '/' && !inClass) {
        ++position;
        while (position < source.size() && isNameByte(source[position])) ++position;
        return;
      }
    }
    throw Unsure{};
  }

  // One or two bytes, or all of a template's next part where it closes a substitution.
  TokenKind readPunctuator(char c) {
    if (c == ')' || c == ']' || c == '}') return close(c);
    if (c == '(' || c == '[' || c == '{') {
      bool head = previous.kind == TokenKind::kName && !memberName && among(previous.text, kHeads);
      brackets.push_back({c, c == '(' ? head : c == '{' && opensBlock()});
      ++position;
      return TokenKind::kPunctuator;
    }
    if (c == '<' && operandExpected()) throw Unsure{};  // JSX
    auto two = source.substr(position, 2);
    position += two == "++" || two == "--" || two == "=>" || two == "?." ? 2 : 1;
    return TokenKind::kPunctuator;
  }

  // Whether the "{" here begins a block, after which a statement may begin, rather than an object.
  bool opensBlock() const {
    if (previous.kind == TokenKind::kName) {
      return memberName || !among(previous.text, kBeforeOperand) || previous.text == "do" ||
             previous.text == "else";
    }
    if (previous.kind != TokenKind::kPunctuator) return previous.kind == TokenKind::kEnd;
    return previous.is(")") || previous.is(";") || previous.is("{") || previous.is("}") ||
           previous.is("=>");
  }

  TokenKind close(char c) {
    ++position;
    if (brackets.empty()) throw Unsure{};
    auto bracket = brackets.back();
    brackets.pop_back();
    if (c == '}' && bracket.open == '`') return readTemplate();
    char open = c == ')' ? '(' : c == ']' ? '[' : '{';
    if (bracket.open != open) throw Unsure{};
    operandAfterClose = bracket.operandAfter;
    return TokenKind::kPunctuator;
  }
};

class Scanner {
 public:
  explicit Scanner(std::string_view source) : tokens(source) {}

  JsScan scan() {
    Token before;
    advance();
    while (token.kind != TokenKind::kEnd) {
      bool name = token.kind == TokenKind::kName && !before.is(".") && !before.is("?.");
      if (name && token.text.find('\\') != std::string_view::npos) throw Unsure{};
      before = token;
      if (name && token.text == "import") {
        before = scanImport();
      } else if (name && token.text == "export" && tokens.depth() == 0) {
        result.exports = true;
        scanExport();
        before = Token{};
      } else {
        if (name) noteName();
        advance();
      }
    }
    return std::move(result);
  }

 private:
  Tokenizer tokens;
  Token token;
  JsScan result;

  void advance() { token = tokens.next(); }

  void noteName() {
    if (token.text == "require") result.mentionsRequire = true;
    if (token.text == "module" || token.text == "exports") result.mentionsExports = true;
  }

  void add(ImportKind kind) {
    auto inner = token.text.substr(1, token.text.size() - 2);
    if (inner.find('\\') != std::string_view::npos) throw Unsure{};
    result.imports.push_back({std::string(inner), kind, token.offset});
  }

  // The token is "import". Returns the last one passed over; `token` is the next.
  Token scanImport() {
    bool top = tokens.depth() == 0;
    advance();
    if (token.is("(")) return scanDynamicImport();
    if (!top || token.is(".") || token.is(":") || token.is("=")) return Token{};
    if (token.kind == TokenKind::kString) {
      addWithoutAttributes(ImportKind::kOther);
      return Token{};
    }
    bool only = token.kind == TokenKind::kName;
    bool first = true;
    while (!token.is("from") || first) {
      if (token.kind != TokenKind::kName && token.kind != TokenKind::kString && !token.is("{") &&
          !token.is("}") && !token.is(",") && !token.is("*")) {
        throw Unsure{};
      }
      only = only && (first || token.is("from"));
      first = false;
      advance();
    }
    advance();
    if (token.kind != TokenKind::kString) {
      // import { from } from "x" is legal; not worth the trouble.
      throw Unsure{};
    }
    addWithoutAttributes(only ? ImportKind::kDefaultOnly : ImportKind::kOther);
    return Token{};
  }

  void addWithoutAttributes(ImportKind kind) {
    add(kind);
    advance();
    if (token.is("with") || (token.is("assert") && !token.newlineBefore)) throw Unsure{};
  }

  Token scanDynamicImport() {
    auto open = token;
    advance();
    if (token.kind != TokenKind::kString && token.kind != TokenKind::kTemplate) return open;
    bool isString = token.kind == TokenKind::kString;
    auto argument = token;
    advance();
    if (!token.is(")")) {
      // Options are import attributes; else it is a computed name, known only when it runs.
      if (token.is(",")) throw Unsure{};
      return argument;
    }
    auto end = token;
    if (!isString) throw Unsure{};  // esbuild takes import(`./x.js`) for a name
    token = argument;
    add(ImportKind::kDynamic);
    token = end;
    return argument;
  }

  // The token is "export".
  void scanExport() {
    advance();
    if (!token.is("*") && !token.is("{")) return;
    std::string_view end = token.is("*") ? "from" : "}";
    while (!token.is(end)) {
      if (token.kind == TokenKind::kEnd) throw Unsure{};
      advance();
    }
    if (end == "}") advance();
    if (!token.is("from")) return;
    advance();
    if (token.kind != TokenKind::kString) throw Unsure{};
    addWithoutAttributes(ImportKind::kOther);
  }
};

}  // namespace

std::optional<JsScan> scanJavaScript(std::string_view source) {
  try {
    return Scanner(source).scan();
  } catch (const Unsure&) {
    return std::nullopt;
  }
}

}  // namespace flamesim::bundle
