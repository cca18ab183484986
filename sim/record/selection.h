// Which of the requests that pass are kept: filters by host, path and method, and a sample by hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/net/exchange.h"
#include "sim/net/message.h"
#include "sim/redact/pseudonyms.h"

namespace flamesim::record {

// All that is given must hold.
struct Filter {
  std::string host = "*";  // globs
  std::string path = "*";
  std::string method = "*";
};

// "host=*.example.com,path=/api/*,method=GET"
Result<Filter> parseFilter(std::string_view text);

enum class SampleBy : uint8_t { kClientIp, kHost, kUrl, kHeader };

struct SampleKey {
  SampleBy by = SampleBy::kClientIp;
  std::string header;  // of kHeader
};

// "client-ip", "host", "url", "header:NAME"
Result<SampleKey> parseSampleKey(std::string_view text);

struct SelectionOptions {
  std::vector<Filter> filters;  // one of them must hold; none: everything does
  double sample = 1;            // share of the values of the key that are kept
  SampleKey key;
  std::string secret;  // decides, with the value, who is in the sample; see Pseudonyms
};

class Selection {
 public:
  Selection() = default;
  explicit Selection(SelectionOptions options);

  // A request without the sample's header is sampled by its client's address.
  bool keeps(const net::Request& request, const net::ClientContext& client) const;

 private:
  std::string keyOf(const net::Request& request, const net::ClientContext& client) const;

  SelectionOptions options;
  std::optional<redact::Pseudonyms> hash;
};

}  // namespace flamesim::record
