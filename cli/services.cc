#include "cli/services.h"

#include "mocks/connect.h"
#include "mocks/logfwdr.h"
#include "mocks/quicksilver.h"
#include "mocks/rrdns.h"
#include "mocks/schema_source.h"
#include "sim/bindings/capability_decorators.h"

namespace flamesim::cli {

namespace {

class NoSink final : public mocks::LogSink {
 public:
  void append(capnp::DynamicStruct::Reader) override {}
};

}  // namespace

ServiceData::ServiceData(const bundle::Simulation& simulation, LogOutput logs) {
  for (auto& service : simulation.services) {
    Entry entry{.configured = service};
    switch (service.source) {
      case bundle::ServiceSource::kRrdns:
        entry.zones = service.data.empty() ? mocks::RrdnsZones::parse("{}", "no zones")
                                           : mocks::RrdnsZones::load(service.data);
        break;
      case bundle::ServiceSource::kQuicksilver:
        entry.store = mocks::QuicksilverStore::openTemporary();
        if (!service.data.empty()) entry.store->loadJson(service.data);
        break;
      case bundle::ServiceSource::kLogfwdr:
        if (logs == LogOutput::kNowhere || service.data.empty()) {
          entry.sink = std::make_shared<NoSink>();
        } else {
          entry.sink = mocks::FileLogSink::open(service.data);
        }
        break;
      case bundle::ServiceSource::kTable: {
        auto schema = mocks::SchemaSource::fromFile(service.schema);
        entry.table = mocks::UniversalTable::load(
            service.data, schema->findInterface(service.interfaceName), schema);
        break;
      }
      case bundle::ServiceSource::kSocket:
        break;
    }
    entries.emplace(service.name, std::move(entry));
  }
}

capnp::Capability::Client ServiceData::client(const std::string& name, kj::Network& network) const {
  auto& entry = entries.at(name);
  switch (entry.configured.source) {
    case bundle::ServiceSource::kRrdns:
      return mocks::newRrdns(entry.zones);
    case bundle::ServiceSource::kQuicksilver:
      return mocks::newQuicksilver(entry.store);
    case bundle::ServiceSource::kLogfwdr:
      return mocks::newLogfwdr(entry.sink);
    case bundle::ServiceSource::kTable:
      return mocks::newUniversal(entry.table);
    case bundle::ServiceSource::kSocket:
      break;
  }
  return mocks::connect(network, entry.configured.address);
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
      return capnp::Capability::Client(mocks::newQuicksilverWriter(entry.store));
    case bundle::ServiceSource::kRrdns:
    case bundle::ServiceSource::kLogfwdr:
    case bundle::ServiceSource::kTable:
    case bundle::ServiceSource::kSocket:
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

// The logfwdr binding notes its effects itself, by destination.
bool ServiceData::isRecorded(const Entry& entry) {
  return entry.configured.source != bundle::ServiceSource::kLogfwdr;
}

std::vector<std::string> ServiceData::strictServices(const PortOptions& options) const {
  std::vector<std::string> names;
  for (auto& [name, entry] : entries) {
    if (isRecorded(entry) && (options.strict || entry.configured.strict)) names.push_back(name);
  }
  return names;
}

server::ServiceMap ServiceData::ports(kj::Network& network, const PortOptions& options) const {
  server::ServiceMap ports;
  for (auto& [name, entry] : entries) {
    auto kind = entry.configured.source == bundle::ServiceSource::kQuicksilver
                    ? net::EffectKind::kConfigRead
                    : net::EffectKind::kRpc;
    auto port = bindings::clientPort(client(name, network));
    if (options.outside != nullptr && entry.configured.source == bundle::ServiceSource::kSocket) {
      port = bindings::outsidePort(options.outside, std::move(port));
    }
    if (isRecorded(entry)) {
      auto matching = options.strict || entry.configured.strict ? bindings::Matching::kStrict
                                                                : bindings::Matching::kNearest;
      port = bindings::transcriptPort(name, kind, std::move(port), matching);
    }
    if (options.faults != nullptr) {
      auto& plan = options.faults->of(bundle::FaultTarget::kService, name);
      if (options.faultsChange || !plan.empty()) port = bindings::faultPort(plan, std::move(port));
    }
    if (isRecorded(entry)) port = bindings::recordingPort(name, kind, std::move(port));
    if (options.counters != nullptr) {
      port = bindings::countingPort(name, options.counters, std::move(port));
    }
    ports.emplace(name, std::move(port));
  }
  return ports;
}

}  // namespace flamesim::cli
