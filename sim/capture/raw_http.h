// HTTP/1 messages as the bytes that were on a connection (RFC 9112), for formats that keep those:
// start line, headers in their order and casing, and the body without its framing. Lines may end
// with LF alone; a folded line joins the one before it. Made for what a sniffer has put together:
// it says why a message cannot be used, and never guesses.
#pragma once

#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::capture {

struct RawBody {
  std::string bytes;
  std::string broken;    // why it is not whole; empty: it is
  bool chunked = false;  // it came in chunks
  size_t behind = 0;     // bytes that follow the message
};

struct RawRequest {
  std::string method;
  std::string target;  // as it stands in the request line
  std::string version;
  net::HeaderList headers;  // all of them, those of the framing too
  RawBody body;
};

struct RawResponse {
  uint16_t status = 0;
  std::string statusText;
  std::string version;
  net::HeaderList headers;
  RawBody body;
};

// Why `bytes` is no request, or "". A body that is not whole is no reason: see RawBody::broken.
std::string parseRawRequest(std::string_view bytes, RawRequest& request);

// Likewise. Interim responses (100 Continue, 103) before the response are passed over. `method`: of
// the request, for HEAD has no body. Without a length the body goes to the end of `bytes`.
std::string parseRawResponse(std::string_view bytes, std::string_view method,
                             RawResponse& response);

// The URL of a request by its target and Host header, serialized; `host` where it has none, and no
// fragment. Empty: there is no host, or the target is no path and no http(s) URL.
std::string urlOfTarget(std::string_view scheme, std::string_view host, std::string_view target);

}  // namespace flamesim::capture
