#include "sim/capture/nginx_format.h"

#include <algorithm>

#include "sim/net/syntax.h"

namespace flamesim::capture {

namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that two hexadecimal digits at `at` stand for; -1: there are none.
int hexByte(std::string_view text, size_t at) {
  if (at + 2 > text.size()) return -1;
  int high = hexDigit(text[at]), low = hexDigit(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// What stands behind the backslash at `at`, put to `out`; how many bytes it took, 0: none.
size_t unescapeOne(std::string_view text, size_t at, LogEscape escape, std::string& out) {
  if (at + 1 >= text.size()) return 0;
  char c = text[at + 1];
  if (c == 'x') {
    int byte = hexByte(text, at + 2);
    if (byte < 0) return 0;
    out += char(byte);
    return 4;
  }
  if (escape != LogEscape::kJson) return 0;
  // NGINX writes no others than \u00NN: of control characters.
  if (c == 'u' && text.substr(at + 2).starts_with("00")) {
    int byte = hexByte(text, at + 4);
    if (byte < 0 || byte > 0x7f) return 0;
    out += char(byte);
    return 6;
  }
  static constexpr std::string_view kFrom = "\"\\/bfnrt";
  static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  size_t index = kFrom.find(c);
  if (index == std::string_view::npos) return 0;
  out += kTo[index];
  return 2;
}

std::string unescapeLog(std::string_view text, LogEscape escape) {
  if (escape == LogEscape::kNone || text.find('\\') == std::string_view::npos) {
    return std::string(text);
  }
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t taken = text[at] == '\\' ? unescapeOne(text, at, escape, out) : 0;
    if (taken == 0) out += text[at++];
    at += taken;
  }
  return out;
}

// Where the end of a value is looked for: behind the spaces that it has itself.
size_t searchFrom(std::string_view variable, std::string_view literal, std::string_view text) {
  if (!literal.starts_with(' ')) return 0;
  constexpr size_t kLocalTime = std::string_view("10/Oct/2000:13:55:36 -0700").size();
  if (variable == "time_local") return kLocalTime;
  size_t version = variable == "request" ? text.find(" HTTP/") : std::string_view::npos;
  return version == std::string_view::npos ? 0 : version + 1;
}

// Where `literal` first stands in `text` from `at`, not counting what is escaped.
size_t findLiteral(std::string_view text, std::string_view literal, size_t at, LogEscape escape) {
  for (; at + literal.size() <= text.size(); ++at) {
    if (text.substr(at).starts_with(literal)) return at;
    if (text[at] == '\\' && escape == LogEscape::kJson) ++at;
  }
  return std::string_view::npos;
}

bool isVariableByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// `log_format NAME escape=json 'a' "b";` as its text and escape.
class Directive {
 public:
  explicit Directive(std::string_view text) : text(text) {}

  // The fault, or nothing.
  std::optional<Diagnostic> run() {
    at = std::string_view("log_format").size();
    if (auto name = word(); name.empty()) return fault("the format has no name");
    skipSpace();
    if (text.substr(at).starts_with("escape=")) {
      size_t where = at;
      auto value = word().substr(7);
      if (value != "json" && value != "none" && value != "default") {
        at = where;
        return fault("escape= is default, json or none");
      }
      if (value != "default") escape = value == "json" ? LogEscape::kJson : LogEscape::kNone;
    }
    while (true) {
      skipSpace();
      if (at >= text.size() || text[at] == ';') break;
      if (text[at] != '\'' && text[at] != '"') {
        format += word();
        continue;
      }
      char quote = text[at];
      size_t open = at++;
      while (at < text.size() && text[at] != quote) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        format += text[at++];
      }
      if (at++ >= text.size()) {
        at = open;
        return fault("the quote is not ended");
      }
    }
    return std::nullopt;
  }

  std::string format;
  LogEscape escape = LogEscape::kDefault;

 private:
  void skipSpace() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != text.npos) ++at;
  }
  std::string_view word() {
    skipSpace();
    size_t begin = at;
    while (at < text.size() && std::string_view(" \t\r\n;'\"").find(text[at]) == text.npos) ++at;
    return text.substr(begin, at - begin);
  }
  Diagnostic fault(std::string message) const {
    return diagnosticAt("--format", text, at, std::move(message));
  }
  std::string_view text;
  size_t at = 0;
};

// "scheme" and "request_uri" may touch: what follows begins with '/'.
bool beginsWithSlash(std::string_view variable) {
  return variable == "request_uri" || variable == "uri" || variable == "document_uri";
}

}  // namespace

Result<LogFormat> LogFormat::parse(std::string_view text, LogEscape escape) {
  std::string unquoted;
  if (text.starts_with("log_format") && text.size() > 10 && text[10] == ' ') {
    Directive directive(text);
    if (auto fault = directive.run()) return *fault;
    unquoted = std::move(directive.format);
    text = unquoted;
    escape = directive.escape;
  }
  LogFormat format;
  format.escaping = escape;
  format.parts.emplace_back();
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      format.parts.back().literal += text[at++];
      continue;
    }
    size_t where = at++;
    bool braced = at < text.size() && text[at] == '{';
    if (braced) ++at;
    size_t begin = at;
    while (at < text.size() && isVariableByte(text[at])) ++at;
    std::string name(text.substr(begin, at - begin));
    if (name.empty() || (braced && (at >= text.size() || text[at++] != '}'))) {
      return diagnosticAt("--format", text, where, "'$' without the name of a variable");
    }
    auto& before = format.parts.back();
    if (any && before.literal.empty() && !beginsWithSlash(name)) {
      return diagnosticAt(
          "--format", text, where,
          "nothing between $" + before.variable + " and $" + name + " tells where one ends");
    }
    format.parts.push_back({std::move(name), ""});
    any = true;
  }
  if (!any) return diagnosticAt("--format", text, 0, "the format has no variable");
  return format;
}

bool LogFormat::has(std::string_view variable) const {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Part& part) { return part.variable == variable; });
}

std::optional<std::vector<LogFormat::Value>> LogFormat::split(std::string_view line) const {
  if (!line.starts_with(parts[0].literal)) return std::nullopt;
  line.remove_prefix(parts[0].literal.size());
  std::vector<Value> values;
  for (size_t i = 1; i < parts.size(); ++i) {
    const auto& part = parts[i];
    bool last = i + 1 == parts.size();
    size_t end = line.size();
    if (!part.literal.empty()) {
      end =
          findLiteral(line, part.literal, searchFrom(part.variable, part.literal, line), escaping);
      // The last literal ends the line.
      if (last && (end == std::string_view::npos || end + part.literal.size() != line.size())) {
        end = line.ends_with(part.literal) ? line.size() - part.literal.size()
                                           : std::string_view::npos;
      }
    } else if (!last) {
      // The path begins with '/', or is not there: of a request that NGINX could not read.
      const auto& next = parts[i + 1].literal;
      size_t behind = next.empty() ? line.size() : findLiteral(line, next, 0, escaping);
      end = std::min(line.find('/'), behind);
    }
    if (end == std::string_view::npos) return std::nullopt;
    auto raw = line.substr(0, end);
    Value value{.name = part.variable, .value = unescapeLog(raw, escaping)};
    value.missing = raw.empty() || (escaping == LogEscape::kDefault && raw == "-");
    values.push_back(std::move(value));
    line.remove_prefix(end + part.literal.size());
  }
  if (!line.empty()) return std::nullopt;
  return values;
}

}  // namespace flamesim::capture
