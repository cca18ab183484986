// The report as JUnit's XML, which CI systems read: a test case for each cluster of differences.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// Well-formed XML 1.0 in UTF-8, whatever the captures held. There are no times in it.
std::string toJunit(const RunSummary& summary);

}  // namespace flamesim::report
