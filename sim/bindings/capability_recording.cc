#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_membrane.h"
#include "sim/bindings/capnp_client.h"
#include "sim/bindings/capnp_json.h"

namespace flamesim::bindings {

namespace {

// Notes calls in the effect log of their request. Ends with the request; capabilities that live on
// forward without a note.
class Recorder final : public CallObserver, private RequestMember {
 public:
  Recorder(RequestScope& scope, const std::string& service, net::EffectKind kind,
           std::shared_ptr<const MethodTable> methods)
      : request(&RequestCapabilities::of(scope)),
        log(scope.effects()),
        methods(std::move(methods)),
        service(service),
        kind(kind) {
    request->add(*this);
  }
  ~Recorder() noexcept(false) {
    if (request != nullptr) request->remove(*this);
  }

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const override {
    return request == nullptr ? nullptr : methods->find(interfaceId, ordinal);
  }

  bool followsParameters() const override { return true; }
  const void* membrane() const override { return &service; }

  kj::Own<Call> begin(const MethodNote& method, CallFrom from,
                      capnp::AnyPointer::Reader params) override {
    size_t index = SIZE_MAX;
    if (request != nullptr) {
      net::Effect effect{.kind = kind,
                         .worker = request->scope.workerName(),
                         .destination = from == CallFrom::kWorker ? service : service + "<-",
                         .operation = method.operation,
                         .start = request->scope.clock().now()};
      appendJson(effect.input, *method.params, params.getAs<capnp::AnyStruct>());
      index = log->begin(std::move(effect));
    }
    return kj::heap<RecordedCall>(kj::addRef(*this), index, method);
  }

 private:
  class RecordedCall final : public Call {
   public:
    RecordedCall(kj::Own<Recorder> recorder, size_t index, const MethodNote& method)
        : recorder(kj::mv(recorder)), index(index), method(method) {}
    void answered(capnp::AnyPointer::Reader results) override {
      if (auto* effect = recorder->open(index)) {
        appendJson(effect->output, *method.results, results.getAs<capnp::AnyStruct>());
      }
    }
    void streamed() override { recorder->open(index); }
    void failed(const kj::Exception& error) override {
      if (auto* effect = recorder->open(index)) effect->error = errorText(error);
    }

   private:
    kj::Own<Recorder> recorder;
    const size_t index;  // of the effect; SIZE_MAX: none
    const MethodNote& method;
  };

  void requestEnded() override { request = nullptr; }

  // The effect, with its duration; nullptr when nobody wants it any more.
  net::Effect* open(size_t index) {
    if (request == nullptr || index >= log->all().size()) return nullptr;
    auto& effect = log->at(index);
    effect.duration = request->scope.clock().now() - effect.start;
    return &effect;
  }

  RequestCapabilities* request;  // nullptr: it has ended
  const std::shared_ptr<net::EffectLog> log;
  const std::shared_ptr<const MethodTable> methods;
  const std::string& service;  // the port's, which outlives the worker
  const net::EffectKind kind;
};

class RecordingPort final : public CapabilityPort {
 public:
  RecordingPort(std::string service, net::EffectKind kind, std::unique_ptr<CapabilityPort> inner)
      : service(std::move(service)), kind(kind), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto client = inner->connect(scope, type);
    if (scope.effects() == nullptr) return client;
    auto recorder = kj::refcounted<Recorder>(scope, service, kind, tables.of(scope, type));
    return observed(kj::mv(recorder), kj::mv(client), type);
  }

 private:
  const std::string service;
  const net::EffectKind kind;
  std::unique_ptr<CapabilityPort> inner;
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> recordingPort(std::string service, net::EffectKind kind,
                                              std::unique_ptr<CapabilityPort> inner) {
  return std::make_unique<RecordingPort>(std::move(service), kind, std::move(inner));
}

}  // namespace flamesim::bindings
