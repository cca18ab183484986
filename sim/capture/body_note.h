// What a capture does not know of an answer. A recorder or importer that could not keep all of it
// says so in the `error` beside it (of the outcome, or of the effect), behind a fixed prefix:
//
//   "body not kept: "               the body is what was kept of it, perhaps nothing
//   "headers and body not kept: "   the status alone is known (access logs)
//   "outcome not known: "           nothing is: of outcomes only, whose kind is then kFailed
//
// What is not known must not be compared, and cannot be served in a replay.
#pragma once

#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::capture {

inline constexpr std::string_view kBodyNotKept = "body not kept: ";
inline constexpr std::string_view kHeadersNotKept = "headers and body not kept: ";
inline constexpr std::string_view kOutcomeNotKnown = "outcome not known: ";

inline std::string bodyNotKept(std::string_view reason) {
  return std::string(kBodyNotKept) + std::string(reason);
}
inline bool saysBodyNotKept(std::string_view error) {
  return error.starts_with(kBodyNotKept) || error.starts_with(kHeadersNotKept);
}

// False: the status is all that is known of the response.
inline bool headersKnown(const net::Outcome& outcome) {
  return !outcome.error.starts_with(kHeadersNotKept);
}

// What was done with a request of which only the request was kept.
inline net::Outcome unknownOutcome(std::string_view reason) {
  net::Outcome outcome;
  outcome.kind = net::OutcomeKind::kFailed;
  outcome.error = std::string(kOutcomeNotKnown) + std::string(reason);
  return outcome;
}
// False: nobody knows whether and what FL answered.
inline bool outcomeKnown(const net::Outcome& outcome) {
  return outcome.kind != net::OutcomeKind::kFailed || !outcome.error.starts_with(kOutcomeNotKnown);
}
// As outcomeKindName(), or "unknown".
inline std::string_view outcomeName(const net::Outcome& outcome) {
  return outcomeKnown(outcome) ? net::outcomeKindName(outcome.kind) : "unknown";
}

// False: exchange.outcome.response.body (or the request's) is only a part.
inline bool bodiesComplete(const net::Outcome& outcome) {
  return !saysBodyNotKept(outcome.error);
}
inline bool bodiesComplete(const net::Effect& effect) {
  return !saysBodyNotKept(effect.error);
}

}  // namespace flamesim::capture
