// flamesim capture: import, show, stat; anonymise and scan are in capture_redact.cc.
#include <iostream>

#include "cli/command.h"
#include "sim/capture/har_import.h"
#include "sim/capture/show.h"
#include "sim/capture/writer.h"

namespace flamesim::cli {

namespace {

void importInto(const std::string& har, const std::string& output) {
  auto imported = capture::importHarFile(har).orThrow();
  std::cerr << imported.report.render();
  if (imported.exchanges.empty()) {
    throw UserError(har + ": nothing could be imported", ExitCode::kNothingRun);
  }
  capture::CaptureHeader header{.creator = "flamesim capture import", .source = "HAR " + har};
  auto writer = capture::CaptureWriter::create(
      output, header, {.compressionLevel = 6, .atomicity = capture::Atomicity::kRenameOnClose});
  for (auto& exchange : imported.exchanges) writer->write(exchange);
  writer->close();
}

struct ShowArguments {
  std::string file;
  capture::ShowOptions options;
  bool json = false;
  bool noBodies = false;
  bool skipDamage = false;
};

capture::CaptureReader openFor(const ShowArguments& arguments) {
  capture::ReaderOptions options;
  if (arguments.skipDamage) options.onDamage = capture::OnDamage::kSkip;
  return capture::CaptureReader::open(arguments.file, options).orThrow();
}

}  // namespace

void addCapture(CLI::App& app, ExitCode& code) {
  auto* command = app.add_subcommand("capture", "Import captures and look into them");
  command->require_subcommand(1);
  addCaptureRedaction(*command, code);

  struct ImportArguments {
    std::string har;
    std::string output;
  };
  auto importing = std::make_shared<ImportArguments>();
  auto* import = command->add_subcommand("import", "Make a capture of a HAR file");
  import->add_option("--har", importing->har, "a browser's HAR 1.2 file")->required();
  import->add_option("-o,--output", importing->output, "the capture to write")->required();
  import->callback([importing] { importInto(importing->har, importing->output);
});

auto showing = std::make_shared<ShowArguments>();
auto* show = command->add_subcommand("show", "Print exchanges, one a line");
show->add_option("file", showing->file, "a capture")->required();
show->add_flag("--json", showing->json, "as JSON lines, with headers, bodies and effects");
show->add_flag("--no-bodies", showing->noBodies, "JSON: leave bodies out");
show->add_option("--limit", showing->options.limit, "exchanges at most");
show->add_flag("--skip-damage", showing->skipDamage, "go on behind a damaged frame");
show->callback([showing] {
  auto reader = openFor(*showing);
  if (showing->json) showing->options.format = capture::ShowFormat::kJson;
  if (showing->noBodies) showing->options.bodies = capture::ShowBodies::kOmit;
  capture::show(reader, std::cout, showing->options);
});

auto counting = std::make_shared<ShowArguments>();
auto* stat = command->add_subcommand("stat", "Count by host, method, status and effect");
stat->add_option("file", counting->file, "a capture")->required();
stat->add_flag("--json", counting->json, "as JSON");
stat->add_flag("--skip-damage", counting->skipDamage, "go on behind a damaged frame");
stat->callback([counting] {
  auto reader = openFor(*counting);
  capture::print(capture::stat(reader), std::cout,
                 counting->json ? capture::ShowFormat::kJson : capture::ShowFormat::kText);
});
}  // namespace flamesim::cli

}  // namespace flamesim::cli
