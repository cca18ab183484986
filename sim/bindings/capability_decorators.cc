#include "sim/bindings/capability_decorators.h"

namespace flamesim::bindings {

namespace {

class FactoryPort final : public CapabilityPort {
 public:
  explicit FactoryPort(kj::Function<capnp::Capability::Client()> factory)
      : factory(kj::mv(factory)) {}
  capnp::DynamicCapability::Client connect(RequestScope&, capnp::InterfaceSchema type) override {
    return factory().castAs<capnp::DynamicCapability>(type);
  }

 private:
  kj::Function<capnp::Capability::Client()> factory;
};

}  // namespace

std::unique_ptr<CapabilityPort> factoryPort(kj::Function<capnp::Capability::Client()> factory) {
  return std::make_unique<FactoryPort>(kj::mv(factory));
}

std::unique_ptr<CapabilityPort> clientPort(capnp::Capability::Client client) {
  return factoryPort([client = kj::mv(client)]() mutable { return client; });
}

std::unique_ptr<CapabilityPort> decorated(const std::string& service,
                                          const ServiceDecorators& decorators,
                                          std::unique_ptr<CapabilityPort> source) {
  auto port = std::move(source);
  if (decorators.outside != nullptr) port = outsidePort(decorators.outside, std::move(port));
  if (decorators.timeout.count() != 0) {
    port = timeoutPort(service, decorators.timeout, std::move(port));
  }
  if (decorators.recorded) {
    port = transcriptPort(service, decorators.kind, std::move(port), decorators.matching);
  }
  if (decorators.faults != nullptr) {
    auto* plan = decorators.faults->lasting(bundle::FaultTarget::kService, service);
    if (plan != nullptr) port = faultPort(*plan, std::move(port));
  }
  if (decorators.recorded) port = recordingPort(service, decorators.kind, std::move(port));
  if (decorators.counters != nullptr) {
    port = countingPort(service, decorators.counters, std::move(port));
  }
  return port;
}

}  // namespace flamesim::bindings
