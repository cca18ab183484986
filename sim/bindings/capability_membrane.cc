#include "sim/bindings/capability_membrane.h"

#include <capnp/message.h>

namespace flamesim::bindings {

namespace {

using AnyRequest = capnp::Request<capnp::AnyPointer, capnp::AnyPointer>;
using AnyResponse = capnp::Response<capnp::AnyPointer>;
using AnySent = capnp::RemotePromise<capnp::AnyPointer>;

CallFrom opposite(CallFrom from) {
  return from == CallFrom::kWorker ? CallFrom::kService : CallFrom::kWorker;
}

// `hook` behind the membrane, or as it was before where it comes back through it. `from`: who makes
// calls on the result.
kj::Own<capnp::ClientHook> passed(CallObserver& observer, CallFrom from,
                                  kj::Own<capnp::ClientHook> hook);

// The results of a call with their capabilities observed.
class ObservedResults final : public capnp::ResponseHook {
 public:
  ObservedResults(CallObserver& observer, CallFrom from, capnp::AnyPointer::Reader results)
      : root(table.imbue(message.getRoot<capnp::AnyPointer>())) {
    root.set(results);
    for (auto& entry : table.getTable()) {
      KJ_IF_MAYBE (client, entry) entry = passed(observer, from, kj::mv(*client));
    }
  }
  capnp::AnyPointer::Reader reader() { return root.asReader(); }

 private:
  capnp::MallocMessageBuilder message;
  capnp::BuilderCapabilityTable table;
  capnp::AnyPointer::Builder root;
};

// Stands between the parameters of a call and their capabilities: those that are put in are
// observed, in the other direction.
class ObservedParams final : public capnp::_::CapTableBuilder {
 public:
  ObservedParams(CallObserver& observer, CallFrom from) : observer(observer), from(from) {}

  capnp::AnyPointer::Builder imbue(capnp::AnyPointer::Builder params) {
    auto pointer = capnp::_::PointerHelpers<capnp::AnyPointer>::getInternalBuilder(kj::mv(params));
    inner = pointer.getCapTable();
    return capnp::AnyPointer::Builder(pointer.imbue(this));
  }
  kj::Maybe<kj::Own<capnp::ClientHook>> extractCap(uint index) override {
    KJ_IF_MAYBE (client, inner->extractCap(index)) return passed(observer, from, kj::mv(*client));
    return nullptr;
  }
  uint injectCap(kj::Own<capnp::ClientHook>&& client) override {
    return inner->injectCap(passed(observer, opposite(from), kj::mv(client)));
  }
  void dropCap(uint index) override { inner->dropCap(index); }

 private:
  CallObserver& observer;  // the request's
  const CallFrom from;     // who makes the call
  capnp::_::CapTableBuilder* inner = nullptr;
};

class ObservedPipeline final : public capnp::PipelineHook, public kj::Refcounted {
 public:
  ObservedPipeline(kj::Own<CallObserver> observer, CallFrom from,
                   kj::Own<capnp::PipelineHook> inner)
      : observer(kj::mv(observer)), from(from), inner(kj::mv(inner)) {}
  kj::Own<capnp::PipelineHook> addRef() override { return kj::addRef(*this); }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::ArrayPtr<const capnp::PipelineOp> ops) override {
    return passed(*observer, from, inner->getPipelinedCap(ops));
  }
  kj::Own<capnp::ClientHook> getPipelinedCap(kj::Array<capnp::PipelineOp>&& ops) override {
    return passed(*observer, from, inner->getPipelinedCap(kj::mv(ops)));
  }

 private:
  kj::Own<CallObserver> observer;
  const CallFrom from;
  kj::Own<capnp::PipelineHook> inner;
};

// A pipeline of results that hold no capabilities.
capnp::AnyPointer::Pipeline nothingToCall(kj::Exception reason) {
  return capnp::AnyPointer::Pipeline(capnp::newBrokenPipeline(kj::mv(reason)));
}

// The call as it was sent, ended by `until`.
AnySent endedBy(kj::Promise<void> until, AnySent sent) {
  capnp::AnyPointer::Pipeline pipeline = kj::mv(sent);
  kj::Promise<AnyResponse> answer = kj::mv(sent);
  auto ended =
      until.then([]() -> AnyResponse { KJ_FAIL_ASSERT("the end of a call has no answer"); });
  return AnySent(answer.exclusiveJoin(kj::mv(ended)), kj::mv(pipeline));
}

// Sends the call as the intervention has it.
AnySent sendWith(Intervention intervention, kj::Own<capnp::RequestHook> request) {
  KJ_IF_MAYBE (instead, intervention.instead) {
    kj::Promise<void> before = kj::READY_NOW;
    KJ_IF_MAYBE (given, intervention.before) before = kj::mv(*given);
    auto answer = before.then([response = kj::mv(*instead)]() mutable { return kj::mv(response); });
    return AnySent(kj::mv(answer), nothingToCall(KJ_EXCEPTION(FAILED, "no such capability")));
  }
  AnySent sent = nullptr;
  KJ_IF_MAYBE (before, intervention.before) {
    sent = before->then([request = kj::mv(request)]() mutable { return request->send(); });
  } else {
    sent = request->send();
  }
  KJ_IF_MAYBE (after, intervention.after) {
    auto lost = sent.then([error = kj::cp(*after)](AnyResponse&&) mutable -> AnyResponse {
      kj::throwFatalException(kj::mv(error));
    });
    sent = AnySent(kj::mv(lost), nothingToCall(kj::mv(*after)));
  }
  KJ_IF_MAYBE (until, intervention.until) return endedBy(kj::mv(*until), kj::mv(sent));
  return sent;
}

// The same for a streaming call.
kj::Promise<void> streamWith(Intervention intervention, kj::Own<capnp::RequestHook> request) {
  kj::Promise<void> sent = nullptr;
  KJ_IF_MAYBE (before, intervention.before) {
    sent = before->then([request = kj::mv(request)]() mutable { return request->sendStreaming(); });
  } else {
    sent = request->sendStreaming();
  }
  KJ_IF_MAYBE (after, intervention.after) {
    sent =
        sent.then([error = kj::mv(*after)]() mutable { kj::throwFatalException(kj::mv(error)); });
  }
  KJ_IF_MAYBE (until, intervention.until) return sent.exclusiveJoin(kj::mv(*until));
  return sent;
}

class ObservedRequest final : public capnp::RequestHook {
 public:
  // `table`: of the parameters; null where they hold no capabilities that matter.
  ObservedRequest(kj::Own<CallObserver> observer, CallFrom from, const MethodNote& method,
                  capnp::AnyPointer::Builder params, kj::Own<ObservedParams> table,
                  kj::Own<capnp::RequestHook> inner)
      : observer(kj::mv(observer)),
        from(from),
        method(method),
        params(params),
        table(kj::mv(table)),
        inner(kj::mv(inner)) {}

  AnySent send() override {
    auto call = observer->begin(method, from, params.asReader());
    auto& begun = *call;
    AnySent sent = nullptr;
    KJ_IF_MAYBE (intervention, call->intervene()) {
      sent = sendWith(kj::mv(*intervention), kj::mv(inner));
    } else {
      sent = inner->send();
    }
    capnp::AnyPointer::Pipeline pipeline = kj::mv(sent);
    if (method.resultsHaveCapabilities) {
      pipeline = capnp::AnyPointer::Pipeline(kj::refcounted<ObservedPipeline>(
          kj::addRef(*observer), from, pipeline.releasePipelineHook()));
    }
    auto answer = sent.then(
        [observer = kj::mv(observer), call = kj::mv(call), from = from,
         &method = method](AnyResponse&& response) mutable {
          call->answered(response);
          if (!method.resultsHaveCapabilities) return kj::mv(response);
          auto copy = kj::heap<ObservedResults>(*observer, from, response);
          auto reader = copy->reader();
          return AnyResponse(reader, kj::mv(copy));
        },
        [&begun](kj::Exception&& error) -> AnyResponse {
          begun.failed(error);
          kj::throwFatalException(kj::mv(error));
        });
    return AnySent(kj::mv(answer), kj::mv(pipeline));
  }

  kj::Promise<void> sendStreaming() override {
    auto call = observer->begin(method, from, params.asReader());
    auto& begun = *call;
    auto sent = streamed(*call);
    return sent.then([call = kj::mv(call)]() mutable { call->streamed(); },
                     [&begun](kj::Exception&& error) {
                       begun.failed(error);
                       kj::throwFatalException(kj::mv(error));
                     });
  }

  const void* getBrand() override { return nullptr; }

 private:
  kj::Promise<void> streamed(CallObserver::Call& call) {
    KJ_IF_MAYBE (intervention, call.intervene()) {
      return streamWith(kj::mv(*intervention), kj::mv(inner));
    }
    return inner->sendStreaming();
  }

  kj::Own<CallObserver> observer;
  const CallFrom from;
  const MethodNote& method;  // of the observer's table
  capnp::AnyPointer::Builder params;
  kj::Own<ObservedParams> table;
  kj::Own<capnp::RequestHook> inner;
};

class ObservedClient final : public capnp::ClientHook, public kj::Refcounted {
 public:
  ObservedClient(kj::Own<CallObserver> observer, CallFrom from, kj::Own<capnp::ClientHook> inner)
      : observer(kj::mv(observer)), from(from), inner(kj::mv(inner)) {}

  static constexpr char kBrand = 0;

  // What is behind the membrane, for who is on the other side of it.
  kj::Maybe<kj::Own<capnp::ClientHook>> innerFor(const CallObserver& other, CallFrom caller) {
    if (caller == from || other.membrane() != observer->membrane()) return nullptr;
    return inner->addRef();
  }

  AnyRequest newCall(uint64_t interfaceId, uint16_t ordinal,
                     kj::Maybe<capnp::MessageSize> sizeHint) override {
    auto request = inner->newCall(interfaceId, ordinal, sizeHint);
    auto* method = observer->find(interfaceId, ordinal);
    if (method == nullptr) return request;
    capnp::AnyPointer::Builder params = request;
    kj::Own<ObservedParams> table;
    if (method->paramsHaveCapabilities && observer->followsParameters()) {
      table = kj::heap<ObservedParams>(*observer, from);
      params = table->imbue(params);
    }
    return AnyRequest(params, kj::heap<ObservedRequest>(kj::addRef(*observer), from, *method,
                                                        params, kj::mv(table),
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
  const void* getBrand() override { return &kBrand; }
  kj::Maybe<int> getFd() override { return inner->getFd(); }

 private:
  kj::Own<CallObserver> observer;
  const CallFrom from;  // who calls this
  kj::Own<capnp::ClientHook> inner;
};

kj::Own<capnp::ClientHook> passed(CallObserver& observer, CallFrom from,
                                  kj::Own<capnp::ClientHook> hook) {
  if (hook->getBrand() == &ObservedClient::kBrand) {
    KJ_IF_MAYBE (inner, static_cast<ObservedClient&>(*hook).innerFor(observer, from)) {
      return kj::mv(*inner);
    }
  }
  return kj::refcounted<ObservedClient>(kj::addRef(observer), from, kj::mv(hook));
}

}  // namespace

kj::Own<capnp::ClientHook> observed(kj::Own<CallObserver> observer,
                                    kj::Own<capnp::ClientHook> inner) {
  return kj::refcounted<ObservedClient>(kj::mv(observer), CallFrom::kWorker, kj::mv(inner));
}

capnp::DynamicCapability::Client observed(kj::Own<CallObserver> observer,
                                          capnp::DynamicCapability::Client inner,
                                          capnp::InterfaceSchema type) {
  auto hook = observed(kj::mv(observer), capnp::ClientHook::from(kj::mv(inner)));
  return capnp::Capability::Client(kj::mv(hook)).castAs<capnp::DynamicCapability>(type);
}

}  // namespace flamesim::bindings
