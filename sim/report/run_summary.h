// The outcome of a whole run, as every report shows it. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/diff/aggregator.h"
#include "sim/diff/rules.h"

namespace flamesim::report {

struct RuleUse {
  std::string where;  // "rules.jsonc:4"
  std::string field;
  std::string action;
  std::string reason;
  std::string owner;    // empty: none
  std::string expires;  // empty: never
  bool expired = false;
  uint64_t uses = 0;  // differences that it excused
  bool operator==(const RuleUse&) const = default;
};

struct RunSummary {
  std::string reference;  // the captures, as the user named them
  std::string candidate;  // empty: it was not kept
  std::string project;    // what `flamesim replay` takes; empty: no replay, so no command is shown
  diff::Totals totals;
  std::vector<diff::Cluster> clusters;  // as Aggregator::clusters() orders them
  std::vector<RuleUse> rules;           // in the order of the file
  bool operator==(const RunSummary&) const = default;
};

// What the run comes to. A rule that has expired is a difference: nobody vouches for it any more.
enum class Result : uint8_t { kSame, kDifferent, kNothingRun };
Result resultOf(const RunSummary& summary);
std::string_view resultName(Result result);  // "same", "different", "nothing run"
ExitCode exitCodeOf(const RunSummary& summary);

// Fills totals, clusters and rules; the names of captures and project are the caller's.
RunSummary summarize(const diff::Aggregator& aggregator, const diff::Rules& rules);

// The command that runs one exchange alone, quoted for a shell; empty without a project.
std::string reproduceCommand(const RunSummary& summary, uint64_t exchangeId);

}  // namespace flamesim::report
