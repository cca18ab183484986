// Whose code made a difference.
#pragma once

#include <string>
#include <string_view>

#include "sim/net/exchange.h"

namespace flamesim::diff {

// The worker that last set the part of the response that `field` names (outcome.setBy), else the
// one that answered; "" where neither is known. Effects carry their own worker: an additional or
// changed one is its worker's, a missing one is attributed here, to who answered.
std::string attribute(const net::Outcome& candidate, std::string_view field);

}  // namespace flamesim::diff
