// The keys of a service whose source is quicksilver, besides those that every built-in has. A
// value. docs/quicksilver.md says what they do.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flamesim::bundle {

class ConfigReader;
struct ConfigNode;

struct QuicksilverEntry {
  std::filesystem::path store;  // folder of the store, absolute; empty: a temporary one
  std::chrono::milliseconds lag{0};
  std::optional<uint64_t> stuckAt;              // the last update that the replica takes
  std::optional<std::chrono::seconds> history;  // how far back reads can be pinned
};

// The names of the keys.
const std::vector<std::string>& quicksilverKeys();
// From the service `node`, which `where` names in messages. Relative paths are of `folder`.
QuicksilverEntry readQuicksilver(ConfigReader& reader, const ConfigNode& node,
                                 const std::string& where, const std::filesystem::path& folder);

}  // namespace flamesim::bundle
