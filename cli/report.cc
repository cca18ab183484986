// flamesim report: shows, merges and queries the reports of runs.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/report_output.h"
#include "mocks/sqlite.h"
#include "sim/report/github.h"
#include "sim/report/json_reader.h"
#include "sim/report/junit.h"
#include "sim/report/merge.h"
#include "sim/report/sqlite_report.h"
#include "sim/report/tap.h"
#include "sim/report/terminal.h"

namespace flamesim::cli {

namespace fs = std::filesystem;

namespace {

struct ShowOptions {
  std::string report;
  std::string format = "terminal";
};

ExitCode show(const ShowOptions& options) {
  auto summary = report::readReport(options.report);
  if (options.format == "junit") {
    std::cout << report::toJunit(summary);
  } else if (options.format == "tap") {
    std::cout << report::toTap(summary);
  } else if (options.format == "markdown") {
    std::cout << report::toMarkdown(summary);
  } else {
    report::printTerminal(std::cout, summary, report::terminalOptionsFor(STDOUT_FILENO));
  }
  return report::exitCodeOf(summary);
}

struct MergeOptions {
  std::vector<std::string> reports;
  std::string folder;
  ReportOutputs outputs;
  bool anyway = false;
};

// Where the answers of the chain are that a report speaks of.
void addCandidate(const report::ShardReport& shard, std::vector<fs::path>& candidates) {
  for (const auto& path :
       {fs::path(shard.name).parent_path() / "candidate.cap", fs::path(shard.summary.candidate)}) {
    std::error_code ignored;
    if (path.empty() || !fs::is_regular_file(path, ignored)) continue;
    candidates.push_back(path);
    return;
  }
}

fs::path databaseOf(const std::string& fileOrFolder) {
  fs::path file = fileOrFolder;
  if (fs::is_directory(file)) file /= "report.sqlite";
  if (fs::is_regular_file(file)) {
    // SQLite looks into the file only when a query needs it.
    constexpr std::string_view kMagic = "SQLite format 3";
    std::string begin(kMagic.size(), '\0');
    std::ifstream(file, std::ios::binary).read(begin.data(), std::streamsize(begin.size()));
    if (begin == kMagic) return file;
    throw UserError(file.string() + " is no SQLite database");
  }
  throw UserError(Diagnostic{.message = "there is no " + file.string(),
                             .help = "flamesim replay and diff write it with --sqlite"});
}

// The databases beside the reports as one in `folder`.
void mergeDatabases(const std::vector<report::ShardReport>& shards,
                    const report::RunSummary& summary, const fs::path& file) {
  for (const auto& shard : shards) {
    if (shard.summary.reference == summary.reference) continue;
    throw UserError("--sqlite takes reports of one reference: ids of several are not distinct");
  }
  report::SqliteReport rows(file, 1);
  for (const auto& shard : shards) {
    rows.addAll(databaseOf((fs::path(shard.name).parent_path() / "report.sqlite").string()));
  }
  rows.finish(summary);
}

ExitCode merge(const MergeOptions& options) {
  std::vector<report::ShardReport> shards;
  std::vector<fs::path> candidates;
  for (const auto& name : options.reports) {
    shards.push_back({report::reportPath(name), report::readReport(name)});
    addCandidate(shards.back(), candidates);
  }
  auto apart = report::disagreements(shards);
  if (!apart.empty() && !options.anyway) {
    std::string all;
    for (const auto& line : apart) all += "\n  " + line;
    throw UserError(Diagnostic{.message = "these are not parts of one run:" + all,
                               .help = "--anyway merges them nevertheless"});
  }
  for (const auto& line : apart) std::cerr << "warning: " << line << "\n";
  std::error_code failed;
  fs::create_directories(options.folder, failed);
  if (failed) {
    throw UserError("cannot make the folder " + options.folder + ": " + failed.message());
  }
  auto summary = report::mergeReports(shards);
  if (options.outputs.sqlite) {
    mergeDatabases(shards, summary, sqliteFile(options.folder, options.outputs));
  }
  return printAndWrite(summary, options.folder, options.outputs, std::move(candidates));
}

struct QueryOptions {
  std::string report;
  std::string sql;
  bool json = false;
  bool csv = false;
};

[[noreturn]] void failQuery(const std::string& sql, const mocks::SqliteError& error) {
  std::string message = error.what();
  if (message == "not authorized") {
    throw UserError(Diagnostic{.message = "a query only reads: one SELECT", .sourceLine = sql});
  }
  if (error.offset) throw UserError(diagnosticAt("query", sql, *error.offset, message));
  throw UserError("the query failed: " + message);
}

void query(const QueryOptions& options) {
  fs::path file = databaseOf(options.report);
  try {
    mocks::SqliteDatabase database(file, mocks::SqliteDatabase::Access::kReadOnly);
    auto result = mocks::runQuery(database, options.sql);
    if (options.json) {
      std::cout << mocks::jsonLinesOf(result);
    } else {
      std::cout << (options.csv ? mocks::csvOf(result) : mocks::tableOf(result));
    }
  } catch (const mocks::SqliteError& error) {
    failQuery(options.sql, error);
  }
}

void addShow(CLI::App& parent, ExitCode& code) {
  auto options = std::make_shared<ShowOptions>();
  auto* command = parent.add_subcommand("show", "Print a report again, in another form");
  command->add_option("report", options->report, "report.json, or the folder that has it")
      ->required();
  command->add_option("--format", options->format, "terminal, junit, tap or markdown")
      ->check(CLI::IsMember({"terminal", "junit", "tap", "markdown"}))
      ->capture_default_str();
  command->callback([options, &code] { code = show(*options); });
}

void addMerge(CLI::App& parent, ExitCode& code) {
  auto options = std::make_shared<MergeOptions>();
  auto* command = parent.add_subcommand("merge", "Make one report of those of a run's shards");
  command->add_option("reports", options->reports, "report.json files, or folders that have one")
      ->required();
  command->add_option("-o,--output", options->folder, "folder for report.json and report.html")
      ->required();
  command->add_flag("--anyway", options->anyway,
                    "also where projects, references or rules are not the same");
  addReportOptions(*command, options->outputs);
  addSqliteOption(*command, "--output", options->outputs);
  command->callback([options, &code] { code = merge(*options); });
}

void addQuery(CLI::App& parent) {
  auto options = std::make_shared<QueryOptions>();
  auto* command = parent.add_subcommand("query", "Ask a report in SQL (SQLite)");
  command->add_option("report", options->report, "report.sqlite, or the folder that has it")
      ->required();
  command->add_option("sql", options->sql, "one SELECT; docs/reports.md lists the tables")
      ->required();
  auto* json = command->add_flag("--json", options->json, "a JSON object a row");
  command->add_flag("--csv", options->csv, "comma-separated values")->excludes(json);
  command->callback([options] { query(*options); });
}

}  // namespace

void addReport(CLI::App& app, ExitCode& code) {
  auto* command = app.add_subcommand("report", "Show, merge and query reports of runs");
  command->require_subcommand(1);
  addShow(*command, code);
  addMerge(*command, code);
  addQuery(*command);
}

}  // namespace flamesim::cli
