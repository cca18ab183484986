// A recorded body that is not the whole body. Where a recorder or importer could not keep one, it
// says so in the `error` beside the body (of the outcome, or of the effect), behind a fixed prefix;
// the body is then what was kept of it, perhaps nothing. Such a body must not be compared, and
// cannot be served in a replay.
#pragma once

#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::capture {

inline constexpr std::string_view kBodyNotKept = "body not kept: ";

inline std::string bodyNotKept(std::string_view reason) {
  return std::string(kBodyNotKept) + std::string(reason);
}
inline bool saysBodyNotKept(std::string_view error) {
  return error.starts_with(kBodyNotKept);
}

// False: exchange.outcome.response.body (or the request's) is only a part.
inline bool bodiesComplete(const net::Outcome& outcome) {
  return !saysBodyNotKept(outcome.error);
}
inline bool bodiesComplete(const net::Effect& effect) {
  return !saysBodyNotKept(effect.error);
}

}  // namespace flamesim::capture
