// BIND zone files, the "master file" of RFC 1035 section 5: $ORIGIN, $TTL (RFC 2308 section 4),
// $INCLUDE (relative to the file that includes), parentheses, quoted strings, escapes, "@", omitted
// owners, TTLs and classes, times with units ("1h30m").
//
// A record's TTL is its own, else $TTL, else the last one that was given (RFC 1035), else the SOA's
// minimum; without all of these it is an error. Records of another class than IN, names outside of
// the zone, $GENERATE and types that flamesim does not know are errors.
//
// The comments that Cloudflare's export puts after a record are understood:
// "; cf_tags=cf-proxied:true" and "; cf_tags=cf-flatten-cname". In records with such a comment a
// TTL of 1 stands for "automatic", 300 seconds.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mocks/dns_record.h"
#include "mocks/problem.h"

namespace flamesim::mocks {

inline constexpr uint32_t kAutomaticTtl = 300;

// Where a record stands; the texts live as long as the BindZone.
struct BindPosition {
  size_t file = 0;  // index into BindZone::files
  size_t offset = 0;
};

struct BindRecord {
  std::string name;  // in normal form
  DnsRecord record;
  bool proxied = false;
  bool flatten = false;
  BindPosition position;
};

struct BindFile {
  std::filesystem::path path;
  std::string text;
};

struct BindZone {
  std::vector<BindRecord> records;
  std::deque<BindFile> files;  // the file itself, then what it includes

  Problem problemAt(const BindPosition& position, std::string message, std::string help = "") const;
};

// The text of a file; nothing where it cannot be read.
using ZoneFileReader = std::function<std::optional<std::string>(const std::filesystem::path&)>;
ZoneFileReader readZoneFileFromDisk();

// `origin`: the zone's name in normal form; the file may change it for the names that follow with
// $ORIGIN. All files together may have 64 MiB, and be nested 10 deep. Throws InputError with the
// problems, the first 100 of them; each has its file. `seen`, where it is given, gets the paths of
// the files that were looked for, also when it throws.
BindZone parseBindZone(const std::filesystem::path& path, std::string_view origin,
                       const ZoneFileReader& read,
                       std::vector<std::filesystem::path>* seen = nullptr);

}  // namespace flamesim::mocks
