// Content codings (RFC 9110 section 8.4) put on again: what decodeContent() undoes
// (content_coding.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flamesim::net {

// Applies the codings of a Content-Encoding value, the first one first; nothing for one that is not
// known.
std::optional<std::string> encodeContent(std::string_view contentEncoding, std::string text);

}  // namespace flamesim::net
