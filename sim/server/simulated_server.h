// A simulated server: one event loop, one clock, its own isolates, volatile caches and chain. `dev`
// runs one on real time; `replay` runs several on virtual time. Nothing is shared between servers
// but immutable bundles and schemas. Belongs to the thread that made it.
#pragma once

#include <functional>
#include <memory>

#include "sim/base/outside_work.h"
#include "sim/bundle/simulation.h"
#include "sim/cache/http_cache.h"
#include "sim/chain/chain.h"
#include "sim/net/exchange.h"
#include "sim/net/mock_fetcher.h"
#include "sim/web/http_cache_store.h"

namespace flamesim::server {

// What every simulated server of a run shares: read once, never changed.
struct Program {
  bundle::Simulation simulation;
  std::vector<chain::WorkerPart> workers;
  // What stands in for services and for the network (program_mocks.cc).
  std::vector<chain::ServiceModule> serviceModules;
  std::map<std::string, std::shared_ptr<const bundle::Bundle>> fetchModules;  // by egress
  std::map<std::string, std::shared_ptr<const net::FetchTable>> fetchTables;  // by egress
  std::vector<Diagnostic> warnings;
};

// Reads the simulation and its bundles, and checks that every binding is served. Throws UserError.
std::shared_ptr<const Program> loadProgram(const std::filesystem::path& path);

// The modules of a simulation that stand for its services, without its workers.
std::shared_ptr<const Program> loadServiceModules(bundle::Simulation simulation);

// The program of a file of tests: its worker stands before the chain that `configuration`
// (flamesim.jsonc, or a folder; empty: the nearest above the file, else a wrangler configuration,
// else no chain) describes, so that its fetch() reaches the first worker. Throws UserError.
std::shared_ptr<const Program> loadTestProgram(const std::filesystem::path& file,
                                               const std::filesystem::path& configuration);

// Services of one simulated server, by name; made on its thread. cli/ builds them of mocks.
using ServiceMap = std::map<std::string, std::unique_ptr<bindings::CapabilityPort>>;

struct ServerParts {
  ServiceMap services;              // their sources
  chain::DecorateService decorate;  // of those, and of the program's modules
  // "fl", "internet", and as "cache" what the HTTP cache has behind it.
  std::map<std::string, net::Fetcher*> network;
  // What goes wrong; schedules count from the server's start. nullptr: nothing does.
  std::shared_ptr<faults::FaultPlans> faults;
  std::shared_ptr<net::CallCounters> counters;   // of egress; nullptr: nobody counts
  std::shared_ptr<const chain::TestParts> test;  // of controllers of tests; nullptr: nothing
  // Services of whose recordings a replayed exchange must use all.
  std::vector<std::string> strictServices;
  // The calls of services that leave the process; nullptr: none of them does.
  std::shared_ptr<OutsideWork> outside;
  js::Watchdog* watchdog = nullptr;
  js::Nursery* nursery = nullptr;               // see WorkerOptions
  const chain::ConsoleSink* console = nullptr;  // must outlive the server
};

class SimulatedServer {
 public:
  // `engine`, `clock` and what `parts` points to must outlive the server. Throws UserError.
  SimulatedServer(const js::Engine& engine, std::shared_ptr<const Program> program, Clock& clock,
                  ServerParts parts);
  ~SimulatedServer() noexcept(false);

  // Serves a live request; no effects are kept. `seed`: of what the workers draw.
  kj::Promise<net::Response> serve(net::Request request, net::ClientContext client, uint64_t seed);

  // Has the handler of an event of that worker called. Throws UserError where there is no such
  // worker.
  kj::Promise<web::EventOutcome> send(const std::string& worker, web::Event event, uint64_t seed);

  // The tests of the worker bundle::kTestWorker (server::loadTestProgram), in the order of its
  // exports.
  std::vector<std::string> tests();
  // Runs one of them in a request of its own, waitUntil included; no effects are kept.
  kj::Promise<chain::TestOutcome> runTest(const std::string& name, uint64_t seed);

  // A capability of a service that a module stands for (Program::serviceModules), in a request of
  // its own. Throws UserError where there is no such service.
  capnp::Capability::Client service(const std::string& name, uint64_t seed);

  // Runs a recorded exchange and collects all that comes of it, waitUntil included. `recorded` must
  // outlive the promise. Never rejects.
  Eventual<net::Outcome> run(const net::Exchange& recorded);

  // Behind `caches` and the egress "cache", before the others where it is enabled.
  cache::HttpCache& httpCache() { return cache; }
  const bindings::VolatileCaches& volatileCaches() const { return chain.volatileCaches(); }

 private:
  net::Request prepare(net::Request request, const net::ClientContext& client);
  net::Outcome ended(chain::ExchangeScope& scope, net::Outcome outcome) const;
  kj::Own<chain::ExchangeScope> liveExchange(net::ClientContext client, uint64_t seed);
  const std::shared_ptr<const Program> program;
  const std::shared_ptr<faults::FaultPlans> faults;
  const std::vector<std::string> strictServices;
  uint64_t served = 0;  // live requests and events
  Clock& clock;
  const chain::ConsoleSink* console;
  const std::string defaultControl;
  std::vector<std::unique_ptr<net::MockFetcher>> fetchMocks;
  cache::HttpCache cache;
  web::HttpCacheStore cacheStore{cache};
  chain::Chain chain;
  chain::Endings endings;  // after the chain: goes before it
};

}  // namespace flamesim::server
