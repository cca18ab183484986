// flamesim replay: a recorded capture through the chain, compared with what FL did.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "cli/comparison.h"
#include "cli/live_fl.h"
#include "cli/progress.h"
#include "cli/report_output.h"
#include "cli/services.h"
#include "sim/capture/writer.h"
#include "sim/replay/replay.h"
#include "sim/web/snapshot_blob.h"

namespace flamesim::cli {

namespace {

// Of zstd: candidates are written once and seldom kept, on the cores that replay.
constexpr int kCandidateCompression = -3;

// How long virtual time stands still for a service behind a socket that says nothing. Then timers
// go on, and an exchange that waits for nothing else has failed.
constexpr auto kPatience = std::chrono::seconds(10);

struct Options {
  std::string project;
  std::string from;
  std::string report;
  ComparisonFiles files;
  ReportOutputs outputs;
  uint32_t servers = 0;
  uint32_t threads = 0;
  std::vector<uint64_t> only;
  std::string shard;
  LiveArguments live;
  bool strict = false;
};

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// Part of the work of `servers`, of which each shard must have one at least.
replay::Shard shardOf(const std::string& text, uint32_t servers) {
  if (text.empty()) return {};
  auto shard = replay::parseShard(text, environment);
  if (shard.count <= servers) return shard;
  throw UserError(Diagnostic{
      .message = "--shard: " + std::to_string(servers) + " simulated servers have no " +
                 std::to_string(shard.count) + " parts",
      .help = "--servers " + std::to_string(shard.count) + " or more, the same for all parts"});
}

replay::ReplayOptions replayOptionsOf(const Options& options, uint32_t servers) {
  replay::ReplayOptions result;
  result.servers = options.servers != 0 ? options.servers : servers;
  result.threads =
      options.threads != 0
          ? options.threads
          : std::max(1u, std::min(result.servers, std::thread::hardware_concurrency()));
  result.shard = shardOf(options.shard, result.servers);
  result.only = {options.only.begin(), options.only.end()};
  return result;
}

void makeFolder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw UserError("cannot make the folder " + folder.string() + ": " + failed.message());
  }
}

ExitCode run(Options options) {
  auto program = server::loadProgram(options.project);
  printWarnings(program->warnings);
  auto& simulation = program->simulation;
  auto replayOptions = replayOptionsOf(options, simulation.servers);
  std::filesystem::path folder = options.report;
  if (!options.report.empty()) makeFolder(folder);
  if (!options.live.url.empty()) {
    if (options.report.empty()) {
      throw UserError("--against keeps what FL answers: add --report FOLDER");
    }
    auto captures =
        askLiveFl(options.live, options.from, folder, [&](const net::Exchange& exchange) {
          return replay::isPart(replayOptions, exchange.id, exchange.request.url);
        });
    options.from = captures.answers;
    if (!captures.again.empty()) options.files.noise = captures.again;
  }
  auto reader = capture::CaptureReader::open(options.from).orThrow();
  auto ledger = ledgerOf(options.project);
  if (options.files.deviations.empty() && std::filesystem::exists(ledger)) {
    options.files.deviations = ledger;
  }
  Comparison comparison(options.files, options.from);

  std::unique_ptr<capture::CaptureWriter> writer;
  if (!options.report.empty()) {
    capture::CaptureHeader header{.creator = "flamesim replay",
                                  .source = "replay of " + options.from};
    writer = capture::CaptureWriter::create(folder / "candidate.cap", header,
                                            {.compressionLevel = kCandidateCompression,
                                             .atomicity = capture::Atomicity::kRenameOnClose});
  }

  js::Engine engine(web::embeddedSnapshot());
  js::Watchdog watchdog;
  ServiceData services(simulation, LogOutput::kNowhere);
  comparison.useThreads(replayOptions.threads);
  comparison.keepRows(sqliteFile(folder, options.outputs));
  replay::ReplayHooks hooks;
  hooks.parts = [&](kj::AsyncIoProvider& io) {
    server::ServerParts parts;
    if (services.anyBehindSocket()) {
      parts.outside = std::make_shared<OutsideWork>(io.getTimer(), kPatience);
    }
    if (!simulation.faults.rules.empty()) {
      parts.faults = std::make_shared<faults::FaultPlans>(simulation.faults);
    }
    RunDecorators run{.outside = parts.outside, .faults = parts.faults, .strict = options.strict};
    services.serve(parts, io.getNetwork(), run);
    parts.watchdog = &watchdog;
    return parts;
  };
  hooks.compared = [&](uint32_t thread, const net::Exchange& reference,
                       const net::Exchange& candidate) {
    comparison.add(thread, reference, candidate);
  };
  if (writer != nullptr) {
    hooks.write = [&](std::string_view encoded) { writer->writeEncoded(encoded); };
  }
  std::error_code unknown;  // a pipe has no size
  auto bytes = std::filesystem::file_size(options.from, unknown);
  Progress progress(unknown ? 0 : bytes, STDERR_FILENO);
  hooks.progress = [&](uint64_t exchanges) {
    progress.update(reader.position(), exchanges, comparison.differentSoFar());
  };
  replay::replay(engine, program, reader, replayOptions, hooks);
  progress.clear();
  if (writer != nullptr) writer->close();
  if (reader.truncatedBytes() != 0) {
    std::cerr << "warning: " << options.from << ": " << reader.truncatedBytes()
              << " bytes of an unfinished frame at the end were left out\n";
  }

  bool whole = options.only.empty() && replayOptions.shard.isWhole();
  auto summary = comparison.summary(whole ? report::Coverage::kWhole : report::Coverage::kPart);
  summary.project = options.project;
  if (!replayOptions.shard.isWhole()) summary.shard = replayOptions.shard.text();
  if (writer != nullptr) summary.candidate = (folder / "candidate.cap").string();
  comparison.finishRows(summary);
  return printAndWrite(summary, folder, options.outputs);
}

}  // namespace

void addReplay(CLI::App& app, ExitCode& code) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "replay", "Replay a capture through the chain and compare every answer with FL's");
  command->add_option("project", options->project, "folder with flamesim.jsonc, or the file")
      ->required();
  command->add_option("--from", options->from, "the capture of what FL did")->required();
  command->add_option("--report", options->report,
                      "folder for candidate.cap, report.json, report.html");
  addComparisonOptions(*command, options->files);
  command->add_option("--servers", options->servers, "simulated servers (default: configured)")
      ->check(CLI::Range(1u, 4096u));
  command->add_option("--threads", options->threads, "threads that carry them (default: cores)")
      ->check(CLI::Range(1u, 256u));
  command->add_option("--only", options->only, "run these exchanges alone, by id");
  command->add_option("--shard", options->shard,
                      "I/N: part I of N, by simulated server; auto: as the CI job says");
  addLiveOptions(*command, options->live);
  command->add_flag("--strict", options->strict,
                    "services answer from recordings alone, and every recording is used");
  addReportOptions(*command, options->outputs);
  addSqliteOption(*command, "--report", options->outputs);
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace flamesim::cli
