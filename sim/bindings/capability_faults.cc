#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>

#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capability_membrane.h"
#include "sim/bindings/capnp_json.h"
#include "sim/bindings/capnp_requests.h"
#include "sim/faults/answer_memory.h"

namespace flamesim::bindings {

namespace {

using DropWhen = bundle::FaultDrop::When;
using KeptAnswer = std::shared_ptr<const kj::Array<capnp::word>>;
using Memory = faults::AnswerMemory<KeptAnswer>;

std::string view(kj::ArrayPtr<const char> text) {
  return std::string(text.begin(), text.size());
}

// Whether the value at `path` ("request.queryName"; of lists any item) matches the pattern.
bool valueMatches(capnp::DynamicValue::Reader value, std::string_view path,
                  std::string_view pattern) {
  using Kind = capnp::DynamicValue;
  if (value.getType() == Kind::LIST) {
    for (auto item : value.as<capnp::DynamicList>()) {
      if (valueMatches(item, path, pattern)) return true;
    }
    return false;
  }
  if (value.getType() == Kind::STRUCT) {
    auto dot = path.find('.');
    std::string name(path.substr(0, dot));
    auto fields = value.as<capnp::DynamicStruct>();
    KJ_IF_MAYBE (field, fields.getSchema().findFieldByName(name.c_str())) {
      auto proto = field->getProto();
      if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
        KJ_IF_MAYBE (active, fields.which()) {
          if (!(*active == *field)) return false;
        } else {
          return false;
        }
      }
      return valueMatches(fields.get(*field),
                          dot == path.npos ? std::string_view() : path.substr(dot + 1), pattern);
    }
    return false;
  }
  if (!path.empty()) return false;
  switch (value.getType()) {
    case Kind::TEXT: {
      auto text = value.as<capnp::Text>();
      return faults::matchesPattern(pattern, {text.begin(), text.size()});
    }
    case Kind::DATA:
      return faults::matchesPattern(pattern, view(value.as<capnp::Data>().asChars()));
    case Kind::BOOL:
      return faults::matchesPattern(pattern, value.as<bool>() ? "true" : "false");
    case Kind::INT:
      return faults::matchesPattern(pattern, std::to_string(value.as<int64_t>()));
    case Kind::UINT:
      return faults::matchesPattern(pattern, std::to_string(value.as<uint64_t>()));
    case Kind::FLOAT:
      return faults::matchesPattern(pattern, kj::str(value.as<double>()).cStr());
    case Kind::ENUM: {
      auto item = value.as<capnp::DynamicEnum>();
      KJ_IF_MAYBE (known, item.getEnumerant()) {
        return faults::matchesPattern(pattern, known->getProto().getName().cStr());
      }
      return faults::matchesPattern(pattern, std::to_string(item.getRaw()));
    }
    default:
      return false;
  }
}

class CallQuestion final : public faults::Question {
 public:
  CallQuestion(const MethodNote& method, CallFrom from, capnp::AnyPointer::Reader params)
      : method(method), from(from), params(params) {}

  bool matches(const bundle::FaultWhen& when) const override {
    if (when.callbacks != (from == CallFrom::kService)) return false;
    std::string_view full = method.operation;
    auto bare = full.substr(full.rfind('.') + 1);
    auto named = [&](auto& name) { return name == full || name == bare; };
    if (!when.methods.empty() && std::none_of(when.methods.begin(), when.methods.end(), named)) {
      return false;
    }
    if (when.params.empty()) return true;
    auto values = params.getAs<capnp::DynamicStruct>(method.params->schema);
    return std::all_of(when.params.begin(), when.params.end(), [&](auto& param) {
      return valueMatches(values, param.first, param.second);
    });
  }

 private:
  const MethodNote& method;
  const CallFrom from;
  const capnp::AnyPointer::Reader params;
};

// An answer that was given before.
class OldAnswer final : public capnp::ResponseHook {
 public:
  explicit OldAnswer(KeptAnswer kept) : kept(std::move(kept)), message(*this->kept) {}
  capnp::AnyPointer::Reader results() { return message.getRoot<capnp::AnyPointer>(); }

 private:
  const KeptAnswer kept;
  capnp::FlatArrayMessageReader message;
};

// Stands in the way of the calls of one request. When that has ended calls pass.
class FaultObserver final : public CallObserver, private RequestMember {
 public:
  FaultObserver(RequestScope& scope, const faults::FaultPlan& plan, std::shared_ptr<Memory> memory,
                std::shared_ptr<const MethodTable> methods)
      : request(&RequestCapabilities::of(scope)),
        plan(plan),
        memory(std::move(memory)),
        methods(std::move(methods)) {
    request->add(*this);
  }
  ~FaultObserver() noexcept(false) {
    if (request != nullptr) request->remove(*this);
  }

  const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const override {
    return request == nullptr ? nullptr : methods->find(interfaceId, ordinal);
  }
  bool followsParameters() const override { return plan.hitsCallbacks(); }
  const void* membrane() const override { return &plan; }

  kj::Own<Call> begin(const MethodNote& method, CallFrom from,
                      capnp::AnyPointer::Reader params) override {
    if (request == nullptr) return kj::heap<Call>();
    CallQuestion question(method, from, params);
    auto& clock = request->scope.clock();
    auto verdict = plan.decide(question, clock.now(), *request->scope.faultDraws());
    bool keeps = !method.resultsHaveCapabilities && plan.wantsAnswer(question);
    if (!verdict && !keeps) return kj::heap<Call>();
    std::string key;
    if (keeps) {
      key = method.operation + " ";
      appendJson(key, *method.params, params.getAs<capnp::AnyStruct>());
    }
    return kj::heap<FaultyCall>(clock, plan.dropped(), std::move(verdict), std::move(key), memory);
  }

 private:
  class FaultyCall final : public Call {
   public:
    FaultyCall(Clock& clock, kj::Exception dropped, std::optional<faults::Verdict> verdict,
               std::string key, std::shared_ptr<Memory> memory)
        : clock(clock),
          dropped(kj::mv(dropped)),  // NOLINT(bugprone-throw-keyword-missing): kept, not thrown
          verdict(std::move(verdict)),
          key(std::move(key)),
          memory(std::move(memory)) {}

    kj::Maybe<Intervention> intervene() override {
      if (!verdict) return nullptr;
      Intervention intervention;
      if (verdict->latency > Duration::zero()) intervention.before = clock.after(verdict->latency);
      if (verdict->stale.on && !key.empty()) intervention.instead = oldAnswer();
      if (verdict->error || verdict->drop.when == DropWhen::kBefore) {
        auto error = verdict->error ? *verdict->error : kj::cp(dropped);
        kj::Promise<void> before = kj::READY_NOW;
        KJ_IF_MAYBE (latency, intervention.before) before = kj::mv(*latency);
        intervention.before = before.then(
            [error = kj::mv(error)]() mutable -> kj::Promise<void> { return kj::mv(error); });
      }
      if (verdict->drop.when == DropWhen::kAfter) intervention.after = kj::cp(dropped);
      isOld = intervention.instead != nullptr;
      return kj::mv(intervention);
    }

    void answered(capnp::AnyPointer::Reader results) override {
      if (key.empty() || isOld) return;
      capnp::MallocMessageBuilder message;
      message.setRoot(results);
      auto words = capnp::messageToFlatArray(message);
      size_t bytes = words.asBytes().size();
      memory->keep(key, clock.now(), std::make_shared<const kj::Array<capnp::word>>(kj::mv(words)),
                   bytes);
    }

   private:
    kj::Maybe<capnp::Response<capnp::AnyPointer>> oldAnswer() {
      auto age = std::chrono::duration<double>(verdict->stale.ageSeconds);
      auto asOf = clock.now() - std::chrono::duration_cast<Duration>(age);
      auto* kept = memory->find(key, asOf);
      if (kept == nullptr) return nullptr;
      auto old = kj::heap<OldAnswer>(*kept);
      auto results = old->results();
      return capnp::Response<capnp::AnyPointer>(results, kj::mv(old));
    }

    Clock& clock;
    const kj::Exception dropped;
    const std::optional<faults::Verdict> verdict;
    const std::string key;  // empty: its answer is not kept
    const std::shared_ptr<Memory> memory;
    bool isOld = false;
  };

  void requestEnded() override { request = nullptr; }

  RequestCapabilities* request;  // nullptr: it has ended
  const faults::FaultPlan& plan;
  const std::shared_ptr<Memory> memory;
  const std::shared_ptr<const MethodTable> methods;
};

class FaultPort final : public CapabilityPort {
 public:
  FaultPort(faults::FaultPlan& plan, std::unique_ptr<CapabilityPort> inner)
      : plan(plan), inner(std::move(inner)) {}

  capnp::DynamicCapability::Client connect(RequestScope& scope,
                                           capnp::InterfaceSchema type) override {
    auto client = inner->connect(scope, type);
    if (plan.empty() || scope.faultDraws() == nullptr) return client;
    auto observer = kj::refcounted<FaultObserver>(scope, plan, memory, tables.of(scope, type));
    return observed(kj::mv(observer), kj::mv(client), type);
  }

 private:
  faults::FaultPlan& plan;
  std::unique_ptr<CapabilityPort> inner;
  const std::shared_ptr<Memory> memory = std::make_shared<Memory>();
  MethodTables tables;
};

}  // namespace

std::unique_ptr<CapabilityPort> faultPort(faults::FaultPlan& plan,
                                          std::unique_ptr<CapabilityPort> inner) {
  return std::make_unique<FaultPort>(plan, std::move(inner));
}

}  // namespace flamesim::bindings
