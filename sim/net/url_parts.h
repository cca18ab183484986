// The pieces of a serialized absolute URL, as views into it. It was parsed when the exchange was
// recorded, so nothing is checked here: what is missing is empty.
#pragma once

#include <string_view>

namespace flamesim::net {

struct UrlParts {
  std::string_view scheme;     // "http"
  std::string_view authority;  // "example.com:8080", without user and password
  std::string_view host;       // "example.com", "[::1]"
  std::string_view path;       // "/a/b"
  std::string_view query;      // "x=1", without "?"
};

inline UrlParts splitUrl(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  size_t colon = url.find("://");
  if (colon != std::string_view::npos) {
    parts.scheme = url.substr(0, colon);
    url.remove_prefix(colon + 3);
    size_t end = url.find_first_of("/?");
    parts.authority = url.substr(0, end);
    url = end == std::string_view::npos ? std::string_view() : url.substr(end);
    if (size_t at = parts.authority.rfind('@'); at != std::string_view::npos) {
      parts.authority.remove_prefix(at + 1);
    }
    // An IPv6 address has colons of its own, within brackets.
    size_t portAt =
        parts.authority.find(':', parts.authority.starts_with('[') ? parts.authority.find(']') : 0);
    parts.host = parts.authority.substr(0, portAt);
  }
  size_t question = url.find('?');
  parts.path = url.substr(0, question);
  if (question != std::string_view::npos) parts.query = url.substr(question + 1);
  return parts;
}

}  // namespace flamesim::net
