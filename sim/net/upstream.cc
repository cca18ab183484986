#include "sim/net/upstream.h"

namespace flamesim::net {

kj::Promise<Response> Upstream::fetch(Request request) {
  size_t authority = request.url.find("://");
  size_t start = authority == std::string::npos ? 0 : authority + 3;
  size_t path = std::min(request.url.find_first_of("/?#", start), request.url.size());
  if (!request.headers.has("host")) {
    request.headers.set("Host", request.url.substr(start, path - start));
  }
  request.url = origin + request.url.substr(path);
  return inner.fetch(kj::mv(request));
}

}  // namespace flamesim::net
