// The counters of a running server, over its control socket.
#pragma once

#include <memory>

#include "cli/control.h"
#include "sim/bindings/volatile_cache.h"
#include "sim/net/call_counters.h"

namespace flamesim::cli {

// The name of the server's part that has them.
inline constexpr const char* kCountersPart = "counters";

// `caches` must outlive it.
ControlPart countersPart(std::shared_ptr<const net::CallCounters> counters,
                         const bindings::VolatileCaches& caches);

}  // namespace flamesim::cli
