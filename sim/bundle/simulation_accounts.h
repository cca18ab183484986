// The key "accounts" of flamesim.jsonc: the registry itself, or the path of a file that holds it.
#pragma once

#include <filesystem>

#include "sim/bundle/accounts.h"
#include "sim/bundle/config_reader.h"

namespace flamesim::bundle {

// Faults go to `reader`, those of the other file too. Paths are relative to `folder`.
AccountRegistry readAccounts(ConfigReader& reader, const ConfigNode& root,
                             const std::filesystem::path& folder);

}  // namespace flamesim::bundle
