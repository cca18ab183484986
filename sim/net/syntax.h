// The two productions of RFC 9110 that guard everything we write to a socket: a name or value that
// does not match would let its author write headers of their own.
#pragma once

#include <cstdint>
#include <string_view>

namespace flamesim::net {

// token (RFC 9110 section 5.6.2): header names and methods.
bool isToken(std::string_view text);
// A field value as the Fetch standard takes it: any bytes but NUL, CR and LF.
bool isFieldValue(std::string_view text);
// Without the spaces and tabs at its ends (OWS, RFC 9110 section 5.6.3).
std::string_view trimWhitespace(std::string_view text);
// Whether `list`, a comma-separated list, has `token` as a member, in any case.
bool listContains(std::string_view list, std::string_view token);
// DIGIT+ without sign or space that fits 64 bits; false otherwise (RFC 9110 section 8.6).
bool parseContentLength(std::string_view text, uint64_t& length);

}  // namespace flamesim::net
