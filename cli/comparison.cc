#include "cli/comparison.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <numeric>

#include "cli/command.h"
#include "sim/capture/body_note.h"
#include "sim/capture/reader.h"
#include "sim/report/json_report.h"
#include "sim/report/terminal.h"

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
  // Nothing can be held against an answer where FL's is not known; no answer is wrong all the same.
  if (!capture::outcomeKnown(reference.outcome) &&
      candidate.outcome.kind != net::OutcomeKind::kFailed) {
    ++unknown[thread];
    return;
  }
  aggregators[thread].add(reference, diff::compare(reference, candidate, rules, &scope));
}

report::RunSummary Comparison::summary() {
  uint64_t notCompared = std::accumulate(unknown.begin(), unknown.end(), uint64_t(0));
  if (notCompared != 0) {
    std::cerr << "note: of " << notCompared << " exchanges in " << reference
              << " FL's answer is not known: they were not compared\n";
  }
  for (size_t i = 1; i < aggregators.size(); ++i) {
    aggregators[0].merge(std::move(aggregators[i]));
  }
  auto summary = report::summarize(aggregators[0], rules);
  summary.reference = reference;
  return summary;
}

ExitCode printAndWrite(const report::RunSummary& summary, const std::filesystem::path& folder) {
  report::printTerminal(std::cout, summary, report::terminalOptionsFor(STDOUT_FILENO));
  if (!folder.empty()) {
    auto path = folder / "report.json";
    std::ofstream out(path, std::ios::binary);
    out << report::toJson(summary);
    if (!out.flush()) {
      throw UserError("cannot write " + path.string(), ExitCode::kRunFailed);
    }
  }
  return report::exitCodeOf(summary);
}

}  // namespace flamesim::cli
