#include "sim/server/simulated_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/chain/test_mocks.h"
#include "sim/net/recorded.h"
#include "sim/net/url.h"

namespace flamesim::server {

namespace {

cache::HttpCacheOptions cacheOptions(const bundle::HttpCacheEntry& configured) {
  cache::HttpCacheOptions options;
  options.limits.memoryBytes = size_t(configured.memoryMiB) << 20;
  options.limits.diskBytes = size_t(configured.diskMiB) << 20;
  options.limits.diskFolder = configured.diskFolder;
  if (configured.rules == bundle::CacheRules::kProduction) {
    options.rules = cache::Rules::kProduction;
  }
  return options;
}

// The ways out with the cache before those that are to have it.
std::map<std::string, net::Fetcher*> withCache(std::map<std::string, net::Fetcher*> network,
                                               bool everywhere, cache::HttpCache& cache) {
  for (auto& [name, fetcher] : network) {
    if (everywhere || name == "cache") fetcher = &cache.before(*fetcher);
  }
  return network;
}

chain::ChainParts chainParts(const Program& program, ServerParts& parts, cache::HttpCache& cache,
                             web::CacheStore& cacheStore) {
  auto& simulation = program.simulation;
  chain::ChainParts result;
  result.workers = program.workers;
  result.order = simulation.chain;
  result.egress = simulation.egress;
  result.services = std::move(parts.services);
  result.decorate = std::move(parts.decorate);
  result.network = withCache(std::move(parts.network), simulation.cache.enabled, cache);
  result.serviceModules = program.serviceModules;
  result.fetchModules = program.fetchModules;
  result.mockable = simulation.findWorker(bundle::kTestWorker) != nullptr;
  result.cacheStore = &cacheStore;
  result.faults = parts.faults.get();
  result.counters = parts.counters;
  result.policy.emplace(chain::EgressPolicy{.allow = simulation.internet.allow,
                                            .ofWorkers = {},
                                            .cacheBeforeFl = simulation.cache.origin == "fl"});
  for (auto& worker : simulation.workers) {
    if (worker.allow) result.policy->ofWorkers.emplace(worker.name, *worker.allow);
  }
  result.options.isolate.heapLimit = size_t(simulation.heapLimitMiB) << 20;
  result.options.isolate.bufferLimit = size_t(simulation.heapLimitMiB) << 20;
  result.options.isolate.watchdog = parts.watchdog;
  result.options.subrequestLimit = simulation.subrequestLimit;
  if (simulation.keepsProductionBugs) {
    result.options.productionBugs = bindings::ProductionBugs::kKept;
  }
  if (simulation.cpuLimitMillis != 0) {
    result.options.isolate.cpuLimit = std::chrono::milliseconds(simulation.cpuLimitMillis);
  }
  result.options.test = parts.test;
  result.options.nursery = parts.nursery;
  return result;
}

// The header in which the TLS front says what it knows of the connection.
std::string control(const std::string& connectedAddress) {
  return nlohmann::json{{"connect_via_addr", connectedAddress}}.dump();
}

// What workers see as request.cf; they take a request without one for HTTP/1.1.
std::string cfOf(const net::Request& request) {
  if (request.httpVersion == "HTTP/1.1") return "";
  using nlohmann::json;
  return json{{"httpProtocol", request.httpVersion}}.dump(-1, ' ', false,
                                                          json::error_handler_t::replace);
}

// The response with its whole body.
Eventual<net::RecordedResponse> collect(net::Response response) {
  net::RecordedResponse result;
  result.status = response.status;
  result.statusText = std::move(response.statusText);
  result.headers = std::move(response.headers);
  if (response.body.bytes() != nullptr) result.body = *response.body.bytes();
  if (!response.body.isStream()) return result;
  return response.body.takeBytes().then([result = std::move(result)](std::string body) mutable {
    result.body = std::move(body);
    return std::move(result);
  });
}

// The outcome with what `scope` knows of it, when all work for it has ended.
net::Outcome finish(chain::ExchangeScope& scope, net::Outcome outcome) {
  if (outcome.error.empty()) outcome.error = std::move(scope.error);
  outcome.answeredBy = std::move(scope.answeredBy);
  outcome.setBy = std::move(scope.setBy);
  outcome.effects = scope.effects->take();
  return outcome;
}

// Fails the outcome where recorded calls of these services were not made.
void checkUsed(const chain::ExchangeScope& scope, const std::vector<std::string>& services,
               net::Outcome& outcome) {
  auto& recorded = scope.recorded->outcome.effects;
  size_t unused = 0;
  const net::Effect* first = nullptr;
  for (size_t i = 0; i < recorded.size(); ++i) {
    auto& effect = recorded[i];
    bool call = effect.kind == net::EffectKind::kRpc || effect.kind == net::EffectKind::kConfigRead;
    bool used = i < scope.usedCalls->size() && scope.usedCalls->at(i);
    if (!call || used ||
        std::find(services.begin(), services.end(), effect.destination) == services.end()) {
      continue;
    }
    if (unused++ == 0) first = &effect;
  }
  if (unused == 0) return;
  outcome.kind = net::OutcomeKind::kFailed;
  if (!outcome.error.empty()) outcome.error += "; ";
  outcome.error += std::to_string(unused) + " recorded call" + (unused == 1 ? " was" : "s were") +
                   " not made" + (unused == 1 ? ": " : ", the first: ") + first->destination +
                   ", " + first->operation + "(" + first->input + ")";
}

}  // namespace

SimulatedServer::SimulatedServer(const js::Engine& engine, std::shared_ptr<const Program> program,
                                 Clock& clock, ServerParts parts)
    : program(program),
      faults(parts.faults),
      strictServices(std::move(parts.strictServices)),
      clock(clock),
      console(parts.console),
      defaultControl(control(this->program->simulation.client.connectedAddress)),
      cache(clock, cacheOptions(this->program->simulation.cache)),
      chain(engine, chainParts(*this->program, parts, cache, cacheStore)) {
  for (auto& [name, table] : this->program->fetchTables) {
    fetchMocks.push_back(std::make_unique<net::MockFetcher>(table, name, clock));
    auto& fetcher = *fetchMocks.back();
    chain.waysOut().mock(
        name,
        [&fetcher](net::Request request, chain::ExchangeScope&) {
          return Eventual<net::Response>(fetcher.fetch(kj::mv(request)));
        },
        [&fetcher](const net::Request& request) { return fetcher.answers(request); });
  }
  if (faults != nullptr) faults->startAt(clock.now());
}

SimulatedServer::~SimulatedServer() noexcept(false) = default;

// What the TLS front knows is in headers by the time the first worker runs.
net::Request SimulatedServer::prepare(net::Request request, const net::ClientContext& client) {
  // Workers see URLs as the URL standard writes them, whatever spelling came in.
  if (auto url = net::Url::parse(request.url)) request.url = url->href();
  request.cfJson = cfOf(request);
  if (!client.rayId.empty()) request.headers.set("cf-ray", client.rayId);
  if (!client.ip.empty()) request.headers.set("cf-connecting-ip", client.ip);
  auto& defaults = program->simulation.client;
  request.headers.set("cf-ipcountry", client.country.empty() ? defaults.country : client.country);
  request.headers.set("cf-control", client.connectedAddress.empty()
                                        ? defaultControl
                                        : control(client.connectedAddress));
  return request;
}

kj::Promise<net::Response> SimulatedServer::serve(net::Request request, net::ClientContext client,
                                                  uint64_t seed) {
  auto prepared = prepare(kj::mv(request), client);
  auto exchange = liveExchange(std::move(client), seed);
  exchange->passes = net::passesOf(prepared.headers);
  auto answer = chain.handle(kj::mv(prepared), *exchange).promise();
  return answer.attach(kj::mv(exchange));
}

kj::Promise<web::EventOutcome> SimulatedServer::send(const std::string& worker, web::Event event,
                                                     uint64_t seed) {
  auto exchange = liveExchange({}, seed);
  auto outcome = chain.worker(worker).send(kj::mv(event), *exchange).promise();
  return outcome.attach(kj::mv(exchange));
}

// Faults are drawn from the number of the request, not from its seed: that comes from the operating
// system.
kj::Own<chain::ExchangeScope> SimulatedServer::liveExchange(net::ClientContext client,
                                                            uint64_t seed) {
  auto exchange = kj::refcounted<chain::ExchangeScope>(clock, seed, std::move(client), endings);
  exchange->console = console;
  exchange->faultDraws = faults::Draws(++served);
  return exchange;
}

std::vector<std::string> SimulatedServer::tests() {
  return chain.worker(bundle::kTestWorker).tests();
}

kj::Promise<chain::TestOutcome> SimulatedServer::runTest(const std::string& name, uint64_t seed) {
  auto exchange = kj::refcounted<chain::ExchangeScope>(clock, seed, net::ClientContext(), endings);
  exchange->console = console;
  auto& tests = chain.worker(bundle::kTestWorker);
  auto mocks = kj::heap<chain::TestMocks>(chain, tests, program->workers);
  auto tools = [&mocks = *mocks](js::Lock& js) { return mocks.tools(js); };
  auto outcome = tests.runTest(name, *exchange, tools).promise();
  return outcome.attach(kj::mv(mocks), kj::mv(exchange));
}

capnp::Capability::Client SimulatedServer::service(const std::string& name, uint64_t seed) {
  auto names = chain.serviceNames();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw UserError("no module stands for a service \"" + name + "\"");
  }
  auto exchange = kj::refcounted<chain::ExchangeScope>(clock, seed, net::ClientContext(), endings);
  exchange->console = console;
  return chain.serve(name, *exchange);
}

net::Outcome SimulatedServer::ended(chain::ExchangeScope& scope, net::Outcome outcome) const {
  auto finished = finish(scope, std::move(outcome));
  if (scope.usedCalls != nullptr) checkUsed(scope, strictServices, finished);
  return finished;
}

Eventual<net::Outcome> SimulatedServer::run(const net::Exchange& recorded) {
  auto prepared = prepare(net::requestOf(recorded.request), recorded.client);
  auto exchange =
      kj::refcounted<chain::ExchangeScope>(clock, recorded.seed, recorded.client, endings);
  exchange->effects = std::make_shared<net::EffectLog>();
  exchange->recorded = &recorded;
  exchange->passes = net::passesOf(prepared.headers);
  exchange->console = console;
  if (!strictServices.empty()) exchange->usedCalls = std::make_shared<std::vector<bool>>();

  auto& scope = *exchange;
  return chain.handle(kj::mv(prepared), scope)
      .then(collect)
      .then(
          [&scope](net::RecordedResponse&& response) {
            net::Outcome outcome;
            outcome.response = std::move(response);
            outcome.kind =
                scope.declined ? net::OutcomeKind::kDeclined : net::OutcomeKind::kResponse;
            return outcome;
          },
          [](kj::Exception&& exception) {
            net::Outcome outcome;
            outcome.kind = net::OutcomeKind::kFailed;
            outcome.error = exception.getDescription().cStr();
            return outcome;
          })
      .then([this, &scope](net::Outcome&& outcome) -> Eventual<net::Outcome> {
        if (scope.pendingWork == 0) return ended(scope, std::move(outcome));
        return scope.idle().then([this, &scope, outcome = std::move(outcome)]() mutable {
          return ended(scope, std::move(outcome));
        });
      })
      .attach(kj::mv(exchange));
}

}  // namespace flamesim::server
