#include "sim/net/internet.h"

#include <kj/debug.h>

#include "sim/net/url.h"

namespace flamesim::net {

bool AllowedHosts::allows(std::string_view host) const {
  for (auto& pattern : allow) {
    if (pattern == "*" || equalsIgnoringCase(pattern, host)) return true;
    if (pattern.starts_with("*.") && host.size() > pattern.size() - 1 &&
        equalsIgnoringCase(host.substr(host.size() - pattern.size() + 1),
                           std::string_view(pattern).substr(1))) {
      return true;
    }
  }
  return false;
}

kj::Promise<Response> AllowedHosts::fetch(Request request) {
  auto url = Url::parse(request.url);
  if (url && allows(url->hostname())) return inner.fetch(kj::mv(request));
  std::string host = url ? std::string(url->hostname()) : request.url;
  std::string text = "the host " + host +
                     " may not be reached: add it to \"internet\": {\"allow\": [...]} in "
                     "flamesim.jsonc";
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(text.c_str()));
}

}  // namespace flamesim::net
