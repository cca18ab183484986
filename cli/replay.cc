// flamesim replay: a recorded capture through the chain, compared with what FL did.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "cli/command.h"
#include "cli/comparison.h"
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
  std::string rules;
  ReportOutputs outputs;
  uint32_t servers = 0;
  uint32_t threads = 0;
  std::vector<uint64_t> only;
  bool strict = false;
};

ExitCode run(const Options& options) {
  auto program = server::loadProgram(options.project);
  printWarnings(program->warnings);
  auto& simulation = program->simulation;
  auto reader = capture::CaptureReader::open(options.from).orThrow();
  Comparison comparison(options.rules, options.from);

  replay::ReplayOptions replayOptions;
  replayOptions.servers = options.servers != 0 ? options.servers : simulation.servers;
  replayOptions.threads =
      options.threads != 0
          ? options.threads
          : std::max(1u, std::min(replayOptions.servers, std::thread::hardware_concurrency()));
  replayOptions.only = {options.only.begin(), options.only.end()};

  std::unique_ptr<capture::CaptureWriter> writer;
  std::filesystem::path folder = options.report;
  if (!options.report.empty()) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
      throw UserError("cannot make the folder " + folder.string() + ": " + failed.message());
    }
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
  hooks.write = [&](std::string_view encoded) {
    if (writer != nullptr) writer->writeEncoded(encoded);
  };
  replay::replay(engine, program, reader, replayOptions, hooks);
  if (writer != nullptr) writer->close();
  if (reader.truncatedBytes() != 0) {
    std::cerr << "warning: " << options.from << ": " << reader.truncatedBytes()
              << " bytes of an unfinished frame at the end were left out\n";
  }

  auto summary = comparison.summary();
  summary.project = options.project;
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
  command->add_option("--rules", options->rules, "rules under which differences are excused");
  command->add_option("--servers", options->servers, "simulated servers (default: configured)")
      ->check(CLI::Range(1u, 4096u));
  command->add_option("--threads", options->threads, "threads that carry them (default: cores)")
      ->check(CLI::Range(1u, 256u));
  command->add_option("--only", options->only, "run these exchanges alone, by id");
  command->add_flag("--strict", options->strict,
                    "services answer from recordings alone, and every recording is used");
  addReportOptions(*command, options->outputs);
  addSqliteOption(*command, "--report", options->outputs);
  command->callback([options, &code] { code = run(*options); });
}

}  // namespace flamesim::cli
