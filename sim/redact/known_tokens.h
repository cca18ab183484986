// Tokens that say themselves what they are: JWTs (RFC 7519), keys with the prefixes that their
// issuers give them, and what stands behind "Bearer" or "Basic" in a text.
#pragma once

#include <cstddef>
#include <string_view>

namespace flamesim::redact {

// How many bytes from `begin` on are such a token; 0: none. `end`: of the word (letters and digits)
// that begins there.
size_t knownTokenLength(std::string_view text, size_t begin, size_t end);
// How many bytes of it are "Bearer " or "Basic ".
size_t schemeLength(std::string_view text, size_t begin, size_t end);

}  // namespace flamesim::redact
