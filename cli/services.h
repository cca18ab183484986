// Where mocks and the simulator meet: the services that flamesim.jsonc names, as ports.
#pragma once

#include <kj/async-io.h>

#include "cli/control.h"
#include "mocks/analytics.h"
#include "mocks/log_sink.h"
#include "mocks/quicksilver_replica.h"
#include "mocks/rrdns_holder.h"
#include "mocks/universal.h"
#include "sim/bindings/capability_decorators.h"
#include "sim/server/simulated_server.h"

namespace flamesim::cli {

// What a run keeps of its log messages and data points.
enum class LogOutput : uint8_t {
  kFile,     // what flamesim.jsonc names; data points without a file stay in memory
  kNowhere,  // a replay has them as effects
};

// Where the zones of a service with the source "rrdns" come from.
mocks::RrdnsSources zonesOf(const bundle::ServiceEntry& service);

// What a run puts between the workers and their services.
struct RunDecorators {
  // Where calls are noted that go through sockets; nullptr: nowhere.
  std::shared_ptr<OutsideWork> outside;
  std::shared_ptr<faults::FaultPlans> faults;   // nullptr: nothing goes wrong
  std::shared_ptr<net::CallCounters> counters;  // nullptr: nobody counts
  bool strict = false;                          // every service is
};

// The data behind the services, read once and shared by every simulated server and thread.
class ServiceData {
 public:
  // Throws UserError and mocks::InputError.
  ServiceData(const bundle::Simulation& simulation, LogOutput logs);

  // The capability of a service on the calling thread's event loop; `network` for those behind a
  // socket, `clock` for what answers with a delay (nullptr: it answers at once). Not for services
  // that a module stands for: those are the simulated server's own.
  capnp::Capability::Client client(const std::string& name, kj::Network& network,
                                   Clock* clock = nullptr) const;
  // The services of a simulated server, their decorators, and whose recordings a replayed exchange
  // must use up. This must outlive the parts.
  void serve(server::ServerParts& parts, kj::Network& network, const RunDecorators& run) const;
  bool anyBehindSocket() const;
  // What other commands administer, on the calling thread's event loop.
  ControlParts admins() const;
  // What was dropped or could not be written, where anything was; at the end of a run.
  void printLosses(std::ostream& out) const;

 private:
  struct Entry {
    bundle::ServiceEntry configured;
    std::shared_ptr<const mocks::RrdnsZones> zones;  // that stay as they are, or
    std::shared_ptr<mocks::RrdnsHolder> rrdns;       // that follow their files
    std::shared_ptr<mocks::QuicksilverStore> store;
    std::shared_ptr<mocks::QuicksilverReplica> replica;
    std::shared_ptr<mocks::LogSink> sink;
    std::shared_ptr<mocks::AnalyticsStore> points;  // nullptr: nowhere
    std::shared_ptr<const mocks::UniversalTable> table;
  };
  void checkStoreIsFree(const std::filesystem::path& folder) const;
  static void openQuicksilver(Entry& entry, LogOutput logs);
  std::unique_ptr<bindings::CapabilityPort> source(const std::string& name, const Entry& entry,
                                                   kj::Network& network) const;
  static bindings::ServiceDecorators decoratorsOf(const Entry& entry, const RunDecorators& run);
  // nullptr: there is nothing to administer.
  static kj::Maybe<capnp::Capability::Client> admin(const Entry& entry);

  std::map<std::string, Entry> entries;
};

}  // namespace flamesim::cli
