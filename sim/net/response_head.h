// The status line and headers of a response as bytes, in the order and casing of its list. The
// headers that frame the message are ours (RFC 9112 section 6): one in the list only marks the
// place and casing; hop-by-hop headers are dropped (RFC 9110 section 7.6.1).
#pragma once

#include <cstdint>
#include <string>

#include "sim/net/message.h"

namespace flamesim::net {

enum class Framing : uint8_t {
  kNone,      // neither Content-Length nor Transfer-Encoding: 204, or delimited by the close
  kAsListed,  // Content-Length as the list has it, if it does: 304
  kLength,    // Content-Length
  kChunked,   // Transfer-Encoding: chunked
};

struct HeadShape {
  Framing framing = Framing::kNone;
  uint64_t length = 0;          // of kLength
  std::string_view connection;  // value of the Connection header; empty: none
};

// Why the response cannot be written (a status or header that HTTP does not allow), or "".
std::string whyUnwritable(const Response& response);

// Appends the head with its empty line to `out`.
void appendResponseHead(const Response& response, const HeadShape& shape, std::string& out);

}  // namespace flamesim::net
