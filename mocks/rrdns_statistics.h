// What was asked of RRDNS since the service was started. Thread-safe: the servers of all threads
// count into one object. A replay has none, and pays nothing.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mocks/rrdns_lookup.h"

namespace flamesim::mocks {

// "none", "zone", "customHostname", ...: as schemas/rrdns.capnp has it.
std::string_view nameOf(OwnerKind kind);

class RrdnsStatistics {
 public:
  static constexpr size_t kMostZones = 100;  // in a snapshot

  using Counts = std::vector<std::pair<std::string, uint64_t>>;
  struct Snapshot {
    uint64_t ownershipCalls = 0;
    uint64_t lookupCalls = 0;
    Counts byKind;  // in the order of their names
    Counts byType;
    Counts byRcode;
    Counts byZone;  // the most asked first
  };

  // `zone`: empty where the name is in none.
  void countOwnership(OwnerKind kind, std::string_view zone);
  void countLookup(const DnsAnswer& answer);
  Snapshot snapshot() const;

 private:
  mutable std::mutex mutex;
  uint64_t ownershipCalls = 0;
  uint64_t lookupCalls = 0;
  // All keys are names of kinds, types, rcodes and zones that were loaded: none is a worker's text.
  std::map<std::string, uint64_t, std::less<>> byKind, byType, byRcode;
  RrdnsZones::NameMap<uint64_t> byZone;
};

}  // namespace flamesim::mocks
