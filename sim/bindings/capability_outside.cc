#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_membrane.h"

namespace flamesim::bindings {

namespace {

class OutsideCalls final : public CallObserver {
 public:
  OutsideCalls(std::shared_ptr<OutsideWork> work, std::shared_ptr<const MethodTable> methods)
      : work(std::move(work)), methods(std::move(methods)) {}

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const override {
    return methods->find(interfaceId, ordinal);
  }
  kj::Own<Call> begin(const MethodNote&, CallFrom, capnp::AnyPointer::Reader) override {
    return kj::heap<OutsideCall>(work->begin());
  }

 private:
  struct OutsideCall final : public Call {
    explicit OutsideCall(OutsideWork::Piece piece) : piece(std::move(piece)) {}
    OutsideWork::Piece piece;
  };

  const std::shared_ptr<OutsideWork> work;
  const std::shared_ptr<const MethodTable> methods;
};

class OutsidePort final : public CapabilityPort {
 public:
  OutsidePort(std::shared_ptr<OutsideWork> work, std::unique_ptr<CapabilityPort> inner)
      : work(std::move(work)), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    return observed(kj::refcounted<OutsideCalls>(work, tables.of(scope, type)),
                    inner->connect(scope, type), type);
  }

 private:
  const std::shared_ptr<OutsideWork> work;
  const std::unique_ptr<CapabilityPort> inner;
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> outsidePort(std::shared_ptr<OutsideWork> work,
                                            std::unique_ptr<CapabilityPort> inner) {
  return std::make_unique<OutsidePort>(std::move(work), std::move(inner));
}

}  // namespace flamesim::bindings
