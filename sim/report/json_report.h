// The report for programs: docs/report.schema.json describes it. The same summary gives the same
// bytes.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// Indented JSON, ended by a newline.
std::string toJson(const RunSummary& summary);
// What toJson() wrote; the command that reproduces an example is not read. Throws UserError where
// it is no report of this format. `file`: for messages.
RunSummary fromJson(std::string_view text, const std::string& file);

}  // namespace flamesim::report
