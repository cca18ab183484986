#include "sim/bundle/simulation_quicksilver.h"

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {
constexpr uint64_t kMaxLagMillis = 86'400'000;        // a day
constexpr uint64_t kMaxHistorySeconds = 30 * 86'400;  // a month
// Of a store that was made without the key.
constexpr std::chrono::seconds kDefaultHistory{7200};
}  // namespace

const std::vector<std::string>& quicksilverKeys() {
  static const std::vector<std::string> kKeys{"store", "lagMs", "stuckAt", "historySeconds"};
  return kKeys;
}

QuicksilverEntry readQuicksilver(ConfigReader& reader, const ConfigNode& node,
                                 const std::string& where, const std::filesystem::path& folder) {
  QuicksilverEntry entry;
  if (auto* store = reader.member(node, "store", NodeKind::kString, where)) {
    if (store->text().empty()) {
      reader.error(store->offset, where + ".store is empty",
                   "it is the folder of the store; without the key it is a temporary one");
    } else {
      entry.store = absolutePath(store->text(), folder);
      if (isRegularFile(entry.store)) {
        reader.error(store->offset, "\"" + store->text() + "\" is a file",
                     "a store is a folder; pairs in JSON go into \"data\"");
      }
    }
  }
  auto lag = reader.integer(node, "lagMs", 0, kMaxLagMillis, where);
  entry.lag = std::chrono::milliseconds(lag.value_or(0));
  entry.stuckAt = reader.integer(node, "stuckAt", 0, UINT64_MAX >> 1, where);
  auto history = reader.integer(node, "historySeconds", 1, kMaxHistorySeconds, where);
  if (history) entry.history = std::chrono::seconds(*history);
  if (lag && entry.lag >= entry.history.value_or(kDefaultHistory)) {
    reader.error(node.find("lagMs")->value.offset,
                 "the lag is longer than the history, so nothing could be read",
                 "make it less than \"historySeconds\", which is " +
                     std::to_string(entry.history.value_or(kDefaultHistory).count()) + " s");
  }
  return entry;
}

}  // namespace flamesim::bundle
