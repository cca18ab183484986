// What replay and diff share: rules, the ledger, FL's own noise, one aggregator for each thread.
#pragma once

#include <CLI/CLI.hpp>
#include <atomic>
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

// Files, by name; empty: none.
struct ComparisonFiles {
  std::string rules;
  std::string deviations;
  std::string noise;     // a second capture of FL
  std::string baseline;  // the report of an earlier run, or its folder
};

// The options that replay and diff have for them.
void addComparisonOptions(CLI::App& command, ComparisonFiles& files);

class Comparison {
 public:
  // `reference`: the capture of what FL did; it is read once here to know which kinds of effects it
  // has at all. Throws UserError.
  Comparison(const ComparisonFiles& files, std::string reference);

  void useThreads(uint32_t count) {
    aggregators.resize(count);
    unknown.resize(count);
  }
  // Also writes each exchange and difference into this database; after useThreads(). An empty path:
  // no.
  void keepRows(const std::filesystem::path& database);
  // For one thread never two at a time.
  void add(uint32_t thread, const net::Exchange& reference, const net::Exchange& candidate);
  // Of those that were added so far; any thread. Noise is not known before the end.
  uint64_t differentSoFar() const { return different; }
  diff::Aggregator& aggregator(uint32_t thread) { return aggregators[thread]; }
  // Merges what the threads have; call once.
  report::RunSummary summary(report::Coverage coverage);
  // Completes the database of keepRows(), if there is one. Throws UserError.
  void finishRows(const report::RunSummary& summary);

 private:
  void readNoise(const std::string& file);

  diff::Rules rules;
  diff::Deviations deviations;
  std::string reference;
  diff::EffectScope scope;
  diff::NoiseFilter noise;
  std::vector<diff::Aggregator> aggregators{1};
  std::vector<uint64_t> unknown{0};  // exchanges of which FL's answer is not known, by thread
  std::unique_ptr<report::SqliteReport> rows;
  std::atomic<uint64_t> different{0};
};

// Where the ledger of a project is, also before there is one: beside its flamesim.jsonc.
std::filesystem::path ledgerOf(const std::filesystem::path& project);

}  // namespace flamesim::cli
