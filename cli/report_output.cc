#include "cli/report_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <random>

#include "sim/report/examples.h"
#include "sim/report/github.h"
#include "sim/report/html.h"
#include "sim/report/json_report.h"
#include "sim/report/junit.h"
#include "sim/report/tap.h"
#include "sim/report/terminal.h"

namespace flamesim::cli {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void writeFile(const std::filesystem::path& path, std::string_view text,
               std::ios::openmode mode = std::ios::binary) {
  std::ofstream out(path, mode);
  out << text;
  if (out.flush()) return;
  throw UserError("cannot write " + path.string() + ": " + std::strerror(errno),
                  ExitCode::kRunFailed);
}

// Nobody who writes a capture can know it.
std::string unguessable() {
  std::random_device random;
  std::string token = "flamesim";
  for (int i = 0; i < 4; ++i) token += "-" + std::to_string(random());
  return token;
}

void printToTerminal(const report::RunSummary& summary, bool github) {
  std::string token = github ? unguessable() : "";
  if (github) std::cout << report::githubStopCommands(token);
  report::printTerminal(std::cout, summary, report::terminalOptionsFor(STDOUT_FILENO));
  if (github) {
    std::cout << report::githubResumeCommands(token) << report::githubAnnotations(summary);
  }
  std::cout.flush();
}

report::Examples examplesOf(const report::RunSummary& summary,
                            std::vector<std::filesystem::path> candidates) {
  if (candidates.empty() && !summary.candidate.empty()) candidates.emplace_back(summary.candidate);
  return report::readExamples(summary, candidates);
}

}  // namespace

void addReportOptions(CLI::App& command, ReportOutputs& outputs) {
  outputs.github = environment("GITHUB_ACTIONS") == "true";
  command.add_option("--junit", outputs.junit, "file for JUnit's XML");
  command.add_option("--tap", outputs.tap, "file for TAP 14");
  command.add_flag("--github,!--no-github", outputs.github,
                   "annotations and a step's summary for GitHub Actions (default: on there)");
}

void addSqliteOption(CLI::App& command, const char* folder, ReportOutputs& outputs) {
  command.add_flag("--sqlite", outputs.sqlite, "also report.sqlite, for flamesim report query")
      ->needs(command.get_option(folder));
}

std::filesystem::path sqliteFile(const std::filesystem::path& folder,
                                 const ReportOutputs& outputs) {
  return outputs.sqlite ? folder / "report.sqlite" : std::filesystem::path();
}

ExitCode printAndWrite(const report::RunSummary& summary, const std::filesystem::path& folder,
                       const ReportOutputs& outputs,
                       std::vector<std::filesystem::path> candidates) {
  printToTerminal(summary, outputs.github);
  if (!folder.empty()) {
    writeFile(folder / "report.json", report::toJson(summary));
    writeFile(folder / "report.html",
              report::toHtml(summary, examplesOf(summary, std::move(candidates))));
  }
  if (!outputs.junit.empty()) writeFile(outputs.junit, report::toJunit(summary));
  if (!outputs.tap.empty()) writeFile(outputs.tap, report::toTap(summary));
  std::string stepSummary = environment("GITHUB_STEP_SUMMARY");
  if (outputs.github && !stepSummary.empty()) {
    writeFile(stepSummary, report::toMarkdown(summary), std::ios::binary | std::ios::app);
  }
  return report::exitCodeOf(summary);
}

}  // namespace flamesim::cli
