// An exchange as an entry of a HAR 1.2 file. HAR shows what a browser saw, so response bodies stand
// decoded of their content coding, binary ones in base64; what it has no place for is in
// "_flamesim" (har_extension.h), from which import takes it back. A capture knows when a request
// came and nothing of how long its answer took: send, wait and receive, which may not be negative,
// are 0, and the other times -1.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/capture/import_report.h"
#include "sim/net/exchange.h"

namespace flamesim::capture {

// The file up to its first entry; entries follow, "," between them, and harEnd().
std::string harBegin();
std::string harEnd();

// Counts in `report` what comes back otherwise from an import.
nlohmann::ordered_json harEntry(const net::Exchange& exchange, ImportReport& report);

}  // namespace flamesim::capture
