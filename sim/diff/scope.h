// Which requests something in a file is for: a rule, a deviation. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::diff {

struct RequestScope {
  std::string host = "*";    // glob on the request's host, without port
  std::string path = "*";    // glob on the request's path, without query
  std::string method = "*";  // of the request
  std::string status = "*";  // of the reference: "404", "4xx", "*"
  bool operator==(const RequestScope&) const = default;
};

// What a scope looks at. The views must outlive it.
struct RequestFacts {
  std::string_view host;
  std::string_view path;
  std::string_view method;
  uint16_t status = 0;  // 0: the reference has no response
};

// Of what the reference is. The views are of `reference`.
RequestFacts factsOf(const net::Exchange& reference);
bool covers(const RequestScope& scope, const RequestFacts& request);
// Whether `text` can stand as `status` of a scope.
bool isStatusPattern(std::string_view text);

}  // namespace flamesim::diff
