#include "sim/report/test_cases.h"

#include "sim/report/cluster_text.h"
#include "sim/report/text.h"

namespace flamesim::report {

using Outcome = TestCase::Outcome;

namespace {

// No worker is called so: what belongs to none.
constexpr const char* kRunGroup = "flamesim";
constexpr size_t kLongest = 4000;

TestCase clusterCase(const RunSummary& summary, const diff::Cluster& cluster) {
  TestCase test{
      .outcome = Outcome::kFailed,
      .group = cluster.worker.empty() ? kRunGroup : diff::printable(cluster.worker, kLongest),
      .name = diff::printable(titleOf(cluster), kLongest),
      .kind = std::string(differenceKindName(cluster.kind))};
  ShownValues values = shownValues(cluster);
  test.message = "expected " + values.expected + ", got " + values.got;
  const diff::Example& example = cluster.example;
  test.facts = {{"expected", values.expected}, {"got", values.got}};
  if (!example.detail.empty()) test.facts.emplace_back("detail", example.detail);
  test.facts.emplace_back("found in", occurrenceOf(summary, cluster));
  test.facts.emplace_back("example", requestOf(example));
  test.facts.emplace_back("exchange", std::to_string(example.id));
  if (example.field != cluster.field) test.facts.emplace_back("at", example.field);
  std::string command = reproduceCommand(summary, example.id);
  if (!command.empty()) test.facts.emplace_back("command", command);
  for (auto& [label, value] : test.facts) value = diff::printable(value, kLongest);
  test.message = diff::printable(test.message, kLongest);
  return test;
}

TestCase ruleCase(const RuleUse& rule) {
  TestCase test{.outcome = Outcome::kFailed,
                .group = kRunGroup,
                .name = diff::printable(
                    "rule " + rule.where + ": " + rule.field + " " + rule.action, kLongest),
                .kind = "expired",
                .message = diff::printable("the rule was held until " + rule.expires, kLongest),
                .facts = {{"reason", diff::printable(rule.reason, kLongest)}}};
  if (!rule.owner.empty()) {
    test.facts.emplace_back("owner", diff::printable(rule.owner, kLongest));
  }
  return test;
}

TestCase staleCase(const KnownDeviation& entry) {
  return {.outcome = Outcome::kFailed,
          .group = kRunGroup,
          .name = diff::printable("deviation " + entry.where + ": " + entry.field, kLongest),
          .kind = "stale",
          .message = "its difference is gone, remove it",
          .facts = {{"reason", diff::printable(entry.reason, kLongest)}}};
}

TestCase unpaired(uint64_t count, const std::string& side, const std::string& other) {
  return {.outcome = Outcome::kFailed,
          .group = kRunGroup,
          .name = "each exchange of the " + side + " is in the " + other,
          .kind = "unpaired",
          .message = counted(count, "exchange") + " only in the " + side};
}

}  // namespace

std::vector<TestCase> testCasesOf(const RunSummary& summary) {
  const diff::Totals& totals = summary.totals;
  std::vector<TestCase> cases;
  if (resultOf(summary) == Result::kNothingRun) {
    cases.push_back({.outcome = Outcome::kFailed,
                     .group = kRunGroup,
                     .name = "exchanges were compared",
                     .kind = "nothing run",
                     .message = "nothing was there to be run"});
    return cases;
  }
  if (totals.same > 0) {
    cases.push_back({.group = kRunGroup,
                     .name = "exchanges that are the same",
                     .facts = {{"exchanges", grouped(totals.same)}}});
  }
  if (totals.declined > 0) {
    cases.push_back({.outcome = Outcome::kSkipped,
                     .group = kRunGroup,
                     .name = "exchanges that were handed on to FL",
                     .message = counted(totals.declined, "exchange") + ", nothing to judge"});
  }
  if (totals.known > 0) {
    cases.push_back({.group = kRunGroup,
                     .name = "exchanges whose differences are decided",
                     .facts = {{"exchanges", grouped(totals.known)}}});
  }
  if (totals.noise > 0) {
    cases.push_back({.group = kRunGroup,
                     .name = "exchanges that differ in what FL does not repeat",
                     .facts = {{"exchanges", grouped(totals.noise)}}});
  }
  for (const auto* cluster : shownClusters(summary)) {
    cases.push_back(clusterCase(summary, *cluster));
  }
  if (totals.onlyReference > 0) {
    cases.push_back(unpaired(totals.onlyReference, "reference", "candidate"));
  }
  if (totals.onlyCandidate > 0) {
    cases.push_back(unpaired(totals.onlyCandidate, "candidate", "reference"));
  }
  for (const auto& rule : summary.rules) {
    if (rule.expired) cases.push_back(ruleCase(rule));
  }
  for (const auto& entry : summary.deviations) {
    if (entry.stale) cases.push_back(staleCase(entry));
  }
  return cases;
}

}  // namespace flamesim::report
