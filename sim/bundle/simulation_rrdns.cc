#include "sim/bundle/simulation_rrdns.h"

#include "sim/bundle/files.h"
#include "sim/bundle/simulation_values.h"

namespace flamesim::bundle {

namespace {

constexpr uint64_t kMostAccount = INT64_MAX;

void readZone(ConfigReader& reader, const ConfigNode& node, const std::string& where,
              const std::filesystem::path& folder, ServiceEntry& entry) {
  reader.warnOfUnknownKeys(node, {"name", "account", "file", "proxied"}, where);
  ZoneFileEntry zone;
  zone.name = reader.requiredString(node, "name", where).value_or("");
  if (node.find("account") == nullptr) {
    reader.error(node.offset, where + " lacks \"account\"",
                 "add \"account\": 1, the id of the account that owns the zone");
  } else {
    auto account = reader.integer(node, "account", 1, kMostAccount, where);
    zone.account = int64_t(account.value_or(0));
  }
  auto file = reader.requiredString(node, "file", where);
  if (file) {
    zone.file = absolutePath(*file, folder);
    if (!isRegularFile(zone.file)) {
      reader.error(node.find("file")->value.offset, "there is no file \"" + *file + "\"",
                   "paths are relative to " + displayPath(folder) + "/");
    }
  }
  for (auto* name : reader.strings(node, "proxied", where)) zone.proxied.push_back(name->text());
  entry.zoneFiles.push_back(std::move(zone));
}

}  // namespace

bool hasZoneList(const ConfigNode& service) {
  auto* zones = service.find("zones");
  return zones != nullptr && zones->value.is(NodeKind::kArray);
}

void readRrdns(ConfigReader& reader, const ConfigNode& service, const std::string& where,
               const std::filesystem::path& folder, ServiceEntry& entry) {
  if (hasZoneList(service)) {
    auto& items = service.find("zones")->value.items;
    for (size_t i = 0; i < items.size(); ++i) {
      auto here = where + ".zones[" + std::to_string(i) + "]";
      if (reader.expect(items[i], NodeKind::kObject, here)) {
        readZone(reader, items[i], here, folder, entry);
      }
    }
  }
  for (auto* address : reader.strings(service, "edgeAddresses", where)) {
    entry.edgeAddresses.push_back(address->text());
    if (!isIpAddress(address->text())) {
      reader.error(address->offset, "\"" + address->text() + "\" is not an IPv4 or IPv6 address");
    }
  }
}

}  // namespace flamesim::bundle
