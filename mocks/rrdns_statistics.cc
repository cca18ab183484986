#include "mocks/rrdns_statistics.h"

#include <algorithm>

namespace flamesim::mocks {
namespace {

template <typename Map>
void count(Map& map, std::string_view key) {
  auto found = map.find(key);
  if (found == map.end()) found = map.emplace(std::string(key), 0).first;
  found->second++;
}

}  // namespace

std::string_view nameOf(OwnerKind kind) {
  switch (kind) {
    case OwnerKind::kNone:
      return "none";
    case OwnerKind::kZone:
      return "zone";
    case OwnerKind::kCustomHostname:
      return "customHostname";
    case OwnerKind::kLegacyCustomHostname:
      return "legacyCustomHostname";
    case OwnerKind::kAddress:
      return "address";
  }
  return "";
}

void RrdnsStatistics::countOwnership(OwnerKind kind, std::string_view zone) {
  std::lock_guard lock(mutex);
  ownershipCalls++;
  count(byKind, nameOf(kind));
  if (!zone.empty()) count(byZone, zone);
}

void RrdnsStatistics::countLookup(const DnsAnswer& answer) {
  std::lock_guard lock(mutex);
  lookupCalls++;
  count(byType, answer.type.empty() ? "other" : answer.type);
  count(byRcode, nameOf(answer));
  if (answer.code != 0) count(byRcode, std::to_string(answer.code));
  if (!answer.zone.empty()) count(byZone, answer.zone);
}

RrdnsStatistics::Snapshot RrdnsStatistics::snapshot() const {
  std::lock_guard lock(mutex);
  Snapshot out{.ownershipCalls = ownershipCalls,
               .lookupCalls = lookupCalls,
               .byKind = {byKind.begin(), byKind.end()},
               .byType = {byType.begin(), byType.end()},
               .byRcode = {byRcode.begin(), byRcode.end()},
               .byZone = {byZone.begin(), byZone.end()}};
  std::sort(out.byZone.begin(), out.byZone.end(), [](auto& a, auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (out.byZone.size() > kMostZones) out.byZone.resize(kMostZones);
  return out;
}

}  // namespace flamesim::mocks
