// Text in HTML and XML.
#pragma once

#include <string_view>

namespace flamesim {

// What stands for a character that would be markup in an element or in an attribute in double
// quotes: "&amp;" and the like; empty where the character stands for itself.
constexpr std::string_view markupEntity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return "";
  }
}

}  // namespace flamesim
