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

namespace flamesim::chain {

struct WorkerPart {
  std::string name;
  std::shared_ptr<const bundle::Bundle> bundle;
};

struct ChainParts {
  std::vector<WorkerPart> workers;  // those of the chain, and those that bindings reach
  std::vector<std::string> order;   // names of the chain's workers, first to last
  std::string egress;               // "fl" | "cache" | "internet" | name of a worker
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;
  std::map<std::string, net::Fetcher*> network;  // see Egress
  WorkerOptions options;
};

class Chain final : public Surroundings {
 public:
  // Loads every worker. Throws UserError. `engine` and the fetchers must outlive the chain.
  Chain(const js::Engine& engine, ChainParts parts);
  ~Chain() noexcept(false);

  kj::Promise<net::Response> handle(net::Request request, ExchangeScope& exchange);

 private:
  class WorkerPorts;
  struct Stage {
    std::unique_ptr<WorkerPorts> ports;
    std::unique_ptr<Worker> worker;
    size_t position;  // in the order; kOutside: not part of it
  };
  static constexpr size_t kOutside = size_t(-1);

  kj::Promise<net::Response> fetch(const std::string& from, web::FetcherSlot slot,
                                   net::Request request, ExchangeScope& exchange) override;
  kj::Promise<net::Response> nextStage(const std::string& from, size_t position,
                                       net::Request request, ExchangeScope& exchange);
  kj::Promise<net::Response> call(Stage& stage, net::Request request, ExchangeScope& exchange,
                                  OnException onException);

  std::vector<std::string> order;
  std::string egressName;
  std::map<std::string, std::unique_ptr<bindings::CapabilityPort>> services;
  bindings::VolatileCaches caches;
  Egress egress;
  std::map<std::string, Stage> stages;  // by name
  std::vector<Stage*> ordered;
};

}  // namespace flamesim::chain
