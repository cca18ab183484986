// The section "cache" of flamesim.jsonc.
#pragma once

#include "sim/bundle/config_reader.h"
#include "sim/bundle/simulation.h"

namespace flamesim::bundle {

// `node`: the section, an object; `folder`: what paths are relative to. Faults go to the reader.
HttpCacheEntry readHttpCache(ConfigReader& reader, const ConfigNode& node,
                             const std::filesystem::path& folder);

}  // namespace flamesim::bundle
