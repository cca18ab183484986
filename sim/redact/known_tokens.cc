#include "sim/redact/known_tokens.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sim/capture/text.h"
#include "sim/net/message.h"
#include "sim/redact/characters.h"

namespace flamesim::redact {

namespace {

struct KnownPrefix {
  std::string_view prefix;
  size_t least;  // characters behind it
};

// Sorted by first character; docs/redaction.md names the issuers.
constexpr std::array<KnownPrefix, 33> kPrefixes{{
    {"AIza", 30},        {"AKIA", 16},     {"ASIA", 16},     {"SG.", 30},      {"dop_v1_", 32},
    {"gho_", 30},        {"ghp_", 30},     {"ghr_", 30},     {"ghs_", 30},     {"ghu_", 30},
    {"github_pat_", 30}, {"glpat-", 16},   {"hf_", 30},      {"lin_api_", 30}, {"npm_", 30},
    {"pypi-", 40},       {"rk_live_", 16}, {"rk_test_", 16}, {"shpat_", 24},   {"shpss_", 24},
    {"sk-", 30},         {"sk_live_", 16}, {"sk_test_", 16}, {"sq0atp-", 16},  {"sq0csp-", 16},
    {"v1.0-", 40},       {"whsec_", 24},   {"xapp-", 24},    {"xoxa-", 16},    {"xoxb-", 16},
    {"xoxp-", 16},       {"xoxs-", 16},    {"ya29.", 20},
}};

// Which two characters such a token can begin with: few words get further.
constexpr size_t pairIndex(char a, char b) {
  return (size_t(uint8_t(a)) * 37 + uint8_t(b)) % 1024;
}
constexpr std::array<bool, 1024> makeBeginnings() {
  std::array<bool, 1024> result{};
  for (const auto& known : kPrefixes) result[pairIndex(known.prefix[0], known.prefix[1])] = true;
  for (std::string_view word : {"ey", "ew", "be", "Be", "BE", "bE", "ba", "Ba", "BA", "bA"}) {
    result[pairIndex(word[0], word[1])] = true;
  }
  return result;
}
constexpr auto kBeginnings = makeBeginnings();

bool isTokenChar(char c) {
  return isAlnum(c) || c == '_' || c == '-';
}
// token68 (RFC 9110, section 11.2) without the "=" at its end.
bool isToken68(char c) {
  return isTokenChar(c) || c == '.' || c == '~' || c == '+' || c == '/';
}

// The longest of each: what is longer is none, and is not gone through at every word of it.
constexpr size_t kLongestHeader = 2048;  // of a JWT
constexpr size_t kLongestKey = 512;
constexpr size_t kLongestBasic = 2048;

template <typename Of>
size_t runFrom(std::string_view text, size_t begin, Of of,
               size_t most = std::string_view::npos - 1) {
  size_t end = begin;
  while (end < text.size() && end - begin <= most && of(text[end])) ++end;
  return end - begin;
}

// Three parts or, encrypted, five. The first is a JSON object in base64url, so it begins with `{"`
// or `{` and a space.
size_t jwtLength(std::string_view text, size_t begin) {
  auto start = text.substr(begin, 3);
  if (start != "eyJ" && start != "eyA" && start != "ewo" && start != "ew0") return 0;
  constexpr size_t kShortestHeader = 12;
  size_t first = runFrom(text, begin, isTokenChar, kLongestHeader);
  if (first < kShortestHeader || first > kLongestHeader) return 0;
  size_t end = begin + first;
  int parts = 1;
  while (parts < 5 && end < text.size() && text[end] == '.') {
    size_t part = runFrom(text, end + 1, isTokenChar);
    // A signature may be missing ("alg": "none"), and so may the key of an encrypted one.
    if (part == 0 && parts == 1 && text.substr(end, 2) != "..") break;
    end += 1 + part;
    ++parts;
  }
  return parts >= 3 ? end - begin : 0;
}

size_t prefixedLength(std::string_view text, size_t begin) {
  for (const auto& known : kPrefixes) {
    if (text[begin] != known.prefix[0] || !text.substr(begin).starts_with(known.prefix)) continue;
    size_t value = begin + known.prefix.size();
    bool dots = known.prefix == "SG." || known.prefix == "ya29.";
    size_t length = runFrom(
        text, value, [dots](char c) { return isTokenChar(c) || (dots && c == '.'); }, kLongestKey);
    if (length < known.least || length > kLongestKey) continue;
    auto secret = text.substr(value, length);
    // Words with hyphens between them are no keys.
    if (std::any_of(secret.begin(), secret.end(), isDigit) || known.prefix == "AKIA" ||
        known.prefix == "ASIA") {
      return known.prefix.size() + length;
    }
  }
  return 0;
}

bool isScheme(std::string_view word, std::string_view scheme) {
  return word.size() == scheme.size() && net::equalsIgnoringCase(word, scheme);
}

// What stands between the scheme and the rest, also in a URL; 0: nothing of that.
size_t spaceLength(std::string_view text, size_t at) {
  if (text.substr(at, 3) == "%20") return 3;
  return at < text.size() && (text[at] == ' ' || text[at] == '+') ? 1 : 0;
}

size_t behindScheme(std::string_view text, size_t begin, size_t end) {
  auto word = text.substr(begin, end - begin);
  bool bearer = isScheme(word, "bearer");
  if (!bearer && !isScheme(word, "basic")) return 0;
  size_t space = spaceLength(text, end);
  if (space == 0) return 0;
  end += space;
  size_t most = bearer ? text.size() : kLongestBasic;
  size_t length = runFrom(text, end, isToken68, most);
  if (length > most) return 0;
  length += runFrom(text, end + length, [](char c) { return c == '='; });
  auto value = text.substr(end, length);
  if (!bearer) {
    auto pair = capture::fromBase64(value);
    if (!pair || length < 4 || pair->find(':') == std::string::npos || !capture::isUtf8(*pair)) {
      return 0;
    }
    return end + length - begin;
  }
  constexpr size_t kSurelyNoWord = 20;
  bool digit = length >= 8 && std::any_of(value.begin(), value.end(), isDigit);
  return digit || length >= kSurelyNoWord ? end + length - begin : 0;
}

}  // namespace

size_t schemeLength(std::string_view text, size_t begin, size_t end) {
  auto word = text.substr(begin, end - begin);
  if (!isScheme(word, "bearer") && !isScheme(word, "basic")) return 0;
  return word.size() + spaceLength(text, end);
}

size_t knownTokenLength(std::string_view text, size_t begin, size_t end) {
  if (begin + 1 >= text.size() || !kBeginnings[pairIndex(text[begin], text[begin + 1])]) return 0;
  switch (text[begin]) {
    case 'e':
      return jwtLength(text, begin);
    case 'b':
    case 'B':
      return behindScheme(text, begin, end);
    case 'A':
    case 'S':
    case 'd':
    case 'g':
    case 'h':
    case 'l':
    case 'n':
    case 'p':
    case 'r':
    case 's':
    case 'v':
    case 'w':
    case 'x':
    case 'y':
      return prefixedLength(text, begin);
    default:
      return 0;
  }
}

}  // namespace flamesim::redact
