// How long a call that a rule delays is held up.
#pragma once

#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/bundle/fault_rule.h"

namespace flamesim::faults {

// Never negative, at most a day. Takes the same number of draws whatever comes out.
Duration draw(const bundle::Latency& latency, Random& random);

}  // namespace flamesim::faults
