// The host parser of the URL standard (WHATWG URL section 3.5) and the serialization of its result.
// Usable from any thread.
#pragma once

#include <string>
#include <string_view>

namespace flamesim::net {

enum class HostRules {
  kDomain,  // special schemes: domains (IDNA), IPv4 in all its spellings, IPv6
  kOpaque,  // all other schemes: IPv6, or any text, percent-encoded
};

// Appends the serialized host to `out`. On failure returns false; what was appended by then is the
// caller's to discard.
bool appendHost(std::string& out, std::string_view input, HostRules rules);

}  // namespace flamesim::net
