#include <catch2/catch.hpp>

#include "sim/bindings/capability_decorators.h"
#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

using bundle::FaultRule;
using bundle::FaultType;
using std::chrono::milliseconds;
using std::chrono::seconds;
using DropWhen = bundle::FaultDrop::When;

using Strings = std::vector<std::string>;

// Echo as the service "rrdns", with faults, as global function `faulty`.
struct Faulty {
  explicit Faulty(std::vector<FaultRule> rules = {}, Transport transport = Transport::kDirect)
      : world(transport) {
    for (auto& rule : rules) add(rule);
    auto& plan = plans.of(bundle::FaultTarget::kService, "rrdns");
    world.ports["faulty"] =
        recordingPort("rrdns", net::EffectKind::kRpc,
                      faultPort(plan, factoryPort([this] { return world.bootstrap("Echo"); })));
    world.addService("faulty", "Echo");
    world.effects = log;
    world.newRequest();
  }
  uint64_t add(FaultRule rule) {
    rule.name = "rrdns";
    rule.text = "rule " + std::to_string(++added);
    return plans.add(rule, world.clock.now());
  }
  std::string say(const std::string& text) {
    return world.run("const c = faulty(); try { return (await c.say({ text: '" + text +
                     "' })).text } catch (e) { return '! ' + e.message } finally { c.close() }");
  }
  // "destination operation ! error" of each effect.
  Strings texts() {
    Strings all;
    for (auto& effect : log->all()) {
      all.push_back(effect.destination + " " + effect.operation +
                    (effect.error.empty() ? "" : " ! " + effect.error));
    }
    return all;
  }

  faults::FaultPlans plans;
  int added = 0;
  std::shared_ptr<net::EffectLog> log = std::make_shared<net::EffectLog>();
  CapnpWorld world;
};

const std::string kFailed = "injected fault: the service rrdns failed";
const std::string kBroke = "injected fault: the connection to the service rrdns broke";

FaultRule failing(bundle::FaultWhen when = {}) {
  return {.when = std::move(when), .error = bundle::FaultError{}};
}

TEST_CASE("faults: an error in the place of the service, and the effect has it") {
  Faulty faulty({failing()}, GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(faulty.say("hi") == "! capnp RPC exception: " + kFailed);
  CHECK(faulty.world.state.calls == 0);
  CHECK(faulty.texts() == Strings{"rrdns Echo.say ! " + kFailed});
}

TEST_CASE("faults: a latency by the request's clock") {
  Faulty faulty({{.latency = {bundle::Latency::Shape::kConstant, 250}}});
  CHECK(faulty.say("hi") == "hi");
  CHECK(faulty.log->at(0).duration == milliseconds(250));
}

TEST_CASE("faults: what the results will hold can be called meanwhile") {
  Faulty faulty({{.latency = {bundle::Latency::Shape::kConstant, 250}}},
                GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(faulty.world.run("return (await faulty().openLate().echo.say({ text: '3' })).text") == "3");
  CHECK(faulty.texts().size() == 2);
}

TEST_CASE("faults: calls on what a failed call would have held fail, too") {
  Faulty faulty({failing({.methods = {"openLate"}})});
  CHECK(faulty.world.run("return await rejected(faulty().openLate().echo.say({ text: '3' }))") ==
        "Error: capnp RPC exception: " + kFailed);
}

TEST_CASE("faults: dropped before the service heard of the call") {
  Faulty faulty({{.drop = {DropWhen::kBefore}}});
  CHECK(faulty.say("hi") == "! capnp RPC exception: " + kBroke);
  CHECK(faulty.world.state.calls == 0);
}

TEST_CASE("faults: dropped after it heard of the call") {
  Faulty faulty({{.drop = {DropWhen::kAfter}}});
  CHECK(faulty.say("hi") == "! capnp RPC exception: " + kBroke);
  CHECK(faulty.world.state.calls == 1);
  CHECK(faulty.world.run("const c = faulty(); return await rejected(c.feed({ chunk: 'a' }))") ==
        "Error: capnp RPC exception: " + kBroke);
  CHECK(faulty.world.state.fed == "a");
}

TEST_CASE("faults: rules are for methods and parameters") {
  struct {
    bundle::FaultWhen when;
    bool hits;
  } cases[] = {
      {{.methods = {"say"}}, true},
      {{.methods = {"Echo.say"}}, true},
      {{.methods = {"later", "say"}}, true},
      {{.methods = {"Other.say"}}, false},
      {{.params = {{"text", "h*"}}}, true},
      {{.params = {{"text", "x*"}}}, false},
      {{.params = {{"text", "h*"}, {"text", "*x"}}}, false},
      {{.params = {{"text.more", "*"}}}, false},
      {{.params = {{"txt", "*"}}}, false},
      {{.callbacks = true}, false},
  };
  for (auto& each : cases) {
    Faulty faulty({failing(each.when)});
    CHECK((faulty.say("hi") != "hi") == each.hits);
  }
}

TEST_CASE("faults: parameters of all types") {
  auto hits = [](const std::string& path, const std::string& pattern) {
    Faulty faulty({failing({.params = {{path, pattern}}})});
    return faulty.world.run(
               "return await rejected(faulty().values({ flag: true, int64: 7n, float64: 1.5,"
               "  colour: 'darkBlue', place: { x: -3, y: 'why' }, nested: { text: 'in' },"
               "  texts: ['a', 'bc'], structs: [{ key: 'k1' }, { key: 'k2' }] }))") != "nothing";
  };
  for (auto [path, pattern] :
       std::vector<std::pair<const char*, const char*>>{{"flag", "true"},
                                                        {"int64", "7"},
                                                        {"float64", "1.5"},
                                                        {"colour", "dark*"},
                                                        {"place.x", "-3"},
                                                        {"nested.text", "in"},
                                                        {"texts", "bc"},
                                                        {"structs.key", "k2"}}) {
    INFO(path);
    CHECK(hits(path, pattern));
    CHECK_FALSE(hits(path, "other"));
  }
}

TEST_CASE("faults: parameters in a union") {
  Faulty faulty({failing({.params = {{"number", "5"}}})});
  CHECK(faulty.world.run("return await rejected(faulty().choice({ number: 5 }))") != "nothing");
  CHECK(faulty.world.run("return await rejected(faulty().choice({ text: '5' }))") == "nothing");
}

TEST_CASE("faults: the types of errors") {
  for (auto [type, ending] : std::vector<std::pair<FaultType, std::string>>{
           {FaultType::kOverloaded, " is overloaded"},
           {FaultType::kDisconnected, " was disconnected"},
           {FaultType::kUnimplemented, " does not implement the method"}}) {
    Faulty faulty({{.error = bundle::FaultError{type}}});
    CHECK(faulty.say("hi") == "! capnp RPC exception: injected fault: the service rrdns" + ending);
  }
}

TEST_CASE("faults: stale answers") {
  Faulty faulty;
  bundle::FaultSchedule schedule{.from = 10, .length = 10};
  faulty.add({.when = {.methods = {"fed"}}, .stale = {true}, .schedule = schedule});
  auto fed = [&] { return faulty.world.run("return (await faulty().fed()).text"); };
  faulty.world.state.fed = "one";
  CHECK(fed() == "one");
  faulty.world.state.fed = "two";
  faulty.world.clock.advanceTo(faulty.world.clock.now() + seconds(11));
  CHECK(fed() == "one");
  faulty.world.newRequest();
  CHECK(fed() == "one");
  faulty.world.clock.advanceTo(faulty.world.clock.now() + seconds(10));
  CHECK(fed() == "two");
}

TEST_CASE("faults: a stale answer is to the same call") {
  Faulty faulty({FaultRule{.stale = {true}}});
  CHECK(faulty.say("a") == "a");
  CHECK(faulty.say("b") == "b");
  CHECK(faulty.world.state.calls == 2);
  CHECK(faulty.say("a") == "a");
  CHECK(faulty.world.state.calls == 2);
}

TEST_CASE("faults: capabilities in results have them, too") {
  Faulty faulty({failing({.methods = {"say"}})}, GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(faulty.world.run("const { echo: e } = await faulty().open();"
                         "return await rejected(e.say({ text: '1' }))") ==
        "Error: capnp RPC exception: " + kFailed);
}

TEST_CASE("faults: calls that the service makes back, where the rule says so") {
  Faulty faulty({failing({.methods = {"called"}, .callbacks = true})},
                GENERATE(Transport::kDirect, Transport::kSocket));
  auto answer = faulty.world.run(
      "let calls = 0; const callback = { called: () => { ++calls; return {}; } };"
      "return [await rejected(faulty().callBack({ text: 'x', callback })), calls]");
  CHECK_THAT(answer, Catch::Contains(kFailed) && Catch::Contains(",0]"));
  // The worker saw nothing of it.
  CHECK(faulty.texts().size() == 1);
}

TEST_CASE("faults: what the exchange draws decides") {
  auto outcomes = [](uint64_t seed) {
    auto rule = failing();
    rule.probability = 0.5;
    Faulty faulty({rule});
    faulty.world.faultDraws = faults::Draws(seed);
    faulty.world.newRequest();
    std::string text;
    for (int i = 0; i < 30; ++i) text += faulty.say("hi") == "hi" ? '.' : '!';
    return text;
  };
  CHECK(outcomes(1) == outcomes(1));
  CHECK(outcomes(1) != outcomes(2));
  CHECK(outcomes(1).find('.') != std::string::npos);
  CHECK(outcomes(1).find('!') != std::string::npos);
}

TEST_CASE("faults: rules come and go") {
  Faulty faulty;
  CHECK(faulty.say("hi") == "hi");
  auto handle = faulty.add(failing());
  CHECK(faulty.say("hi") != "hi");
  faulty.plans.remove(handle);
  CHECK(faulty.say("hi") == "hi");
}

TEST_CASE("faults: without rules nothing is in between") {
  Faulty faulty;
  faulty.world.effects = nullptr;
  faulty.world.newRequest();
  CHECK(faulty.world.run("const c = faulty(); const object = {};"
                         "return await c.giveBack({ echo: object }).echo.unwrap() === object") ==
        "true");
}

TEST_CASE("faults: a request that ends while a call is held up") {
  Faulty faulty({{.latency = {bundle::Latency::Shape::kConstant, 250}}});
  CHECK(faulty.world.run("globalThis.p = faulty().say({ text: 'x' }); return 1") == "1");
  faulty.world.newRequest();
  faulty.world.turn();
  CHECK(faulty.world.state.calls == 0);
}

// --- counts -----------------------------------------------------------------------------------

TEST_CASE("counting: calls and errors, by method and worker") {
  CapnpWorld world;
  auto counters = std::make_shared<net::CallCounters>();
  world.ports["counted"] =
      countingPort("rrdns", counters, factoryPort([&world] { return world.bootstrap("Echo"); }));
  world.addService("counted", "Echo");
  CHECK(world.run("const c = counted(); await c.say({}); await c.say({});"
                  "await rejected(c.fail({ text: 'no' })); await c.feed({ chunk: 'a' });"
                  "const { echo: e } = await c.open(); await e.say({}); return 1") == "1");
  Strings all;
  for (auto& [series, count] : counters->all()) {
    all.push_back(series.target + " " + series.operation + " " + series.worker + " " +
                  std::to_string(count.calls) + " " + std::to_string(count.errors) + " " +
                  std::to_string(count.open));
  }
  CHECK(all == Strings{"rrdns Echo.fail tester 1 1 0", "rrdns Echo.feed tester 1 0 0",
                       "rrdns Echo.open tester 1 0 0", "rrdns Echo.say tester 3 0 0"});
}

}  // namespace
}  // namespace flamesim::bindings
