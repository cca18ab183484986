#include "sim/bundle/simulation_services.h"

#include "sim/bundle/files.h"
#include "sim/bundle/simulation_rrdns.h"
#include "sim/bundle/simulation_values.h"
#include "sim/bundle/suggestions.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMostCallMillis = 3'600'000;

// A service that is being read.
struct Reading {
  ConfigReader& reader;
  const ConfigNode& node;
  const std::string where;  // names it in messages
  const fs::path& folder;
};

// A string; empty where it is absent, or wrong, which was told.
std::string textOf(const Reading& reading, std::string_view key) {
  auto* found = reading.node.find(key);
  return found != nullptr && found->value.is(NodeKind::kString) ? found->value.text() : "";
}

// The file that `key` names; empty where it names none.
fs::path existingFile(const Reading& reading, std::string_view key) {
  auto written = textOf(reading, key);
  if (written.empty()) return {};
  auto path = absolutePath(written, reading.folder);
  if (!isRegularFile(path)) {
    reading.reader.error(reading.node.find(key)->value.offset,
                         "there is no file \"" + written + "\"",
                         nearestFile(written, path, reading.folder));
  }
  return path;
}

void readRrdnsService(const Reading& reading, ServiceEntry& service) {
  readRrdns(reading.reader, reading.node, reading.where, reading.folder, service);
  if (!hasZoneList(reading.node)) service.data = existingFile(reading, "zones");
}

void readQuicksilverService(const Reading& reading, ServiceEntry& service) {
  service.data = existingFile(reading, "data");
  service.quicksilver =
      readQuicksilver(reading.reader, reading.node, reading.where, reading.folder);
}

void readLogfwdr(const Reading& reading, ServiceEntry& service) {
  service.unionName = textOf(reading, "union");
  auto written = textOf(reading, "output");
  if (!written.empty()) service.data = absolutePath(written, reading.folder);
  service.segments =
      readLogSegments(reading.reader, reading.node, reading.where, written, service.data);
}

void readAnalyticsService(const Reading& reading, ServiceEntry& service) {
  auto written = textOf(reading, "output");
  if (!written.empty()) service.data = absolutePath(written, reading.folder);
  if (isFolder(service.data)) {
    reading.reader.error(reading.node.find("output")->value.offset,
                         "\"" + written + "\" is a folder");
  }
  service.analytics = readAnalytics(reading.reader, reading.node, reading.where);
}

void readTable(const Reading& reading, ServiceEntry& service) {
  service.data = existingFile(reading, "table");
}

void readSocket(const Reading& reading, ServiceEntry& service) {
  auto& address = service.address = textOf(reading, "address");
  if (address.empty()) return;
  if (!isServiceAddress(address)) {
    reading.reader.error(reading.node.find("address")->value.offset,
                         "\"" + address + "\" is not an address",
                         "it is \"unix:/path/of.sock\" or \"host:port\"");
  } else if (address.starts_with("unix:") && address[5] != '/') {
    // A socket's path is relative to the file, as every path.
    address = "unix:" + absolutePath(address.substr(5), reading.folder).string();
  }
}

void readModule(const Reading& reading, ServiceEntry& service) {
  service.data = existingFile(reading, "module");
}

struct SourceKind {
  std::string_view name;
  ServiceSource source;
  std::vector<std::string> required;  // strings
  std::vector<std::string> strings;   // that may be absent
  std::vector<std::string> others;    // keys that `read` checks
  void (*read)(const Reading&, ServiceEntry&);
};

const std::vector<SourceKind>& sourceKinds() {
  using enum ServiceSource;
  static const std::vector<SourceKind> kKinds = {
      {"rrdns", kRrdns, {}, {"schema", "interface"}, {"zones", "edgeAddresses"}, readRrdnsService},
      {"quicksilver",
       kQuicksilver,
       {},
       {"data", "schema", "interface"},
       quicksilverKeys(),
       readQuicksilverService},
      {"logfwdr",
       kLogfwdr,
       {},
       {"output", "schema", "interface", "union"},
       {"segmentBytes", "segments", "queue", "queueWaitMs"},
       readLogfwdr},
      {"analytics", kAnalytics, {}, {"output"}, {"sampleAbove", "seed"}, readAnalyticsService},
      {"table", kTable, {"schema", "interface", "table"}, {}, {}, readTable},
      {"socket", kSocket, {"address"}, {"schema", "interface"}, {}, readSocket},
      {"javascript", kJavascript, {"schema", "interface", "module"}, {}, {}, readModule},
  };
  return kKinds;
}

const SourceKind* readSource(const Reading& reading) {
  auto& [reader, node, where, folder] = reading;
  std::vector<std::string> names;
  for (auto& kind : sourceKinds()) names.emplace_back(kind.name);
  if (node.find("source") == nullptr) {
    reader.error(node.offset, where + " lacks \"source\"", "it is one of " + listed(names));
    return nullptr;
  }
  auto* source = reader.member(node, "source", NodeKind::kString, where);
  if (source == nullptr) return nullptr;
  for (auto& kind : sourceKinds()) {
    if (kind.name == source->text()) return &kind;
  }
  reader.error(source->offset, "unknown source \"" + source->text() + "\"",
               didYouMean(source->text(), names, "it is one of " + listed(names)));
  return nullptr;
}

void readService(const Reading& reading, ServiceEntry& service) {
  auto* kind = readSource(reading);
  if (kind == nullptr) return;
  auto& [reader, node, where, folder] = reading;
  service.source = kind->source;
  std::vector<std::string> known{"source", "timeoutMs", "strict", "faults"};
  for (auto* keys : {&kind->required, &kind->strings, &kind->others}) {
    known.insert(known.end(), keys->begin(), keys->end());
  }
  reader.warnOfUnknownKeys(node, known, where);
  for (auto& key : kind->required) reader.requiredString(node, key, where);
  for (auto& key : kind->strings) reader.string(node, key, where);
  service.timeoutMillis =
      uint32_t(reader.integer(node, "timeoutMs", 1, kMostCallMillis, where).value_or(0));
  service.strict = reader.boolean(node, "strict", where).value_or(false);
  service.interfaceName = textOf(reading, "interface");
  service.schema = existingFile(reading, "schema");
  kind->read(reading, service);
}

}  // namespace

std::string_view nameOf(ServiceSource source) {
  for (auto& kind : sourceKinds()) {
    if (kind.source == source) return kind.name;
  }
  return "";
}

void readServices(ConfigReader& reader, const ConfigNode& root, const fs::path& folder,
                  Simulation& simulation) {
  auto* services = reader.member(root, "services", NodeKind::kObject);
  if (services == nullptr) return;
  for (auto& member : services->members) {
    Reading reading{reader, member.value, "services." + member.key, folder};
    if (!reader.expect(member.value, NodeKind::kObject, reading.where)) continue;
    ServiceEntry service;
    service.name = member.key;
    service.origin = reader.originAt(member.keyOffset);
    readService(reading, service);
    simulation.services.push_back(std::move(service));
  }
}

}  // namespace flamesim::bundle
