#include "cli/comparison.h"

#include "cli/command.h"
#include "sim/capture/reader.h"

namespace flamesim::cli {

Comparison::Comparison(const std::string& rulesFile, std::string reference)
    : reference(std::move(reference)) {
  if (!rulesFile.empty()) rules = diff::Rules::load(rulesFile, diff::today());
  printWarnings(rules.warnings());
  auto reader = capture::CaptureReader::open(this->reference).orThrow();
  while (auto exchange = reader.next()) scope.observe(*exchange);
}

void Comparison::add(uint32_t thread, const net::Exchange& reference,
                     const net::Exchange& candidate) {
  auto comparison = diff::compare(reference, candidate, rules, &scope);
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

report::RunSummary Comparison::summary() {
  for (size_t i = 1; i < aggregators.size(); ++i) {
    aggregators[0].merge(std::move(aggregators[i]));
  }
  auto summary = report::summarize(aggregators[0], rules);
  summary.reference = reference;
  return summary;
}

}  // namespace flamesim::cli
