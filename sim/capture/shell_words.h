// Command lines as a POSIX shell splits them into words (POSIX XCU 2.2, and $'..' as of 2024), so
// far as a command stands for itself: what a shell would have to work out (variables, commands in
// commands, globs, redirections) is an error. Commands end at a line end, `;` or `&`; a backslash
// before a line end joins lines; # begins a comment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::capture {

struct ShellWord {
  std::string text;
  size_t offset = 0;  // of its first byte in the input
};
using ShellCommand = std::vector<ShellWord>;  // never empty

Result<std::vector<ShellCommand>> splitShell(std::string_view text, std::string_view fileName);

}  // namespace flamesim::capture
