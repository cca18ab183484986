// Which stored response a request selects by its headers (RFC 9111 section 4.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/net/message.h"

namespace flamesim::cache {

struct VaryNames {
  bool all = false;                // "*": nothing else matches, ever
  std::vector<std::string> names;  // in lower case, sorted, each once
};
VaryNames parseVary(std::string_view value);

// A request's values of the headers that Vary names: what a response was selected by. Lines of one
// name are combined, and white space around commas does not count; nothing: the header is absent.
using Selection = std::vector<std::pair<std::string, std::optional<std::string>>>;
Selection selectionOf(const std::vector<std::string>& names, const net::HeaderList& request);

// Whether a request with these headers selects what was stored under `selection`.
bool selects(const net::HeaderList& request, const Selection& selection);

}  // namespace flamesim::cache
