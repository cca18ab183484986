// refresh_ahead of a volatile cache, and what is counted: per cache and per worker.
#include <catch2/catch.hpp>

#include "sim/bindings/volatile_cache_fixture.h"

namespace flamesim::bindings {

namespace {

using namespace vcache_test;

// An entry that expires after 100 ms, whose value counts up, and takes 10 ms to be made again.
constexpr auto kRead = R"(
  globalThis.made ??= 0;
  return CACHE.read("k", async () => {
    if (globalThis.broken) throw new Error("no more");
    if (made > 0) await scheduler.wait(10);
    return { value: ++made, expiration: Date.now() + 100 };
  });)";

struct Refreshing {
  Server server;
  Worker worker{server, "worker", "shared", kRoomy, {}, 30};

  std::string read() { return Request(worker).run(kRead); }
  VolatileCacheCounts counts() { return server.caches.stats().at(0).workers.at("worker"); }
};

}  // namespace

TEST_CASE("volatile cache: a read shortly before expiry has the entry made anew", "[vcache]") {
  Refreshing world;
  Request first(world.worker);
  CHECK(first.run(kRead) == "1");
  world.server.advance(69);
  CHECK(first.run(kRead) == "1");
  CHECK(world.counts().refreshes == 0);

  world.server.advance(2);
  Request second(world.worker), third(world.worker);
  CHECK(second.run(kRead) == "1");  // at once, from the cache
  CHECK(third.run(kRead) == "1");   // one refresh for a key
  CHECK(world.counts().refreshes == 1);
  CHECK(second.scope->waits == 1);  // as work of waitUntil()
  CHECK(third.scope->waits == 0);
  world.server.advance(10);
  CHECK(second.scope->waits == 0);
  CHECK(world.read() == "2");
  world.server.advance(60);  // past the first entry's expiry
  CHECK(world.read() == "2");
  CHECK(world.counts().hits == 5);
}

TEST_CASE("volatile cache: where a refresh fails the entry stays until it expires", "[vcache]") {
  Refreshing world;
  CHECK(world.read() == "1");
  Request(world.worker).run("globalThis.broken = true");
  world.server.advance(90);
  Request request(world.worker);
  CHECK(request.run(kRead) == "1");
  CHECK(request.scope->waits == 0);
  CHECK(request.scope->unhandled.empty());
  CHECK(world.counts().failedRefreshes == 1);
  CHECK(request.run(kRead) == "1");  // and the next read tries again
  CHECK(world.counts().failedRefreshes == 2);
  world.server.advance(11);
  CHECK(world.read() == "Error: no more");
}

TEST_CASE("volatile cache: when a refreshing request ends, another may refresh", "[vcache]") {
  Refreshing world;
  world.read();
  world.server.advance(90);
  {
    Request ending(world.worker);
    CHECK(ending.run(kRead) == "1");
  }
  Request next(world.worker);
  CHECK(next.run(kRead) == "1");
  CHECK(world.counts().refreshes == 2);
  world.server.advance(10);
  CHECK(next.run("return CACHE.read('k')") == "2");
}

TEST_CASE("volatile cache: an entry without a fallback or an expiry is never refreshed",
          "[vcache]") {
  Refreshing world;
  Request request(world.worker);
  request.run("return CACHE.read('forever', () => ({ value: 1 }))");
  request.run(kRead);
  world.server.advance(95);
  CHECK(request.run("return CACHE.read('k')") == "1");
  CHECK(request.run("return CACHE.read('forever', () => ({ value: 2 }))") == "1");
  CHECK(world.counts().refreshes == 0);
}

TEST_CASE("volatile cache: a refresh is an effect of its request", "[vcache]") {
  Refreshing world;
  world.read();
  world.server.advance(90);
  auto log = std::make_shared<net::EffectLog>();
  Request request(world.worker, log);
  request.run(kRead);
  world.server.advance(10);
  REQUIRE(log->all().size() == 2);
  CHECK(log->at(0).operation == "read");
  CHECK(log->at(1).operation == "refresh");
  CHECK(log->at(1).duration == std::chrono::milliseconds(10));
}

TEST_CASE("volatile cache: what is counted", "[vcache]") {
  Server server;
  VolatileCacheLimits two{.maxKeys = 2, .maxValueSize = 1000, .maxTotalValueSize = 1000};
  Worker first(server, "first", "shared", two), second(server, "second", "shared", two);
  Worker mine(server, "mine", "", two);
  constexpr auto kSlow =
      "return CACHE.read('a', async () => { await scheduler.wait(5); return { value: 1 }; })";
  Request one(first), other(second);
  one.start(kSlow);
  other.start(kSlow);
  server.advance(5);
  other.run("return CACHE.read('a')");
  one.run("return CACHE.read('absent')");
  for (auto key : {"b", "c"}) {
    one.run("return CACHE.read('" + std::string(key) + "', () => ({ value: 'xx' }))");
  }
  auto stats = server.caches.stats();
  REQUIRE(stats.size() == 2);
  CHECK(stats[0].name == "mine/CACHE");
  auto& shared = stats[1];
  CHECK(shared.name == "shared");
  CHECK(shared.workers.at("first").misses == 4);
  CHECK(shared.workers.at("first").hits == 0);
  CHECK(shared.workers.at("second").coalesced == 1);
  CHECK(shared.workers.at("second").hits == 1);
  CHECK(shared.evictions == 1);
  CHECK(shared.entries == 2);
  CHECK(shared.valueBytes > 0);
  CHECK(shared.limits == two);
}

}  // namespace flamesim::bindings
