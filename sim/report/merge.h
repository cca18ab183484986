// One report of many: of shards of a run that went over several machines. The result is what one
// run over everything would have reported, as long as no limit of diff::Limits was met and each
// host was in one shard alone.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_summary.h"

namespace flamesim::report {

struct Shard {
  std::string name;  // the file, for messages
  RunSummary summary;
};

// In what the shards are not parts of one run, a line each: other projects, references or rules; an
// exchange that is in two of them. Empty: they are.
std::vector<std::string> disagreements(const std::vector<Shard>& shards);

// Sums totals and uses of rules, joins clusters, counts shares anew. Distinct hosts are summed. A
// project or reference in which the shards differ is left empty, or named beside the others.
RunSummary mergeReports(const std::vector<Shard>& shards);

}  // namespace flamesim::report
