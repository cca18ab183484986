#include "sim/net/recorded.h"

namespace flamesim::net {

Request requestOf(const RecordedRequest& recorded) {
  Request request;
  request.method = recorded.method;
  request.url = recorded.url;
  request.headers = recorded.headers;
  request.httpVersion = recorded.httpVersion;
  if (!recorded.body.empty()) request.body = Body::fromBytes(recorded.body);
  return request;
}

void dropConnectionHeaders(HeaderList& headers) {
  for (auto name : {"transfer-encoding", "connection", "keep-alive", "proxy-connection"}) {
    headers.remove(name);
  }
}

}  // namespace flamesim::net
