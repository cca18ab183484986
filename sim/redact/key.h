// The key of pseudonyms, in a file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sim/base/error.h"

namespace flamesim::redact {

struct KeyFile {
  std::string key;  // the file's bytes, without a line end
  std::optional<Diagnostic> warning;
};

// Throws UserError for a file that cannot be read or holds fewer than 16 bytes. Warns of one that
// others can read.
KeyFile readKey(const std::filesystem::path& file);

}  // namespace flamesim::redact
