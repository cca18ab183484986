// flamesim diff: compares two captures, without running anything.
#include <filesystem>
#include <map>

#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/report_output.h"
#include "sim/capture/reader.h"

namespace flamesim::cli {

namespace {

struct Options {
  std::string candidate;
  std::string reference;
  std::string rules;
  ReportOutputs outputs;
  std::string report;
};

// Both captures are read side by side. Exchanges are matched by id; where the orders differ, the
// one that is ahead waits in memory.
ExitCode run(const Options& options) {
  Comparison comparison(options.rules, options.reference);
  std::filesystem::path folder = options.report;
  if (!folder.empty()) std::filesystem::create_directories(folder);
  comparison.keepRows(sqliteFile(folder, options.outputs));
  auto candidates = capture::CaptureReader::open(options.candidate).orThrow();
  auto references = capture::CaptureReader::open(options.reference).orThrow();
  std::map<uint64_t, net::Exchange> waitingCandidates;
  std::map<uint64_t, net::Exchange> waitingReferences;
  bool more = true;
  while (more) {
    more = false;
    if (auto reference = references.next()) {
      more = true;
      waitingReferences.emplace(reference->id, std::move(*reference));
    }
    if (auto candidate = candidates.next()) {
      more = true;
      waitingCandidates.emplace(candidate->id, std::move(*candidate));
    }
    for (auto it = waitingReferences.begin(); it != waitingReferences.end();) {
      auto found = waitingCandidates.find(it->first);
      if (found == waitingCandidates.end()) {
        ++it;
        continue;
      }
      comparison.add(0, it->second, found->second);
      waitingCandidates.erase(found);
      it = waitingReferences.erase(it);
    }
  }
  comparison.aggregator(0).addOnlyReference(waitingReferences.size());
  comparison.aggregator(0).addOnlyCandidate(waitingCandidates.size());
  auto summary = comparison.summary();
  summary.candidate = options.candidate;
  comparison.finishRows(summary);
  return printAndWrite(summary, folder, options.outputs);
}

}  // namespace

void addDiff(CLI::App& app, ExitCode& code) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("diff", "Compare two captures of the same requests");
  command->add_option("candidate", options->candidate, "what the chain did")->required();
  command->add_option("reference", options->reference, "what FL did")->required();
  command->add_option("--rules", options->rules, "rules under which differences are excused");
  command->add_option("--report", options->report, "folder for report.json and report.html");
  addReportOptions(*command, options->outputs);
  addSqliteOption(*command, "--report", options->outputs);
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace flamesim::cli
