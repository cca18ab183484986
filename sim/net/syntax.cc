#include "sim/net/syntax.h"

#include <array>
#include <charconv>

#include "sim/net/message.h"

namespace flamesim::net {

namespace {

constexpr std::array<bool, 256> makeTokenTable() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenTable = makeTokenTable();

}  // namespace

bool isToken(std::string_view text) {
  for (char c : text) {
    if (!kTokenTable[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool isFieldValue(std::string_view text) {
  for (char c : text) {
    if (c == '\0' || c == '\r' || c == '\n') return false;
  }
  return true;
}

std::string_view trimWhitespace(std::string_view text) {
  auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool listContains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    auto comma = list.find(',');
    if (equalsIgnoringCase(trimWhitespace(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool parseContentLength(std::string_view text, uint64_t& length) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace flamesim::net
