// The RRDNS emulation: schemas/rrdns.capnp answered from zone data (rrdns_zones.h).
#pragma once

#include <memory>

#include "mocks/rrdns_holder.h"
#include "mocks/rrdns_zones.h"
#include "schemas/rrdns.capnp.h"

namespace flamesim::mocks {

// Servers on the calling thread's event loop; call them directly, or hand them to serve().
// Zones that stay as they are, without statistics.
schemas::Rrdns::Client newRrdns(std::shared_ptr<const RrdnsZones> zones);
// The zones of the holder, whichever they are at the time of a call; calls are counted.
schemas::Rrdns::Client newRrdns(std::shared_ptr<RrdnsHolder> holder);
// The administrator's side. An object of its own: what workers are given cannot be cast to it.
schemas::RrdnsAdmin::Client newRrdnsAdmin(std::shared_ptr<RrdnsHolder> holder);

}  // namespace flamesim::mocks
