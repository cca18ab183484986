// The data behind the RRDNS emulation: who owns a hostname, and the records of the zones
// (rrdns_lookup.h answers questions from them). From a JSON file (docs/rrdns.md describes it) and
// from BIND zone files that it, or flamesim.jsonc, refers to. Immutable once loaded: simulated
// servers on all threads share one object.
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

#include "mocks/dns_record.h"

namespace flamesim::mocks {

enum class OwnerKind : uint8_t { kNone, kZone, kCustomHostname, kLegacyCustomHostname, kAddress };

struct Ownership {
  int64_t accountId = 0;  // 0: nobody
  std::string accountTag;
  std::string zoneName;
  OwnerKind kind = OwnerKind::kNone;
  bool operator==(const Ownership&) const = default;
};

// A zone file, with what it cannot say itself.
struct ZoneFile {
  std::string name;  // of the zone
  int64_t account = 0;
  std::filesystem::path file;        // absolute
  std::vector<std::string> proxied;  // names: "@", "www", "*.api" or whole ones
};

// Where zones come from. A value.
struct RrdnsSources {
  std::filesystem::path json;  // empty: none
  // Their accounts need not be in "accounts" of the JSON file.
  std::vector<ZoneFile> zoneFiles;
  std::vector<std::string> edgeAddresses;  // empty: those of the JSON file, else the default ones
};

// What stands at a name of a zone. A name without records is there because one below it has some
// (an empty non-terminal, RFC 4592 section 2.2.2).
struct DnsNode {
  std::vector<DnsRecord> records;
  bool proxied = false;
  bool flatten = false;
  const DnsRecord* find(std::string_view type) const;
};

class RrdnsZones {
 public:
  // Throws InputError with all problems of the files. `seen`, where it is given, gets the paths of
  // all files that were looked for, also when it throws.
  static std::shared_ptr<const RrdnsZones> load(const RrdnsSources& sources,
                                                std::vector<std::filesystem::path>* seen = nullptr);
  static std::shared_ptr<const RrdnsZones> load(const std::filesystem::path& json);
  // `file`: the name to print in errors; zone files are relative to its folder.
  static std::shared_ptr<const RrdnsZones> parse(std::string text, std::string file);

  // Names are compared without regard to case and the final dot. What comes back lives as long as
  // this object.
  const Ownership& lookup(std::string_view queryName, std::string_view connectViaAddr) const;

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using NameMap = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  struct Zone {
    std::string name;
    Ownership owner;
    // Of proxied records, for ownership.
    std::unordered_set<std::string, Hash, std::equal_to<>> exact;      // full names
    std::unordered_set<std::string, Hash, std::equal_to<>> wildcards;  // what follows "*."
    NameMap<DnsNode> nodes;  // every name that exists; wildcards as "*.name"
    DnsRecord soa;
    bool flatten = false;  // all CNAMEs, not only that of the apex
  };

  // The innermost zone that the name belongs to, in normal form; nullptr: none.
  const Zone* zoneOf(std::string_view name) const;
  // The addresses of the edge, which proxied names have.
  const std::vector<std::string>& edgeAddresses4() const { return edge4; }
  const std::vector<std::string>& edgeAddresses6() const { return edge6; }
  size_t zoneCount() const { return zones.size(); }
  size_t recordCount() const { return records; }

 private:
  friend class ZonesLoader;

  RrdnsZones() = default;
  const Ownership& byName(std::string_view name) const;

  NameMap<Zone> zones;
  NameMap<Ownership> newHostnames;
  NameMap<Ownership> legacyHostnames;
  NameMap<Ownership> newWildcards;  // what follows "*."
  NameMap<Ownership> addresses;     // in binary form
  std::vector<std::string> edge4;
  std::vector<std::string> edge6;
  size_t records = 0;
  Ownership nobody;
};

}  // namespace flamesim::mocks
