// flamesim logs: prints, filters and follows what logfwdr wrote.
#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

#include "cli/command.h"
#include "mocks/json_capnp.h"
#include "mocks/log_filter.h"
#include "mocks/log_lines.h"
#include "mocks/problem.h"
#include "schemas/logfwdr.capnp.h"
#include "sim/bundle/simulation.h"

namespace flamesim::cli {

namespace {

// How often a log that is followed is looked at.
constexpr auto kPollTime = std::chrono::milliseconds(100);

struct Options {
  std::string path = ".";
  std::string filter;
  bool follow = false;
  bool json = false;
  bool stats = false;
  uint64_t limit = UINT64_MAX;
};

// The log of a project, or `path` itself where it is a log.
std::filesystem::path logAt(const std::filesystem::path& path) {
  auto name = path.filename().string();
  bool isFolder = std::filesystem::is_directory(path);
  bool isProject = name.ends_with(".jsonc") || name.starts_with("wrangler.") ||
                   (isFolder && std::filesystem::exists(path / "flamesim.jsonc"));
  if (!isProject) {
    if (isFolder && mocks::segmentsIn(path).empty()) {
      throw UserError(
          Diagnostic{.message = "the folder has no flamesim.jsonc and no log in it",
                     .file = path.string(),
                     .help = "name a project, or what a service of the source logfwdr writes to"});
    }
    return path;
  }
  auto simulation = bundle::loadSimulation(path);
  for (auto& service : simulation.services) {
    if (service.source != bundle::ServiceSource::kLogfwdr) continue;
    if (!service.data.empty()) return service.data;
    throw UserError(service.origin.diagnostic("the service \"" + service.name + "\" keeps no log",
                                              "add \"output\": \"logs/\" to it"));
  }
  throw UserError(simulation.file.string() + " has no service of the source logfwdr");
}

// What does what the options say with each message.
class Printer {
 public:
  explicit Printer(const Options& options) : options(options) {
    if (!options.filter.empty()) {
      filter.emplace(mocks::LogFilter::parse(options.filter, schema, "--filter"));
    }
  }

  void run(const std::filesystem::path& path) {
    if (options.limit == 0) return;
    while (options.follow && !std::filesystem::exists(path)) std::this_thread::sleep_for(kPollTime);
    mocks::LogReader reader(path);
    while (true) {
      reader.poll([&](capnp::MessageReader& message) { return take(reader, message); });
      std::cout.flush();
      if (!options.follow || printed >= options.limit || !std::cout) break;
      std::this_thread::sleep_for(kPollTime);
    }
    auto extent = reader.extent();
    if (options.stats) {
      auto dropped = std::filesystem::is_directory(path) ? mocks::droppedOf(path) : 0;
      std::cout << (options.json ? totals.json(extent, dropped) : totals.text(extent, dropped));
    } else if (extent.cutOffBytes != 0 && printed < options.limit) {
      std::cerr << "warning: " << extent.cutOffBytes
                << " bytes of an unfinished message at the end were left out\n";
    }
  }

 private:
  // Whether to go on.
  bool take(const mocks::LogReader& reader, capnp::MessageReader& message) {
    auto damage = kj::runCatchingExceptions([&] {
      auto root = message.getRoot<capnp::DynamicStruct>(schema);
      if (filter && !filter->matches(root)) return;
      if (options.stats) {
        totals.add(root);
      } else {
        std::cout << (options.json ? mocks::encodeText(root) : mocks::logLine(root)) << '\n';
      }
      ++printed;
    });
    KJ_IF_MAYBE (error, damage) {
      throw mocks::InputError(reader.current()->file().string(),
                              "message " + std::to_string(reader.current()->messages()) +
                                  " is damaged: " + std::string(error->getDescription().cStr()));
    }
    return printed < options.limit && std::cout;
  }

  const Options& options;
  const capnp::StructSchema schema = capnp::Schema::from<schemas::LogMessage>();
  std::optional<mocks::LogFilter> filter;
  mocks::LogTotals totals;
  uint64_t printed = 0;
};

}  // namespace

void addLogs(CLI::App& app, ExitCode&) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("logs", "Print what logfwdr wrote");
  command
      ->add_option("path", options->path,
                   "a log file, a folder of segments, or a project whose logfwdr has an output")
      ->capture_default_str();
  command->add_option("--filter", options->filter,
                      "only messages for which it holds, as in 'accountId == 7 && "
                      "edgeResponseStatus >= 500'");
  auto* follow = command->add_flag("--follow", options->follow, "go on as messages come");
  command->add_flag("--json", options->json, "a JSON object a line");
  command->add_flag("--stats", options->stats, "totals instead of messages")->excludes(follow);
  command->add_option("--limit", options->limit, "end after so many messages");
  command->callback([options] { Printer(*options).run(logAt(options->path)); });
}

}  // namespace flamesim::cli
