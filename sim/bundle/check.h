// Whether everything that a worker binds is there in the simulation.
#pragma once

#include <vector>

#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// Errors, each with what to add to which file, for bindings of a type that nobody knows, with
// fields that are missing or wrong, that nothing in the simulation serves, or that the worker is
// not permitted; warnings for those that only some commands can serve. Empty: all is well.
std::vector<Diagnostic> checkBindings(const Simulation& simulation, const WorkerEntry& worker,
                                      const Bundle& bundle);

// The service that every binding of type logfwdr writes to.
constexpr const char* kLogfwdrService = "logfwdr";
// And analytics_engine to this one, where it is there.
constexpr const char* kAnalyticsService = "analytics";

}  // namespace flamesim::bundle
