// The example of a cluster as HTML: the request, and FL's and the chain's answers and effects side
// by side.
#pragma once

#include <string>

#include "sim/report/examples.h"

namespace flamesim::report {

// Depends on the pair alone.
std::string exchangeHtml(const ExamplePair& pair);

// What was done besides answering, in the order of time: start, duration, where and what.
// `span`: of the time axis, the same for both sides.
std::string effectsHtml(const net::Exchange& exchange, Duration span);
// When the last effect ended, after the beginning of the exchange; at least 1 ns.
Duration spanOf(const net::Exchange& exchange);

}  // namespace flamesim::report
