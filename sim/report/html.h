// The report as one HTML file: overview, clusters in the order of their weight, and for each the
// exchange that is its example, both sides beside each other. It loads nothing, opens from disk,
// and works without its script, which filters and folds. The same input gives the same bytes.
#pragma once

#include <string>

#include "sim/report/examples.h"
#include "sim/report/run_summary.h"

namespace flamesim::report {

// Exchanges are left out, with a note, where the page would pass this.
inline constexpr size_t kPageBytes = 24 << 20;

std::string toHtml(const RunSummary& summary, const Examples& examples);

}  // namespace flamesim::report
