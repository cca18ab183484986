// Secrets out of what is kept. The values of Authorization, Proxy-Authorization, Cookie and
// Set-Cookie become pseudonyms: the first 16 hexadecimal digits of HMAC-SHA256 under a key, so that
// equal values stay equal and nothing else can be told. What stays readable:
//
//   Authorization: Bearer redacted-0123456789abcdef       the scheme
//   Cookie: session=redacted-0123456789abcdef; theme=...  names of cookies
//   Set-Cookie: session=redacted-0123456789abcdef; Path=/; Secure    names and attributes
//
// URLs, other headers and bodies are kept as they are.
#pragma once

#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::record {

enum class Redaction : uint8_t { kOn, kOff };

class Redactor {
 public:
  // `key`: the same key gives the same pseudonyms; empty: one from the operating system, which is
  // kept nowhere.
  explicit Redactor(std::string key);

  // All header lists of the exchange, those of its effects included.
  void redact(net::Exchange& exchange) const;
  void redact(net::HeaderList& headers) const;
  // "redacted-..." for `secret`; an empty one stays empty.
  std::string pseudonym(std::string_view secret) const;

 private:
  std::string key;
};

}  // namespace flamesim::record
