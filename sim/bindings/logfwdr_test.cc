#include "sim/bindings/logfwdr.h"

#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "sim/bindings/capnp_fixture.h"
#include "sim/bindings/log_fixture.h"

namespace flamesim::bindings {
namespace {

struct LogWorld {
  LogWorld() {
    world.ports["logs"] = clientPort(kj::heap<TestLogfwdr>(messages));
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
        "{\"name\":\"n\",\"level\":\"warning\","
        "\"fields\":[{\"name\":\"a\",\"value\":\"1\"}]}");
}

TEST_CASE("log() is refused at the call where a field does not fit") {
  LogWorld logs;
  auto refused = [&](const char* fields) {
    return logs.world.run(std::string("return thrown(() => httplogs.log(") + fields + "))");
  };
  const std::string kOf = "TypeError: log() of \"httplogs\": ";
  CHECK(refused("{ rayid: 'x' }") == kOf + "there is no field \"rayid\"; did you mean \"rayId\"?");
  CHECK(refused("{ zzzzzzzzzzzzzzz: 1 }") == kOf + "there is no field \"zzzzzzzzzzzzzzz\".");
  CHECK(refused("{ accountId: 'x' }") ==
        kOf +
            "\"accountId\" takes an integer from -9223372036854775808 to 9223372036854775807, not "
            "the string \"x\".");
  for (auto [value, shown] :
       std::vector<std::pair<const char*, const char*>>{{"70000", "70000"},
                                                        {"-1", "-1"},
                                                        {"2 ** 32 + 200", "4294967496"},
                                                        {"200.5", "200.5"},
                                                        {"NaN", "NaN"},
                                                        {"null", "null"},
                                                        {"true", "true"},
                                                        {"'200'", "the string \"200\""},
                                                        {"200n", "200n"},
                                                        {"[200]", "an array"},
                                                        {"() => 200", "a function"},
                                                        {"Symbol('x')", "a symbol"}}) {
    CAPTURE(value);
    CHECK(refused((std::string("{ edgeResponseStatus: ") + value + " }").c_str()) ==
          kOf + "\"edgeResponseStatus\" takes an integer from 0 to 65535, not " + shown + ".");
  }
  CHECK(refused("{ workerSubrequest: 1 }") ==
        kOf + "\"workerSubrequest\" takes true or false, not 1.");
  CHECK(refused("{ edgeResponseCompressionRatio: '1' }") ==
        kOf + "\"edgeResponseCompressionRatio\" takes a number, not the string \"1\".");
  CHECK(refused("{ clientIp: null }") == kOf + "\"clientIp\" takes a string, not null.");
  CHECK(refused("{ botTags: 'a' }") == kOf + "\"botTags\" takes an array, not the string \"a\".");
  CHECK(refused("{ cookies: [{ name: 'a' }, { name: {} }] }") ==
        kOf + "\"cookies[1].name\" takes a string, not an object.");
  CHECK(refused("{ cookies: [{ nme: 'a' }] }") ==
        kOf + "there is no field \"cookies[0].nme\"; did you mean \"name\"?");
  CHECK(refused("{ cookies: [5] }") == kOf + "\"cookies[0]\" takes an object, not 5.");
  CHECK(logs.world.run("return thrown(() => events.log({ level: 'loud' }))") ==
        "TypeError: log() of \"events\": \"level\" takes one of \"debug\", \"info\", \"warning\", "
        "\"error\", not the string \"loud\".");
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

TEST_CASE("log() takes numbers, booleans and BigInts where they mean what they say") {
  LogWorld logs;
  CHECK(
      logs.world.run("httplogs.log({ rayId: 5, clientIp: true, zoneName: 7n, accountId: 2n ** 40n,"
                     "  clientRequestBytes: -0, edgeResponseStatus: 65535, botTags: ['a', null],"
                     "  workerSubrequest: true, country: undefined }); return 1") == "1");
  logs.world.turn();
  CHECK(logs.world.effects->at(0).input ==
        "{\"rayId\":\"5\",\"accountId\":\"1099511627776\",\"zoneName\":\"7\",\"clientIp\":\"true\","
        "\"edgeResponseStatus\":65535,\"botTags\":[\"a\",\"\"],\"workerSubrequest\":true}");
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
           {"none", "the destinations are httplogs, events, analyticsEngine"},
           {"timestamp", "the destinations are httplogs, events, analyticsEngine"}}) {
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
