// toMarkdown() of github.h.
#include <algorithm>
#include <vector>

#include "sim/report/cluster_text.h"
#include "sim/report/github.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

constexpr size_t kMarkdownClusters = 20;
constexpr size_t kMarkdownRules = 50;
constexpr size_t kMarkdownValue = 200;
// A command is to be copied: one that is cut is none.
constexpr size_t kMarkdownCommand = 10'000;

// Text that is nothing but text, also within a table: what could be markup stands as a numeric
// character reference.
std::string markdownText(std::string_view value, size_t limit = kMarkdownValue) {
  std::string out;
  for (char c : fitted(diff::printable(value, limit), limit)) {
    if (std::string_view("&<>|`*_[]\\~#!$@:").find(c) != std::string_view::npos) {
      out += "&#" + std::to_string(unsigned(uint8_t(c))) + ";";
    } else {
      out += c;
    }
  }
  return out;
}

std::string markdownCode(std::string_view value, size_t limit = kMarkdownValue) {
  return "<code>" + markdownText(value, limit) + "</code>";
}

std::string markdownTotals(const RunSummary& summary) {
  const diff::Totals& totals = summary.totals;
  std::string out =
      "| exchanges | same | different | declined | failed | known | noise |\n"
      "|---:|---:|---:|---:|---:|---:|---:|\n| " +
      grouped(totals.exchanges) + " | " + grouped(totals.same) + " | " + grouped(totals.different) +
      " | " + grouped(totals.declined) + " | " + grouped(totals.failed) + " | " +
      grouped(totals.known) + " | " + grouped(totals.noise) + " |\n\n";
  if (totals.onlyReference > 0) {
    out += counted(totals.onlyReference, "exchange") + " only in the reference.\n\n";
  }
  if (totals.onlyCandidate > 0) {
    out += counted(totals.onlyCandidate, "exchange") + " only in the candidate.\n\n";
  }
  return out;
}

std::string markdownClusters(const RunSummary& summary,
                             const std::vector<const diff::Cluster*>& clusters) {
  if (clusters.empty()) return "";
  size_t shown = std::min(clusters.size(), kMarkdownClusters);
  std::string out =
      "| | field | expected | got | by | exchanges | example |\n"
      "|---:|---|---|---|---|---:|---|\n";
  std::string commands;
  for (size_t i = 0; i < shown; ++i) {
    const diff::Cluster& cluster = *clusters[i];
    ShownValues values = shownValues(cluster);
    std::string number = std::to_string(i + 1);
    out += "| " + number + " | " + markdownCode(cluster.field) + " | " +
           markdownCode(values.expected) + " | " + markdownCode(values.got) + " | " +
           markdownText(cluster.worker) + " | " + grouped(cluster.exchanges) + " (" +
           percent(cluster.share) + ") | " + markdownCode(requestOf(cluster.example)) + " |\n";
    std::string command = reproduceCommand(summary, cluster.example.id);
    if (!command.empty())
      commands += number + ". " + markdownCode(command, kMarkdownCommand) + "\n";
  }
  if (shown < clusters.size()) {
    out += "\n" + counted(clusters.size() - shown, "more group") +
           " of differences: see the other reports.\n";
  }
  if (!commands.empty()) {
    out += "\n<details><summary>Commands that run the examples alone</summary>\n\n" + commands +
           "\n</details>\n";
  }
  return out + "\n";
}

std::string markdownRules(const RunSummary& summary) {
  std::string out;
  size_t lines = 0;
  for (const auto& rule : summary.rules) {
    if (!rule.expired && rule.uses > 0) continue;
    if (lines++ == kMarkdownRules) return out + "- and more\n";
    out += std::string("- ") + (rule.expired ? "expired" : "unused") + " rule " +
           markdownCode(rule.where + ": " + rule.field + " " + rule.action);
    if (rule.expired) out += ", held until " + markdownText(rule.expires);
    if (rule.expired && !rule.owner.empty()) out += ", owner " + markdownText(rule.owner);
    out += "\n";
  }
  return out.empty() ? "" : out + "\n";
}

std::string markdownStale(const RunSummary& summary) {
  std::string out;
  for (const auto& entry : summary.deviations) {
    if (!entry.stale) continue;
    out += "- stale deviation " + markdownCode(entry.where + ": " + entry.field) + "\n";
  }
  return out.empty() ? "" : out + "\n";
}

}  // namespace

std::string toMarkdown(const RunSummary& summary) {
  return "## " + markdownText(nameOf(summary)) + " against " + markdownText(summary.reference) +
         ": " + std::string(resultName(resultOf(summary))) + "\n\n" + markdownTotals(summary) +
         markdownClusters(summary, shownClusters(summary)) + markdownRules(summary) +
         markdownStale(summary);
}

}  // namespace flamesim::report
