// The counters of a running server, over its control socket.
#pragma once

#include <memory>

#include "cli/control.h"
#include "sim/net/call_counters.h"

namespace flamesim::cli {

// The name of the server's part that has them.
inline constexpr const char* kCountersPart = "counters";

ControlPart countersPart(std::shared_ptr<const net::CallCounters> counters);

}  // namespace flamesim::cli
