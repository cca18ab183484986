// flamesim analytics: SQL over the data points that workers wrote.
#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/control.h"
#include "mocks/analytics.h"
#include "sim/bundle/check.h"

namespace flamesim::cli {

namespace {

bool isDatabase(const std::filesystem::path& path) {
  constexpr std::string_view kMagic = "SQLite format 3";
  if (!std::filesystem::is_regular_file(path)) return false;
  std::string begin(kMagic.size(), '\0');
  std::ifstream(path, std::ios::binary).read(begin.data(), std::streamsize(begin.size()));
  return begin == kMagic;
}

// Of the server that runs for the project: it keeps its points in memory.
mocks::SqlResult askServer(const std::string& project, const std::string& sql) {
  ControlConnection connection(project);
  auto admin = connection.admin<schemas::AnalyticsAdmin>(bundle::kAnalyticsService, "analytics");
  auto request = admin.queryRequest();
  request.setSql(sql.c_str());
  try {
    auto answer = request.send().wait(connection.io().waitScope);
    return mocks::fromCapnp(answer.getResult());
  } catch (const kj::Exception& error) {
    std::string text = error.getDescription().cStr();
    // What the RPC system puts before the server's own text.
    constexpr std::string_view kRemote = "remote exception: ";
    if (text.starts_with(kRemote)) text.erase(0, kRemote.size());
    throw UserError(text);
  }
}

mocks::SqlResult ask(const std::string& path, const std::string& sql) {
  if (isDatabase(path)) return mocks::queryAnalyticsFile(path, sql);
  auto simulation = bundle::loadSimulation(path);
  for (auto& service : simulation.services) {
    if (service.source != bundle::ServiceSource::kAnalytics || service.data.empty()) continue;
    if (isDatabase(service.data)) return mocks::queryAnalyticsFile(service.data, sql);
    throw UserError(Diagnostic{.message = "there are no data points yet",
                               .file = service.data.string(),
                               .help = "flamesim dev writes them there"});
  }
  return askServer(path, sql);
}

}  // namespace

void addAnalytics(CLI::App& app, ExitCode&) {
  struct Options {
    std::vector<std::string> arguments;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("analytics", "Data points of Workers Analytics Engine");
  command->require_subcommand(1);
  auto* query = command->add_subcommand("query", "Ask them in SQL (SQLite)");
  query
      ->add_option("arguments", options->arguments,
                   "[PATH] SQL: a file of data points or a project (default: the current folder), "
                   "and one SELECT")
      ->required()
      ->expected(1, 2);
  query->add_flag("--json", options->json, "a JSON object a row");
  query->callback([options] {
    auto& arguments = options->arguments;
    auto result = ask(arguments.size() == 2 ? arguments[0] : ".", arguments.back());
    std::cout << (options->json ? mocks::jsonLinesOf(result) : mocks::tableOf(result));
  });
}

}  // namespace flamesim::cli
