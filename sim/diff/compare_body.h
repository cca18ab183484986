// Compares two bodies: without their content codings (RFC 9110 section 8.4), JSON by structure,
// everything else by its bytes.
#pragma once

#include <string>
#include <string_view>

#include "sim/diff/judge.h"
#include "sim/net/message.h"

namespace flamesim::diff {

struct BodySide {
  const net::HeaderList& headers;  // for Content-Type and Content-Encoding
  std::string_view bytes;          // as on the wire
};

// `field`: "body" or "effect:... body". `worker`: who made it, where there is a difference.
void compareBodies(const BodySide& reference, const BodySide& candidate, const std::string& field,
                   const std::string& worker, Judge& judge);

}  // namespace flamesim::diff
