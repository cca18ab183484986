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

}  // namespace flamesim::bindings
