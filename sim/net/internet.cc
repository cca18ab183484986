#include "sim/net/internet.h"

#include <algorithm>

#include "sim/net/message.h"

namespace flamesim::net {

bool allowsHost(const std::vector<std::string>& patterns, std::string_view host) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    if (pattern == "*" || equalsIgnoringCase(pattern, host)) return true;
    return pattern.starts_with("*.") && host.size() > pattern.size() - 1 &&
           equalsIgnoringCase(host.substr(host.size() - pattern.size() + 1),
                              std::string_view(pattern).substr(1));
  });
}

}  // namespace flamesim::net
