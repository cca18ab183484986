// The pairs of exchanges behind the clusters' examples, read again from the captures, for reports
// that show a whole exchange. What is kept is bounded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/net/exchange.h"
#include "sim/report/run_summary.h"

namespace flamesim::report {

inline constexpr size_t kShownClusters = 200;
// Of a body as it stands in the capture; the rest is cut off.
inline constexpr size_t kKeptBodyBytes = 256 << 10;

struct KeptExchange {
  explicit KeptExchange(net::Exchange exchange);

  net::Exchange exchange;  // bodies cut
  size_t requestBytes;     // of the bodies as they were
  size_t responseBytes;
};

struct ExamplePair {
  std::optional<KeptExchange> reference;
  std::optional<KeptExchange> candidate;
};

struct Examples {
  std::map<uint64_t, ExamplePair> pairs;  // by the exchange's id
  std::vector<std::string> notes;         // captures that could not be read, and why
};

// For the first kShownClusters of the summary: from summary.reference and from the first of
// `candidates` that has the exchange. A capture is read until all are found.
Examples readExamples(const RunSummary& summary,
                      const std::vector<std::filesystem::path>& candidates);

}  // namespace flamesim::report
