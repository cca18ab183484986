// Where the outcome of a run goes: the options that replay, diff and `report merge` share, and the
// files that they write.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/error.h"
#include "sim/report/run_summary.h"

namespace flamesim::cli {

struct ReportOutputs {
  std::string junit;  // files; empty: not written
  std::string tap;
  bool github = false;  // annotations on stdout, and a step's summary
  bool sqlite = false;  // report.sqlite in the report's folder
};

// Adds --junit, --tap and --github, which is on by itself in GitHub Actions.
void addReportOptions(CLI::App& command, ReportOutputs& outputs);
// Adds --sqlite, to a command whose option `folder` says where to.
void addSqliteOption(CLI::App& command, const char* folder, ReportOutputs& outputs);
// Of the folder, where it is asked for; else empty.
std::filesystem::path sqliteFile(const std::filesystem::path& folder, const ReportOutputs& outputs);

// To the terminal; report.json and report.html into `folder` unless that is empty; and to
// `outputs`. `candidates`: the captures in which to look for what the chain did with the clusters'
// examples; by default summary.candidate. Returns the exit code.
ExitCode printAndWrite(const report::RunSummary& summary, const std::filesystem::path& folder,
                       const ReportOutputs& outputs,
                       std::vector<std::filesystem::path> candidates = {});

}  // namespace flamesim::cli
