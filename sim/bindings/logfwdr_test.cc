#include "sim/bindings/logfwdr.h"

#include <catch2/catch.hpp>

#include "schemas/logfwdr.capnp.h"
#include "sim/base/error.h"
#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

class Sink final : public schemas::Logfwdr::Server {
 public:
  explicit Sink(std::vector<std::string>& messages) : messages(messages) {}
  kj::Promise<void> log(LogContext context) override {
    auto text = kj::str(context.getParams().getMessage());
    messages.push_back(text.cStr());
    KJ_REQUIRE(messages.back().find("refuse") == std::string::npos, "the store is full");
    return kj::READY_NOW;
  }

 private:
  std::vector<std::string>& messages;
};

struct LogWorld {
  LogWorld() {
    world.ports["logs"] = clientPort(kj::heap<Sink>(messages));
    world.effects = std::make_shared<net::EffectLog>();
    world.newRequest();
    world.isolate.enter(nullptr, [&](js::Lock& js) {
      for (std::string name : {"httplogs", "events"}) {
        js.set(js.context->Global(), name, makeLogfwdr(js, name, *world.ports["logs"]));
      }
    });
  }
  std::vector<std::string> messages;
  CapnpWorld world;
};

TEST_CASE("log() sends one member of the union, with time and worker") {
  LogWorld logs;
  CHECK(logs.world.run("return httplogs.log({ rayId: 'ray', accountId: 5,"
                       "  edgeResponseStatus: 200 })") == "undefined");
  logs.world.turn();
  REQUIRE(logs.messages.size() == 1);
  CHECK(logs.messages[0].find("timestamp = 1700000000000000000") != std::string::npos);
  CHECK(logs.messages[0].find("worker = \"tester\"") != std::string::npos);
  CHECK(logs.messages[0].find("httplogs = (rayId = \"ray\", accountId = 5") != std::string::npos);
  CHECK(logs.messages[0].find("edgeResponseStatus = 200") != std::string::npos);

  REQUIRE(logs.world.effects->all().size() == 1);
  auto& effect = logs.world.effects->at(0);
  CHECK(effect.kind == net::EffectKind::kLog);
  CHECK(effect.worker == "tester");
  CHECK(effect.destination == "httplogs");
  CHECK(effect.operation == "log");
  CHECK(effect.input.starts_with("{\"rayId\":\"ray\",\"accountId\":\"5\""));
  CHECK(effect.output.empty());
  CHECK(effect.error.empty());
  CHECK(nanosOf(effect.start) == web::TestWorld::kStartMillis * 1'000'000);
}

TEST_CASE("log() of another destination, with lists and enums") {
  LogWorld logs;
  CHECK(logs.world.run("events.log({ name: 'n', level: 'warning',"
                       "  fields: [{ name: 'a', value: 1 }] }); return 1") == "1");
  logs.world.turn();
  CHECK(logs.messages.at(0).find("level = warning") != std::string::npos);
  CHECK(logs.world.effects->at(0).input ==
        "{\"name\":\"n\",\"accountId\":\"0\",\"level\":\"warning\","
        "\"fields\":[{\"name\":\"a\",\"value\":\"1\"}]}");
}

TEST_CASE("log() is refused at the call where a field does not fit") {
  LogWorld logs;
  auto refused = [&](const char* fields) {
    return logs.world.run(std::string("return thrown(() => httplogs.log(") + fields + "))");
  };
  CHECK(refused("{ rayid: 'x' }") == "TypeError: No such field in Cap'n Proto struct: rayid");
  CHECK(refused("{ accountId: 'x' }") ==
        "TypeError: Incorrect type for Cap'n Proto field: accountId");
  CHECK(refused("") ==
        "TypeError: log() of \"httplogs\" takes an object with the message's fields.");
  CHECK(refused("'text'").starts_with("TypeError: log() of \"httplogs\""));
  logs.world.turn();
  CHECK(logs.messages.empty());
  CHECK(logs.world.effects->all().empty());
}

TEST_CASE("A message that is not taken is an effect with an error, and nothing in JavaScript") {
  LogWorld logs;
  CHECK(logs.world.run("events.log({ name: 'refuse' }); return 1") == "1");
  logs.world.turn();
  CHECK(logs.world.effects->at(0).error.find("the store is full") != std::string::npos);
  CHECK(logs.world.lines.empty());
}

TEST_CASE("log() does not wait, and the request is held open for it") {
  LogWorld logs;
  logs.world.isolate.enter(logs.world.scope.get(), [&](js::Lock& js) {
    auto script =
        js::check(v8::Script::Compile(js.context, js.str("httplogs.log({ rayId: 'r' })")));
    js::check(script->Run(js.context));
  });
  CHECK(logs.messages.empty());
  CHECK(logs.world.scope->waits == 1);
  logs.world.turn();
  CHECK(logs.messages.size() == 1);
  CHECK(logs.world.scope->waits == 0);
}

TEST_CASE("log() works where nobody keeps effects") {
  LogWorld logs;
  logs.world.effects = nullptr;
  logs.world.newRequest();
  CHECK(logs.world.run("httplogs.log({ rayId: 'r' }); return 1") == "1");
  logs.world.turn();
  CHECK(logs.messages.size() == 1);
}

TEST_CASE("A destination that is not in the union is refused when the worker is loaded") {
  LogWorld logs;
  for (auto& [name, help] : std::vector<std::pair<std::string, std::string>>{
           {"httplog", "did you mean \"httplogs\"?"},
           {"none", "the destinations are httplogs, events"},
           {"timestamp", "the destinations are httplogs, events"}}) {
    CAPTURE(name);
    logs.world.isolate.enter(nullptr, [&, &name = name, &help = help](js::Lock& js) {
      try {
        makeLogfwdr(js, name, *logs.world.ports["logs"]);
        FAIL("was taken");
      } catch (const UserError& error) {
        CHECK(error.diagnostic.message == "there is no log destination \"" + name + "\"");
        CHECK(error.diagnostic.help == help);
      }
    });
  }
}

}  // namespace
}  // namespace flamesim::bindings
