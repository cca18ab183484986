// The outcome of a whole run, as every report shows it. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/diff/aggregator.h"
#include "sim/diff/deviations.h"
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

// An entry of the ledger (diff/deviations.h).
struct KnownDeviation {
  std::string where;  // "deviations.jsonc:4"
  std::string field;
  std::string decision;
  std::string reason;
  std::string owner;       // empty: nobody
  std::string date;        // empty: not known
  uint64_t exchanges = 0;  // that it covers a difference of
  uint64_t hosts = 0;      // distinct hosts of those
  bool moreHosts = false;  // there are more than `hosts`
  bool stale = false;      // nothing has its difference any more
  bool operator==(const KnownDeviation&) const = default;
};

// A field that FL itself does not repeat (diff/noise.h).
struct NoiseUse {
  std::string field;
  diff::DifferenceKind kind = diff::DifferenceKind::kChanged;
  uint64_t ofFl = 0;       // exchanges in which FL differs from itself
  uint64_t pairs = 0;      // of so many
  uint64_t exchanges = 0;  // in which the chain differs from FL
  bool isNoise = false;    // about as often: they do not count
  bool operator==(const NoiseUse&) const = default;
};

struct RunSummary {
  std::string reference;  // the captures, as the user named them
  std::string candidate;  // empty: it was not kept
  std::string project;    // what `flamesim replay` takes; empty: no replay, so no command is shown
  std::string shard;      // "3/8": the part of the run that this is; empty: all of it
  diff::Totals totals;
  std::vector<diff::Cluster> clusters;     // as Aggregator::clusters() orders them
  std::vector<RuleUse> rules;              // in the order of the file
  std::vector<NoiseUse> noise;             // clusters refer to them by index
  std::vector<KnownDeviation> deviations;  // clusters refer to them by index
  bool operator==(const RunSummary&) const = default;
};

// What the run comes to. A rule that has expired is a difference: nobody vouches for it any more.
// So is a deviation whose difference is gone: its entry is to go, too.
enum class Result : uint8_t { kSame, kDifferent, kNothingRun };
Result resultOf(const RunSummary& summary);
std::string_view resultName(Result result);  // "same", "different", "nothing run"
ExitCode exitCodeOf(const RunSummary& summary);

// How much of the capture was compared. Of a part nothing can be said to be gone.
enum class Coverage : uint8_t { kWhole, kPart };

// What a comparison was judged by.
struct Judgement {
  const diff::Rules& rules;
  const diff::Deviations& deviations;
  const diff::NoiseFilter& noise;
};

// Fills all but the names of captures and project, which are the caller's. decideNoise() first.
RunSummary summarize(const diff::Aggregator& aggregator, const Judgement& judgement,
                     Coverage coverage);

// The clusters that count, as they are numbered for people: of behaviour, neither known nor noise;
// exchanges that failed first. Pointers into the summary.
std::vector<const diff::Cluster*> shownClusters(const RunSummary& summary);

// The command that runs one exchange alone, quoted for a shell; empty without a project.
std::string reproduceCommand(const RunSummary& summary, uint64_t exchangeId);

}  // namespace flamesim::report
