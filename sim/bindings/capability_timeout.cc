#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_membrane.h"

namespace flamesim::bindings {

namespace {

// What a call that takes too long fails with.
struct Limit {
  std::string service;
  std::chrono::milliseconds most;
  kj::Exception exceeded(const std::string& operation) const {
    std::string text = "the service \"" + service + "\" did not answer " + operation + " within " +
                       std::to_string(most.count()) + " ms";
    return kj::Exception(kj::Exception::Type::OVERLOADED, __FILE__, __LINE__,
                         kj::heapString(text.c_str(), text.size()));
  }
};

class LimitedCalls final : public CallObserver {
 public:
  LimitedCalls(std::shared_ptr<const Limit> limit, Clock& clock,
               std::shared_ptr<const MethodTable> methods)
      : limit(std::move(limit)), clock(clock), methods(std::move(methods)) {}

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const override {
    return methods->find(interfaceId, ordinal);
  }
  kj::Own<Call> begin(const MethodNote& method, CallFrom, capnp::AnyPointer::Reader) override {
    return kj::heap<LimitedCall>(limit, clock, method.operation);
  }

 private:
  struct LimitedCall final : public Call {
    LimitedCall(std::shared_ptr<const Limit> limit, Clock& clock, std::string operation)
        : limit(std::move(limit)), clock(clock), operation(std::move(operation)) {}
    kj::Maybe<Intervention> intervene() override {
      Intervention intervention;
      intervention.until = clock.after(limit->most)
                               .then([limit = limit, operation = operation]() -> kj::Promise<void> {
                                 return limit->exceeded(operation);
                               });
      return kj::mv(intervention);
    }

    const std::shared_ptr<const Limit> limit;
    Clock& clock;
    const std::string operation;
  };

  const std::shared_ptr<const Limit> limit;
  Clock& clock;
  const std::shared_ptr<const MethodTable> methods;
};

class TimeoutPort final : public CapabilityPort {
 public:
  TimeoutPort(std::string service, std::chrono::milliseconds most,
              std::unique_ptr<CapabilityPort> inner)
      : limit(std::make_shared<Limit>(Limit{std::move(service), most})), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto calls = kj::refcounted<LimitedCalls>(limit, scope.clock(), tables.of(scope, type));
    return observed(kj::mv(calls), inner->connect(scope, type), type);
  }

 private:
  const std::shared_ptr<const Limit> limit;
  const std::unique_ptr<CapabilityPort> inner;
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> timeoutPort(std::string service, std::chrono::milliseconds most,
                                            std::unique_ptr<CapabilityPort> inner) {
  return std::make_unique<TimeoutPort>(std::move(service), most, std::move(inner));
}

}  // namespace flamesim::bindings
