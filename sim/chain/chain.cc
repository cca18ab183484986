#include "sim/chain/chain.h"

#include "sim/chain/provenance.h"

namespace flamesim::chain {

class Chain::WorkerPorts final : public bindings::Ports {
 public:
  explicit WorkerPorts(Chain& chain) : chain(chain) {
    targets.push_back({bindings::FetcherTarget::Kind::kNextStage, ""});
  }

  bindings::CapabilityPort& capability(const std::string& service) override {
    auto found = chain.services.find(service);
    if (found == chain.services.end()) {
      throw UserError("no service \"" + service + "\" is configured");
    }
    return *found->second;
  }
  bindings::VolatileCaches& volatileCaches() override { return chain.caches; }
  web::FetcherSlot fetcherSlot(bindings::FetcherTarget target) override {
    targets.push_back(std::move(target));
    return web::FetcherSlot(targets.size() - 1);
  }

  std::vector<bindings::FetcherTarget> targets;  // by slot

 private:
  Chain& chain;
};

Chain::Chain(const js::Engine& engine, ChainParts parts)
    : order(std::move(parts.order)),
      egressName(std::move(parts.egress)),
      services(std::move(parts.services)),
      egress(std::move(parts.network)) {
  for (auto& part : parts.workers) {
    Stage stage;
    stage.position = kOutside;
    for (size_t i = 0; i < order.size(); ++i) {
      if (order[i] == part.name) stage.position = i;
    }
    stage.ports = std::make_unique<WorkerPorts>(*this);
    stage.worker = std::make_unique<Worker>(engine, part.name, part.bundle, parts.options,
                                            *stage.ports, *this);
    stages.emplace(part.name, std::move(stage));
  }
  for (auto& name : order) {
    auto found = stages.find(name);
    if (found == stages.end()) throw UserError("the chain names no worker \"" + name + "\"");
    ordered.push_back(&found->second);
  }
}

Chain::~Chain() noexcept(false) = default;

kj::Promise<net::Response> Chain::handle(net::Request request, ExchangeScope& exchange) {
  return nextStage("", 0, kj::mv(request), exchange);
}

kj::Promise<net::Response> Chain::nextStage(const std::string& from, size_t position,
                                            net::Request request, ExchangeScope& exchange) {
  if (position < ordered.size()) {
    return call(*ordered[position], kj::mv(request), exchange, OnException::kAnswer500);
  }
  auto customer = stages.find(egressName);
  if (customer != stages.end() && customer->second.position == kOutside &&
      customer->first != from) {
    return call(customer->second, kj::mv(request), exchange, OnException::kAnswer500);
  }
  return egress.fetch(egressName, from, kj::mv(request), exchange);
}

kj::Promise<net::Response> Chain::fetch(const std::string& from, web::FetcherSlot slot,
                                        net::Request request, ExchangeScope& exchange) {
  auto& stage = stages.at(from);
  auto& target = stage.ports->targets.at(slot);
  switch (target.kind) {
    case bindings::FetcherTarget::Kind::kEgress:
      return egress.fetch(target.name, from, kj::mv(request), exchange);
    case bindings::FetcherTarget::Kind::kWorker:
      return call(stages.at(target.name), kj::mv(request), exchange, OnException::kRethrow);
    case bindings::FetcherTarget::Kind::kNextStage:
      break;
  }
  // A worker outside of the chain stands behind it: its fetch() goes out to the Internet.
  if (stage.position == kOutside) {
    return egress.fetch("internet", from, kj::mv(request), exchange);
  }
  auto next = nextStage(from, stage.position + 1, kj::mv(request), exchange);
  if (exchange.effects == nullptr) return next;
  return next.then([keep = kj::addRef(exchange)](net::Response response) mutable {
    keep->below = Snapshot::of(response);
    return kj::mv(response);
  });
}

kj::Promise<net::Response> Chain::call(Stage& stage, net::Request request, ExchangeScope& exchange,
                                       OnException onException) {
  auto answer = stage.worker->handle(kj::mv(request), exchange, onException);
  if (exchange.effects == nullptr) return answer;
  return answer.then([keep = kj::addRef(exchange), &stage](net::Response response) mutable {
    noteChanges(stage.worker->name(), response, *keep);
    return kj::mv(response);
  });
}

}  // namespace flamesim::chain
