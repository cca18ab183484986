// Who owns a hostname: the data behind the RRDNS emulation, as a JSON file (README.md describes
// it). Immutable once loaded: simulated servers on all threads share one object.
//
// Which owner wins (the edge's published hostname priority):
//   1. exact names: new custom hostname, then legacy custom hostname, then DNS zone;
//   2. wildcards: DNS zone, then new custom hostname; of several wildcards the nearest to the name.
//      A wildcard covers names of any depth below it, not its own parent.
// A record that is not proxied (grey-clouded) does not count. Of nested zones only the innermost is
// asked for its records. Without a hostname, or where the "hostname" is an IP address, the address
// that the client connected to decides.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace flamesim::mocks {

enum class OwnerKind : uint8_t { kNone, kZone, kCustomHostname, kLegacyCustomHostname, kAddress };

struct Ownership {
  int64_t accountId = 0;  // 0: nobody
  std::string accountTag;
  std::string zoneName;
  OwnerKind kind = OwnerKind::kNone;
  bool operator==(const Ownership&) const = default;
};

class RrdnsZones {
 public:
  // Throws InputError with all problems of the file.
  static std::shared_ptr<const RrdnsZones> load(const std::filesystem::path& path);
  // `file`: the name to print in errors.
  static std::shared_ptr<const RrdnsZones> parse(std::string text, std::string file);

  // Names are compared without regard to case and the final dot. What comes back lives as long as
  // this object.
  const Ownership& lookup(std::string_view queryName, std::string_view connectViaAddr) const;

 private:
  friend class ZonesLoader;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using NameMap = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  struct Zone {
    Ownership owner;
    std::unordered_set<std::string, Hash, std::equal_to<>> exact;      // full names
    std::unordered_set<std::string, Hash, std::equal_to<>> wildcards;  // what follows "*."
  };

  RrdnsZones() = default;
  const Ownership& byName(std::string_view name) const;
  const Zone* zoneOf(std::string_view name) const;

  NameMap<Zone> zones;
  NameMap<Ownership> newHostnames;
  NameMap<Ownership> legacyHostnames;
  NameMap<Ownership> newWildcards;  // what follows "*."
  NameMap<Ownership> addresses;     // in binary form
  Ownership nobody;
};

}  // namespace flamesim::mocks
