#include "sim/bindings/logfwdr.h"

#include "schemas/logfwdr.capnp.h"
#include "sim/base/error.h"
#include "sim/bindings/capnp_json.h"
#include "sim/bindings/capnp_types.h"
#include "sim/bindings/log_effect.h"

namespace flamesim::bindings {

namespace {

using Message = schemas::LogMessage;

// Words of a message with some text: more are added where they do not do.
constexpr capnp::MessageSize kUsualSize{256, 0};

class Logfwdr final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  Logfwdr(js::Lock& js, std::string destination, CapabilityPort& port)
      : destination(std::move(destination)),
        port(port),
        layout(types.layouts.of(capnp::Schema::from<Message>())),
        member(memberOf(layout, this->destination)),
        face(types.structFace(js, *member.child)) {}

  void log(js::Lock& js, v8::Local<v8::Value> fields) {
    auto& scope = RequestScope::current(js);
    if (!fields->IsObject()) {
      throw js::Throw("TypeError", "log() of \"" + destination +
                                       "\" takes an object with the message's fields.");
    }
    auto client = port.connect(scope, capnp::Schema::from<schemas::Logfwdr>());
    auto request = client.castAs<schemas::Logfwdr>().logRequest(kUsualSize);
    auto message = request.initMessage();
    message.setTimestamp(nanosOf(scope.clock().now()));
    auto& worker = scope.workerName();
    message.setWorker(capnp::Text::Reader(worker.c_str(), worker.size()));
    auto dynamic = capnp::toDynamic(message);
    auto built = dynamic.init(member.field).as<capnp::DynamicStruct>();
    try {
      fillStructStrictly(js, types, face, built, fields.As<v8::Object>());
    } catch (const js::Throw& error) {
      throw js::Throw(error.type, "log() of \"" + destination + "\": " + error.message);
    }

    LogEffect effect;
    if (scope.effects() != nullptr) {
      std::string input;
      appendJson(input, *member.child, built.asReader(), Zeros::kLeftOut);
      effect = LogEffect(scope, destination, "log", std::move(input));
    }
    sendLog(scope, std::move(effect), kj::mv(request));
  }

 private:
  static const FieldLayout& memberOf(const StructLayout& layout, const std::string& destination) {
    std::vector<std::string> known;
    for (uint16_t index : layout.byDiscriminant) {
      auto& field = layout.fields[index];
      if (field.kind != TypeKind::STRUCT) continue;
      if (field.name == destination) return field;
      known.push_back(field.name);
    }
    std::string close = nearest(destination, known);
    std::string all;
    for (auto& name : known) all += (all.empty() ? "" : ", ") + name;
    throw UserError(Diagnostic{
        .message = "there is no log destination \"" + destination + "\"",
        .help = close.empty() ? "the destinations are " + all : "did you mean \"" + close + "\"?"});
  }

  const std::string destination;
  CapabilityPort& port;
  JsTypes types;
  const StructLayout& layout;
  const FieldLayout& member;
  StructFace& face;
};

const js::FunctionEntry kMethods[] = {js::method<&Logfwdr::log>("log")};
const js::ClassFace Logfwdr::kFace{"Logfwdr", kMethods};

}  // namespace

v8::Local<v8::Value> makeLogfwdr(js::Lock& js, std::string destination, CapabilityPort& port) {
  return js::Convert<std::unique_ptr<Logfwdr>>::to(
      js, std::make_unique<Logfwdr>(js, std::move(destination), port));
}

}  // namespace flamesim::bindings
