// Content codings (RFC 9110 section 8.4) of whole byte strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/error.h"

namespace flamesim::net {

// Undoes the codings of a Content-Encoding value, last one first: gzip, x-gzip, deflate (RFC 1950,
// or the bare RFC 1951 that some servers send), br, zstd, identity. The error says which coding
// failed and why: unknown, broken, cut off, followed by other bytes, or the output of a coding is
// larger than `limit` bytes.
Result<std::string> decodeContent(std::string_view contentEncoding, std::string_view bytes,
                                  uint64_t limit);

}  // namespace flamesim::net
