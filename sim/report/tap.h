// The report as TAP 14 (https://testanything.org/tap-version-14-specification.html): a test point
// for each cluster of differences.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

std::string toTap(const RunSummary& summary);

}  // namespace flamesim::report
