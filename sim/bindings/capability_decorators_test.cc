#include "sim/bindings/capability_decorators.h"

#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

using net::Effect;
using net::EffectKind;

// A port that lets virtual time pass before it answers: calls through it take 5 ms.
class SlowEcho final : public capnp::DynamicCapability::Server {
 public:
  SlowEcho(capnp::InterfaceSchema type, Clock& clock, capnp::DynamicCapability::Client inner)
      : Server(type), clock(clock), inner(kj::mv(inner)) {}
  kj::Promise<void> call(capnp::InterfaceSchema::Method method,
                         EchoServer::Context context) override {
    auto request = inner.newRequest(method);
    for (auto field : method.getParamType().getNonUnionFields()) {
      if (context.getParams().has(field)) request.set(field, context.getParams().get(field));
    }
    return clock.after(std::chrono::milliseconds(5))
        .then([context, request = kj::mv(request)]() mutable {
          return context.tailCall(kj::mv(request));
        });
  }

 private:
  Clock& clock;
  capnp::DynamicCapability::Client inner;
};

struct Recording {
  Recording(EffectKind kind = EffectKind::kRpc, Transport transport = Transport::kDirect)
      : world(transport), log(std::make_shared<net::EffectLog>()) {
    world.ports["recorded"] =
        recordingPort("rrdns", kind, factoryPort([this] { return world.bootstrap("Echo"); }));
    world.addService("recorded", "Echo");
    world.effects = log;
    world.newRequest();
  }
  // "operation input -> output error" of each effect.
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (auto& effect : log->all()) {
      all.push_back(effect.operation + " " + effect.input +
                    (effect.output.empty() ? "" : " -> " + effect.output) +
                    (effect.error.empty() ? "" : " ! " + effect.error));
    }
    return all;
  }
  CapnpWorld world;
  std::shared_ptr<net::EffectLog> log;
};

TEST_CASE("recording: every call is an effect") {
  Recording recording(GENERATE(EffectKind::kRpc, EffectKind::kConfigRead));
  CHECK(recording.world.run("const c = recorded(); const r = (await c.say({ text: 'hi' })).text;"
                            "await rejected(c.fail({ text: 'boom' })); c.close(); return r") ==
        "hi");
  CHECK(recording.texts() ==
        std::vector<std::string>{"Echo.say {\"text\":\"hi\"} -> {\"text\":\"hi\"}",
                                 "Echo.fail {\"text\":\"boom\"} ! boom"});
  auto& effect = recording.log->at(0);
  CHECK((effect.kind == EffectKind::kRpc || effect.kind == EffectKind::kConfigRead));
  CHECK(effect.kind == recording.log->at(1).kind);
  CHECK(effect.worker == "tester");
  CHECK(effect.destination == "rrdns");
  CHECK(nanosOf(effect.start) == web::TestWorld::kStartMillis * 1'000'000);
  CHECK(effect.duration == Duration(0));
}

TEST_CASE("recording: start and duration by the request's clock") {
  Recording recording;
  auto& world = recording.world;
  world.ports["slow"] =
      recordingPort("slow", EffectKind::kRpc, factoryPort([&] {
                      auto type = KJ_REQUIRE_NONNULL(world.schemas->findInterface("Echo"));
                      auto inner = world.bootstrap("Echo").castAs<capnp::DynamicCapability>(type);
                      return capnp::DynamicCapability::Client(
                          kj::heap<SlowEcho>(type, world.clock, kj::mv(inner)));
                    }));
  world.addService("slow", "Echo");
  CHECK(world.run("const c = slow(); await c.say({ text: '1' }); await rejected(c.fail({}));"
                  "return (await c.openLate().echo.say({ text: '3' })).text") == "3");
  REQUIRE(recording.log->all().size() == 4);
  auto millis = [](auto duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  };
  CHECK(millis(recording.log->at(0).duration) == 5);
  CHECK(millis(recording.log->at(1).start - recording.log->at(0).start) == 5);
  CHECK(millis(recording.log->at(1).duration) == 5);
  CHECK(recording.log->at(1).error == "");
}

// How a capability of the service stands in a text.
static const std::string kEcho = R"({"$capability":"Echo"})";

TEST_CASE("recording: calls on capabilities in results are noted, they themselves by name") {
  Recording recording(EffectKind::kRpc, GENERATE(Transport::kDirect, Transport::kSocket));
  auto& world = recording.world;
  CHECK(world.run("const c = recorded(); const { echo: e, box } = await c.open();"
                  "return [(await e.say({ text: '1' })).text,"
                  "        (await box.echo.say({ text: '2' })).text]") == "[\"1\",\"2\"]");
  CHECK(recording.texts() ==
        std::vector<std::string>{"Echo.open {} -> {\"echo\":" + kEcho +
                                     ",\"box\":{\"echo\":" + kEcho + ",\"box\":{\"echo\":" + kEcho +
                                     "}},"
                                     "\"place\":{\"echo\":" +
                                     kEcho + "},\"count\":5,\"either\":" + kEcho + "}",
                                 "Echo.say {\"text\":\"1\"} -> {\"text\":\"1\"}",
                                 "Echo.say {\"text\":\"2\"} -> {\"text\":\"2\"}"});
  // Over a pipeline.
  CHECK(world.run("return (await recorded().openLate().echo.say({ text: '3' })).text") == "3");
  CHECK(recording.texts().size() == 5);
}

TEST_CASE("recording: parameters pass capabilities and call back") {
  Recording recording(EffectKind::kRpc, GENERATE(Transport::kDirect, Transport::kSocket));
  auto& world = recording.world;
  CHECK(world.run("const c = recorded(); return (await c.callBack({ text: 'x',"
                  "  callback: { called: ({ text }) => ({ text: 'js ' + text }) } })).text") ==
        "js x");
  CHECK(world.run("const c = recorded(); const { echo: e } = await c.giveBack({ echo: c });"
                  "return (await e.say({ text: 'self' })).text") == "self");
  CHECK(recording.texts() ==
        std::vector<std::string>{
            "Echo.callBack {\"callback\":{\"$capability\":\"Callback\"},\"text\":\"x\"} -> "
            "{\"text\":\"js x\"}",
            "Callback.called {\"text\":\"x\",\"echo\":" + kEcho + "} -> {\"text\":\"js x\"}",
            "Echo.giveBack {\"echo\":" + kEcho + "} -> {\"echo\":" + kEcho + "}",
            "Echo.say {\"text\":\"self\"} -> {\"text\":\"self\"}"});
  CHECK(recording.log->at(0).destination == "rrdns");
  CHECK(recording.log->at(1).destination == "rrdns<-");
  CHECK(recording.log->at(1).worker == "tester");
  CHECK(recording.log->at(3).destination == "rrdns");
}

TEST_CASE("recording: calls of a watcher, those of its own parameters and results, and errors") {
  Recording recording(EffectKind::kRpc, GENERATE(Transport::kDirect, Transport::kSocket));
  auto& world = recording.world;
  // The service gives the watcher an Echo, which the worker calls; it gives one back.
  CHECK(
      world.run("const c = recorded(); await c.keep({ callback: { called: async ({ text, echo }) =>"
                "  ({ text: (await echo.say({ text: 'to ' + text })).text }) } });"
                "return (await c.callKept({ text: 'you' })).text") == "to you");
  CHECK(world.run("const c = recorded(); await c.keep({ callback: { called() {"
                  "  throw new TypeError('not mine'); } } });"
                  "return await rejected(c.callKept({ text: 'you' }))") != "nothing");
  std::vector<std::string> all;
  for (auto& effect : recording.log->all()) {
    all.push_back(effect.destination + " " + effect.operation + (effect.error.empty() ? "" : " !"));
  }
  CHECK(all == std::vector<std::string>{"rrdns Echo.keep", "rrdns Echo.callKept",
                                        "rrdns<- Callback.called", "rrdns Echo.say",
                                        "rrdns Echo.keep", "rrdns Echo.callKept !",
                                        "rrdns<- Callback.called !"});
}

TEST_CASE("recording: an object of the worker that comes back is itself") {
  Recording recording;
  CHECK(recording.world.run("const c = recorded(); const object = {};"
                            "const { echo: e } = await c.giveBack({ echo: object });"
                            "return await e.unwrap() === object") == "true");
}

TEST_CASE("recording: a watcher outlives the request that gave it without a note") {
  Recording recording;
  auto& world = recording.world;
  CHECK(world.run("const c = recorded(); await c.keep({ callback: { called: () => ({}) } });"
                  "return 1") == "1");
  world.effects = nullptr;
  world.newRequest();
  CHECK(world.run("return await rejected(echo().callKept({ text: 'x' }))") != "nothing");
  CHECK(recording.texts().size() == 1);
  CHECK(world.run("await echo().forget(); return 1") == "1");
}

TEST_CASE("recording: streaming calls and lists of capabilities") {
  Recording recording;
  auto& world = recording.world;
  CHECK(world.run("const c = recorded(); await c.feed({ chunk: 'a' });"
                  "const { services } = await c.values({ services: [c] });"
                  "return (await services[0].say({ text: 'x' })).text") == "x");
  auto texts = recording.texts();
  CHECK(texts[0] == "Echo.feed {\"chunk\":\"a\"}");
  CHECK(texts[1].ends_with("\"services\":[" + kEcho + "]}"));
  CHECK(texts.back() == "Echo.say {\"text\":\"x\"} -> {\"text\":\"x\"}");
}

TEST_CASE("recording: what the request leaves unfinished has no output") {
  Recording recording;
  auto& world = recording.world;
  CHECK(world.run("globalThis.p = recorded().never(); return 1") == "1");
  world.turn();
  world.effects = nullptr;
  world.newRequest();
  world.turn();
  CHECK(recording.texts() == std::vector<std::string>{"Echo.never {}"});
  CHECK(world.state.pending == 0);
}

TEST_CASE("recording: an effect that was taken away is not missed") {
  Recording recording;
  auto& world = recording.world;
  CHECK(world.run("globalThis.p = recorded().later({ text: 'x' }); return 1") == "1");
  recording.log->take();
  CHECK(world.run("return (await p).text") == "x");
}

TEST_CASE("recording: nobody keeps effects, nothing is in between") {
  Recording recording;
  auto& world = recording.world;
  world.effects = nullptr;
  world.newRequest();
  // A local object is known again only where no recorder stands around it.
  CHECK(world.run("const c = recorded(); const object = {};"
                  "return await c.giveBack({ echo: object }).echo.unwrap() === object") == "true");
  CHECK(recording.log->all().empty());
}

// --- transcript -------------------------------------------------------------------------------

Effect call(std::string operation, std::string input, std::string output, std::string error = "") {
  return {.kind = EffectKind::kRpc,
          .destination = "rrdns",
          .operation = std::move(operation),
          .input = std::move(input),
          .output = std::move(output),
          .error = std::move(error)};
}

struct Replaying {
  explicit Replaying(std::vector<Effect> effects, Matching matching = Matching::kNearest)
      : log(std::make_shared<net::EffectLog>()) {
    exchange.outcome.effects = std::move(effects);
    world.ports["recorded"] =
        transcriptPort("rrdns", EffectKind::kRpc,
                       factoryPort([this] { return world.bootstrap("Echo"); }), matching);
    world.used = std::make_shared<std::vector<bool>>();
    world.addService("recorded", "Echo");
    world.effects = log;
    world.exchange = &exchange;
    world.newRequest();
  }
  std::string say(const std::string& text) {
    return world.run("const c = recorded(); try { return await c.say({ text: '" + text +
                     "' }) } finally { c.close() }");
  }
  net::Exchange exchange;
  CapnpWorld world;
  std::shared_ptr<net::EffectLog> log;
};

TEST_CASE("transcript: equal input first, else the next of the operation") {
  Replaying replay({call("Echo.say", R"({"text":"a"})", R"({"text":"A"})"),
                    call("Echo.say", R"({"text":"b"})", R"({"text":"B"})"),
                    call("Echo.later", R"({"text":"a"})", R"({"text":"later"})"),
                    call("Echo.say", R"({"text":"a"})", R"({"text":"A2"})")});
  CHECK(replay.say("b") == "{text:\"B\"}");
  CHECK(replay.say("c") == "{text:\"A\"}");
  CHECK(replay.say("a") == "{text:\"A2\"}");
  CHECK(
      replay.say("a") ==
      "Error: capnp RPC exception: no recorded call left: Echo.say({\"text\":\"a\"}); the nearest "
      "recorded call is Echo.say({\"text\":\"a\"}), which answered a call before");
  CHECK(
      replay.world.run("return await recorded().fed()") ==
      "Error: capnp RPC exception: no recorded call left: Echo.fed({}); the nearest recorded call "
      "is Echo.say({\"text\":\"a\"}), which answered a call before");
  CHECK(replay.world.run("return await recorded().later({ text: 'a' })") == "{text:\"later\"}");
  CHECK(replay.world.state.calls == 0);
}

TEST_CASE("transcript: what one worker used is used for the next worker of the exchange") {
  Replaying replay(
      {call("Echo.say", "{}", R"({"text":"1"})"), call("Echo.say", "{}", R"({"text":"2"})")});
  CHECK(replay.say("x") == "{text:\"1\"}");
  replay.world.newRequest();
  CHECK(replay.say("x") == "{text:\"2\"}");
  // Another replay of the same exchange begins anew.
  replay.world.effects = std::make_shared<net::EffectLog>();
  replay.log = nullptr;
  replay.world.newRequest();
  CHECK(replay.say("x") == "{text:\"1\"}");
}

TEST_CASE("transcript: recorded errors fail again") {
  Replaying replay({call("Echo.say", "{}", "", "remote exception: was down")});
  CHECK(replay.say("x") == "Error: capnp RPC exception: remote exception: was down");
}

TEST_CASE("transcript: an answer that does not fit the schema says where") {
  Replaying replay({call("Echo.say", "{}", R"({"txt":"x"})")});
  CHECK(replay.say("x").find("recorded value at $.txt: the schema has no such field") !=
        std::string::npos);
}

TEST_CASE("transcript: without anything recorded of the service the port below answers") {
  auto other = call("Echo.say", "{}", R"({"text":"recorded"})");
  SECTION("another destination") {
    other.destination = "quicksilver";
  }
  SECTION("another kind") {
    other.kind = EffectKind::kLog;
  }
  Replaying replay({other});
  CHECK(replay.say("live") == "{text:\"live\"}");
  CHECK(replay.world.state.calls == 1);
}

TEST_CASE("transcript: calls that the service made back answer nothing") {
  auto back = call("Echo.say", "{}", R"({"text":"back"})");
  back.destination = "rrdns<-";
  Replaying replay({back, call("Echo.say", "{}", R"({"text":"there"})")});
  CHECK(replay.say("x") == "{text:\"there\"}");
}

TEST_CASE("transcript: strict takes equal input alone, and names what is nearest") {
  Replaying replay({call("Echo.say", R"({"text":"a"})", R"({"text":"A"})"),
                    call("Echo.say", R"({"text":"abc"})", R"({"text":"B"})")},
                   Matching::kStrict);
  CHECK(replay.say("a") == "{text:\"A\"}");
  CHECK(replay.say("ab") ==
        "Error: capnp RPC exception: no recorded call left: Echo.say({\"text\":\"ab\"}); the "
        "nearest recorded call is Echo.say({\"text\":\"abc\"})");
  CHECK(*replay.world.used == std::vector<bool>{true, false});
}

TEST_CASE("transcript: strict never asks the port below") {
  Replaying replay({}, Matching::kStrict);
  CHECK(
      replay.say("a") ==
      "Error: capnp RPC exception: nothing is recorded of the service: Echo.say({\"text\":\"a\"})");
  CHECK(replay.world.state.calls == 0);
}

TEST_CASE("transcript: configuration reads and calls pass for each other") {
  auto read = call("Echo.say", "{}", R"({"text":"recorded"})");
  read.kind = EffectKind::kConfigRead;
  Replaying replay({read});
  CHECK(replay.say("x") == "{text:\"recorded\"}");
}

TEST_CASE("transcript: outside of a replay it is not there") {
  Replaying replay({call("Echo.say", "{}", R"({"text":"recorded"})")});
  replay.world.exchange = nullptr;
  replay.world.newRequest();
  CHECK(replay.say("live") == "{text:\"live\"}");
}

TEST_CASE("A recording replays to the same effects") {
  auto script =
      "const c = recorded(); const r = [await c.say({ text: 'x' }),"
      "  await rejected(c.fail({ text: 'no' })), await c.choice({ pair: { key: 'k' } })];"
      "c.close(); return r";
  std::string first;
  net::Exchange exchange;
  {
    Recording recording;
    first = recording.world.run(script);
    exchange.outcome.effects = recording.log->all();
  }
  REQUIRE(exchange.outcome.effects.size() == 3);

  CapnpWorld world;
  world.ports["recorded"] = recordingPort(
      "rrdns", EffectKind::kRpc,
      transcriptPort("rrdns", EffectKind::kRpc, factoryPort([]() -> capnp::Capability::Client {
                       return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                            kj::heapString("was asked"));
                     })));
  world.addService("recorded", "Echo");
  world.effects = std::make_shared<net::EffectLog>();
  world.exchange = &exchange;
  world.newRequest();
  CHECK(world.run(script) == first);
  CHECK(world.effects->all() == exchange.outcome.effects);
}

TEST_CASE("clientPort gives one capability to all") {
  CapnpWorld world;
  world.ports["fixed"] = clientPort(world.bootstrap("Echo"));
  world.addService("fixed", "Echo");
  CHECK(world.run("const a = fixed(), b = fixed(); await a.feed({ chunk: 'x' });"
                  "return (await b.live()).count") == "1");
}

}  // namespace
}  // namespace flamesim::bindings
