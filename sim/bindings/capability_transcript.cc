#include <algorithm>

#include "sim/base/error.h"
#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_methods.h"
#include "sim/bindings/capnp_json.h"

namespace flamesim::bindings {

namespace {

// What one exchange has recorded of one service.
class Transcript {
 public:
  // `used`: see RequestScope::usedCalls().
  Transcript(const net::Exchange& exchange, const std::string& service, net::EffectKind kind,
             Matching matching, std::shared_ptr<std::vector<bool>> used)
      : matching(matching), usedEffects(std::move(used)) {
    auto& effects = exchange.outcome.effects;
    if (usedEffects != nullptr) usedEffects->resize(effects.size());
    for (size_t i = 0; i < effects.size(); ++i) {
      auto& effect = effects[i];
      bool ofKind = effect.kind == kind || (isCall(effect.kind) && isCall(kind));
      if (!ofKind || effect.destination != service) continue;
      calls.push_back({effect.operation, effect.input, effect.output, effect.error, i, false});
    }
  }

  struct Call {
    std::string operation;
    std::string input;
    std::string output;
    std::string error;
    size_t effect;  // its index
    bool used;
  };

  bool empty() const { return calls.empty(); }

  const Call* take(const std::string& operation, const std::string& input) {
    Call* other = nullptr;
    for (auto& call : calls) {
      if (call.used || call.operation != operation) continue;
      if (call.input == input) return use(call);
      if (other == nullptr) other = &call;
    }
    return other == nullptr || matching == Matching::kStrict ? nullptr : use(*other);
  }

  // The recorded call that is most like this one. There must be one.
  const Call& nearest(const std::string& operation, const std::string& input) const {
    std::vector<std::string> operations;
    for (auto& call : calls) operations.push_back(call.operation);
    std::string like = flamesim::nearest(operation, operations);
    auto likeness = [&](const Call& call) {
      auto differs =
          std::mismatch(call.input.begin(), call.input.end(), input.begin(), input.end());
      return std::tuple(call.operation == operation, call.operation == like,
                        differs.first - call.input.begin());
    };
    return *std::max_element(calls.begin(), calls.end(),
                             [&](auto& a, auto& b) { return likeness(a) < likeness(b); });
  }

 private:
  static bool isCall(net::EffectKind kind) {
    return kind == net::EffectKind::kRpc || kind == net::EffectKind::kConfigRead;
  }
  const Call* use(Call& call) {
    call.used = true;
    if (usedEffects != nullptr) usedEffects->at(call.effect) = true;
    return &call;
  }
  const Matching matching;
  const std::shared_ptr<std::vector<bool>> usedEffects;
  std::vector<Call> calls;
};

kj::Exception failure(std::string_view text) {
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(text.data(), text.size()));
}

class TranscriptServer final : public capnp::DynamicCapability::Server {
 public:
  TranscriptServer(capnp::InterfaceSchema type, std::shared_ptr<Transcript> transcript,
                   std::shared_ptr<const MethodTable> methods)
      : capnp::DynamicCapability::Server(type),
        transcript(std::move(transcript)),
        methods(std::move(methods)) {}

  kj::Promise<void> call(
      capnp::InterfaceSchema::Method method,
      capnp::CallContext<capnp::DynamicStruct, capnp::DynamicStruct> context) override {
    auto* note =
        methods->find(method.getContainingInterface().getProto().getId(), method.getOrdinal());
    KJ_REQUIRE(note != nullptr, "the schema has no such method");
    std::string input;
    appendJson(input, *note->params, context.getParams());
    auto* recorded = transcript->take(note->operation, input);
    if (recorded == nullptr) return failure(nothingLeft(note->operation, input));
    if (!recorded->error.empty()) return failure(recorded->error);
    if (!method.isStreaming() && !recorded->output.empty()) {
      structFromJson(recorded->output, context.getResults());
    }
    return kj::READY_NOW;
  }

 private:
  std::string nothingLeft(const std::string& operation, const std::string& input) {
    if (transcript->empty()) {
      return "nothing is recorded of the service: " + operation + "(" + input + ")";
    }
    auto& nearest = transcript->nearest(operation, input);
    return "no recorded call left: " + operation + "(" + input +
           "); the nearest recorded call is " + nearest.operation + "(" + nearest.input + ")" +
           (nearest.used ? ", which answered a call before" : "");
  }

  std::shared_ptr<Transcript> transcript;
  std::shared_ptr<const MethodTable> methods;
};

class TranscriptPort final : public CapabilityPort {
 public:
  TranscriptPort(std::string service, net::EffectKind kind, std::unique_ptr<CapabilityPort> inner,
                 Matching matching)
      : service(std::move(service)), kind(kind), inner(std::move(inner)), matching(matching) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto* exchange = scope.recorded();
    if (exchange == nullptr) return inner->connect(scope, type);
    auto transcript = of(scope, *exchange);
    if (transcript->empty() && matching == Matching::kNearest) return inner->connect(scope, type);
    return kj::heap<TranscriptServer>(type, std::move(transcript), tables.of(scope, type));
  }

 private:
  // One for each exchange in progress: known by its effects, which all its workers share.
  std::shared_ptr<Transcript> of(RequestScope& scope, const net::Exchange& exchange) {
    std::erase_if(open, [](auto& entry) { return entry.effects.expired(); });
    if (scope.effects() == nullptr) return make(scope, exchange);
    for (auto& entry : open) {
      if (entry.exchange == &exchange && entry.effects.lock() == scope.effects()) {
        return entry.transcript;
      }
    }
    auto made = make(scope, exchange);
    open.push_back({&exchange, scope.effects(), made});
    return made;
  }

  std::shared_ptr<Transcript> make(RequestScope& scope, const net::Exchange& exchange) const {
    return std::make_shared<Transcript>(exchange, service, kind, matching, scope.usedCalls());
  }

  struct Open {
    const net::Exchange* exchange;
    std::weak_ptr<net::EffectLog> effects;
    std::shared_ptr<Transcript> transcript;
  };
  const std::string service;
  const net::EffectKind kind;
  std::unique_ptr<CapabilityPort> inner;
  const Matching matching;
  std::vector<Open> open;
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> transcriptPort(std::string service, net::EffectKind kind,
                                               std::unique_ptr<CapabilityPort> inner,
                                               Matching matching) {
  return std::make_unique<TranscriptPort>(std::move(service), kind, std::move(inner), matching);
}

}  // namespace flamesim::bindings
