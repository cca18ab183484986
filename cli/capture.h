// The subcommands of `flamesim capture`, a file a group; capture.cc adds them to the command.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command.h"
#include "sim/capture/import_report.h"
#include "sim/capture/reader.h"

namespace flamesim::cli {

void addCaptureImport(CLI::App& command);                     // import
void addCaptureEdit(CLI::App& command);                       // cut, filter, merge, split
void addCaptureConvert(CLI::App& command);                    // convert
void addCaptureRedaction(CLI::App& command, ExitCode& code);  // anonymise, scan

// A capture to be read: what every subcommand that reads one has.
struct CaptureInput {
  std::string file;
  bool skipDamage = false;
};
void addInput(CLI::App& subcommand, CaptureInput& input);
capture::CaptureReader openCapture(const CaptureInput& input);
// What reading has left out, to stderr.
void warnOfDamage(const capture::CaptureReader& reader);

// Throws UserError where `output` is the file `input`, by whatever name.
void refuseToOverwrite(const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace flamesim::cli
