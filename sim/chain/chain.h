// An ordered chain of internal workers and the egress behind the last. A request passes from stage
// to stage as a native value. Belongs to the thread of its simulated server.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/bindings/volatile_cache.h"
#include "sim/chain/egress.h"
#include "sim/chain/worker.h"
#include "sim/web/cache_store.h"

namespace flamesim::chain {

struct WorkerPart {
  std::string name;
  std::shared_ptr<const bundle::Bundle> bundle;
  std::string egress = "internet";  // of a worker outside of the chain: where its fetch() goes
};

// A module that stands for a service, in an isolate of its own.
struct ServiceModule {
  std::string service;
  std::string interfaceName;                     // of the bundle's schema
  std::shared_ptr<const bundle::Bundle> bundle;  // its name: that of the worker
};

// Puts what flamesim.jsonc says of a service between its source and the workers.
using DecorateService = std::function<std::unique_ptr<bindings::CapabilityPort>(
    const std::string& service, std::unique_ptr<bindings::CapabilityPort> source)>;

struct ChainParts {
  std::vector<WorkerPart> workers;  // those of the chain, and those that bindings reach
  std::vector<std::string> order;   // names of the chain's workers, first to last
  std::string egress;               // "fl" | "cache" | "internet" | name of a worker
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;  // their sources
  std::vector<ServiceModule> serviceModules;     // sources of services besides those
  DecorateService decorate;                      // empty: nothing stands before the sources
  std::map<std::string, net::Fetcher*> network;  // see Egress
  web::CacheStore* cacheStore = nullptr;         // of the Cache API; must outlive the chain
  // Modules whose fetch handlers answer for "fl", "internet", "cache"; their bundles' names are
  // those of the workers. Their own fetch() goes to what they stand for.
  std::map<std::string, std::shared_ptr<const bundle::Bundle>> fetchModules;
  bool mockable = false;                        // whether mock() is to be called
  std::optional<EgressPolicy> policy;           // see Egress
  faults::FaultPlans* faults = nullptr;         // of egress and workers; nullptr: there are none
  std::shared_ptr<net::CallCounters> counters;  // nullptr: nobody counts
  WorkerOptions options;
};

class Chain {
 public:
  // Loads every worker. Throws UserError. `engine`, the fetchers and the faults must outlive the
  // chain.
  Chain(const js::Engine& engine, ChainParts parts);
  ~Chain() noexcept(false);

  Eventual<net::Response> handle(net::Request request, ExchangeScope& exchange);

  // One of its workers, in the chain or outside. Throws UserError where there is none of the name.
  Worker& worker(const std::string& name);
  const bindings::VolatileCaches& volatileCaches() const { return caches; }

  // A capability of a service that a module stands for; calls run in a request of `exchange`.
  capnp::Capability::Client serve(const std::string& service, ExchangeScope& exchange);

  // From now on `client` answers for that service, or again what did at first. Names of services
  // that are not there are ignored.
  void mock(const std::string& service, kj::Maybe<capnp::Capability::Client> client);
  // See Egress.
  Egress& waysOut() { return egress; }
  std::vector<std::string> serviceNames() const;

 private:
  class Stage;
  class ModulePort;
  class MockablePort;
  void addStage(const js::Engine& engine, const WorkerPart& part, const WorkerOptions& options,
                size_t position);
  void addServiceModule(const ServiceModule& module);
  void answerFrom(const std::string& egressName, const std::string& workerName);
  // A worker whose tail workers lead back to it would be told of itself without an end.
  void checkTails(std::vector<Diagnostic>& problems) const;

  Stage& stage(const std::string& name);
  // The stage at `position` of the order, or what stands behind the last. `from`: who fetches.
  Eventual<net::Response> nextStage(const std::string& from, size_t position, net::Request request,
                                    ExchangeScope& exchange);

  std::string egressName;
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;
  bindings::VolatileCaches caches;
  web::CacheStore& cacheStore;  // of the Cache API, which all workers share
  faults::FaultyWays faultyWays;
  Egress egress;
  std::map<std::string, std::unique_ptr<Stage>> stages;  // by name
  std::vector<Stage*> ordered;
  Stage* customer = nullptr;                            // the worker that is the egress
  std::map<std::string, ServiceModule> serviceModules;  // by service
  std::map<std::string, MockablePort*> mockables;       // by service
  uint64_t lastSeed = 0;                                // of requests in mocks
};

}  // namespace flamesim::chain
