// An ordered chain of internal workers and the egress behind the last. A request passes from stage
// to stage as a native value. Belongs to the thread of its simulated server.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/bindings/volatile_cache.h"
#include "sim/chain/egress.h"
#include "sim/chain/worker.h"
#include "sim/web/memory_cache_store.h"

namespace flamesim::chain {

struct WorkerPart {
  std::string name;
  std::shared_ptr<const bundle::Bundle> bundle;
  std::string egress = "internet";  // of a worker outside of the chain: where its fetch() goes
};

struct ChainParts {
  std::vector<WorkerPart> workers;  // those of the chain, and those that bindings reach
  std::vector<std::string> order;   // names of the chain's workers, first to last
  std::string egress;               // "fl" | "cache" | "internet" | name of a worker
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;
  std::map<std::string, net::Fetcher*> network;  // see Egress
  std::optional<EgressPolicy> policy;            // see Egress
  faults::FaultPlans* faults = nullptr;          // of egress and workers; nullptr: there are none
  std::shared_ptr<net::CallCounters> counters;   // nullptr: nobody counts
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

 private:
  class Stage;
  // A worker whose tail workers lead back to it would be told of itself without an end.
  void checkTails(std::vector<Diagnostic>& problems) const;

  Stage& stage(const std::string& name);
  // The stage at `position` of the order, or what stands behind the last. `from`: who fetches.
  Eventual<net::Response> nextStage(const std::string& from, size_t position, net::Request request,
                                    ExchangeScope& exchange);

  std::string egressName;
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;
  bindings::VolatileCaches caches;
  web::MemoryCacheStore cacheStore;  // of the Cache API, which all workers share
  faults::FaultyWays faultyWays;
  Egress egress;
  std::map<std::string, std::unique_ptr<Stage>> stages;  // by name
  std::vector<Stage*> ordered;
  Stage* customer = nullptr;  // the worker that is the egress
};

}  // namespace flamesim::chain
