#include "sim/server/simulated_server.h"

#include <optional>

#include "sim/server/testing.h"

using namespace flamesim;
using namespace flamesim::server;
using namespace flamesim::server::testing;
using namespace flamesim::chain::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct World {
  World() {
    console = [this](const std::string& worker, std::string_view level, const std::string& text) {
      lines.push_back(worker + " " + std::string(level) + ": " + text);
    };
  }

  std::unique_ptr<SimulatedServer> make(std::shared_ptr<const Program> program) {
    ServerParts parts;
    for (auto* way : {&fl, &internet}) parts.network[way->name] = way;
    parts.console = &console;
    return std::make_unique<SimulatedServer>(web::testEngine(), std::move(program), clock,
                                             std::move(parts));
  }

  // Begins a recorded exchange; its outcome once it has ended.
  struct Run {
    net::Exchange recorded;
    std::optional<net::Outcome> outcome;
    kj::Promise<void> work = nullptr;
  };
  std::unique_ptr<Run> begin(SimulatedServer& server, net::Exchange recorded) {
    auto run = std::make_unique<Run>();
    run->recorded = std::move(recorded);
    auto& begun = *run;
    begun.work = server.run(begun.recorded)
                     .promise()
                     .then([&begun](net::Outcome outcome) { begun.outcome = std::move(outcome); })
                     .eagerlyEvaluate(nullptr);
    return run;
  }
  net::Outcome run(SimulatedServer& server, net::Exchange recorded) {
    auto running = begin(server, std::move(recorded));
    settle(scope, clock, [&] { return running->outcome.has_value(); });
    REQUIRE(running->outcome);
    return *running->outcome;
  }
  std::string bodyOf(SimulatedServer& server, uint64_t id, const std::string& url) {
    return run(server, exchangeOf(id, url)).response.body;
  }
  // Of a live request.
  std::string serve(SimulatedServer& server, net::Request asked, net::ClientContext client = {}) {
    std::optional<std::string> body;
    auto serving = server.serve(kj::mv(asked), std::move(client), 1)
                       .then([](net::Response response) { return response.body.takeBytes(); })
                       .then([&](std::string bytes) { body = std::move(bytes); })
                       .eagerlyEvaluate(nullptr);
    settle(scope, clock, [&] { return body.has_value(); });
    REQUIRE(body);
    return *body;
  }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{kStart};
  WayOut fl{"fl"};
  WayOut internet{"internet"};
  chain::ConsoleSink console;
  Strings lines;
};

constexpr char kShowFront[] =
    "return Response.json(['cf-ray', 'cf-connecting-ip', 'cf-ipcountry', 'cf-control']"
    "  .map((name) => request.headers.get(name)));";

}  // namespace

TEST_CASE_METHOD(World, "what the TLS front knows is in headers for the first worker") {
  auto made = program({handler("only", kShowFront)});
  made->simulation.client = {.country = "NL", .connectedAddress = "192.0.2.1"};
  auto server = make(made);
  net::ClientContext client{.ip = "203.0.113.9",
                            .connectedAddress = "192.0.2.7",
                            .country = "DE",
                            .rayId = "230b030023ae2822-SJC"};
  constexpr char kKnown[] =
      R"(["230b030023ae2822-SJC","203.0.113.9","DE","{\"connect_via_addr\":\"192.0.2.7\"}"])";
  CHECK(serve(*server, request("http://a.example/"), client) == kKnown);
  auto recorded = exchangeOf(1, "http://a.example/");
  recorded.client = client;
  CHECK(run(*server, recorded).response.body == kKnown);
  // What is not known is as configured, or not there.
  CHECK(serve(*server, request("http://a.example/")) ==
        R"([null,null,"NL","{\"connect_via_addr\":\"192.0.2.1\"}"])");
}

TEST_CASE_METHOD(World, "what a client says in the front's name is overruled") {
  auto server = make(program({handler("only", kShowFront)}));
  auto asked = request("http://a.example/");
  for (auto name : {"CF-Ray", "CF-Connecting-IP", "CF-IPCountry", "CF-Control"}) {
    asked.headers.append(name, "forged");
  }
  auto seen = serve(*server, std::move(asked), {.ip = "203.0.113.9", .rayId = "1-SJC"});
  CHECK(seen == R"(["1-SJC","203.0.113.9","XX","{\"connect_via_addr\":\"\"}"])");
}

TEST_CASE_METHOD(World, "workers see URLs as the URL standard writes them") {
  auto server = make(program({handler("only", "return new Response(request.url);")}));
  constexpr char kCame[] = "http://A.example:80/a/../b?x=<y>";
  CHECK(serve(*server, request(kCame)) == "http://a.example/b?x=%3Cy%3E");
  CHECK(bodyOf(*server, 1, kCame) == "http://a.example/b?x=%3Cy%3E");
}

TEST_CASE_METHOD(World, "the outcome of an exchange has its answer and who made it") {
  auto server =
      make(program({handler("first", "return fetch(request);"),
                    handler("second",
                            "return new Response(request.method + ' ' + await request.text(),"
                            "  { status: 202, statusText: 'Fine', headers: { 'X-Y': '1' } });")}));
  auto recorded = exchangeOf(1, "http://a.example/");
  recorded.request.method = "POST";
  recorded.request.body = "the body";
  auto outcome = run(*server, recorded);
  CHECK(outcome.kind == net::OutcomeKind::kResponse);
  CHECK(outcome.response.status == 202);
  CHECK(outcome.response.statusText == "Fine");
  CHECK(outcome.response.headers.get("x-y") == "1");
  CHECK(outcome.response.body == "POST the body");
  CHECK(outcome.answeredBy == "second");
  CHECK(outcome.error == "");
  CHECK(outcome.effects.empty());
}

TEST_CASE_METHOD(World,
                 "an exchange that no worker decided is declined, with FL's recorded answer") {
  auto server = make(program({handler("only", "return fetch(request);")}));
  auto outcome = run(*server, exchangeOf(1, "http://a.example/"));
  CHECK(outcome.kind == net::OutcomeKind::kDeclined);
  CHECK(outcome.response.body == "FL's own");
  CHECK(outcome.answeredBy == "fl");
  CHECK(fl.asked.empty());
}

TEST_CASE_METHOD(World, "an exchange without an answer has failed, and says why") {
  auto made = program({handler("only", "ctx.passThroughOnException(); throw new Error('no');")});
  made->simulation.egress = "internet";
  auto server = make(made);
  internet.failure = "the Internet is gone";
  auto outcome = run(*server, exchangeOf(1, "http://a.example/"));
  CHECK(outcome.kind == net::OutcomeKind::kFailed);
  CHECK_THAT(outcome.error, Catch::Contains("the Internet is gone"));
  CHECK(outcome.response == net::RecordedResponse());
  CHECK(outcome.effects.size() == 2);  // the console line and the subrequest
}

TEST_CASE_METHOD(World, "a worker's exception is the error of an answer with 500") {
  auto server = make(program({handler("only", "throw new TypeError('no');")}));
  auto outcome = run(*server, exchangeOf(1, "http://a.example/"));
  CHECK(outcome.kind == net::OutcomeKind::kResponse);
  CHECK(outcome.response.status == 500);
  CHECK(outcome.response.body == "");
  CHECK(outcome.error == "only: TypeError: no");
  CHECK(outcome.answeredBy == "only");
}

TEST_CASE_METHOD(World, "an outcome waits for waitUntil() and has its effects") {
  auto server = make(program({handler(
      "only",
      "ctx.waitUntil((async () => { await scheduler.wait(5000); console.log('late'); })());\n"
      "console.log('soon');\n"
      "return new Response('mine');")}));
  auto running = begin(*server, exchangeOf(1, "http://a.example/"));
  scope.poll();
  CHECK_FALSE(running->outcome);
  clock.advanceTo(kStart + milliseconds(4999));
  scope.poll();
  CHECK_FALSE(running->outcome);
  clock.advanceTo(kStart + seconds(5));
  scope.poll();
  REQUIRE(running->outcome);
  CHECK(running->outcome->response.body == "mine");
  auto& effects = running->outcome->effects;
  REQUIRE(effects.size() == 2);
  CHECK(effects[0].input == "soon");
  CHECK(effects[0].start == kStart);
  CHECK(effects[1].input == "late");
  CHECK(effects[1].start == kStart + seconds(5));
}

TEST_CASE_METHOD(World, "an outcome has the effects of tail workers, on its time") {
  auto watched =
      handler("only",
              "ctx.waitUntil(scheduler.wait(5000));\n"
              "const { readable, writable } = new IdentityTransformStream();\n"
              "const writer = writable.getWriter();\n"
              "ctx.waitUntil(writer.write(new Uint8Array(3)).then(() => writer.close()));\n"
              "return new Response(readable);");
  auto bundle = std::make_shared<bundle::Bundle>(*watched.bundle);
  bundle->tailConsumers.push_back({"watcher", {}});
  auto server =
      make(program({{"only", std::move(bundle)}}, {worker("watcher",
                                                          "export default { async tail([item]) {\n"
                                                          "  await scheduler.wait(1000);\n"
                                                          "  console.log(item.wallTime);\n} };")}));
  auto outcome = run(*server, exchangeOf(1, "http://a.example/"));
  REQUIRE(outcome.effects.size() == 1);
  CHECK(outcome.effects[0].worker == "watcher");
  CHECK(outcome.effects[0].input == "5000");
  CHECK(outcome.effects[0].start == kStart + seconds(6));
}

TEST_CASE_METHOD(World, "a live answer does not wait for waitUntil(), which goes on behind it") {
  auto server = make(program({handler(
      "only",
      "ctx.waitUntil((async () => { await scheduler.wait(5000); console.log('late'); })());\n"
      "return new Response('mine');")}));
  CHECK(serve(*server, request("http://a.example/")) == "mine");
  CHECK(clock.now() == kStart);
  CHECK(lines.empty());
  settle(scope, clock, [] { return false; });
  CHECK(lines == Strings{"only log: late"});
}

TEST_CASE_METHOD(World, "timers of all requests end in the order of virtual time") {
  auto server = make(
      program({handler("only",
                       "const millis = Number(new URL(request.url).searchParams.get('wait'));\n"
                       "await scheduler.wait(millis);\n"
                       "console.log(request.url.slice(-1), Date.now() - 1700000000000);\n"
                       "return new Response();")}));
  std::vector<std::unique_ptr<Run>> runs;
  for (auto query : {"30&a", "10&b", "20&c", "10&d", "0&e"}) {
    auto id = runs.size() + 1;
    runs.push_back(begin(*server, exchangeOf(id, "http://a.example/?wait=" + std::string(query))));
  }
  settle(scope, clock, [] { return false; });
  CHECK(lines == Strings{"only log: e 0", "only log: b 10", "only log: d 10", "only log: c 20",
                         "only log: a 30"});
  CHECK(clock.now() == kStart + milliseconds(30));
}

TEST_CASE_METHOD(World, "within a request time stands still until something was waited for") {
  auto server =
      make(program({handler("only",
                            "const times = [Date.now()];\n"
                            "for (let i = 0; i < 1e5; ++i) Math.sqrt(i);\n"
                            "times.push(Date.now());\n"
                            "await scheduler.wait(7);\n"
                            "times.push(Date.now());\n"
                            "return Response.json(times.map((time) => time - times[0]));")}));
  CHECK(bodyOf(*server, 1, "http://a.example/") == "[0,0,7]");
}

TEST_CASE_METHOD(World, "what a request draws comes from its seed alone") {
  auto drawing = program(
      {handler("only", "return new Response([Math.random(), crypto.randomUUID()].join(' '));")});
  auto server = make(drawing);
  auto other = make(drawing);
  auto one = bodyOf(*server, 1, "http://a.example/");
  auto two = bodyOf(*server, 2, "http://a.example/");
  CHECK(one != two);
  CHECK(bodyOf(*server, 1, "http://a.example/") == one);
  // On another server, after other requests, with another URL.
  CHECK(bodyOf(*other, 2, "http://b.example/") == two);
  CHECK(bodyOf(*other, 1, "http://b.example/") == one);
}

TEST_CASE_METHOD(World, "requests that run at once draw each from its own seed") {
  auto server = make(program({handler("only",
                                      "const first = crypto.randomUUID();\n"
                                      "await scheduler.wait(10);\n"
                                      "return new Response(first + ' ' + crypto.randomUUID());")}));
  auto alone = bodyOf(*server, 1, "http://a.example/");
  auto one = begin(*server, exchangeOf(1, "http://a.example/"));
  auto two = begin(*server, exchangeOf(2, "http://a.example/"));
  settle(scope, clock, [&] { return one->outcome && two->outcome; });
  CHECK(one->outcome->response.body == alone);
  CHECK(two->outcome->response.body != alone);
}

TEST_CASE_METHOD(World,
                 "requests of a server share what the edge lets them share, servers nothing") {
  auto counting = program({worker(
      "only",
      "let global = 0;\n"
      "export default { async fetch(request, env, ctx) {\n"
      "  ctx.seen = ctx.seen || 0;\n"
      "  const cached = await env.CACHE.read('made', () => ({ value: request.url.slice(-1) }));\n"
      "  return new Response([++global, ++ctx.seen, cached].join(' '));\n"
      "} };",
      {binding("CACHE", "volatile_cache",
               {{"max_keys", 10u}, {"max_value_size", 100u}, {"max_total_value_size", 1000u}})})});
  auto server = make(counting);
  auto other = make(counting);
  CHECK(bodyOf(*server, 1, "http://a.example/a") == "1 1 a");
  CHECK(bodyOf(*server, 2, "http://a.example/b") == "2 1 a");
  CHECK(bodyOf(*other, 3, "http://a.example/c") == "1 1 c");
}

TEST_CASE_METHOD(World, "a cache with an id is shared by the workers of a server") {
  std::vector<bundle::Binding> cache{binding("CACHE", "volatile_cache",
                                             {{"cache_id", "shared"},
                                              {"max_keys", 10u},
                                              {"max_value_size", 100u},
                                              {"max_total_value_size", 1000u}})};
  auto server =
      make(program({handler("first",
                            "await env.CACHE.read('k', () => ({ value: 'first made it' }));\n"
                            "return fetch(request);",
                            cache),
                    handler("second", "return new Response(await env.CACHE.read('k'));", cache)}));
  CHECK(bodyOf(*server, 1, "http://a.example/") == "first made it");
}

TEST_CASE_METHOD(World, "a server whose worker does not load is refused") {
  CHECK_THROWS_AS(make(program({worker("broken", "throw new Error('at start');")})), UserError);
}
