// What replay and diff share: rules, one aggregator for each thread, the reports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/diff/aggregator.h"
#include "sim/diff/compare.h"
#include "sim/diff/compare_effects.h"
#include "sim/diff/rules.h"
#include "sim/report/run_summary.h"

namespace flamesim::cli {

class Comparison {
 public:
  // `rulesFile`: empty for none. `reference`: the capture of what FL did; it is read once here to
  // know which kinds of effects it has at all. Throws UserError.
  Comparison(const std::string& rulesFile, std::string reference);

  void useThreads(uint32_t count) {
    aggregators.resize(count);
    unknown.resize(count);
  }
  // For one thread never two at a time.
  void add(uint32_t thread, const net::Exchange& reference, const net::Exchange& candidate);
  diff::Aggregator& aggregator(uint32_t thread) { return aggregators[thread]; }
  // Merges what the threads have; call once.
  report::RunSummary summary();

 private:
  diff::Rules rules;
  std::string reference;
  diff::EffectScope scope;
  std::vector<diff::Aggregator> aggregators{1};
  std::vector<uint64_t> unknown{0};  // exchanges of which FL's answer is not known, by thread
};

// To the terminal, and report.json into `folder` unless that is empty. Returns the exit code.
ExitCode printAndWrite(const report::RunSummary& summary, const std::filesystem::path& folder);

}  // namespace flamesim::cli
