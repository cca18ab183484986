// The report for a person at a terminal: what failed first, each difference small and aligned with
// the command that runs its example alone, the counts last, where the eye is.
#pragma once

#include <cstddef>
#include <ostream>

#include "sim/report/run_summary.h"

namespace flamesim::report {

struct TerminalOptions {
  bool colour = false;
  size_t width = 100;    // columns; at least 40 are used
  size_t clusters = 20;  // shown at most
};

// For output to a file descriptor: colours on a terminal unless NO_COLOR is set or TERM is "dumb"
// (no-color.org), the width of the terminal or of COLUMNS.
TerminalOptions terminalOptionsFor(int fileDescriptor);

void printTerminal(std::ostream& out, const RunSummary& summary, const TerminalOptions& options);

}  // namespace flamesim::report
