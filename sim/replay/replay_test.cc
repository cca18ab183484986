#include "sim/replay/replay.h"

#include <mutex>

#include "schemas/quicksilver.capnp.h"
#include "sim/bindings/capability_decorators.h"
#include "sim/bundle/schema_compiler.h"
#include "sim/capture/testing.h"
#include "sim/capture/writer.h"
#include "sim/server/testing.h"

using namespace flamesim;
using namespace flamesim::replay;
using namespace flamesim::chain::testing;
using capture::testing::TemporaryFolder;
using server::testing::exchangeOf;
using std::chrono::milliseconds;

namespace {

using Program = std::shared_ptr<server::Program>;

// A replay of these exchanges, with what it was asked for and what came of it.
struct Replay {
  std::vector<net::Exchange> recorded;
  ReplayOptions options;
  bundle::FaultSettings faults;
  bool strict = false;
  std::function<server::ServiceMap(faults::FaultPlans* plans)> services;

  std::vector<std::string> encoded;       // as written
  std::vector<net::Exchange> candidates;  // the same, decoded
  Strings asked;                          // of the Internet
  ReplayTotals totals;

  void run(const Program& program) {
    TemporaryFolder folder;
    auto path = folder / "recorded.cap";
    // Small blocks, so that there are several.
    auto writer = capture::CaptureWriter::create(path, {}, {.blockBytes = 1000});
    for (auto& exchange : recorded) writer->write(exchange);
    writer->close();
    auto reader = capture::CaptureReader::open(path).orThrow();
    run(program, reader);
  }

  void run(const Program& program, capture::CaptureReader& reader) {
    encoded.clear();
    candidates.clear();
    std::mutex mutex;
    std::vector<std::unique_ptr<WayOut>> ways;
    std::map<uint64_t, net::Exchange> compared;
    ReplayHooks hooks;
    hooks.parts = [&](kj::AsyncIoProvider&) {
      std::lock_guard lock(mutex);
      server::ServerParts parts;
      ways.push_back(std::make_unique<WayOut>("internet"));
      parts.network["internet"] = ways.back().get();
      if (!faults.rules.empty()) parts.faults = std::make_shared<faults::FaultPlans>(faults);
      if (strict) parts.strictServices = {"store"};
      if (services) parts.services = services(parts.faults.get());
      return parts;
    };
    hooks.compared = [&](uint32_t, const net::Exchange& reference, const net::Exchange& candidate) {
      std::lock_guard lock(mutex);
      compared.emplace(reference.id, candidate);
    };
    hooks.write = [&](std::string_view bytes) {
      encoded.emplace_back(bytes);
      candidates.push_back(capture::decodeExchange(std::as_bytes(std::span(bytes))).orThrow());
    };
    totals = replay::replay(web::testEngine(), program, reader, options, hooks);
    // What is compared is what is written.
    REQUIRE(compared.size() == candidates.size());
    for (auto& candidate : candidates) CHECK(compared.at(candidate.id) == candidate);
    for (auto& way : ways) asked.insert(asked.end(), way->asked.begin(), way->asked.end());
  }

  // The service "store": Store, with the decorators that a run has.
  void withStore();

  void add(const std::string& url, Duration after = Duration::zero()) {
    recorded.push_back(exchangeOf(recorded.size() + 1, url, kStart + after));
  }
  Strings bodies() const {
    Strings all;
    for (auto& candidate : candidates) all.push_back(candidate.outcome.response.body);
    return all;
  }
};

// Answers with the number of the request on its server.
Program counting() {
  return server::testing::program({worker("only",
                                          "let count = 0;\n"
                                          "export default { fetch(request) {\n"
                                          "  return new Response(String(++count));\n"
                                          "} };")});
}

}  // namespace

TEST_CASE("replay: the same on any number of threads, in the order of the input") {
  auto program = server::testing::program(
      {worker("only",
              "let count = 0;\n"
              "export default { async fetch(request) {\n"
              "  const number = ++count;\n"
              "  await scheduler.wait(request.url.length * 7 % 50);\n"
              "  console.log(number, Date.now());\n"
              "  return new Response([number, count, Date.now(), Math.random()].join(' '));\n"
              "} };")});
  Replay replay;
  for (int i = 0; i < 120; ++i) {
    std::string url =
        "http://host" + std::to_string(i % 13) + ".example/" + std::string(i % 7, 'x');
    replay.add(url, milliseconds(10 * i));
  }
  replay.options = {.servers = 5, .threads = 1};
  replay.run(program);
  CHECK(replay.totals.exchanges == 120);
  REQUIRE(replay.candidates.size() == 120);
  for (size_t i = 0; i < 120; ++i) CHECK(replay.candidates[i].id == i + 1);
  auto first = replay.encoded;
  for (uint32_t threads : {1, 2, 3, 8}) {
    replay.options.threads = threads;
    replay.run(program);
    CHECK(replay.encoded == first);
  }
}

TEST_CASE("replay: a host has one server, whatever scheme, port and path") {
  Replay replay;
  for (auto url : {"http://a.example/", "http://b.example/", "http://a.example:8080/x",
                   "https://a.example?q", "http://b.example/y#z"}) {
    replay.add(url);
  }
  replay.options = {.servers = 1000, .threads = 2};
  replay.run(counting());
  CHECK(replay.bodies() == Strings{"1", "1", "2", "3", "2"});
  // Fewer servers than hosts: they share.
  replay.options.servers = 1;
  replay.run(counting());
  CHECK(replay.bodies() == Strings{"1", "2", "3", "4", "5"});
}

TEST_CASE("replay: what is the same, different, declined and failed") {
  auto program = server::testing::program(
      {handler("only",
               "const path = new URL(request.url).pathname;\n"
               "if (path === '/declined') return fetch(request);\n"
               "if (path === '/failed') { ctx.passThroughOnException(); throw 1; }\n"
               "return new Response(path === '/same' ? \"FL's own\" : 'another');")});
  Replay replay;
  for (auto path : {"same", "different", "declined"}) {
    replay.add(std::string("http://a.example/") + path);
  }
  replay.run(program);
  auto outcome = [&](size_t i) { return replay.candidates.at(i).outcome; };
  CHECK(outcome(0).kind == net::OutcomeKind::kResponse);
  CHECK(outcome(0).response.body == replay.recorded[0].outcome.response.body);
  CHECK(outcome(1).kind == net::OutcomeKind::kResponse);
  CHECK(outcome(1).response.body == "another");
  CHECK(outcome(2).kind == net::OutcomeKind::kDeclined);
  CHECK(outcome(2).response == replay.recorded[2].outcome.response);
  // What came in stands beside what came of it.
  CHECK(replay.candidates[1].request == replay.recorded[1].request);
  CHECK(replay.candidates[1].time == kStart);

  program->simulation.egress = "cache";  // which nobody serves
  replay.recorded.clear();
  replay.add("http://a.example/failed");
  replay.run(program);
  CHECK(outcome(0).kind == net::OutcomeKind::kFailed);
  CHECK_THAT(outcome(0).error, Catch::Contains("no recorded answer"));
}

TEST_CASE("replay: recorded subrequests answer, the network where there are none") {
  auto program = server::testing::program(
      {handler("only", "return env.NET.fetch('http://x.example/' + request.url.slice(-1));",
               {binding("NET", "egress", {{"to", "internet"}})})});
  Replay replay;
  replay.add("http://a.example/1");
  replay.add("http://a.example/2");
  net::Effect effect{.kind = net::EffectKind::kSubrequest, .destination = "internet"};
  effect.request = net::RecordedRequest{.method = "GET", .url = "http://x.example/1"};
  effect.response = net::RecordedResponse{.status = 200, .body = "as recorded"};
  replay.recorded[0].outcome.effects.push_back(effect);
  replay.run(program);
  CHECK(replay.bodies() == Strings{"as recorded", "internet answers"});
  CHECK(replay.asked == Strings{"GET http://x.example/2 x.example"});
}

namespace {

// Answers get() with the length of the key as the index.
class Store final : public schemas::Quicksilver::Server {
  kj::Promise<void> get(GetContext context) override {
    context.getResults().setIndex(context.getParams().getKey().size());
    return kj::READY_NOW;
  }
};

// A worker that answers with what Store says, or with why it does not.
chain::WorkerPart storeWorker() {
  auto part = handler(
      "only",
      "const store = env.STORE.getCapability();\n"
      "try {\n"
      "  const { index } = await store.get({ key: 'key' });\n"
      "  return new Response(String(index));\n"
      "} catch (error) {\n"
      "  return new Response(error.message);\n"
      "} finally {\n"
      "  store.close();\n"
      "}",
      {binding("STORE", "capnp_service", {{"service", "store"}, {"interface", "Quicksilver"}})});
  std::filesystem::path schemas = FLAMESIM_SOURCE_DIR "/schemas";
  std::vector<Diagnostic> errors;
  auto bundle = std::make_shared<bundle::Bundle>(*part.bundle);
  bundle->capnpSchema = bundle::compileSchemas(schemas, {schemas / "quicksilver.capnp"}, errors);
  REQUIRE(errors.empty());
  part.bundle = bundle;
  return part;
}

}  // namespace

void Replay::withStore() {
  services = [strict = strict](faults::FaultPlans* plans) {
    constexpr auto kKind = net::EffectKind::kConfigRead;
    auto port = bindings::transcriptPort(
        "store", kKind, bindings::clientPort(kj::heap<Store>()),
        strict ? bindings::Matching::kStrict : bindings::Matching::kNearest);
    if (plans != nullptr) {
      port =
          bindings::faultPort(plans->of(bundle::FaultTarget::kService, "store"), std::move(port));
    }
    server::ServiceMap services;
    services["store"] = bindings::recordingPort("store", kKind, std::move(port));
    return services;
  };
}

namespace {

net::Effect storeCall(const std::string& key = "key") {
  return {.kind = net::EffectKind::kConfigRead,
          .destination = "store",
          .operation = "Quicksilver.get",
          .input = R"({"key":")" + key + "\"}",
          .output = R"({"found":false,"index":"77"})"};
}

}  // namespace

TEST_CASE("replay: recorded calls answer, the service where there are none") {
  Replay replay;
  replay.withStore();
  replay.add("http://a.example/");
  replay.add("http://a.example/");
  replay.recorded[0].outcome.effects.push_back(storeCall());
  replay.run(server::testing::program({storeWorker()}));
  CHECK(replay.bodies() == Strings{"77", "3"});
  // Both calls are effects of the candidate.
  for (auto& candidate : replay.candidates) {
    REQUIRE(candidate.outcome.effects.size() == 1);
    CHECK(candidate.outcome.effects[0].operation == "Quicksilver.get");
    CHECK(candidate.outcome.effects[0].input == R"({"key":"key"})");
  }
}

TEST_CASE("replay: strict takes what was recorded alone, and all of it") {
  Replay replay;
  replay.strict = true;
  replay.withStore();
  for (int i = 0; i < 4; ++i) replay.add("http://a.example/");
  replay.recorded[0].outcome.effects = {storeCall()};
  replay.recorded[1].outcome.effects = {storeCall("kex")};
  replay.recorded[3].outcome.effects = {storeCall(), storeCall(), storeCall("other")};
  replay.run(server::testing::program({storeWorker()}));
  auto& all = replay.candidates;
  REQUIRE(all.size() == 4);
  CHECK(all[0].outcome.kind == net::OutcomeKind::kResponse);
  CHECK(all[0].outcome.response.body == "77");
  CHECK(all[1].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(all[1].outcome.error ==
        "1 recorded call was not made: store, Quicksilver.get({\"key\":\"kex\"})");
  CHECK_THAT(all[1].outcome.effects.at(0).error,
             Catch::Contains("the nearest recorded call is Quicksilver.get({\"key\":\"kex\"})"));
  CHECK(all[2].outcome.kind == net::OutcomeKind::kResponse);
  CHECK_THAT(all[2].outcome.response.body, Catch::Contains("nothing is recorded of the service"));
  CHECK(all[3].outcome.error ==
        "2 recorded calls were not made, the first: store, Quicksilver.get({\"key\":\"key\"})");
}

TEST_CASE("replay: the same faults on any number of threads, on any number of servers") {
  auto outcomes = [](ReplayOptions options, uint64_t seed) {
    Replay replay;
    replay.options = options;
    bundle::FaultRule rule{.name = "store", .error = bundle::FaultError{}, .probability = 0.3};
    rule.schedule = {.from = 10, .length = 20};
    bundle::FaultRule slow{.name = "store", .latency = {bundle::Latency::Shape::kExponential, 30}};
    slow.text = "slow";
    replay.faults = {.seed = seed, .rules = {slow, rule}};
    replay.withStore();
    for (int i = 0; i < 120; ++i) {
      replay.add("http://" + std::to_string(i % 7) + ".example/",
                 i * std::chrono::milliseconds(333));
    }
    replay.run(server::testing::program({storeWorker()}));
    return replay.encoded;
  };
  auto first = outcomes({.servers = 4, .threads = 1}, 7);
  CHECK(first == outcomes({.servers = 4, .threads = 3}, 7));
  CHECK(first == outcomes({.servers = 2, .threads = 2}, 7));
  CHECK(first != outcomes({.servers = 4, .threads = 1}, 8));
  size_t failed = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    if (first[i].find("injected fault") == std::string::npos) continue;
    ++failed;
    CHECK(i >= 30);
    CHECK(i <= 91);
  }
  CHECK(failed > 5);
}

TEST_CASE("replay: the exchanges that are asked for run alone") {
  Replay replay;
  for (int i = 0; i < 5; ++i) replay.add("http://a.example/");
  replay.options.only = {2, 4, 99};
  replay.run(counting());
  CHECK(replay.totals.exchanges == 2);
  REQUIRE(replay.candidates.size() == 2);
  CHECK(replay.candidates[0].id == 2);
  CHECK(replay.candidates[1].id == 4);
  CHECK(replay.bodies() == Strings{"1", "2"});
}

TEST_CASE("replay: a capture without exchanges gives nothing") {
  Replay replay;
  replay.run(counting());
  CHECK(replay.totals.exchanges == 0);
  CHECK(replay.candidates.empty());
}

TEST_CASE("replay: a worker that does not load ends it") {
  Replay replay;
  for (int i = 0; i < 50; ++i) replay.add("http://host" + std::to_string(i) + ".example/");
  CHECK_THROWS_AS(
      replay.run(server::testing::program({worker("broken", "throw new Error('at start');")})),
      UserError);
}

TEST_CASE("replay: a damaged capture ends it") {
  Replay replay;
  for (int i = 0; i < 50; ++i) replay.add("http://a.example/");
  TemporaryFolder folder;
  auto path = folder / "damaged.cap";
  auto writer = capture::CaptureWriter::create(path, {}, {.blockBytes = 1000});
  for (auto& exchange : replay.recorded) writer->write(exchange);
  writer->close();
  auto bytes = capture::testing::slurp(path);
  bytes[bytes.size() / 2] ^= 1;
  capture::testing::spit(path, bytes);
  auto reader = capture::CaptureReader::open(path).orThrow();
  CHECK_THROWS_AS(replay.run(counting(), reader), UserError);
}
