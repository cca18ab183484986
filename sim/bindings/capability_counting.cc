#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_membrane.h"

namespace flamesim::bindings {

namespace {

class Counter final : public CallObserver {
 public:
  Counter(Clock& clock, std::string service, std::string worker,
          std::shared_ptr<net::CallCounters> counters, std::shared_ptr<const MethodTable> methods)
      : clock(clock),
        service(std::move(service)),
        worker(std::move(worker)),
        counters(std::move(counters)),
        methods(std::move(methods)) {}

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const override {
    return methods->find(interfaceId, ordinal);
  }
  kj::Own<Call> begin(const MethodNote& method, CallFrom, capnp::AnyPointer::Reader) override {
    auto& count = counters->of({false, service, method.operation, worker});
    return kj::heap<Counted>(clock, net::CountedCall(counters, count, clock.now()));
  }

 private:
  class Counted final : public Call {
   public:
    Counted(Clock& clock, net::CountedCall call) : clock(clock), call(std::move(call)) {}
    void answered(capnp::AnyPointer::Reader) override { call.end(clock.now(), false); }
    void streamed() override { call.end(clock.now(), false); }
    void failed(const kj::Exception&) override { call.end(clock.now(), true); }

   private:
    Clock& clock;
    net::CountedCall call;
  };

  Clock& clock;  // the server's
  const std::string service;
  const std::string worker;
  const std::shared_ptr<net::CallCounters> counters;
  const std::shared_ptr<const MethodTable> methods;
};

class CountingPort final : public CapabilityPort {
 public:
  CountingPort(std::string service, std::shared_ptr<net::CallCounters> counters,
               std::unique_ptr<CapabilityPort> inner)
      : service(std::move(service)), counters(std::move(counters)), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto counter = kj::refcounted<Counter>(scope.clock(), service, scope.workerName(), counters,
                                           tables.of(scope, type));
    return observed(kj::mv(counter), inner->connect(scope, type), type);
  }

 private:
  const std::string service;
  const std::shared_ptr<net::CallCounters> counters;
  const std::unique_ptr<CapabilityPort> inner;
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> countingPort(std::string service,
                                             std::shared_ptr<net::CallCounters> counters,
                                             std::unique_ptr<CapabilityPort> inner) {
  return std::make_unique<CountingPort>(std::move(service), std::move(counters), std::move(inner));
}

}  // namespace flamesim::bindings
