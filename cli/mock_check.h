// Holds every file that stands in for something against what it stands in for.
#pragma once

#include <ostream>

#include "sim/bundle/simulation.h"

namespace flamesim::cli {

// A line "ok FILE ..." for each file that fits; what does not goes to standard error, with file,
// line, path and what would fit. kUsage where there was any, kNothingRun where there is no file.
ExitCode checkMocks(const bundle::Simulation& simulation, std::ostream& out);

}  // namespace flamesim::cli
