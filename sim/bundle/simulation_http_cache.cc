#include "sim/bundle/simulation_http_cache.h"

#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

constexpr uint64_t kMaxMemoryMiB = 65'536;
constexpr uint64_t kMaxDiskMiB = 1'048'576;

// The value of `key`, which is one of two; the first where it is absent or wrong.
std::string oneOf(ConfigReader& reader, const ConfigNode& node, std::string_view key,
                  const std::string& first, const std::string& second) {
  auto* value = reader.member(node, key, NodeKind::kString, "cache");
  if (value == nullptr || value->text() == first) return first;
  if (value->text() == second) return second;
  reader.error(value->offset,
               "\"" + value->text() + "\" is not a value of cache." + std::string(key),
               "it is \"" + first + "\" or \"" + second + "\"");
  return first;
}

}  // namespace

HttpCacheEntry readHttpCache(ConfigReader& reader, const ConfigNode& node,
                             const std::filesystem::path& folder) {
  reader.warnOfUnknownKeys(
      node, {"enabled", "origin", "rules", "memoryMiB", "diskMiB", "diskFolder"}, "cache");
  HttpCacheEntry entry;
  entry.enabled = reader.boolean(node, "enabled", "cache").value_or(false);
  entry.origin = oneOf(reader, node, "origin", "internet", "fl");
  entry.rules = oneOf(reader, node, "rules", "rfc9111", "production") == "production"
                    ? CacheRules::kProduction
                    : CacheRules::kRfc9111;
  entry.memoryMiB = uint32_t(
      reader.integer(node, "memoryMiB", 1, kMaxMemoryMiB, "cache").value_or(entry.memoryMiB));
  entry.diskMiB =
      uint32_t(reader.integer(node, "diskMiB", 0, kMaxDiskMiB, "cache").value_or(entry.diskMiB));
  auto diskFolder = reader.string(node, "diskFolder", "cache").value_or("");
  if (!diskFolder.empty()) entry.diskFolder = absolutePath(diskFolder, folder);
  if (entry.diskMiB > 0 && diskFolder.empty()) {
    reader.error(node.find("diskMiB")->value.offset, "\"cache.diskMiB\" is there without a folder",
                 "add \"diskFolder\": \"folder to write to\"");
  }
  return entry;
}

}  // namespace flamesim::bundle
