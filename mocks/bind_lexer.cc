#include "mocks/bind_lexer.h"

#include <algorithm>

namespace flamesim::mocks {
namespace {

// 65535 bytes, each as an escape.
constexpr size_t kMostTokenBytes = 4 * 65535;

bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

}  // namespace

bool BindLexer::next(BindEntry& entry) {
  while (at < text.size()) {
    entry = {};
    fault.clear();
    readEntry(entry);
    entry.end = at;
    if (!entry.tokens.empty() || !fault.empty()) return true;
  }
  return false;
}

void BindLexer::readEntry(BindEntry& entry) {
  size_t open = 0;  // parentheses
  size_t opened = 0;
  entry.startsWithBlank = isBlank(text[at]);
  while (at < text.size()) {
    char c = text[at];
    if (c == '\n') {
      at++;
      if (open == 0) return;
    } else if (isBlank(c)) {
      at++;
    } else if (c == ';') {
      size_t end = std::min(text.find('\n', at), text.size());
      entry.comment = text.substr(at + 1, end - at - 1);
      at = end;
    } else if (c == '(') {
      if (open++ == 0) opened = at;
      at++;
    } else if (c == ')') {
      if (open == 0) {
        fail(at, "a \")\" closes nothing", "remove it, or open it with \"(\"");
      } else {
        open--;
      }
      at++;
    } else {
      readToken(entry);
    }
  }
  if (open > 0) {
    fail(opened, "this \"(\" is never closed",
         "the record goes on to the end of the file; add \")\"");
  }
}

// A quoted string, or a word, in which a part may be quoted (alpn="h2,h3").
void BindLexer::readToken(BindEntry& entry) {
  RdataToken token{.text = {}, .quoted = text[at] == '"', .offset = at};
  size_t start = at;
  bool inQuotes = token.quoted;
  if (inQuotes) at++;
  while (at < text.size()) {
    char c = text[at];
    if (c == '\n') break;
    if (c == '\\' && at + 1 < text.size() && text[at + 1] != '\n') {
      token.text += text.substr(at, 2);
      at += 2;
      continue;
    }
    if (c == '"') {
      inQuotes = !inQuotes;
      if (token.quoted) {
        at++;
        break;
      }
    } else if (!inQuotes && (isBlank(c) || c == ';' || c == '(' || c == ')')) {
      break;
    }
    token.text += c;
    at++;
  }
  if (token.text.size() > kMostTokenBytes) {
    fail(start, "this is longer than any record can be",
         "a record's data has at most 65535 bytes, a string 255");
    token.text.resize(1);
  } else if (inQuotes) {
    fail(start, "this string is not closed on its line",
         "add \"; a long text is several strings, in parentheses where they take several lines");
  }
  entry.tokens.push_back(std::move(token));
}

void BindLexer::fail(size_t offset, std::string message, std::string howToMend) {
  if (!fault.empty()) return;
  fault = std::move(message);
  help = std::move(howToMend);
  faultOffset = offset;
}

}  // namespace flamesim::mocks
