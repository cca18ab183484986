// Work that goes on behind the answer: ctx.waitUntil().
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

struct Waiting : ChainWorld {
  // Whether the exchange was idle once nothing was left to happen.
  bool becomesIdle() {
    bool idle = false;
    auto waiting = exchange->idle().then([&] { idle = true; }).eagerlyEvaluate(nullptr);
    settle([&] { return idle; });
    return idle;
  }
};

}  // namespace

TEST_CASE_METHOD(Waiting, "the answer does not wait for waitUntil(), the exchange does") {
  inChain({handler("only",
                   "ctx.waitUntil(new Promise((r) => setTimeout(r, 5000))"
                   "  .then(() => console.log('done at', Date.now())));\n"
                   "return new Response(String(Date.now()));")});
  CHECK(get().body == "1700000000000");
  CHECK(lines.empty());
  CHECK(exchange->pendingWork == 1);
  CHECK(becomesIdle());
  CHECK(lines == Strings{"only log: done at 1700000005000"});
  CHECK(exchange->pendingWork == 0);
}

TEST_CASE_METHOD(Waiting, "an exchange without waitUntil() is idle with its answer") {
  inChain({handler("only", "return new Response();")});
  get();
  CHECK(exchange->pendingWork == 0);
  CHECK(becomesIdle());
}

TEST_CASE_METHOD(Waiting, "each worker's waitUntil() counts, and each promise of it") {
  std::string wait =
      "for (const millis of [3000, 1000]) {\n"
      "  ctx.waitUntil(new Promise((r) => setTimeout(r, millis))"
      "    .then(() => console.log(millis)));\n"
      "}\n";
  inChain({handler("first", wait + "return fetch(request);"),
           handler("second", wait + "return new Response();")});
  get();
  CHECK(exchange->pendingWork == 2);
  CHECK(becomesIdle());
  CHECK(lines.size() == 4);
  CHECK(lines.back().ends_with(": 3000"));
}

TEST_CASE_METHOD(Waiting, "a failure under waitUntil() is written to the console") {
  inChain({handler("only",
                   "ctx.waitUntil(Promise.reject(new Error('no')));\n"
                   "return new Response('fine');")});
  CHECK(get().body == "fine");
  CHECK(becomesIdle());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("only error: Uncaught (in waitUntil) Error: no"));
  CHECK(exchange->error == "");
}

TEST_CASE_METHOD(Waiting, "waitUntil() ends at its limit") {
  parts.options.waitUntilLimit = std::chrono::seconds(2);
  inChain({handler("only",
                   "ctx.waitUntil(new Promise((r) => setTimeout(r, 10000))"
                   "  .then(() => console.log('never seen')));\n"
                   "return new Response();")});
  get();
  CHECK(becomesIdle());
  CHECK(clock.now() == kStart + std::chrono::seconds(2));
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("only warn: waitUntil() tasks did not complete"));
}

TEST_CASE_METHOD(Waiting, "a fetch() under waitUntil() goes on behind the answer") {
  inChain({handler("only",
                   "ctx.waitUntil(fetch('http://b.example/log'));\n"
                   "return new Response('mine');")});
  CHECK(get().body == "mine");
  CHECK(becomesIdle());
  CHECK(fl.asked == Strings{"GET http://b.example/log b.example"});
}
