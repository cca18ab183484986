#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_methods.h"

namespace flamesim::bindings {

namespace {

using capnp::AnyPointer;

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

class LimitedRequest final : public capnp::RequestHook {
 public:
  LimitedRequest(std::shared_ptr<const Limit> limit, Clock& clock,
                 std::shared_ptr<const MethodTable> methods, const MethodNote& method,
                 kj::Own<capnp::RequestHook> inner)
      : limit(std::move(limit)),
        clock(clock),
        methods(std::move(methods)),
        method(method),
        inner(kj::mv(inner)) {}

  capnp::RemotePromise<AnyPointer> send() override {
    auto sent = inner->send();
    // Slices of a RemotePromise: its pipeline, then its promise.
    AnyPointer::Pipeline pipeline = kj::mv(sent);
    kj::Promise<capnp::Response<AnyPointer>> promise = kj::mv(sent);
    auto late = expired().then(
        []() -> capnp::Response<AnyPointer> { KJ_FAIL_ASSERT("an expired call has no answer"); });
    return {promise.exclusiveJoin(kj::mv(late)), kj::mv(pipeline)};
  }
  kj::Promise<void> sendStreaming() override {
    return inner->sendStreaming().exclusiveJoin(expired());
  }
  const void* getBrand() override { return nullptr; }

 private:
  kj::Promise<void> expired() {
    return clock.after(limit->most)
        .then([limit = limit, methods = methods, &method = method]() -> kj::Promise<void> {
          return limit->exceeded(method.operation);
        });
  }

  const std::shared_ptr<const Limit> limit;
  Clock& clock;
  const std::shared_ptr<const MethodTable> methods;
  const MethodNote& method;  // of `methods`
  kj::Own<capnp::RequestHook> inner;
};

class LimitedClient final : public capnp::ClientHook, public kj::Refcounted {
 public:
  LimitedClient(std::shared_ptr<const Limit> limit, Clock& clock,
                std::shared_ptr<const MethodTable> methods, kj::Own<capnp::ClientHook> inner)
      : limit(std::move(limit)), clock(clock), methods(std::move(methods)), inner(kj::mv(inner)) {}

  capnp::Request<AnyPointer, AnyPointer> newCall(uint64_t interfaceId, uint16_t ordinal,
                                                 kj::Maybe<capnp::MessageSize> sizeHint) override {
    auto request = inner->newCall(interfaceId, ordinal, sizeHint);
    auto* method = methods->find(interfaceId, ordinal);
    if (method == nullptr) return request;
    AnyPointer::Builder params = request;
    return {params, kj::heap<LimitedRequest>(limit, clock, methods, *method,
                                             capnp::RequestHook::from(kj::mv(request)))};
  }
  VoidPromiseAndPipeline call(uint64_t interfaceId, uint16_t ordinal,
                              kj::Own<capnp::CallContextHook>&& context) override {
    auto params = context->getParams();
    auto request = newCall(interfaceId, ordinal, params.targetSize());
    request.set(params);
    context->releaseParams();
    return context->directTailCall(capnp::RequestHook::from(kj::mv(request)));
  }
  kj::Maybe<capnp::ClientHook&> getResolved() override { return nullptr; }
  kj::Maybe<kj::Promise<kj::Own<capnp::ClientHook>>> whenMoreResolved() override { return nullptr; }
  kj::Own<capnp::ClientHook> addRef() override { return kj::addRef(*this); }
  const void* getBrand() override { return nullptr; }
  kj::Maybe<int> getFd() override { return inner->getFd(); }

 private:
  const std::shared_ptr<const Limit> limit;
  Clock& clock;
  const std::shared_ptr<const MethodTable> methods;
  kj::Own<capnp::ClientHook> inner;
};

class TimeoutPort final : public CapabilityPort {
 public:
  TimeoutPort(std::string service, std::chrono::milliseconds most,
              std::unique_ptr<CapabilityPort> inner)
      : limit(std::make_shared<Limit>(Limit{std::move(service), most})), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto hook = capnp::ClientHook::from(inner->connect(scope, type));
    kj::Own<capnp::ClientHook> limited =
        kj::refcounted<LimitedClient>(limit, scope.clock(), tables.of(scope, type), kj::mv(hook));
    return capnp::Capability::Client(kj::mv(limited)).castAs<capnp::DynamicCapability>(type);
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
