#include "sim/capture/shell_words.h"

#include <optional>

namespace flamesim::capture {

namespace {

void appendUtf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += char(0xc0 | (c >> 6));
    out += char(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += char(0xe0 | (c >> 12));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  } else {
    out += char(0xf0 | (c >> 18));
    out += char(0x80 | ((c >> 12) & 0x3f));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  }
}

class Splitter {
 public:
  Splitter(std::string_view text, std::string_view fileName) : text(text), fileName(fileName) {}

  Result<std::vector<ShellCommand>> run() {
    while (at < text.size() && !error) step();
    if (error) return *error;
    endCommand();
    return std::move(commands);
  }

 private:
  void step() {
    char c = text[at];
    if (c == '\n' || c == ';' || c == '&') {
      endCommand();
      ++at;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      endWord();
      ++at;
    } else if (c == '#' && !inWord) {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '\\') {
      backslash();
    } else if (c == '\'') {
      single();
    } else if (c == '"') {
      twofold();
    } else if (text.substr(at).starts_with("$'")) {
      dollarQuoted();
    } else if (std::string_view("$`|<>()").find(c) != std::string_view::npos) {
      fail(at, std::string("'") + c + "' is for a shell to work out",
           "put it between ' ' where it stands for itself");
    } else {
      add(c);
      ++at;
    }
  }

  void begin() {
    if (!inWord) command.push_back({"", at});
    inWord = true;
  }
  void add(char c) {
    begin();
    command.back().text += c;
  }
  void endWord() { inWord = false; }
  void endCommand() {
    endWord();
    if (!command.empty()) commands.push_back(std::move(command));
    command.clear();
  }

  void fail(size_t offset, std::string message, std::string help = "") {
    error = diagnosticAt(fileName, text, offset, std::move(message), std::move(help));
    if (error->sourceLine.size() > kLongestShownLine) error->sourceLine.clear();
  }

  void backslash() {
    if (at + 1 >= text.size()) return fail(at, "a backslash with nothing behind it");
    size_t lineEnd = text.substr(at + 1).starts_with("\r\n") ? 3 : 2;
    if (lineEnd == 3 || text[at + 1] == '\n') {
      at += lineEnd;
      return;
    }
    add(text[at + 1]);
    at += 2;
  }

  void single() {
    size_t end = text.find('\'', at + 1);
    if (end == std::string_view::npos) return fail(at, "the quote ' is not ended");
    begin();
    command.back().text += text.substr(at + 1, end - at - 1);
    at = end + 1;
  }

  void twofold() {
    size_t open = at;
    begin();
    for (++at; at < text.size(); ++at) {
      char c = text[at];
      if (c == '"') {
        ++at;
        return;
      }
      if (c == '$' || c == '`') {
        return fail(at, std::string("'") + c + "' within \" \" is for a shell to work out",
                    "write it between ' ', or with a backslash before it");
      }
      bool escapes = c == '\\' && at + 1 < text.size() &&
                     std::string_view("\"\\$`\n").find(text[at + 1]) != std::string_view::npos;
      if (escapes && text[++at] == '\n') continue;
      add(text[at]);
    }
    fail(open, "the quote \" is not ended");
  }

  void dollarQuoted() {
    size_t open = at;
    begin();
    at += 2;
    while (at < text.size()) {
      if (text[at] == '\'') {
        ++at;
        return;
      }
      if (text[at] == '\\' && at + 1 < text.size()) {
        ++at;
        escape();
      } else {
        add(text[at++]);
      }
    }
    fail(open, "the quote $' is not ended");
  }

  // Of up to `most` digits of `base`; nothing when there is none.
  std::optional<uint32_t> digits(size_t most, uint32_t base) {
    uint32_t value = 0;
    size_t count = 0;
    for (; count < most && at < text.size(); ++count, ++at) {
      char c = text[at];
      uint32_t digit = c >= '0' && c <= '9'   ? uint32_t(c - '0')
                       : c >= 'a' && c <= 'f' ? uint32_t(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? uint32_t(c - 'A' + 10)
                                              : base;
      if (digit >= base) break;
      value = value * base + digit;
    }
    return count == 0 ? std::nullopt : std::optional(value);
  }

  // One sequence of $'..'; `at` stands behind its backslash.
  void escape() {
    size_t where = at - 1;
    char c = text[at];
    if (c >= '0' && c <= '7') {
      add(char(digits(3, 8).value_or(0)));
      return;
    }
    ++at;
    if (c == 'x') {
      auto value = digits(2, 16);
      if (!value) return fail(where, "\\x without digits");
      add(char(*value));
      return;
    }
    if (c == 'u' || c == 'U') return unicode(where, c == 'u' ? 4 : 8);
    static constexpr std::string_view kFrom = "abeEfnrtv";
    static constexpr std::string_view kTo = "\a\b\x1b\x1b\f\n\r\t\v";
    size_t index = kFrom.find(c);
    add(index == std::string_view::npos ? c : kTo[index]);
  }

  void unicode(size_t where, size_t most) {
    auto value = digits(most, 16);
    if (!value) return fail(where, "\\u without digits");
    // Browsers write what is beyond U+FFFF as two of them.
    if (*value >= 0xd800 && *value < 0xdc00 && text.substr(at).starts_with("\\u")) {
      size_t back = at;
      at += 2;
      auto low = digits(4, 16);
      if (low && *low >= 0xdc00 && *low < 0xe000) {
        value = 0x10000 + ((*value - 0xd800) << 10) + (*low - 0xdc00);
      } else {
        at = back;
      }
    }
    if (*value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) {
      return fail(where, "that is no character of Unicode");
    }
    appendUtf8(*value, command.back().text);
  }

  static constexpr size_t kLongestShownLine = 400;
  std::string_view text;
  std::string_view fileName;
  size_t at = 0;
  bool inWord = false;
  ShellCommand command;
  std::vector<ShellCommand> commands;
  std::optional<Diagnostic> error;
};

}  // namespace

Result<std::vector<ShellCommand>> splitShell(std::string_view text, std::string_view fileName) {
  return Splitter(text, fileName).run();
}

}  // namespace flamesim::capture
