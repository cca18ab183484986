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
      case bundle::ServiceSource::kJavascript:
        break;
    }
    entries.emplace(service.name, std::move(entry));
  }
}

capnp::Capability::Client ServiceData::client(const std::string& name, kj::Network& network,
                                              Clock* clock) const {
  auto& entry = entries.at(name);
  switch (entry.configured.source) {
    case bundle::ServiceSource::kRrdns:
      return mocks::newRrdns(entry.zones);
    case bundle::ServiceSource::kQuicksilver:
      return mocks::newQuicksilver(entry.store);
    case bundle::ServiceSource::kLogfwdr:
      return mocks::newLogfwdr(entry.sink);
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
      return capnp::Capability::Client(mocks::newQuicksilverWriter(entry.store));
    case bundle::ServiceSource::kRrdns:
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

server::ServiceMap ServiceData::ports(kj::Network& network,
                                      const std::shared_ptr<OutsideWork>& outside) const {
  server::ServiceMap ports;
  for (auto& [name, entry] : entries) {
    if (entry.configured.source == bundle::ServiceSource::kJavascript) continue;
    auto kind = entry.configured.source == bundle::ServiceSource::kQuicksilver
                    ? net::EffectKind::kConfigRead
                    : net::EffectKind::kRpc;
    std::unique_ptr<bindings::CapabilityPort> port;
    if (entry.table != nullptr) {
      port = std::make_unique<TablePort>(entry.table);
    } else {
      port = bindings::clientPort(client(name, network));
    }
    if (outside != nullptr && entry.configured.source == bundle::ServiceSource::kSocket) {
      port = bindings::outsidePort(outside, std::move(port));
    }
    if (entry.configured.timeoutMillis != 0) {
      port = bindings::timeoutPort(name, std::chrono::milliseconds(entry.configured.timeoutMillis),
                                   std::move(port));
    }
    // The logfwdr binding notes its effects itself, by destination.
    if (entry.configured.source != bundle::ServiceSource::kLogfwdr) {
      port = bindings::transcriptPort(name, kind, std::move(port));
      port = bindings::recordingPort(name, kind, std::move(port));
    }
    ports.emplace(name, std::move(port));
  }
  return ports;
}

}  // namespace flamesim::cli
