// Resource records in the form of zone files (RFC 1035 section 5, RFC 3597 excepted): which types
// there are, what each one's data is made of, and its canonical text. Zone files and the JSON form
// of zones share this.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::mocks {

// Seconds; RFC 2181 section 8.
inline constexpr uint32_t kMostTtl = 0x7fffffff;

struct DnsRecord {
  std::string type;
  uint32_t ttl = 0;  // seconds
  // Canonical: names in normal form, strings quoted, one blank between fields.
  std::string data;
  bool operator==(const DnsRecord&) const = default;
};

enum class RdataField : uint8_t {
  kAddress4,
  kAddress6,
  kName,
  kU8,
  kU16,
  kU32,
  kTime,     // seconds, or with units: "1h30m"
  kWord,     // letters and digits
  kString,   // at most 255 bytes
  kStrings,  // one or more, to the end
  kRest,     // one or more words, to the end, left as they are
};

struct RecordType {
  std::string_view name;
  std::vector<RdataField> fields;
};

// nullptr: not a type. `name` in capitals.
const RecordType* findRecordType(std::string_view name);
std::vector<std::string> recordTypeNames();
// A, AAAA and CNAME.
bool canBeProxied(std::string_view type);

struct RdataToken {
  std::string text;  // with its escapes; without the quotes around it
  bool quoted = false;
  size_t offset = 0;  // of its first byte, the quote included
};

struct RdataFault {
  size_t token = 0;  // index; the number of tokens: something is missing after the last
  std::string message;
  std::string help;
};

// Checks the data of a record and writes its canonical text. Names that do not end in a dot are
// relative to `origin`; an empty origin makes all of them absolute.
std::optional<RdataFault> readRdata(const RecordType& type, std::span<const RdataToken> tokens,
                                    std::string_view origin, std::string& data);

// The data of a record in JSON, such as "10 mail.example.com"; the text of a TXT record that is not
// quoted is one string, cut into pieces of 255 bytes. `fault.token` means nothing.
std::optional<RdataFault> readContent(const RecordType& type, std::string_view content,
                                      std::string& data);

// A name in a zone file: "@", relative or absolute, with escapes. An escaped dot stays "\.".
// Returns a fault, "has an empty label", or empty.
std::string readName(std::string_view text, std::string_view origin, std::string& name);

// Seconds: "3600", or as BIND has them "1w2d3h4m5s" in any case; nothing where it is not one, or
// more than kMostTtl.
std::optional<uint32_t> parseTime(std::string_view text);

// The minimum of an SOA's canonical data.
uint32_t soaMinimum(std::string_view data);

}  // namespace flamesim::mocks
