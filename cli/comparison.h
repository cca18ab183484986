// What replay and diff share: rules, one aggregator for each thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/diff/aggregator.h"
#include "sim/diff/compare.h"
#include "sim/diff/compare_effects.h"
#include "sim/diff/rules.h"
#include "sim/report/run_summary.h"
#include "sim/report/sqlite_report.h"

namespace flamesim::cli {

class Comparison {
 public:
  // `rulesFile`: empty for none. `reference`: the capture of what FL did; it is read once here to
  // know which kinds of effects it has at all. Throws UserError.
  Comparison(const std::string& rulesFile, std::string reference);

  void useThreads(uint32_t count) { aggregators.resize(count); }
  // Also writes each exchange and difference into this database; after useThreads(). An empty path:
  // no.
  void keepRows(const std::filesystem::path& database);
  // For one thread never two at a time.
  void add(uint32_t thread, const net::Exchange& reference, const net::Exchange& candidate);
  diff::Aggregator& aggregator(uint32_t thread) { return aggregators[thread]; }
  // Merges what the threads have; call once.
  report::RunSummary summary();
  // Completes the database of keepRows(), if there is one. Throws UserError.
  void finishRows(const report::RunSummary& summary);

 private:
  diff::Rules rules;
  std::string reference;
  diff::EffectScope scope;
  std::vector<diff::Aggregator> aggregators{1};
  std::unique_ptr<report::SqliteReport> rows;
};

}  // namespace flamesim::cli
