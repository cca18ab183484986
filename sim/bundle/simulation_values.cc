#include "sim/bundle/simulation_values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace flamesim::bundle {

namespace {

bool isHostByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool isHostName(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), isHostByte);
}

bool isPort(std::string_view text) {
  uint32_t port = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size() &&
         port <= 65535;
}

bool isBracketedIpv6(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  std::string inner(text.substr(1, text.size() - 2));
  in6_addr address;
  return inet_pton(AF_INET6, inner.c_str(), &address) == 1;
}

}  // namespace

bool isHostAndPort(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  auto host = text.substr(0, colon);
  return isPort(text.substr(colon + 1)) &&
         (host == "*" || isHostName(host) || isBracketedIpv6(host));
}

bool isServiceAddress(std::string_view text) {
  if (text.starts_with("unix:")) return text.size() > 5;
  return isHostAndPort(text);
}

bool isHostPattern(std::string_view text) {
  if (text == "*") return true;
  if (text.starts_with("*.")) text.remove_prefix(2);
  return isHostName(text) || isBracketedIpv6(text);
}

bool isHttpUrl(std::string_view text) {
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else {
    return false;
  }
  auto authority = text.substr(0, text.find_first_of("/?#"));
  return isHostName(authority) || isBracketedIpv6(authority) ||
         (isHostAndPort(authority) && !authority.starts_with('*'));
}

bool isIpAddress(std::string_view text) {
  std::string copy(text);
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, copy.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), bytes) == 1;
}

}  // namespace flamesim::bundle
