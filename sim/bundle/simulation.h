// flamesim.jsonc: the simulation around the workers. A value. docs/flamesim.schema.json describes
// the file for editors; docs/configuration.md for people.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/bundle/accounts.h"
#include "sim/bundle/bundle.h"
#include "sim/bundle/fault_rule.h"
#include "sim/bundle/simulation_logs.h"
#include "sim/bundle/simulation_mocks.h"
#include "sim/bundle/simulation_quicksilver.h"

namespace flamesim::bundle {

struct WorkerEntry {
  std::string name;
  std::filesystem::path path;  // absolute; what bundle::load takes
  std::string environment;
  std::string account;  // empty: that of the worker's own configuration
  // Of a worker outside of the chain: where its fetch() goes, "fl" | "cache" | "internet".
  std::string egress = "internet";
  // The hosts that it may reach instead of those of InternetAccess::allow.
  std::optional<std::vector<std::string>> allow;
  Origin origin;
};

// How a service is reached. Those but `kTable`, `kSocket` and `kJavascript` are the built-in
// emulations.
enum class ServiceSource : uint8_t {
  kRrdns,
  kQuicksilver,
  kLogfwdr,
  kAnalytics,
  kTable,
  kSocket,
  kJavascript,
};
// As flamesim.jsonc writes it.
std::string_view nameOf(ServiceSource source);

// A BIND zone file, with what it cannot say itself.
struct ZoneFileEntry {
  std::string name;  // of the zone
  int64_t account = 0;
  std::filesystem::path file;        // absolute
  std::vector<std::string> proxied;  // names in it
};

struct ServiceEntry {
  std::string name;
  ServiceSource source = ServiceSource::kTable;
  // Data of the source, absolute: zones of rrdns, pairs of quicksilver, the table of kTable,
  // the output of logfwdr (a file or a folder) and of analytics (a file), the
  // module of kJavascript. Empty: none given.
  std::filesystem::path data;
  std::string address;                     // kSocket: "unix:/run/a.sock" or "host:port"
  std::filesystem::path schema;            // .capnp source, absolute; empty: the built-in's own
  std::string interfaceName;               // empty: the built-in's own
  std::string unionName;                   // logfwdr: the outer struct; empty: the built-in's own
  std::vector<ZoneFileEntry> zoneFiles;    // rrdns, in the place of `data`
  std::vector<std::string> edgeAddresses;  // rrdns: of proxied names; empty: as the zones have it
  QuicksilverEntry quicksilver;            // kQuicksilver
  LogSegmentsEntry segments;               // logfwdr
  AnalyticsEntry analytics;
  uint32_t timeoutMillis = 0;  // of one call; 0: it may take any time
  bool strict = false;         // a replay answers from recordings alone, and uses all of them
  Origin origin;
};

struct InternetAccess {
  std::vector<std::string> allow;              // host patterns: "example.com", "*.example.com", "*"
  std::map<std::string, std::string> resolve;  // host pattern -> "127.0.0.1:9000"
  uint32_t connectTimeoutMillis = 10'000;      // no connection by then: error 522
  uint32_t timeoutMillis = 100'000;            // no answer by then: error 524
};

// Where the HTTP cache follows RFC 9111 and where what production does instead.
enum class CacheRules : uint8_t { kRfc9111, kProduction };

struct HttpCacheEntry {
  bool enabled = false;             // stands before FL and the Internet as well
  std::string origin = "internet";  // what the egress "cache" has behind it: "internet" | "fl"
  CacheRules rules = CacheRules::kRfc9111;
  uint32_t memoryMiB = 64;
  uint32_t diskMiB = 0;              // 0: memory alone
  std::filesystem::path diskFolder;  // absolute; there where diskMiB is not 0
};

// Defaults of the client context where `dev` cannot know it.
struct ClientDefaults {
  std::string country = "XX";
  std::string connectedAddress;
  std::string colo = "SJC";
};

struct Simulation {
  std::filesystem::path file;  // absolute path of flamesim.jsonc
  std::vector<WorkerEntry> workers;
  std::vector<std::string> chain;  // names of workers, in order
  std::string egress = "fl";  // "fl" | "cache" | "internet" | name of a worker outside the chain
  std::vector<ServiceEntry> services;
  std::string flUrl;  // "http://127.0.0.1:9080"; empty: none
  InternetAccess internet;
  FetchMocks fetchMocks;
  HttpCacheEntry cache;
  ClientDefaults client;
  FaultSettings faults;                                         // those of the services among them
  std::map<std::string, std::vector<std::string>> permissions;  // worker -> services it may bind;
                                                                // a worker not named may bind all
  AccountRegistry accounts;
  std::string listen = "127.0.0.1:8787";
  uint32_t servers = 4;               // simulated servers of a replay
  uint32_t cpuLimitMillis = 0;        // of a request in one worker; 0: the default of 30 s
  uint32_t subrequestLimit = 10'000;  // of a request in one worker
  bool keepsProductionBugs = false;   // docs/compatibility.md, "strict mode"
  uint32_t heapLimitMiB = 128;        // per isolate
  std::vector<Diagnostic> warnings;

  const ServiceEntry* findService(std::string_view name) const;
  const WorkerEntry* findWorker(std::string_view name) const;
};

// `path`: flamesim.jsonc or the folder that holds it. Throws UserError.
Simulation loadSimulation(const std::filesystem::path& path);

}  // namespace flamesim::bundle
