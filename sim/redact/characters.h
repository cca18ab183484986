// Characters of ASCII, whatever the locale.
#pragma once

namespace flamesim::redact {

constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool isAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool isAlnum(char c) {
  return isDigit(c) || isAlpha(c);
}
constexpr bool isHex(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool isSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
// Of parameters and members: "user[access_token]".
constexpr bool isNameChar(char c) {
  return isAlnum(c) || c == '_' || c == '-' || c == '.' || c == '[' || c == ']';
}

}  // namespace flamesim::redact
