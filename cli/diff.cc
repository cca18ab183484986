// flamesim diff: compares two captures, without running anything.
#include <filesystem>

#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/report_output.h"
#include "sim/capture/pairs.h"

namespace flamesim::cli {

namespace {

struct Options {
  std::string candidate;
  std::string reference;
  ComparisonFiles files;
  ReportOutputs outputs;
  std::string report;
};

ExitCode run(const Options& options) {
  Comparison comparison(options.files, options.reference);
  std::filesystem::path folder = options.report;
  if (!folder.empty()) std::filesystem::create_directories(folder);
  comparison.keepRows(sqliteFile(folder, options.outputs));
  auto candidates = capture::CaptureReader::open(options.candidate).orThrow();
  auto references = capture::CaptureReader::open(options.reference).orThrow();
  auto unpaired = capture::readPairs(
      references, candidates, [&](const net::Exchange& reference, const net::Exchange& candidate) {
        comparison.add(0, reference, candidate);
      });
  comparison.aggregator(0).addOnlyReference(unpaired.first);
  comparison.aggregator(0).addOnlyCandidate(unpaired.second);
  auto summary = comparison.summary(report::Coverage::kWhole);
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
  addComparisonOptions(*command, options->files);
  command->add_option("--report", options->report, "folder for report.json and report.html");
  addReportOptions(*command, options->outputs);
  addSqliteOption(*command, "--report", options->outputs);
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace flamesim::cli
