// TOML 1.0 (by toml++) read into the tree of config_tree.h.
#pragma once

#include "sim/bundle/config_tree.h"

namespace flamesim::bundle {

Result<ConfigDocument> parseToml(std::string file, std::string text);

}  // namespace flamesim::bundle
