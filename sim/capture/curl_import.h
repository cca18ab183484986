// curl's command lines, as browsers copy them, to exchanges: the request that curl would send, in
// the order in which it sends headers. No answer is known, so every outcome is unknown
// (body_note.h). Times are `start` and a millisecond more for each request.
//
// What is not in the command line is left out and counted: files (@file, -F, -T, cookie files),
// passwords that curl would ask for, URLs with {} or [] that curl would multiply. What says only
// how curl behaves (-k, -s, -L, -o, timeouts, proxies) is passed over.
#pragma once

#include <filesystem>
#include <string_view>

#include "sim/base/error.h"
#include "sim/capture/import_report.h"

namespace flamesim::capture {

// Fails with line and column at what is no command line of curl, at options that are not known, and
// at what only a shell could work out (shell_words.h).
Result<Import> importCurl(std::string_view text, std::string_view fileName, Time start);

}  // namespace flamesim::capture
