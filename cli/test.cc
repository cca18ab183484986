// flamesim test: a team's tests, inside the runtime.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/network.h"
#include "cli/services.h"
#include "sim/chain/test_controls.h"
#include "sim/test/reporter.h"
#include "sim/web/snapshot_blob.h"

namespace flamesim::cli {

namespace {

namespace fs = std::filesystem;

// How long the time that workers see stands still for a service that says nothing.
constexpr auto kPatience = std::chrono::seconds(10);

struct Options {
  std::vector<std::string> paths;
  std::string config;
  std::string filter;
  std::string reporter = "lines";
  uint64_t seed = 1;
  double timeout = 60;
};

bool looksLikeTests(const fs::path& file) {
  auto extension = file.extension().string();
  if (extension != ".js" && extension != ".mjs" && extension != ".ts") return false;
  auto stem = file.stem().string();
  return stem.ends_with(".test") || stem.ends_with("-test") || stem.ends_with("_test");
}

// The files of tests beneath a folder, but for those of packages and hidden folders.
std::vector<fs::path> testsIn(const fs::path& folder) {
  std::vector<fs::path> files;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied), end;
  for (; it != end; ++it) {
    auto name = it->path().filename().string();
    if (it->is_directory() && (name == "node_modules" || name.starts_with("."))) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file() && looksLikeTests(it->path())) {
      files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> filesOf(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (auto& path : paths) {
    if (fs::is_directory(path)) {
      auto found = testsIn(path);
      files.insert(files.end(), found.begin(), found.end());
    } else if (fs::exists(path)) {
      files.emplace_back(path);
    } else {
      throw UserError(Diagnostic{.message = "there is no such file or folder", .file = path});
    }
  }
  return files;
}

std::unique_ptr<test::Reporter> reporterOf(const std::string& name) {
  if (name == "tap") return test::tapReporter(std::cout);
  if (name == "junit") return test::junitReporter(std::cout);
  return test::linesReporter(std::cout, isatty(STDOUT_FILENO) != 0);
}

struct Counts {
  size_t run = 0;
  size_t failed = 0;
};

// The engine and the watchdog serve every file; all else is new for each.
class Runner {
 public:
  Runner(const Options& options, test::Reporter& reporter)
      : options(options), reporter(reporter), engine(web::embeddedSnapshot()) {}

  void run(const fs::path& file, Counts& counts) {
    reporter.fileBegins(file.string());
    std::shared_ptr<const server::Program> program;
    auto io = kj::setupAsyncIo();
    auto outside = std::make_shared<OutsideWork>(io.provider->getTimer(), kPatience);
    std::unique_ptr<ServiceData> services;
    std::unique_ptr<Network> network;
    std::unique_ptr<test::TestFile> tests;
    try {
      program = server::loadTestProgram(file, options.config);
      printWarnings(program->warnings);
      services = std::make_unique<ServiceData>(program->simulation, LogOutput::kNowhere);
      network = std::make_unique<Network>(io, program->simulation, outside);
      server::ServerParts parts;
      parts.faults = std::make_shared<faults::FaultPlans>(program->simulation.faults,
                                                          faults::RuleChanges::kAny);
      parts.counters = std::make_shared<net::CallCounters>();
      services->serve(parts, io.provider->getNetwork(),
                      {.outside = outside, .faults = parts.faults, .counters = parts.counters});
      parts.test = std::make_shared<chain::TestParts>(chain::TestParts{
          parts.faults, parts.counters,
          std::shared_ptr<const bundle::Simulation>(program, &program->simulation)});
      parts.network = network->fetchers();
      parts.outside = outside;
      parts.watchdog = &watchdog;
      tests = std::make_unique<test::TestFile>(io.waitScope, engine, program, std::move(parts),
                                               testOptions());
    } catch (const UserError& error) {
      ++counts.run;
      ++counts.failed;
      reporter.fileFailed(error.what());
      return;
    }
    for (auto& name : tests->names()) {
      auto result = tests->run(name);
      ++counts.run;
      counts.failed += result.failure ? 1 : 0;
      reporter.testEnded(result);
    }
  }

 private:
  test::TestOptions testOptions() const {
    test::TestOptions result;
    result.seed = options.seed;
    result.timeout =
        std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.timeout));
    if (!options.filter.empty()) {
      result.isWanted = [filter = options.filter](const std::string& name) {
        return name.find(filter) != std::string::npos;
      };
    }
    return result;
  }

  const Options& options;
  test::Reporter& reporter;
  const js::Engine engine;
  js::Watchdog watchdog;
};

ExitCode run(const Options& options) {
  auto start = std::chrono::steady_clock::now();
  auto files = filesOf(options.paths);
  auto reporter = reporterOf(options.reporter);
  Runner runner(options, *reporter);
  Counts counts;
  for (auto& file : files) runner.run(file, counts);
  reporter->allEnded(std::chrono::steady_clock::now() - start);
  if (counts.run == 0) {
    std::cerr << (files.empty() ? "no file of tests was found: they are named *.test.js, *-test.js "
                                  "or *_test.js (.mjs, .ts)\n"
                                : "nothing was run: a test is an export with a function test()\n");
    return ExitCode::kNothingRun;
  }
  return counts.failed == 0 ? ExitCode::kSame : ExitCode::kDifferent;
}

}  // namespace

void addTest(CLI::App& app, ExitCode& code) {
  auto options = std::make_shared<Options>();
  options->paths = {"."};
  auto* command = app.add_subcommand(
      "test", "Run tests inside the runtime: exports with test(controller, env, ctx)");
  command->add_option("paths", options->paths, "files of tests, or folders that hold them")
      ->capture_default_str();
  command->add_option("--config", options->config,
                      "flamesim.jsonc of the chain behind the tests (default: the nearest above)");
  command->add_option("--filter", options->filter, "run tests whose names contain this");
  command->add_option("--reporter", options->reporter, "how results are printed")
      ->check(CLI::IsMember({"lines", "tap", "junit"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of what workers draw at random")
      ->capture_default_str();
  command
      ->add_option("--timeout", options->timeout,
                   "seconds that one test has, of the time that workers see")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace flamesim::cli
