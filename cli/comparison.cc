#include "cli/comparison.h"

#include <iostream>
#include <numeric>

#include "cli/command.h"
#include "sim/capture/body_note.h"
#include "sim/capture/pairs.h"
#include "sim/capture/reader.h"
#include "sim/report/json_reader.h"

namespace flamesim::cli {

void addComparisonOptions(CLI::App& command, ComparisonFiles& files) {
  command.add_option("--rules", files.rules, "rules under which differences are excused");
  command.add_option("--deviations", files.deviations,
                     "the ledger of differences that are decided");
  command.add_option("--noise", files.noise,
                     "a second capture of what FL did: what it does not repeat is noise");
  command.add_option("--baseline", files.baseline,
                     "report of an earlier run: what it had is no news");
}

Comparison::Comparison(const ComparisonFiles& files, std::string reference)
    : reference(std::move(reference)) {
  if (!files.rules.empty()) rules = diff::Rules::load(files.rules, diff::today());
  printWarnings(rules.warnings());
  if (!files.deviations.empty()) deviations = diff::Deviations::load(files.deviations);
  if (!files.baseline.empty()) {
    deviations.addBaseline(report::readReport(files.baseline).clusters, files.baseline);
  }
  auto reader = capture::CaptureReader::open(this->reference).orThrow();
  while (auto exchange = reader.next()) scope.observe(*exchange);
  if (!files.noise.empty()) readNoise(files.noise);
}

void Comparison::readNoise(const std::string& file) {
  auto first = capture::CaptureReader::open(reference).orThrow();
  auto second = capture::CaptureReader::open(file).orThrow();
  diff::Noise observed;
  capture::readPairs(first, second, [&](const net::Exchange& once, const net::Exchange& again) {
    if (!capture::outcomeKnown(once.outcome) || !capture::outcomeKnown(again.outcome)) return;
    observed.observe(diff::compare(once, again, rules, &scope));
  });
  if (observed.pairs() == 0) {
    throw UserError(Diagnostic{.message = "no exchange of it has the id of one in " + reference,
                               .file = file,
                               .help = "--noise takes a second capture of the same requests"});
  }
  noise = diff::NoiseFilter(observed);
}

void Comparison::add(uint32_t thread, const net::Exchange& reference,
                     const net::Exchange& candidate) {
  // Nothing can be held against an answer where FL's is not known; no answer is wrong all the same.
  if (!capture::outcomeKnown(reference.outcome) &&
      candidate.outcome.kind != net::OutcomeKind::kFailed) {
    ++unknown[thread];
    return;
  }
  auto comparison = diff::compare(reference, candidate, rules, &scope);
  deviations.judge(reference, comparison);
  noise.judge(comparison);
  bool differs = comparison.verdict == diff::Verdict::kDifferent ||
                 comparison.verdict == diff::Verdict::kFailed;
  if (differs) different.fetch_add(1, std::memory_order_relaxed);
  aggregators[thread].add(reference, comparison);
  if (rows != nullptr) rows->add(thread, reference, candidate, comparison);
}

void Comparison::keepRows(const std::filesystem::path& database) {
  if (database.empty()) return;
  rows = std::make_unique<report::SqliteReport>(database, uint32_t(aggregators.size()));
}

void Comparison::finishRows(const report::RunSummary& summary) {
  if (rows != nullptr) rows->finish(summary);
}

report::RunSummary Comparison::summary(report::Coverage coverage) {
  uint64_t notCompared = std::accumulate(unknown.begin(), unknown.end(), uint64_t(0));
  if (notCompared != 0) {
    std::cerr << "note: of " << notCompared << " exchanges in " << reference
              << " FL's answer is not known: they were not compared\n";
  }
  for (size_t i = 1; i < aggregators.size(); ++i) {
    aggregators[0].merge(std::move(aggregators[i]));
  }
  aggregators[0].decideNoise(noise);
  auto summary = report::summarize(aggregators[0], {rules, deviations, noise}, coverage);
  summary.reference = reference;
  return summary;
}

std::filesystem::path ledgerOf(const std::filesystem::path& project) {
  auto folder = std::filesystem::is_directory(project) ? project : project.parent_path();
  return folder / "deviations.jsonc";
}

}  // namespace flamesim::cli
