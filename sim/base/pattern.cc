#include "sim/base/pattern.h"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace flamesim {

namespace {

constexpr std::string_view kIndex = "[*]";
// ICU counts steps of its matching engine, not time: what is given up does not depend on the
// machine.
constexpr int32_t kStepLimit = 2000;
constexpr int32_t kStackLimitBytes = 4 << 20;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

// Length of "[123]" at the start of `text`; 0: there is none.
size_t indexLength(std::string_view text) {
  if (text.empty() || text[0] != '[') return 0;
  size_t end = 1;
  while (end < text.size() && isDigit(text[end])) ++end;
  return end > 1 && end < text.size() && text[end] == ']' ? end + 1 : 0;
}

// Greedy with one point of return, so the time is at most pattern x text. `indices`: see
// fieldMatches.
bool wildcard(std::string_view pattern, std::string_view text, bool indices) {
  size_t p = 0, t = 0;
  size_t starAt = std::string_view::npos, resumeAt = 0;
  while (true) {
    if (indices && pattern.substr(p, kIndex.size()) == kIndex) {
      if (size_t length = indexLength(text.substr(t))) {
        p += kIndex.size();
        t += length;
        continue;
      }
    } else if (p < pattern.size() && pattern[p] == '*') {
      starAt = ++p;
      resumeAt = t;
      continue;
    } else if (p < pattern.size() && t < text.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
      continue;
    } else if (p == pattern.size() && t == text.size()) {
      return true;
    }
    if (starAt == std::string_view::npos || resumeAt >= text.size()) return false;
    p = starAt;
    t = ++resumeAt;
  }
}

bool isUtf8(std::string_view text) {
  // ICU puts U+FFFD where bytes are ill-formed, which would make different bytes alike.
  if (text.size() > INT32_MAX) return false;
  int32_t i = 0;
  int32_t length = int32_t(text.size());
  auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  while (i < length) {
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c < 0) return false;
  }
  return true;
}

icu::UnicodeString toUnicode(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), int32_t(text.size())));
}

icu::UnicodeString bytesToUnicode(std::string_view bytes) {
  icu::UnicodeString text;
  for (unsigned char byte : bytes) text.append(char16_t(byte));
  return text;
}

}  // namespace

bool globMatches(std::string_view pattern, std::string_view text) {
  return wildcard(pattern, text, false);
}

bool fieldMatches(std::string_view pattern, std::string_view field) {
  return wildcard(pattern, field, true);
}

struct Regex::Compiled {
  std::unique_ptr<icu::RegexPattern> pattern;

  std::unique_ptr<icu::RegexMatcher> matcher(const icu::UnicodeString& input,
                                             int32_t steps = kStepLimit) const {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> matcher(pattern->matcher(input, status));
    if (U_FAILURE(status)) return nullptr;
    matcher->setTimeLimit(steps, status);
    matcher->setStackLimit(kStackLimitBytes, status);
    return U_FAILURE(status) ? nullptr : std::move(matcher);
  }
};

Result<Regex> Regex::compile(std::string_view pattern) {
  if (!isUtf8(pattern)) return Diagnostic{.message = "the pattern is not UTF-8"};
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto compiled = std::make_shared<Compiled>();
  compiled->pattern.reset(icu::RegexPattern::compile(toUnicode(pattern), 0, where, status));
  if (U_FAILURE(status)) {
    std::string reason = u_errorName(status);
    std::replace(reason.begin(), reason.end(), '_', ' ');
    if (reason.starts_with("U REGEX ")) reason.erase(0, 8);
    std::transform(reason.begin(), reason.end(), reason.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    Diagnostic error{.message =
                         "\"" + std::string(pattern) + "\" is not a regular expression: " + reason};
    if (where.offset > 0) {
      error.column = uint32_t(where.offset);
      error.message += " at character " + std::to_string(where.offset);
    }
    return error;
  }
  return Regex(std::move(compiled));
}

std::optional<bool> Regex::matchesWhole(std::string_view text) const {
  if (!isUtf8(text)) return std::nullopt;
  icu::UnicodeString input = toUnicode(text);
  auto matcher = compiled->matcher(input);
  if (!matcher) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  bool matches = matcher->matches(status);
  if (U_FAILURE(status)) return std::nullopt;
  return matches;
}

std::optional<bool> Regex::isFoundIn(std::string_view text, int32_t steps) const {
  if (text.size() > INT32_MAX) return std::nullopt;
  icu::UnicodeString input = isUtf8(text) ? toUnicode(text) : bytesToUnicode(text);
  auto matcher = compiled->matcher(input, steps);
  if (!matcher) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  bool found = matcher->find(status) != 0;
  if (U_FAILURE(status)) return std::nullopt;
  return found;
}

std::optional<std::string> Regex::replaceAll(std::string_view text,
                                             std::string_view replacement) const {
  if (!isUtf8(text) || !isUtf8(replacement)) return std::nullopt;
  icu::UnicodeString input = toUnicode(text);
  auto matcher = compiled->matcher(input);
  if (!matcher) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString replaced = matcher->replaceAll(toUnicode(replacement), status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string out;
  replaced.toUTF8String(out);
  return out;
}

std::optional<std::vector<Regex::Range>> Regex::findAll(std::string_view text) const {
  if (text.size() > INT32_MAX) return std::nullopt;
  bool utf8 = isUtf8(text);
  icu::UnicodeString input = utf8 ? toUnicode(text) : bytesToUnicode(text);
  auto matcher = compiled->matcher(input);
  if (!matcher) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  int group = matcher->groupCount() > 0 ? 1 : 0;
  std::vector<Range> found;
  // Where the walk stands in both encodings.
  int32_t unit = 0;
  int32_t byte = 0;
  auto byteAt = [&](int32_t wanted) {
    if (!utf8) return size_t(unit = wanted);
    while (unit < wanted) {
      UChar32 c;
      U8_NEXT(reinterpret_cast<const uint8_t*>(text.data()), byte, int32_t(text.size()), c);
      unit += U16_LENGTH(c);
    }
    return size_t(byte);
  };
  while (matcher->find(status) && U_SUCCESS(status)) {
    int32_t begin = matcher->start(group, status);
    int32_t end = matcher->end(group, status);
    // A group that took no part, one behind the walk (in a look-behind), or nothing.
    if (begin < unit || end <= begin) continue;
    size_t first = byteAt(begin);
    found.push_back({first, byteAt(end)});
  }
  if (U_FAILURE(status)) return std::nullopt;
  return found;
}

}  // namespace flamesim
