// The RRDNS emulation: schemas/rrdns.capnp answered from zone data (rrdns_zones.h).
#pragma once

#include <memory>

#include "mocks/rrdns_zones.h"
#include "schemas/rrdns.capnp.h"

namespace flamesim::mocks {

// A server on the calling thread's event loop; call it directly, or hand it to serve().
schemas::Rrdns::Client newRrdns(std::shared_ptr<const RrdnsZones> zones);

}  // namespace flamesim::mocks
