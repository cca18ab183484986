#include "sim/bindings/capability_membrane.h"

#include <capnp/message.h>

namespace flamesim::bindings {

namespace {

using AnyRequest = capnp::Request<capnp::AnyPointer, capnp::AnyPointer>;
using AnyResponse = capnp::Response<capnp::AnyPointer>;

// The results of a call with their capabilities observed.
class ObservedResults final : public capnp::ResponseHook {
 public:
  ObservedResults(CallObserver& observer, capnp::AnyPointer::Reader results)
      : root(table.imbue(message.getRoot<capnp::AnyPointer>())) {
    root.set(results);
    for (auto& entry : table.getTable()) {
      KJ_IF_MAYBE (client, entry) {
        entry = observed(kj::addRef(observer), kj::mv(*client));
      }
    }
  }
  capnp::AnyPointer::Reader reader() { return root.asReader(); }

 private:
  capnp::MallocMessageBuilder message;
  capnp::BuilderCapabilityTable table;
  capnp::AnyPointer::Builder root;
};

class ObservedPipeline final : public capnp::PipelineHook, public kj::Refcounted {
 public:
  ObservedPipeline(kj::Own<CallObserver> observer, kj::Own<capnp::PipelineHook> inner)
      : observer(kj::mv(observer)), inner(kj::mv(inner)) {}
  kj::Own<capnp::PipelineHook> addRef() override { return kj::addRef(*this); }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::ArrayPtr<const capnp::PipelineOp> ops) override {
    return observed(kj::addRef(*observer), inner->getPipelinedCap(ops));
  }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::Array<capnp::PipelineOp>&& ops) override {
    return observed(kj::addRef(*observer), inner->getPipelinedCap(kj::mv(ops)));
  }

 private:
  kj::Own<CallObserver> observer;
  kj::Own<capnp::PipelineHook> inner;
};

class ObservedRequest final : public capnp::RequestHook {
 public:
  ObservedRequest(kj::Own<CallObserver> observer, const MethodNote& method,
                  capnp::AnyPointer::Builder params, kj::Own<capnp::RequestHook> inner)
      : observer(kj::mv(observer)), method(method), params(params), inner(kj::mv(inner)) {}

  capnp::RemotePromise<capnp::AnyPointer> send() override {
    auto call = observer->begin(method, params.asReader());
    auto& begun = *call;
    auto sent = inner->send();
    capnp::AnyPointer::Pipeline pipeline = kj::mv(sent);
    if (method.resultsHaveCapabilities) {
      pipeline = capnp::AnyPointer::Pipeline(
          kj::refcounted<ObservedPipeline>(kj::addRef(*observer), pipeline.releasePipelineHook()));
    }
    auto answer = sent.then(
        [observer = kj::mv(observer), call = kj::mv(call),
         &method = method](AnyResponse&& response) mutable {
          call->answered(response);
          if (!method.resultsHaveCapabilities) return kj::mv(response);
          auto copy = kj::heap<ObservedResults>(*observer, response);
          auto reader = copy->reader();
          return AnyResponse(reader, kj::mv(copy));
        },
        [&begun](kj::Exception&& error) -> AnyResponse {
          begun.failed(error);
          kj::throwFatalException(kj::mv(error));
        });
    return capnp::RemotePromise<capnp::AnyPointer>(kj::mv(answer), kj::mv(pipeline));
  }

  kj::Promise<void> sendStreaming() override {
    auto call = observer->begin(method, params.asReader());
    auto& begun = *call;
    return inner->sendStreaming().then([call = kj::mv(call)]() mutable { call->streamed(); },
                                       [&begun](kj::Exception&& error) {
                                         begun.failed(error);
                                         kj::throwFatalException(kj::mv(error));
                                       });
  }

  const void* getBrand() override { return nullptr; }

 private:
  kj::Own<CallObserver> observer;
  const MethodNote& method;  // of the observer's table
  capnp::AnyPointer::Builder params;
  kj::Own<capnp::RequestHook> inner;
};

class ObservedClient final : public capnp::ClientHook, public kj::Refcounted {
 public:
  ObservedClient(kj::Own<CallObserver> observer, kj::Own<capnp::ClientHook> inner)
      : observer(kj::mv(observer)), inner(kj::mv(inner)) {}

  AnyRequest newCall(uint64_t interfaceId, uint16_t ordinal,
                     kj::Maybe<capnp::MessageSize> sizeHint) override {
    auto request = inner->newCall(interfaceId, ordinal, sizeHint);
    auto* method = observer->find(interfaceId, ordinal);
    if (method == nullptr) return request;
    capnp::AnyPointer::Builder params = request;
    return AnyRequest(params, kj::heap<ObservedRequest>(kj::addRef(*observer), *method, params,
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
  kj::Own<CallObserver> observer;
  kj::Own<capnp::ClientHook> inner;
};

}  // namespace

kj::Own<capnp::ClientHook> observed(kj::Own<CallObserver> observer,
                                    kj::Own<capnp::ClientHook> inner) {
  if (inner->isNull()) return inner;
  return kj::refcounted<ObservedClient>(kj::mv(observer), kj::mv(inner));
}

capnp::DynamicCapability::Client observed(kj::Own<CallObserver> observer,
                                          capnp::DynamicCapability::Client inner,
                                          capnp::InterfaceSchema type) {
  auto hook = observed(kj::mv(observer), capnp::ClientHook::from(kj::mv(inner)));
  return capnp::Capability::Client(kj::mv(hook)).castAs<capnp::DynamicCapability>(type);
}

}  // namespace flamesim::bindings
