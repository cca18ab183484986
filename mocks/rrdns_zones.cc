#include "mocks/rrdns_zones.h"

#include "mocks/dns_name.h"

namespace flamesim::mocks {

const DnsRecord* DnsNode::find(std::string_view type) const {
  for (const DnsRecord& record : records) {
    if (record.type == type) return &record;
  }
  return nullptr;
}

const Ownership& RrdnsZones::lookup(std::string_view queryName,
                                    std::string_view connectViaAddr) const {
  std::string name = normalizeName(queryName);
  auto literal = name.empty() ? std::nullopt : parseAddress(name);
  if (!name.empty() && !literal) return byName(name);
  auto connected = connectViaAddr.empty() ? literal : parseAddress(connectViaAddr);
  if (!connected) return nobody;
  auto found = addresses.find(*connected);
  return found == addresses.end() ? nobody : found->second;
}

const Ownership& RrdnsZones::byName(std::string_view name) const {
  if (auto it = newHostnames.find(name); it != newHostnames.end()) return it->second;
  if (auto it = legacyHostnames.find(name); it != legacyHostnames.end()) return it->second;
  const Zone* zone = zoneOf(name);
  if (zone != nullptr && zone->exact.contains(name)) return zone->owner;
  std::string_view parent = name;
  for (size_t dot = parent.find('.'); dot != parent.npos; dot = parent.find('.')) {
    parent.remove_prefix(dot + 1);
    if (zone != nullptr && zone->wildcards.contains(parent)) return zone->owner;
    if (auto it = newWildcards.find(parent); it != newWildcards.end()) return it->second;
  }
  return nobody;
}

const RrdnsZones::Zone* RrdnsZones::zoneOf(std::string_view name) const {
  while (true) {
    if (auto it = zones.find(name); it != zones.end()) return &it->second;
    size_t dot = name.find('.');
    if (dot == name.npos) return nullptr;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace flamesim::mocks
