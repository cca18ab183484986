// What in an exchange looks like a secret: all that a Redactor would replace and, of a lower rank,
// strings that look random. Excerpts do not show the secret.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/net/exchange.h"
#include "sim/redact/redactor.h"

namespace flamesim::redact {

enum class Rank : uint8_t {
  kSecret,
  kPossible,  // 20 or more characters of base64 or hexadecimal, or a body that cannot be read
};

struct Finding {
  Rank rank = Rank::kSecret;
  std::string kind;     // "emails", ..., "random", "unreadable"
  std::string field;    // "request header cookie"
  std::string excerpt;  // "ja*** (20 characters)"
};

// Each finding once.
void scanExchange(const Redactor& redactor, const net::Exchange& exchange,
                  const std::function<void(const Finding&)>& found);

// The first two characters, of a long one, and the length.
std::string masked(std::string_view secret);

// Calls `found` for each string that looks random. Not for: pseudonyms, UUIDs, integrity digests
// ("sha256-...").
void findRandom(std::string_view text, const std::function<void(std::string_view)>& found);

}  // namespace flamesim::redact
