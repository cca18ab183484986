// "services" of flamesim.jsonc: what each source of a service takes.
#pragma once

#include "sim/bundle/config_reader.h"
#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// Reads all of them into `simulation`; relative paths are of `folder`. Faults go to the reader.
void readServices(ConfigReader& reader, const ConfigNode& root, const std::filesystem::path& folder,
                  Simulation& simulation);

}  // namespace flamesim::bundle
