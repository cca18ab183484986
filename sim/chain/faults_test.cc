// Faults on the ways out of a chain and between workers, and the controller of tests.
#include "sim/chain/test_controls.h"
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

using bundle::FaultRule;
using bundle::FaultTarget;
using DropWhen = bundle::FaultDrop::When;

struct Faulty : ChainWorld {
  Faulty() {
    parts.faults = plans.get();
    parts.counters = counters;
  }
  void add(FaultTarget target, const std::string& name, FaultRule rule) {
    rule.target = target;
    rule.name = name;
    plans->add(std::move(rule), clock.now());
  }
  void keepEffects() { effects = std::make_shared<net::EffectLog>(); }

  std::shared_ptr<faults::FaultPlans> plans = std::make_shared<faults::FaultPlans>();
  std::shared_ptr<net::CallCounters> counters = std::make_shared<net::CallCounters>();
};

const char kPass[] =
    "try { return await fetch(request); }"
    "catch (error) { return new Response(error.message, { status: 599 }); }";
// Reads as far as it gets.
const char kRead[] =
    "const answer = await fetch(request); let text = '';"
    "try { for await (const chunk of answer.body) text += new TextDecoder().decode(chunk); }"
    "catch (error) { text += ' ! ' + error.message; }"
    "return new Response(text);";

const std::string kBroke = "injected fault: the connection to the egress fl broke";

}  // namespace

TEST_CASE_METHOD(Faulty, "faults: an egress fails, and its effect has it") {
  inChain({handler("w", kPass)});
  bool kept = GENERATE(false, true);
  if (kept) keepEffects();
  add(FaultTarget::kEgress, "fl", {.error = bundle::FaultError{{}, "no more"}});
  CHECK(get().status == 599);
  CHECK(fl.asked.empty());
  if (kept) CHECK(effects->at(0).error == "no more");
  auto& count = counters->of({true, "fl", "GET", "w"});
  CHECK(count.calls == 1);
  CHECK(count.errors == 1);
}

TEST_CASE_METHOD(Faulty, "faults: an egress is slow, others are not") {
  inChain({handler("w", "await env.NET.fetch('http://b.example/'); return fetch(request);",
                   {binding("NET", "egress", {{"to", "internet"}})})});
  bool kept = GENERATE(false, true);
  if (kept) keepEffects();
  add(FaultTarget::kEgress, "fl", {.latency = {bundle::Latency::Shape::kConstant, 250}});
  CHECK(get().body == "fl answers");
  CHECK(clock.now() == kStart + std::chrono::milliseconds(250));
  if (!kept) return;
  CHECK(effects->at(0).duration == Duration::zero());
  CHECK(effects->at(1).duration == std::chrono::milliseconds(250));
}

TEST_CASE_METHOD(Faulty, "faults: a body that breaks off, with effects and without") {
  inChain({handler("w", kRead)});
  bool kept = GENERATE(false, true);
  if (kept) keepEffects();
  add(FaultTarget::kEgress, "fl", {.drop = {DropWhen::kBody, 4}});
  CHECK_THAT(get().body, Catch::StartsWith("fl a ! "));
  if (!kept) return;
  auto& effect = effects->at(0);
  CHECK(effect.error == kBroke);
  REQUIRE(effect.response);
  CHECK(effect.response->body == "fl a");
}

TEST_CASE_METHOD(Faulty, "faults: a recorded body that broke off breaks off again") {
  inChain({handler("w", kRead)});
  keepEffects();
  net::Exchange exchange;
  exchange.outcome.effects.push_back(
      {.kind = net::EffectKind::kSubrequest,
       .destination = "internet",
       .error = "gone",
       .request = net::RecordedRequest{.method = "GET", .url = "http://a.example/"},
       .response = net::RecordedResponse{.status = 200, .body = "half"}});
  recorded = &exchange;
  parts.egress = "internet";
  CHECK_THAT(get().body, Catch::StartsWith("half ! "));
  CHECK(internet.asked.empty());
}

TEST_CASE_METHOD(Faulty, "faults: they hit what a replay answers from its recording") {
  inChain({handler("w", kPass)});
  keepEffects();
  net::Exchange exchange;
  exchange.outcome.response = {.status = 200, .body = "FL said"};
  recorded = &exchange;
  add(FaultTarget::kEgress, "fl", {.when = {.methods = {"POST"}}, .error = bundle::FaultError{}});
  CHECK(get().body == "FL said");
  CHECK(ask(request("http://a.example/", "POST")).status == 599);
  CHECK(fl.asked.empty());
}

TEST_CASE_METHOD(Faulty, "faults: a worker behind a binding, and one of the chain") {
  inChain({handler("first",
                   "try { return await env.OTHER.fetch(request); }"
                   "catch (error) { return fetch(request); }",
                   {binding("OTHER", "service", {{"service", "other"}})}),
           handler("second", "return new Response('second');")});
  outside({handler("other", "return new Response('other');")});
  CHECK(get().body == "other");
  add(FaultTarget::kWorker, "other", {.error = bundle::FaultError{}});
  CHECK(get().body == "second");
  add(FaultTarget::kWorker, "second", {.latency = {bundle::Latency::Shape::kConstant, 100}});
  CHECK(get().body == "second");
  CHECK(clock.now() == kStart + std::chrono::milliseconds(100));
}

TEST_CASE_METHOD(Faulty, "faults: methods of a worker") {
  std::string called =
      "try { return new Response(String(await env.OTHER.add(1, 2))); }"
      "catch (error) { return new Response(error.message + ', ' + n); }";
  inChain({worker("first",
                  "let n = 0; export default { async fetch(request, env) {"
                  "try { n = await env.OTHER.count(); } catch {}" +
                      called + "} };",
                  {binding("OTHER", "service", {{"service", "other"}})})});
  outside({worker("other",
                  "import { WorkerEntrypoint } from 'cloudflare:workers'; let adds = 0;"
                  "export default class extends WorkerEntrypoint {"
                  "add(a, b) { adds++; return a + b; } count() { return adds; } }")});
  auto add = [this](FaultRule rule) { this->add(FaultTarget::kWorker, "other", std::move(rule)); };
  FaultRule ofAdd{.when = {.methods = {"add"}}};
  CHECK(get().body == "3");

  SECTION("fail before the worker hears of the call") {
    ofAdd.error = bundle::FaultError{{}, "no more"};
    add(ofAdd);
    CHECK(get().body == "no more, 1");
    CHECK(get().body == "no more, 1");
  }
  SECTION("lose their answer") {
    ofAdd.drop = {DropWhen::kAfter};
    add(ofAdd);
    CHECK(get().body == "injected fault: the connection to the worker other broke, 1");
    CHECK(get().body == "injected fault: the connection to the worker other broke, 2");
  }
  SECTION("are slow") {
    ofAdd.latency = {bundle::Latency::Shape::kConstant, 100};
    add(ofAdd);
    CHECK(get().body == "3");
    CHECK(clock.now() == kStart + std::chrono::milliseconds(100));
  }
  SECTION("are not meant by rules for requests") {
    add({.when = {.host = "*"}, .error = bundle::FaultError{}});
    add({.when = {.url = "*"}, .error = bundle::FaultError{}});
    add({.when = {.methods = {"GET"}}, .error = bundle::FaultError{}});
    add({.drop = {DropWhen::kBody, 0}});
    CHECK(get().body == "3");
  }
}

// --- the controller of tests ------------------------------------------------------------------

namespace {

struct Running : Faulty {
  Running() {
    auto made = std::make_shared<bundle::Simulation>();
    made->services.push_back({.name = "rrdns"});
    parts.options.test = std::make_shared<TestParts>(TestParts{plans, counters, std::move(made)});
  }
  // How the test with this body ended: "passed", or why not.
  std::string runTest(const std::string& body) {
    inChain({worker("tested", "export default { async test(controller) {" + body + "} };")});
    chain = std::make_unique<Chain>(web::testEngine(), std::move(parts));
    exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
    exchange->console = &console;
    std::optional<TestOutcome> outcome;
    auto running = chain->worker("tested")
                       .runTest("default", *exchange)
                       .promise()
                       .then([&](TestOutcome ended) { outcome = std::move(ended); })
                       .eagerlyEvaluate(nullptr);
    settle([&] { return outcome.has_value(); });
    REQUIRE(outcome);
    return outcome->failure ? outcome->failure->text() : "passed";
  }
};

}  // namespace

TEST_CASE_METHOD(Running, "a test adds and removes faults") {
  auto outcome = runTest(
      "const ask = () => fetch('http://b.example/').then((r) => r.text(), () => 'failed');"
      "const rule = controller.faults.add({ egress: 'fl', error: 'failed' });"
      "const all = [await ask()];"
      "all.push(controller.faults.remove(rule), controller.faults.remove(rule), await ask());"
      "controller.faults.add({ egress: 'fl', drop: 'before' });"
      "all.push(await ask());"
      "controller.faults.clear();"
      "all.push(await ask(), JSON.stringify(controller.calls('fl')));"
      "throw new Error(all.join(', '));");
  CHECK(outcome ==
        "Error: failed, true, false, fl answers, failed, fl answers, "
        "{\"calls\":4,\"errors\":2,\"methods\":{\"GET\":{\"calls\":4,\"errors\":2}}}");
}

TEST_CASE_METHOD(Running, "faults of a test end with it") {
  runTest("controller.faults.add({ egress: 'fl', error: 'failed' });");
  CHECK(plans->find(FaultTarget::kEgress, "fl") != nullptr);
  bool done = false;
  auto running = chain->worker("tested")
                     .runTest("default", *exchange)
                     .promise()
                     .then([&](TestOutcome) { done = true; })
                     .eagerlyEvaluate(nullptr);
  settle([&] { return done; });
  // The one that the second run added.
  plans->removeAdded();
  CHECK(plans->find(FaultTarget::kEgress, "fl") == nullptr);
}

TEST_CASE_METHOD(Running, "a rule that cannot be used throws what is wrong with it") {
  CHECK(runTest("controller.faults.add({ service: 'rrdsn', error: 'failed' });") ==
        "TypeError: there is no service \"rrdsn\" (did you mean \"rrdns\"?)");
}

TEST_CASE_METHOD(Running, "a rule that is nothing at all throws") {
  CHECK_THAT(runTest("controller.faults.add(undefined);"), Catch::StartsWith("TypeError: "));
}
