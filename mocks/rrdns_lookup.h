// What DNS answers from the zones: RFC 1034 section 4.3.2 for one server that is authoritative for
// all of them and asks no other. Wildcards after RFC 4592, negative answers after RFC 2308.
//
// A proxied name answers A and AAAA with the edge's addresses and TTL 300, whatever its records
// hold, and hides its CNAME. A CNAME is flattened at the apex, where its record or zone says so,
// and where the question asks for it: the addresses at the end of the chain, as records of the
// name.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mocks/rrdns_zones.h"

namespace flamesim::mocks {

inline constexpr uint32_t kProxiedTtl = 300;
inline constexpr int kMostCnames = 16;
// "CNAME Cross-User Banned", the edge's public error code.
inline constexpr uint32_t kCrossAccountCname = 1014;

// RFC 1035 section 4.1.1, with its numbers.
enum class DnsRcode : uint8_t { kNoError, kFormErr, kServFail, kNxDomain, kNotImp, kRefused };

struct DnsQuestion {
  std::string_view name;
  std::string_view type;  // in any case; empty: A
  bool flatten = false;
};

struct NamedRecord {
  std::string name;
  DnsRecord record;
  bool operator==(const NamedRecord&) const = default;
};

// schemas/rrdns.capnp says what the fields mean.
struct DnsAnswer {
  DnsRcode rcode = DnsRcode::kNoError;
  std::vector<NamedRecord> records;
  std::vector<NamedRecord> authority;
  uint32_t negativeTtl = 0;
  std::vector<std::string> chain;
  uint32_t code = 0;
  std::string text;
  std::string zone;  // that the name asked for is in; empty: none
  std::string type;  // in capitals; empty: not a type
};

DnsAnswer lookupDns(const RrdnsZones& zones, const DnsQuestion& question);

// "noError", "noData", "nxDomain", ...: the rcode, and NODATA apart.
std::string_view nameOf(const DnsAnswer& answer);

}  // namespace flamesim::mocks
