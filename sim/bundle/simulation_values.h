// The small grammars of flamesim.jsonc: addresses, host patterns, URLs.
#pragma once

#include <string_view>

namespace flamesim::bundle {

// "127.0.0.1:8787", "[::1]:0", "localhost:80", "*:80": a host and a port up to 65535.
bool isHostAndPort(std::string_view text);
// "unix:/run/a.sock" or a host and a port.
bool isServiceAddress(std::string_view text);
// "example.com", "*.example.com", "*".
bool isHostPattern(std::string_view text);
// "http://" or "https://", a host, an optional port, an optional path.
bool isHttpUrl(std::string_view text);
// An IPv4 or IPv6 address.
bool isIpAddress(std::string_view text);

}  // namespace flamesim::bundle
