#include <capnp/message.h>
#include <kj/refcount.h>

#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_methods.h"
#include "sim/bindings/capnp_client.h"
#include "sim/bindings/capnp_json.h"

namespace flamesim::bindings {

namespace {

using AnyRequest = capnp::Request<capnp::AnyPointer, capnp::AnyPointer>;
using AnyResponse = capnp::Response<capnp::AnyPointer>;

// Where the calls of one capability, and of those that come out of it, are noted. Ends with the
// request; capabilities that live on forward without a note.
class Recorder final : public kj::Refcounted, private RequestMember {
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

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const {
    return request == nullptr ? nullptr : methods->find(interfaceId, ordinal);
  }

  size_t begin(const MethodNote& method, capnp::AnyPointer::Reader params) {
    if (request == nullptr) return SIZE_MAX;
    net::Effect effect{.kind = kind,
                       .worker = request->scope.workerName(),
                       .destination = service,
                       .operation = method.operation,
                       .start = request->scope.clock().now()};
    appendJson(effect.input, *method.params, params.getAs<capnp::AnyStruct>());
    return log->begin(std::move(effect));
  }

  void answered(size_t index, const MethodNote& method, capnp::AnyPointer::Reader results) {
    if (auto* effect = open(index)) {
      appendJson(effect->output, *method.results, results.getAs<capnp::AnyStruct>());
    }
  }
  void done(size_t index) { open(index); }
  void failed(size_t index, const kj::Exception& error) {
    if (auto* effect = open(index)) effect->error = errorText(error);
  }

 private:
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

kj::Own<capnp::ClientHook> recorded(Recorder& recorder, kj::Own<capnp::ClientHook> inner);

// The results of a call with their capabilities recorded.
class RecordedResults final : public capnp::ResponseHook {
 public:
  RecordedResults(Recorder& recorder, capnp::AnyPointer::Reader results)
      : root(table.imbue(message.getRoot<capnp::AnyPointer>())) {
    root.set(results);
    for (auto& entry : table.getTable()) {
      KJ_IF_MAYBE (client, entry) {
        entry = recorded(recorder, kj::mv(*client));
      }
    }
  }
  capnp::AnyPointer::Reader reader() { return root.asReader(); }

 private:
  capnp::MallocMessageBuilder message;
  capnp::BuilderCapabilityTable table;
  capnp::AnyPointer::Builder root;
};

class RecordedPipeline final : public capnp::PipelineHook, public kj::Refcounted {
 public:
  RecordedPipeline(kj::Own<Recorder> recorder, kj::Own<capnp::PipelineHook> inner)
      : recorder(kj::mv(recorder)), inner(kj::mv(inner)) {}
  kj::Own<capnp::PipelineHook> addRef() override { return kj::addRef(*this); }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::ArrayPtr<const capnp::PipelineOp> ops) override {
    return recorded(*recorder, inner->getPipelinedCap(ops));
  }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::Array<capnp::PipelineOp>&& ops) override {
    return recorded(*recorder, inner->getPipelinedCap(kj::mv(ops)));
  }

 private:
  kj::Own<Recorder> recorder;
  kj::Own<capnp::PipelineHook> inner;
};

class RecordedRequest final : public capnp::RequestHook {
 public:
  RecordedRequest(kj::Own<Recorder> recorder, const MethodNote& method,
                  capnp::AnyPointer::Builder params, kj::Own<capnp::RequestHook> inner)
      : recorder(kj::mv(recorder)), method(method), params(params), inner(kj::mv(inner)) {}

  capnp::RemotePromise<capnp::AnyPointer> send() override {
    size_t index = recorder->begin(method, params.asReader());
    auto sent = inner->send();
    capnp::AnyPointer::Pipeline pipeline = kj::mv(sent);
    if (method.resultsHaveCapabilities) {
      pipeline = capnp::AnyPointer::Pipeline(
          kj::refcounted<RecordedPipeline>(kj::addRef(*recorder), pipeline.releasePipelineHook()));
    }
    auto& failing = *recorder;
    auto answer = sent.then(
        [recorder = kj::mv(recorder), index, &method = method](AnyResponse&& response) mutable {
          recorder->answered(index, method, response);
          if (!method.resultsHaveCapabilities) return kj::mv(response);
          auto copy = kj::heap<RecordedResults>(*recorder, response);
          auto reader = copy->reader();
          return AnyResponse(reader, kj::mv(copy));
        },
        [&failing, index](kj::Exception&& error) -> AnyResponse {
          failing.failed(index, error);
          kj::throwFatalException(kj::mv(error));
        });
    return capnp::RemotePromise<capnp::AnyPointer>(kj::mv(answer), kj::mv(pipeline));
  }

  kj::Promise<void> sendStreaming() override {
    size_t index = recorder->begin(method, params.asReader());
    auto sent = inner->sendStreaming();
    auto& failing = *recorder;
    return sent.then([recorder = kj::mv(recorder), index]() mutable { recorder->done(index); },
                     [&failing, index](kj::Exception&& error) {
                       failing.failed(index, error);
                       kj::throwFatalException(kj::mv(error));
                     });
  }

  const void* getBrand() override { return nullptr; }

 private:
  kj::Own<Recorder> recorder;
  const MethodNote& method;  // of the recorder's table
  capnp::AnyPointer::Builder params;
  kj::Own<capnp::RequestHook> inner;
};

class RecordedClient final : public capnp::ClientHook, public kj::Refcounted {
 public:
  RecordedClient(kj::Own<Recorder> recorder, kj::Own<capnp::ClientHook> inner)
      : recorder(kj::mv(recorder)), inner(kj::mv(inner)) {}

  AnyRequest newCall(uint64_t interfaceId, uint16_t ordinal,
                     kj::Maybe<capnp::MessageSize> sizeHint) override {
    auto request = inner->newCall(interfaceId, ordinal, sizeHint);
    auto* method = recorder->find(interfaceId, ordinal);
    if (method == nullptr) return request;
    capnp::AnyPointer::Builder params = request;
    return AnyRequest(params, kj::heap<RecordedRequest>(kj::addRef(*recorder), *method, params,
                                                        capnp::RequestHook::from(kj::mv(request))));
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
  kj::Own<Recorder> recorder;
  kj::Own<capnp::ClientHook> inner;
};

kj::Own<capnp::ClientHook> recorded(Recorder& recorder, kj::Own<capnp::ClientHook> inner) {
  if (inner->isNull()) return inner;
  return kj::refcounted<RecordedClient>(kj::addRef(recorder), kj::mv(inner));
}

class RecordingPort final : public CapabilityPort {
 public:
  RecordingPort(std::string service, net::EffectKind kind, std::unique_ptr<CapabilityPort> inner)
      : service(std::move(service)), kind(kind), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto client = inner->connect(scope, type);
    if (scope.effects() == nullptr) return client;
    auto recorder = kj::refcounted<Recorder>(scope, service, kind, tables.of(scope, type));
    auto hook = recorded(*recorder, capnp::ClientHook::from(kj::mv(client)));
    return capnp::Capability::Client(kj::mv(hook)).castAs<capnp::DynamicCapability>(type);
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
