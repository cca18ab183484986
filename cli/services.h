// Where mocks and the simulator meet: the services that flamesim.jsonc names, as ports.
#pragma once

#include <kj/async-io.h>

#include "cli/control.h"
#include "mocks/log_sink.h"
#include "mocks/quicksilver_store.h"
#include "mocks/rrdns_zones.h"
#include "mocks/universal.h"
#include "sim/server/simulated_server.h"

namespace flamesim::cli {

// What a run keeps of its log messages.
enum class LogOutput : uint8_t {
  kFile,     // the file that flamesim.jsonc names
  kNowhere,  // a replay has them as effects
};

// What stands between the workers and their services.
struct PortOptions {
  // Where calls are noted that go through sockets; nullptr: nowhere.
  std::shared_ptr<OutsideWork> outside;
  // What goes wrong; must outlive the ports. nullptr: nothing does.
  std::shared_ptr<faults::FaultPlans> faults;
  bool faultsChange = false;                    // rules may be added later
  std::shared_ptr<net::CallCounters> counters;  // nullptr: nobody counts
  bool strict = false;                          // every service is
};

// The data behind the services, read once and shared by every simulated server and thread.
class ServiceData {
 public:
  // Throws UserError and mocks::InputError.
  ServiceData(const bundle::Simulation& simulation, LogOutput logs);

  // The capability of a service on the calling thread's event loop; `network` for those behind a
  // socket.
  capnp::Capability::Client client(const std::string& name, kj::Network& network) const;
  // Ports for all services.
  server::ServiceMap ports(kj::Network& network, const PortOptions& options = {}) const;
  // Those of whose recordings a replayed exchange must use all.
  std::vector<std::string> strictServices(const PortOptions& options) const;
  bool anyBehindSocket() const;
  // What other commands administer, on the calling thread's event loop.
  ControlParts admins() const;

 private:
  struct Entry {
    bundle::ServiceEntry configured;
    std::shared_ptr<const mocks::RrdnsZones> zones;
    std::shared_ptr<mocks::QuicksilverStore> store;
    std::shared_ptr<mocks::LogSink> sink;
    std::shared_ptr<const mocks::UniversalTable> table;
  };
  static bool isRecorded(const Entry& entry);
  // nullptr: there is nothing to administer.
  static kj::Maybe<capnp::Capability::Client> admin(const Entry& entry);

  std::map<std::string, Entry> entries;
};

}  // namespace flamesim::cli
