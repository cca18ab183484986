// Reads what json_report.h writes: fromJson(toJson(s)) is s, where s holds well-formed UTF-8.
#pragma once

#include <string>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// `file`: the name for messages. Keys that are not known are passed over. Text is made printable
// but for methods and URLs, as everywhere in a summary: the file may come from anywhere. Throws
// UserError with every fault and its place.
RunSummary fromJson(const std::string& file, std::string text);

// report.json of a folder, or the file itself. Throws UserError.
std::string reportPath(const std::string& fileOrFolder);
RunSummary readReport(const std::string& fileOrFolder);

}  // namespace flamesim::report
