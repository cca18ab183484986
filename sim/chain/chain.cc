#include "sim/chain/chain.h"

#include <algorithm>
#include <deque>
#include <set>

#include "sim/bundle/check.h"
#include "sim/chain/provenance.h"
#include "sim/chain/request_context.h"
#include "sim/net/edge_error.h"

namespace flamesim::chain {

namespace {

// What the front line answers for a customer's worker that failed.
net::Response customerError(const kj::Exception& exception, const net::HeaderList& request,
                            ExchangeScope& exchange) {
  std::string_view text = exception.getDescription().cStr();
  bool limit = text.find(js::kCpuLimitExceeded) != std::string_view::npos ||
               text.find(js::kHeapLimitExceeded) != std::string_view::npos;
  return net::edgeErrorResponse(*net::findEdgeError(limit ? 1102 : 1101), request,
                                exchange.client.rayId);
}

}  // namespace

// A worker and how it reaches what stands around it.
class Chain::Stage final : public bindings::Ports, public Surroundings {
 public:
  // `position`: in the order; kOutside: a worker that only bindings and the egress reach.
  static constexpr size_t kOutside = size_t(-1);
  inline static const std::string kNoProps;
  Stage(Chain& chain, size_t position, const WorkerPart& part)
      : position(position), name(part.name), egress(part.egress), chain(chain) {
    targets.push_back({.kind = bindings::FetcherTarget::Kind::kNextStage});
  }

  Eventual<net::Response> call(net::Request request, ExchangeScope& exchange,
                               OnException onException,
                               const std::string& entrypoint = Worker::kDefaultEntrypoint,
                               const std::string& props = kNoProps) {
    auto* way = chain.faultyWays.find(bundle::FaultTarget::kWorker, worker->name());
    auto answer = way == nullptr
                      ? worker->handle(kj::mv(request), exchange, onException, entrypoint, props)
                      : callFaulty(*way, kj::mv(request), exchange, onException, entrypoint, props);
    if (exchange.effects == nullptr) return answer;
    return kj::mv(answer).then(
        [this, keep = kj::addRef(exchange)](net::Response&& response) mutable {
          noteChanges(worker->name(), response, *keep);
          return kj::mv(response);
        });
  }

  Eventual<net::Response> fetch(web::FetcherSlot slot, net::Request request,
                                ExchangeScope& exchange) override {
    auto& target = targets.at(slot);
    switch (target.kind) {
      case bindings::FetcherTarget::Kind::kEgress:
        return chain.egress.fetch(target.name, name, kj::mv(request), exchange);
      case bindings::FetcherTarget::Kind::kWorker:
        return chain.stage(target.name)
            .call(kj::mv(request), exchange, OnException::kRethrow, target.entrypoint,
                  target.props);
      case bindings::FetcherTarget::Kind::kNextStage:
        break;
    }
    // A worker outside of the chain stands behind it: its fetch() goes out.
    if (position == kOutside) return chain.egress.fetch(egress, name, kj::mv(request), exchange);
    auto next = chain.nextStage(name, position + 1, kj::mv(request), exchange);
    if (exchange.effects == nullptr) return next;
    return kj::mv(next).then([keep = kj::addRef(exchange)](net::Response&& response) mutable {
      keep->below = Snapshot::of(response);
      return kj::mv(response);
    });
  }

  Eventual<web::RpcResult> call(web::FetcherSlot slot, web::RpcCall call,
                                RequestContext& caller) override {
    auto& target = targets.at(slot);
    if (target.kind != bindings::FetcherTarget::Kind::kWorker) {
      return noEvents();
    }
    auto& callee = *chain.stage(target.name).worker;
    if (auto* way = chain.faultyWays.find(bundle::FaultTarget::kWorker, callee.name())) {
      auto& exchange = *caller.exchange;
      KJ_IF_MAYBE (faults, way->ofMethod(dotted(call.path), exchange.clock, exchange.faultDraws)) {
        return callFaulty(kj::mv(*faults), callee, kj::mv(call), target, caller);
      }
    }
    return callee.call(kj::mv(call), target.entrypoint, target.props, caller);
  }

  Eventual<web::EventOutcome> send(web::FetcherSlot slot, web::Event event,
                                   ExchangeScope& exchange) override {
    auto& target = targets.at(slot);
    if (target.kind != bindings::FetcherTarget::Kind::kWorker) return noEvents();
    return chain.stage(target.name)
        .worker->send(kj::mv(event), exchange, target.entrypoint, target.props);
  }

  void tell(const std::string& tailWorker, std::shared_ptr<const web::Trace> trace,
            ExchangeScope& exchange) override {
    auto found = chain.stages.find(tailWorker);
    if (found == chain.stages.end()) return;  // bundle::checkBindings warned
    auto& consumer = *found->second->worker;
    exchange.run(kj::evalLater([&consumer, trace = kj::mv(trace), &exchange] {
      return consumer.send(web::TailBatch{{trace}}, exchange).promise().ignoreResult();
    }));
  }

  const std::string& workerName() const override { return name; }
  bindings::CapabilityPort& capability(const std::string& service) override {
    auto found = chain.services.find(service);
    if (found == chain.services.end()) {
      throw UserError("no service \"" + service + "\" is configured");
    }
    return *found->second;
  }
  bindings::CapabilityPort* analytics() override {
    auto found = chain.services.find(bundle::kAnalyticsService);
    return found == chain.services.end() ? nullptr : found->second.get();
  }
  bindings::VolatileCaches& volatileCaches() override { return chain.caches; }
  web::CacheStore& cacheStore() override { return chain.cacheStore; }
  web::FetcherSlot fetcherSlot(bindings::FetcherTarget target) override {
    if (target.entrypoint.empty()) target.entrypoint = Worker::kDefaultEntrypoint;
    targets.push_back(std::move(target));
    return web::FetcherSlot(targets.size() - 1);
  }

  // Once every worker is loaded: whether those that bindings name have the entrypoints.
  void checkTargets(std::vector<Diagnostic>& problems) const {
    for (auto& target : targets) {
      if (target.kind != bindings::FetcherTarget::Kind::kWorker) continue;
      auto found = chain.stages.find(target.name);
      if (found == chain.stages.end()) continue;  // bundle::checkBindings said so
      auto names = found->second->worker->entrypoints();
      if (std::find(names.begin(), names.end(), target.entrypoint) != names.end()) continue;
      std::string exported;
      for (auto& name : names) exported += (exported.empty() ? "" : ", ") + name;
      auto near = nearest(target.entrypoint, names);
      problems.push_back(target.origin.diagnostic(
          "the worker \"" + target.name + "\" does not export the entrypoint \"" +
              target.entrypoint + "\"",
          (near.empty() ? "" : "did you mean \"" + near + "\"? ") + "it has " + exported));
    }
  }

  const size_t position;
  const std::string name;
  const std::string egress;
  std::unique_ptr<Worker> worker;

 private:
  static kj::Exception noEvents() {
    return js::rejection("Error", "External HTTP servers don't support this event type.");
  }

  // The names must outlive the promise.
  Eventual<net::Response> callFaulty(faults::FaultyWay& way, net::Request request,
                                     ExchangeScope& exchange, OnException onException,
                                     const std::string& entrypoint, const std::string& props) {
    return way.fetch(
        kj::mv(request), exchange.clock, exchange.faultDraws,
        [this, keep = kj::addRef(exchange), onException, &entrypoint,
         &props](net::Request request) mutable {
          return worker->handle(kj::mv(request), *keep, onException, entrypoint, props).promise();
        });
  }

  // Callee, target and caller must outlive the promise.
  static Eventual<web::RpcResult> callFaulty(faults::MethodFaults faults, Worker& callee,
                                             web::RpcCall call,
                                             const bindings::FetcherTarget& target,
                                             RequestContext& caller) {
    return faults.before
        .then([&callee, call = kj::mv(call), &target, &caller]() mutable {
          return callee.call(kj::mv(call), target.entrypoint, target.props, caller).promise();
        })
        .then([instead = kj::mv(faults.instead)](
                  web::RpcResult result) mutable -> kj::Promise<web::RpcResult> {
          KJ_IF_MAYBE (error, instead) {
            return kj::mv(*error);
          }
          return kj::mv(result);
        });
  }

  static std::string dotted(const std::vector<std::string>& path) {
    std::string text;
    for (auto& name : path) text += (text.empty() ? "" : ".") + name;
    return text;
  }

  Chain& chain;
  std::deque<bindings::FetcherTarget> targets;  // by slot; they stay where they are
};

// The port of a service that a module stands for. Each capability has a request of its own there.
class Chain::ModulePort final : public bindings::CapabilityPort {
 public:
  ModulePort(Chain& chain, std::string service) : chain(chain), service(std::move(service)) {}
  capnp::DynamicCapability::Client connect(bindings::RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto exchange = static_cast<RequestContext&>(scope).exchange->aside(++chain.lastSeed);
    // Not at once: the caller's JavaScript is running.
    capnp::Capability::Client client = kj::evalLater(
        [this, exchange = kj::mv(exchange)]() mutable { return chain.serve(service, *exchange); });
    return client.castAs<capnp::DynamicCapability>(type);
  }

 private:
  Chain& chain;
  const std::string service;
};

// The source of a service, or what a test put in its place.
class Chain::MockablePort final : public bindings::CapabilityPort {
 public:
  explicit MockablePort(std::unique_ptr<bindings::CapabilityPort> inner)
      : inner(std::move(inner)) {}
  capnp::DynamicCapability::Client connect(bindings::RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    KJ_IF_MAYBE (client, mock) {
      return client->castAs<capnp::DynamicCapability>(type);
    }
    return inner->connect(scope, type);
  }
  kj::Maybe<capnp::Capability::Client> mock;

 private:
  const std::unique_ptr<bindings::CapabilityPort> inner;
};

void Chain::addStage(const js::Engine& engine, const WorkerPart& part, const WorkerOptions& options,
                     size_t position) {
  auto stage = std::make_unique<Stage>(*this, position, part);
  stage->worker = std::make_unique<Worker>(engine, part.name, part.bundle, options, *stage, *stage);
  stages.emplace(part.name, std::move(stage));
}

void Chain::addServiceModule(const ServiceModule& module) {
  services.emplace(module.service, std::make_unique<ModulePort>(*this, module.service));
  serviceModules.emplace(module.service, module);
}

// Has the fetch handler of a worker answer for a way out.
void Chain::answerFrom(const std::string& egressName, const std::string& workerName) {
  auto handler = [this, workerName](net::Request request, ExchangeScope& exchange) {
    auto own = exchange.aside(++lastSeed);
    auto answer = stage(workerName).call(kj::mv(request), *own, OnException::kRethrow);
    return kj::mv(answer).attach(kj::mv(own));
  };
  egress.mock(egressName, handler, nullptr, workerName);
}

capnp::Capability::Client Chain::serve(const std::string& service, ExchangeScope& exchange) {
  auto& module = serviceModules.at(service);
  return stage(module.bundle->name).worker->serve(module.interfaceName, exchange);
}

void Chain::mock(const std::string& service, kj::Maybe<capnp::Capability::Client> client) {
  auto found = mockables.find(service);
  if (found != mockables.end()) found->second->mock = kj::mv(client);
}

std::vector<std::string> Chain::serviceNames() const {
  std::vector<std::string> names;
  for (auto& [name, port] : services) names.push_back(name);
  return names;
}

Chain::Chain(const js::Engine& engine, ChainParts parts)
    : egressName(std::move(parts.egress)),
      services(std::move(parts.services)),
      cacheStore(*parts.cacheStore),
      faultyWays(parts.faults),
      egress(std::move(parts.network), faultyWays, std::move(parts.counters),
             std::move(parts.policy)) {
  for (auto& module : parts.serviceModules) addServiceModule(module);
  for (auto& [name, port] : services) {
    if (parts.mockable) {
      auto mockable = std::make_unique<MockablePort>(std::move(port));
      mockables.emplace(name, mockable.get());
      port = std::move(mockable);
    }
    if (parts.decorate) port = parts.decorate(name, std::move(port));
  }
  auto& order = parts.order;
  for (auto& part : parts.workers) {
    auto place = std::find(order.begin(), order.end(), part.name);
    addStage(engine, part, parts.options,
             place == order.end() ? Stage::kOutside : size_t(place - order.begin()));
  }
  for (auto& module : parts.serviceModules) {
    addStage(engine, {module.bundle->name, module.bundle}, parts.options, Stage::kOutside);
  }
  for (auto& [name, bundle] : parts.fetchModules) {
    addStage(engine, {bundle->name, bundle, name}, parts.options, Stage::kOutside);
    answerFrom(name, bundle->name);
  }
  std::vector<Diagnostic> problems;
  for (auto& [name, stage] : stages) stage->checkTargets(problems);
  checkTails(problems);
  if (!problems.empty()) throw UserError::ofAll(std::move(problems));
  for (auto& name : order) {
    auto found = stages.find(name);
    if (found == stages.end()) throw UserError("the chain names no worker \"" + name + "\"");
    ordered.push_back(found->second.get());
  }
  auto behind = stages.find(egressName);
  if (behind != stages.end() && behind->second->position == Stage::kOutside) {
    customer = behind->second.get();
  }
}

Chain::~Chain() noexcept(false) = default;

void Chain::checkTails(std::vector<Diagnostic>& problems) const {
  for (auto& [name, stage] : stages) {
    std::set<std::string> told;
    std::vector<std::string> next{name};
    while (!next.empty()) {
      auto found = stages.find(next.back());
      next.pop_back();
      if (found == stages.end()) continue;  // bundle::checkBindings said so
      for (auto& consumer : found->second->worker->tailConsumers()) {
        if (consumer.service == name) {
          problems.push_back(consumer.origin.diagnostic(
              "the worker \"" + name + "\" would be a tail consumer of itself",
              "remove one of the \"tail_consumers\" that lead back to it"));
        }
        if (told.insert(consumer.service).second) next.push_back(consumer.service);
      }
    }
  }
}

Chain::Stage& Chain::stage(const std::string& name) {
  auto found = stages.find(name);
  if (found == stages.end()) throw UserError("there is no worker \"" + name + "\"");
  return *found->second;
}

Worker& Chain::worker(const std::string& name) {
  return *stage(name).worker;
}

Eventual<net::Response> Chain::handle(net::Request request, ExchangeScope& exchange) {
  return nextStage("", 0, kj::mv(request), exchange);
}

Eventual<net::Response> Chain::nextStage(const std::string& from, size_t position,
                                         net::Request request, ExchangeScope& exchange) {
  if (position < ordered.size()) {
    return ordered[position]->call(kj::mv(request), exchange, OnException::kAnswer500);
  }
  if (customer != nullptr) {
    auto headers = request.headers;
    return customer->call(kj::mv(request), exchange, OnException::kRethrow)
        .then([](net::Response&& response) { return kj::mv(response); },
              [headers = std::move(headers), &exchange](kj::Exception&& exception) {
                return customerError(exception, headers, exchange);
              });
  }
  return egress.fetch(egressName, from, kj::mv(request), exchange);
}

}  // namespace flamesim::chain
