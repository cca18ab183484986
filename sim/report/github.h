// The report for GitHub Actions: annotations, which are lines on stdout that its runner takes for
// commands, and the Markdown of a step's summary.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/run_summary.h"

namespace flamesim::report {

// GitHub shows no more of one kind for a step.
inline constexpr size_t kMaxAnnotations = 10;

// "::error title=...::..." for each cluster that counts, in the order of shownClusters(), then
// exchanges without a counterpart and expired rules, kMaxAnnotations at most; each one line.
std::string githubAnnotations(const RunSummary& summary);

// A line that stops the runner from taking what follows for commands, until ::`token`::. Text of
// captures is not to give orders to it.
std::string githubStopCommands(std::string_view token);
std::string githubResumeCommands(std::string_view token);

// GitHub's flavour of Markdown, well below the 1 MiB that a step's summary may have.
std::string toMarkdown(const RunSummary& summary);

}  // namespace flamesim::report
