// flamesim capture: registers its subcommands; show and stat.
#include "cli/capture.h"

#include <iostream>

#include "sim/capture/show.h"

namespace flamesim::cli {

namespace {

struct ShowArguments {
  CaptureInput input;
  capture::ShowOptions options;
  bool json = false;
  bool noBodies = false;
};

void addShow(CLI::App& command) {
  auto arguments = std::make_shared<ShowArguments>();
  auto* show = command.add_subcommand("show", "Print exchanges, one a line");
  addInput(*show, arguments->input);
  show->add_flag("--json", arguments->json, "as JSON lines, with headers, bodies and effects");
  show->add_flag("--no-bodies", arguments->noBodies, "JSON: leave bodies out");
  show->add_option("--limit", arguments->options.limit, "exchanges at most");
  show->callback([arguments] {
    auto reader = openCapture(arguments->input);
    if (arguments->json) arguments->options.format = capture::ShowFormat::kJson;
    if (arguments->noBodies) arguments->options.bodies = capture::ShowBodies::kOmit;
    capture::show(reader, std::cout, arguments->options);
  });
}

void addStat(CLI::App& command) {
  auto arguments = std::make_shared<ShowArguments>();
  auto* stat = command.add_subcommand("stat", "Count by host, method, status and effect");
  addInput(*stat, arguments->input);
  stat->add_flag("--json", arguments->json, "as JSON");
  stat->callback([arguments] {
    auto reader = openCapture(arguments->input);
    capture::print(capture::stat(reader), std::cout,
                   arguments->json ? capture::ShowFormat::kJson : capture::ShowFormat::kText);
  });
}

}  // namespace

void addInput(CLI::App& subcommand, CaptureInput& input) {
  subcommand.add_option("file", input.file, "a capture")->required();
  subcommand.add_flag("--skip-damage", input.skipDamage, "go on behind a damaged frame");
}

capture::CaptureReader openCapture(const CaptureInput& input) {
  capture::ReaderOptions options;
  if (input.skipDamage) options.onDamage = capture::OnDamage::kSkip;
  return capture::CaptureReader::open(input.file, options).orThrow();
}

void warnOfDamage(const capture::CaptureReader& reader) {
  const auto& skipped = reader.skipped();
  if (skipped.places != 0) {
    std::cerr << "warning: " << reader.name() << " is damaged: " << skipped.places << " places, "
              << skipped.bytes << " bytes, " << skipped.exchanges
              << " exchanges or more were left out\n";
  }
  if (reader.truncatedBytes() != 0) {
    std::cerr << "warning: " << reader.name() << ": " << reader.truncatedBytes()
              << " bytes of an unfinished frame at the end were left out\n";
  }
}

void refuseToOverwrite(const std::filesystem::path& input, const std::filesystem::path& output) {
  std::error_code absent;
  if (std::filesystem::equivalent(input, output, absent)) {
    throw UserError(Diagnostic{.message = output.string() + " is the input as well",
                               .help = "write to another file, and rename it then"});
  }
}

void addCapture(CLI::App& app, ExitCode& code) {
  auto* command = app.add_subcommand("capture", "Import, show, cut and convert captures");
  command->require_subcommand(1);
  addCaptureImport(*command);
  addShow(*command);
  addStat(*command);
  addCaptureEdit(*command);
  addCaptureConvert(*command);
  addCaptureRedaction(*command, code);
}

}  // namespace flamesim::cli
