#include "sim/diff/scope.h"

#include "sim/diff/pattern.h"
#include "sim/net/url_parts.h"

namespace flamesim::diff {

bool isStatusPattern(std::string_view text) {
  if (text == "*") return true;
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 3 && text[0] >= '1' && text[0] <= '9' &&
         ((digit(text[1]) && digit(text[2])) || text.substr(1) == "xx");
}

RequestFacts factsOf(const net::Exchange& reference) {
  auto url = net::splitUrl(reference.request.url);
  return {.host = url.host,
          .path = url.path,
          .method = reference.request.method,
          .status = reference.outcome.response.status};
}

bool covers(const RequestScope& scope, const RequestFacts& request) {
  if (scope.method != "*" && scope.method != request.method) return false;
  if (scope.status != "*") {
    std::string status = std::to_string(request.status);
    if (scope.status.ends_with("xx") ? status[0] != scope.status[0] || status.size() != 3
                                     : status != scope.status) {
      return false;
    }
  }
  return globMatches(scope.host, request.host) && globMatches(scope.path, request.path);
}

}  // namespace flamesim::diff
