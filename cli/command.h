// The commands of the binary: each parses its arguments, wires what it needs, prints. No logic.
#pragma once

#include <kj/async-io.h>
#include <CLI/CLI.hpp>

#include "sim/base/error.h"

namespace flamesim::cli {

// Adds a command to the application; running it sets `code`.
void addDev(CLI::App& app, ExitCode& code);
void addReplay(CLI::App& app, ExitCode& code);
void addDiff(CLI::App& app, ExitCode& code);
void addRecord(CLI::App& app, ExitCode& code);
void addCapture(CLI::App& app, ExitCode& code);
// `capture anonymise` and `capture scan`, to the command `capture`.
void addCaptureRedaction(CLI::App& capture, ExitCode& code);
void addTest(CLI::App& app, ExitCode& code);
void addLogs(CLI::App& app, ExitCode& code);
void addAnalytics(CLI::App& app, ExitCode& code);
void addMocks(CLI::App& app, ExitCode& code);
void addQuicksilver(CLI::App& app, ExitCode& code);
void addRrdns(CLI::App& app, ExitCode& code);
void addCache(CLI::App& app, ExitCode& code);
void addStats(CLI::App& app, ExitCode& code);

// To stderr.
void printWarnings(const std::vector<Diagnostic>& warnings);

// Listens on "HOST:PORT" or "unix:/path"; throws UserError that names the address.
kj::Own<kj::ConnectionReceiver> listenOn(kj::AsyncIoContext& io, const std::string& address);

}  // namespace flamesim::cli
