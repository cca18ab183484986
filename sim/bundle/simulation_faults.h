// "faults" of flamesim.jsonc, of a file that `flamesim dev --faults` names, and of a test.
#pragma once

#include <filesystem>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// Reads "faults" of `root` and of each service that `simulation` has by now; errors go to `reader`.
void readFaults(ConfigReader& reader, const ConfigNode& root, Simulation& simulation);

// A file with the object that "faults" holds; `simulation` is what it is checked against. Throws
// UserError.
FaultSettings loadFaults(const std::filesystem::path& file, const Simulation& simulation);

// One rule as JSON, which a test adds. Throws UserError.
FaultRule parseFaultRule(std::string json, const Simulation& simulation);

}  // namespace flamesim::bundle
