// The report for programs: docs/report.schema.json describes it. The same summary gives the same
// bytes.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// Indented JSON, ended by a newline.
std::string toJson(const RunSummary& summary);

}  // namespace flamesim::report
