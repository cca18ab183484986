// One report of many: of shards of a run that went over several machines. The result is what one
// run over everything would have reported, as long as no limit of diff::Limits was met and each
// host was in one shard alone.
#pragma once

#include <string>
#include <vector>

#include "sim/report/run_summary.h"

namespace flamesim::report {

struct ShardReport {
  std::string name;  // the file, for messages
  RunSummary summary;
};

// In what the shards are not parts of one run, a line each: other projects, references, rules or
// ledgers; an exchange, or a part of the run, that is in two of them; parts that are missing.
// Empty: they are.
std::vector<std::string> disagreements(const std::vector<ShardReport>& shards);

// Sums totals and uses of rules, joins clusters, counts shares anew. Distinct hosts are summed. A
// project or reference in which the shards differ is left empty, or named beside the others. Where
// all parts of a run are there, deviations that none has met are stale.
RunSummary mergeReports(const std::vector<ShardReport>& shards);

}  // namespace flamesim::report
