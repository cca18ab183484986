// The Internet as a worker may reach it: hosts on a list, nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flamesim::net {

// Whether one of `patterns` names `host`: "example.com", "*.example.com" (any depth, not the name
// itself), "*".
bool allowsHost(const std::vector<std::string>& patterns, std::string_view host);

}  // namespace flamesim::net
