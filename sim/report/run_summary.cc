#include "sim/report/run_summary.h"

#include <algorithm>

namespace flamesim::report {

namespace {

std::string shellQuoted(const std::string& word) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

Result resultOf(const RunSummary& summary) {
  const diff::Totals& totals = summary.totals;
  bool expired = std::any_of(summary.rules.begin(), summary.rules.end(),
                             [](const RuleUse& rule) { return rule.expired; });
  bool stale = std::any_of(summary.deviations.begin(), summary.deviations.end(),
                           [](const KnownDeviation& entry) { return entry.stale; });
  uint64_t unpaired = totals.onlyReference + totals.onlyCandidate;
  // A shard may well have no hosts of the capture.
  if (totals.exchanges + unpaired == 0 && summary.shard.empty()) return Result::kNothingRun;
  return totals.different + totals.failed + unpaired > 0 || expired || stale ? Result::kDifferent
                                                                             : Result::kSame;
}

std::string_view resultName(Result result) {
  switch (result) {
    case Result::kSame:
      return "same";
    case Result::kDifferent:
      return "different";
    case Result::kNothingRun:
      return "nothing run";
  }
  return "";
}

ExitCode exitCodeOf(const RunSummary& summary) {
  switch (resultOf(summary)) {
    case Result::kSame:
      return ExitCode::kSame;
    case Result::kDifferent:
      return ExitCode::kDifferent;
    case Result::kNothingRun:
      return ExitCode::kNothingRun;
  }
  return ExitCode::kRunFailed;
}

RunSummary summarize(const diff::Aggregator& aggregator, const Judgement& judgement,
                     Coverage coverage) {
  auto& rules = judgement.rules;
  auto& deviations = judgement.deviations;
  RunSummary summary;
  summary.totals = aggregator.totals();
  summary.totals.ruleUses.resize(rules.list().size());
  summary.clusters = aggregator.clusters();
  for (size_t i = 0; i < rules.list().size(); ++i) {
    const diff::Rule& rule = rules.list()[i];
    summary.rules.push_back({.where = rule.where(),
                             .field = rule.field,
                             .action = std::string(actionName(rule.action)),
                             .reason = rule.reason,
                             .owner = rule.owner,
                             .expires = rule.expires,
                             .expired = rule.expired,
                             .uses = summary.totals.ruleUses[i]});
  }
  for (uint32_t i = 0; i < deviations.list().size(); ++i) {
    const diff::Deviation& entry = deviations.list()[i];
    auto use = aggregator.useOf(i);
    bool decided = entry.decision != diff::Decision::kBaseline;
    summary.deviations.push_back(
        {.where = entry.where(),
         .field = entry.field,
         .decision = std::string(decisionName(entry.decision)),
         .reason = entry.reason,
         .owner = entry.owner,
         .date = entry.date,
         .exchanges = use.exchanges,
         .hosts = use.hosts,
         .moreHosts = use.moreHosts,
         .stale = decided && coverage == Coverage::kWhole && use.exchanges == 0});
  }
  auto& noise = judgement.noise;
  for (uint32_t i = 0; i < noise.list().size(); ++i) {
    uint64_t exchanges = aggregator.exchangesOfNoise(i);
    summary.noise.push_back(
        {.field = noise.list()[i].field,
         .kind = noise.list()[i].kind,
         .ofFl = noise.list()[i].exchanges,
         .pairs = noise.pairs(),
         .exchanges = exchanges,
         .isNoise = noise.isComparable(i, exchanges, summary.totals.exchanges)});
  }
  return summary;
}

std::vector<const diff::Cluster*> shownClusters(const RunSummary& summary) {
  std::vector<const diff::Cluster*> shown;
  for (auto& cluster : summary.clusters) {
    bool isNoise = cluster.noise && summary.noise.at(*cluster.noise).isNoise;
    bool isKnown = cluster.deviation.has_value();
    if (cluster.weight == diff::Weight::kBehaviour && !isKnown && !isNoise)
      shown.push_back(&cluster);
  }
  std::stable_partition(shown.begin(), shown.end(),
                        [](const diff::Cluster* cluster) { return cluster->field == "outcome"; });
  return shown;
}

std::string reproduceCommand(const RunSummary& summary, uint64_t exchangeId) {
  if (summary.project.empty()) return "";
  return "flamesim replay " + shellQuoted(summary.project) + " --from " +
         shellQuoted(summary.reference) + " --only " + std::to_string(exchangeId);
}

}  // namespace flamesim::report
