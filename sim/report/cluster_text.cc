#include "sim/report/cluster_text.h"

#include "sim/report/text.h"

namespace flamesim::report {

using diff::Cluster;
using diff::DifferenceKind;

namespace {

constexpr size_t kShownUrl = 2000;

}  // namespace

std::string nameOf(const RunSummary& summary) {
  if (!summary.project.empty()) return summary.project;
  return summary.candidate.empty() ? "run" : summary.candidate;
}

ShownValues shownValues(const Cluster& cluster) {
  // What was abstracted away is what differs: then the example says more.
  bool ofExample = cluster.varied || cluster.expected == cluster.got;
  ShownValues values{ofExample ? cluster.example.expected : cluster.expected,
                     ofExample ? cluster.example.got : cluster.got, ofExample};
  if (cluster.kind == DifferenceKind::kAdditional) values.expected = "(none)";
  if (cluster.kind == DifferenceKind::kMissing) values.got = "(missing)";
  return values;
}

std::string titleOf(const Cluster& cluster) {
  std::string kind(differenceKindName(cluster.kind));
  if (cluster.varied) return cluster.field + ": " + kind + " in many ways";
  switch (cluster.kind) {
    case DifferenceKind::kMissing:
      return cluster.field + " missing: " + cluster.expected;
    case DifferenceKind::kAdditional:
      return cluster.field + " additional: " + cluster.got;
    case DifferenceKind::kOrder:
      return cluster.field + " order: " + cluster.expected + " -> " + cluster.got;
    case DifferenceKind::kChanged:
      return cluster.field + ": " + cluster.expected + " -> " + cluster.got;
  }
  return cluster.field;
}

std::string occurrenceOf(const RunSummary& summary, const Cluster& cluster) {
  std::string text = grouped(cluster.exchanges) + " of " +
                     counted(summary.totals.exchanges, "exchange") + " (" + percent(cluster.share) +
                     ") on " + (cluster.moreHosts ? "more than " : "") +
                     counted(cluster.hosts, "host");
  if (cluster.count > cluster.exchanges) {
    text += ", " + counted(cluster.count, "difference") + " in them";
  }
  return text;
}

std::string requestOf(const diff::Example& example) {
  return diff::printable(example.method + " " + example.url, kShownUrl);
}

}  // namespace flamesim::report
