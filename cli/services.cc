#include "cli/services.h"

#include <chrono>
#include <iostream>

#include "mocks/connect.h"
#include "mocks/log_segments.h"
#include "mocks/logfwdr.h"
#include "mocks/quicksilver.h"
#include "mocks/quicksilver_import.h"
#include "mocks/rrdns.h"
#include "mocks/schema_source.h"
#include "sim/bindings/capability_decorators.h"
#include "sim/bundle/check.h"

namespace flamesim::cli {

namespace {

class NoSink final : public mocks::LogSink {
 public:
  kj::Promise<void> append(capnp::DynamicStruct::Reader) override { return kj::READY_NOW; }
  mocks::LogCounts counts() const override { return {}; }
};

int64_t steadyMillis() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::shared_ptr<mocks::LogSink> openSink(const bundle::ServiceEntry& service) {
  if (service.data.empty()) return std::make_shared<NoSink>();
  auto& segments = service.segments;
  if (!segments.used) return mocks::FileLogSink::open(service.data);
  return mocks::SegmentLogSink::open(service.data,
                                     {.segmentBytes = segments.segmentBytes,
                                      .segments = segments.segments,
                                      .queue = segments.queue,
                                      .wait = std::chrono::milliseconds(segments.queueWaitMs)});
}

mocks::Delay delayOn(Clock& clock) {
  return [&clock](std::chrono::milliseconds delay) { return clock.after(delay); };
}

// A table, whose rows wait on the clock of the simulated server that the port belongs to.
class TablePort final : public bindings::CapabilityPort {
 public:
  explicit TablePort(std::shared_ptr<const mocks::UniversalTable> table)
      : table(std::move(table)) {}
  capnp::DynamicCapability::Client connect(bindings::RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    if (client == nullptr) {
      client = capnp::Capability::Client(mocks::newUniversal(table, delayOn(scope.clock())));
    }
    return KJ_ASSERT_NONNULL(client).castAs<capnp::DynamicCapability>(type);
  }

 private:
  const std::shared_ptr<const mocks::UniversalTable> table;
  kj::Maybe<capnp::Capability::Client> client;
};

}  // namespace

mocks::RrdnsSources zonesOf(const bundle::ServiceEntry& service) {
  mocks::RrdnsSources sources{
      .json = service.data, .zoneFiles = {}, .edgeAddresses = service.edgeAddresses};
  for (auto& zone : service.zoneFiles) {
    sources.zoneFiles.push_back({zone.name, zone.account, zone.file, zone.proxied});
  }
  return sources;
}

ServiceData::ServiceData(const bundle::Simulation& simulation, LogOutput logs) {
  for (auto& service : simulation.services) {
    Entry entry{.configured = service};
    switch (service.source) {
      case bundle::ServiceSource::kRrdns:
        if (logs == LogOutput::kNowhere) {
          entry.zones = mocks::RrdnsZones::load(zonesOf(service));
        } else {
          entry.rrdns = std::make_shared<mocks::RrdnsHolder>(zonesOf(service));
          entry.rrdns->watch(steadyMillis,
                             [](const std::string& text) { std::cerr << text << std::flush; });
        }
        break;
      case bundle::ServiceSource::kQuicksilver:
        checkStoreIsFree(service.quicksilver.store);
        openQuicksilver(entry, logs);
        break;
      case bundle::ServiceSource::kLogfwdr:
        entry.sink = logs == LogOutput::kNowhere ? std::make_shared<NoSink>() : openSink(service);
        break;
      case bundle::ServiceSource::kAnalytics:
        if (logs == LogOutput::kFile) {
          entry.points = mocks::AnalyticsStore::open(
              service.data,
              {.sampleAbove = service.analytics.sampleAbove, .seed = service.analytics.seed});
        }
        break;
      case bundle::ServiceSource::kTable: {
        auto schema = mocks::SchemaSource::fromFile(service.schema);
        entry.table = mocks::UniversalTable::load(
            service.data, schema->findInterface(service.interfaceName), schema);
        break;
      }
      case bundle::ServiceSource::kSocket:
      case bundle::ServiceSource::kJavascript:
        break;
    }
    entries.emplace(service.name, std::move(entry));
  }
  if (logs == LogOutput::kFile && !entries.contains(bundle::kAnalyticsService)) {
    // Nothing is made before the first point.
    bundle::ServiceEntry service{.name = bundle::kAnalyticsService,
                                 .source = bundle::ServiceSource::kAnalytics};
    entries.emplace(service.name,
                    Entry{.configured = service, .points = mocks::AnalyticsStore::open({}, {})});
  }
}

// LMDB takes no environment twice in one process.
void ServiceData::checkStoreIsFree(const std::filesystem::path& folder) const {
  for (auto& [name, other] : entries) {
    if (!folder.empty() && other.configured.quicksilver.store == folder) {
      throw UserError(Diagnostic{.message = "two services share the store " + folder.string(),
                                 .help = "give each a folder of its own"});
    }
  }
}

// Where a run is to be the same twice, nobody writes, and the replica stands still.
void ServiceData::openQuicksilver(Entry& entry, LogOutput logs) {
  auto& options = entry.configured.quicksilver;
  mocks::StoreOptions storeOptions{.history = options.history};
  entry.store = options.store.empty()
                    ? mocks::QuicksilverStore::openTemporary(std::move(storeOptions))
                    : mocks::QuicksilverStore::open(options.store, mocks::StoreMode::kReadWrite,
                                                    std::move(storeOptions));
  if (!entry.configured.data.empty()) mocks::loadPairs(*entry.store, entry.configured.data);
  mocks::ReplicaOptions replicaOptions;
  if (logs == LogOutput::kNowhere) replicaOptions.motion = mocks::ReplicaMotion::kStandStill;
  replicaOptions.lag = options.lag;
  replicaOptions.stuckAt = options.stuckAt;
  entry.replica = std::make_shared<mocks::QuicksilverReplica>(entry.store, replicaOptions);
}

capnp::Capability::Client ServiceData::client(const std::string& name, kj::Network& network,
                                              Clock* clock) const {
  auto& entry = entries.at(name);
  switch (entry.configured.source) {
    case bundle::ServiceSource::kRrdns:
      return entry.rrdns != nullptr ? mocks::newRrdns(entry.rrdns) : mocks::newRrdns(entry.zones);
    case bundle::ServiceSource::kQuicksilver:
      return mocks::newQuicksilver(entry.replica);
    case bundle::ServiceSource::kLogfwdr:
      return mocks::newLogfwdr(entry.sink);
    case bundle::ServiceSource::kAnalytics:
      return mocks::newAnalytics(entry.points);
    case bundle::ServiceSource::kTable:
      return mocks::newUniversal(entry.table, clock == nullptr ? nullptr : delayOn(*clock));
    case bundle::ServiceSource::kSocket:
      return mocks::connect(network, entry.configured.address, name);
    case bundle::ServiceSource::kJavascript:
      break;
  }
  KJ_FAIL_ASSERT("a module is served by a simulated server", name);
}

bool ServiceData::anyBehindSocket() const {
  for (auto& [name, entry] : entries) {
    if (entry.configured.source == bundle::ServiceSource::kSocket) return true;
  }
  return false;
}

kj::Maybe<capnp::Capability::Client> ServiceData::admin(const Entry& entry) {
  switch (entry.configured.source) {
    case bundle::ServiceSource::kQuicksilver:
      return capnp::Capability::Client(mocks::newQuicksilverAdmin(entry.store, entry.replica));
    case bundle::ServiceSource::kAnalytics:
      if (entry.points == nullptr) break;
      return capnp::Capability::Client(mocks::newAnalyticsAdmin(entry.points));
    case bundle::ServiceSource::kRrdns:
      if (entry.rrdns == nullptr) break;
      return capnp::Capability::Client(mocks::newRrdnsAdmin(entry.rrdns));
    case bundle::ServiceSource::kLogfwdr:
    case bundle::ServiceSource::kTable:
    case bundle::ServiceSource::kSocket:
    case bundle::ServiceSource::kJavascript:
      break;
  }
  return nullptr;
}

ControlParts ServiceData::admins() const {
  ControlParts parts;
  for (auto& [name, entry] : entries) {
    KJ_IF_MAYBE (found, admin(entry)) {
      parts.emplace(
          name, ControlPart{std::string(bundle::nameOf(entry.configured.source)), kj::mv(*found)});
    }
  }
  return parts;
}

void ServiceData::printLosses(std::ostream& out) const {
  for (auto& [name, entry] : entries) {
    uint64_t dropped = 0;
    uint64_t failed = 0;
    if (entry.sink != nullptr) {
      auto counts = entry.sink->counts();
      dropped = counts.dropped;
      failed = counts.failed;
    } else if (entry.points != nullptr) {
      dropped = entry.points->counts().dropped;
    }
    if (dropped + failed == 0) continue;
    out << "flamesim: " << name << ": " << dropped << " messages were dropped, " << failed
        << " could not be written\n";
  }
}

std::unique_ptr<bindings::CapabilityPort> ServiceData::source(const std::string& name,
                                                              const Entry& entry,
                                                              kj::Network& network) const {
  if (entry.table != nullptr) return std::make_unique<TablePort>(entry.table);
  return bindings::clientPort(client(name, network));
}

bindings::ServiceDecorators ServiceData::decoratorsOf(const Entry& entry,
                                                      const RunDecorators& run) {
  auto& configured = entry.configured;
  bindings::ServiceDecorators result;
  if (configured.source == bundle::ServiceSource::kQuicksilver) {
    result.kind = net::EffectKind::kConfigRead;
  }
  // Bindings of logs note their effects themselves, by destination.
  result.recorded = configured.source != bundle::ServiceSource::kLogfwdr &&
                    configured.source != bundle::ServiceSource::kAnalytics;
  if (run.strict || configured.strict) result.matching = bindings::Matching::kStrict;
  result.timeout = std::chrono::milliseconds(configured.timeoutMillis);
  if (configured.source == bundle::ServiceSource::kSocket) result.outside = run.outside;
  result.faults = run.faults;
  result.counters = run.counters;
  return result;
}

void ServiceData::serve(server::ServerParts& parts, kj::Network& network,
                        const RunDecorators& run) const {
  for (auto& [name, entry] : entries) {
    auto decorators = decoratorsOf(entry, run);
    if (decorators.recorded && decorators.matching == bindings::Matching::kStrict) {
      parts.strictServices.push_back(name);
    }
    bool isNowhere = !decorators.recorded && entry.sink == nullptr && entry.points == nullptr;
    bool isModule = entry.configured.source == bundle::ServiceSource::kJavascript;
    if (!isNowhere && !isModule) parts.services.emplace(name, source(name, entry, network));
  }
  parts.decorate = [this, run](const std::string& name,
                               std::unique_ptr<bindings::CapabilityPort> source) {
    return bindings::decorated(name, decoratorsOf(entries.at(name), run), std::move(source));
  };
}

}  // namespace flamesim::cli
