#include "mocks/dns_name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace flamesim::mocks {

std::string normalizeName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return out;
}

std::string nameFault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 253) return "is longer than 253 characters";
  size_t start = 0;
  while (true) {
    size_t dot = std::min(name.find('.', start), name.size());
    std::string_view label = name.substr(start, dot - start);
    if (label.empty()) return "has an empty label";
    if (label.size() > 63) return "has a label of more than 63 characters";
    for (char c : label) {
      if (uint8_t(c) >= 0x80) return "is not ASCII (write the xn-- form)";
      if (c <= ' ' || c == 0x7f || c == '/' || c == ':' || c == '@') {
        return "has a character that no hostname has";
      }
      if (c == '*' && (label.size() > 1 || start > 0)) {
        return "has a \"*\" that is not the whole first label";
      }
    }
    if (dot == name.size()) return "";
    start = dot + 1;
  }
}

std::string_view parentOf(std::string_view name) {
  size_t dot = name.find('.');
  return dot == name.npos ? std::string_view() : name.substr(dot + 1);
}

bool isWithin(std::string_view name, std::string_view zone) {
  if (!name.ends_with(zone)) return false;
  return name.size() == zone.size() || name[name.size() - zone.size() - 1] == '.';
}

std::optional<std::string> parseAddress(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  if (text.find('\0') != text.npos) return std::nullopt;
  std::string copy(text);
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) != 1) return std::nullopt;
  std::string address(bytes.data(), 16);
  static const std::string kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  return address.starts_with(kMapped) ? address.substr(12) : address;
}

std::string addressText(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace flamesim::mocks
