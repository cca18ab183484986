// Entries, limits, eviction, and the state machine of a key, without JavaScript: a test for each
// line of production-runtime.md section 1.
#include "sim/bindings/volatile_cache_store.h"

#include <catch2/catch.hpp>

#include "sim/bindings/volatile_cache.h"

namespace flamesim::bindings {

namespace {

using Value = VolatileCacheStore::Value;

Value bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}
Value sized(size_t size) {
  return bytes(std::string(size, 'x'));
}

constexpr VolatileCacheLimits kRoomy{
    .maxKeys = 100, .maxValueSize = 1000, .maxTotalValueSize = 10'000};

VolatileCacheStore storeWith(VolatileCacheLimits limits) {
  VolatileCacheStore store;
  store.addLimits(limits);
  return store;
}

// What a key has at a time; "-" for nothing.
std::string look(VolatileCacheStore& store, std::string_view key, double now = 0) {
  auto value = store.find(key, now);
  return value == nullptr ? "-" : *value;
}

}  // namespace

TEST_CASE("volatile cache store: what was put is found, by the whole key", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("a", bytes("1"), std::nullopt, 0);
  store.put("", bytes("empty key"), std::nullopt, 0);
  CHECK(look(store, "a") == "1");
  CHECK(look(store, "") == "empty key");
  CHECK(look(store, "ab") == "-");
  store.put("a", bytes("22"), std::nullopt, 0);
  CHECK(look(store, "a") == "22");
  CHECK(store.size() == 2);
  CHECK(store.totalValueSize() == 2 + 9);
}

TEST_CASE("volatile cache store: an entry is expired iff expiration < now", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("k", bytes("v"), 100.5, 0);
  CHECK(look(store, "k", 100) == "v");
  CHECK(look(store, "k", 100.5) == "v");
  CHECK(look(store, "k", 100.6) == "-");
  // It was removed, so even a reader whose clock stands earlier does not see it.
  CHECK(store.size() == 0);
  CHECK(store.totalValueSize() == 0);
  CHECK(look(store, "k", 0) == "-");
}

TEST_CASE("volatile cache store: without an expiration it never expires", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("k", bytes("v"), std::nullopt, 0);
  CHECK(look(store, "k", 1e300) == "v");
}

TEST_CASE("volatile cache store: an expired value is not kept, nor the old one", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("k", bytes("old"), std::nullopt, 50);
  store.put("k", bytes("new"), 49, 50);
  CHECK(store.size() == 0);
  store.put("k", bytes("edge"), 50, 50);
  CHECK(look(store, "k", 50) == "edge");
}

TEST_CASE("volatile cache store: a value that is too large is not kept, nor the old one",
          "[vcache]") {
  auto store = storeWith({.maxKeys = 10, .maxValueSize = 5, .maxTotalValueSize = 100});
  store.put("k", sized(5), std::nullopt, 0);
  CHECK(store.size() == 1);
  store.put("k", sized(6), std::nullopt, 0);
  CHECK(store.size() == 0);
  CHECK(store.totalValueSize() == 0);
}

TEST_CASE("volatile cache store: a zero limit means that nothing is kept", "[vcache]") {
  auto limits = GENERATE(VolatileCacheLimits{0, 10, 10}, VolatileCacheLimits{10, 0, 10},
                         VolatileCacheLimits{10, 10, 0}, VolatileCacheLimits{});
  auto store = storeWith(limits);
  CHECK(store.limits() == VolatileCacheLimits{});
  store.put("k", sized(1), std::nullopt, 0);
  store.put("empty", sized(0), std::nullopt, 0);
  CHECK(store.size() == 0);
}

TEST_CASE("volatile cache store: a zero limit counts for nothing beside other uses", "[vcache]") {
  auto store = storeWith({.maxKeys = 0, .maxValueSize = 900, .maxTotalValueSize = 900});
  store.addLimits({.maxKeys = 3, .maxValueSize = 10, .maxTotalValueSize = 20});
  CHECK(store.limits() == VolatileCacheLimits{3, 10, 20});
}

TEST_CASE("volatile cache store: maxValueSize is clamped to maxTotalValueSize", "[vcache]") {
  auto store = storeWith({.maxKeys = 9, .maxValueSize = 50, .maxTotalValueSize = 20});
  CHECK(store.limits() == VolatileCacheLimits{9, 20, 20});
  // For each use by itself, before the maximum is taken.
  store.addLimits({.maxKeys = 1, .maxValueSize = 30, .maxTotalValueSize = 1000});
  CHECK(store.limits() == VolatileCacheLimits{9, 30, 1000});
}

TEST_CASE("volatile cache store: limits are the field-wise maximum over live uses", "[vcache]") {
  auto store = storeWith({.maxKeys = 1, .maxValueSize = 30, .maxTotalValueSize = 100});
  store.addLimits({.maxKeys = 5, .maxValueSize = 10, .maxTotalValueSize = 200});
  CHECK(store.limits() == VolatileCacheLimits{5, 30, 200});
  store.addLimits({.maxKeys = 5, .maxValueSize = 10, .maxTotalValueSize = 200});
  store.removeLimits({.maxKeys = 5, .maxValueSize = 10, .maxTotalValueSize = 200});
  CHECK(store.limits() == VolatileCacheLimits{5, 30, 200});
  store.removeLimits({.maxKeys = 5, .maxValueSize = 10, .maxTotalValueSize = 200});
  CHECK(store.limits() == VolatileCacheLimits{1, 30, 100});
}

TEST_CASE("volatile cache store: when limits shrink, what no longer fits goes", "[vcache]") {
  VolatileCacheLimits large{.maxKeys = 5, .maxValueSize = 100, .maxTotalValueSize = 1000};
  auto store = storeWith({.maxKeys = 2, .maxValueSize = 10, .maxTotalValueSize = 15});
  store.addLimits(large);
  store.put("large", sized(11), std::nullopt, 0);
  store.put("oldest", bytes("aaaa"), std::nullopt, 0);
  store.put("expired", bytes("bbbb"), 5, 0);
  store.put("used", bytes("cccc"), std::nullopt, 0);
  store.put("last", bytes("dddd"), std::nullopt, 10);
  store.removeLimits(large);
  CHECK(store.size() == 2);
  CHECK(look(store, "used", 10) == "cccc");
  CHECK(look(store, "last", 10) == "dddd");
}

TEST_CASE("volatile cache store: without a use it is empty", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("k", bytes("v"), std::nullopt, 0);
  store.removeLimits(kRoomy);
  CHECK(store.size() == 0);
  CHECK(store.totalValueSize() == 0);
  store.put("k", bytes("v"), std::nullopt, 0);
  CHECK(store.size() == 0);
}

TEST_CASE("volatile cache store: only value bytes count towards the total", "[vcache]") {
  auto store = storeWith({.maxKeys = 10, .maxValueSize = 4, .maxTotalValueSize = 8});
  store.put(std::string(2000, 'k'), sized(4), std::nullopt, 0);
  store.put("b", sized(4), std::nullopt, 0);
  CHECK(store.size() == 2);
  CHECK(store.totalValueSize() == 8);
}

TEST_CASE("volatile cache store: a new key at maxKeys evicts one entry", "[vcache]") {
  auto store = storeWith({.maxKeys = 2, .maxValueSize = 10, .maxTotalValueSize = 100});
  store.put("a", bytes("1"), std::nullopt, 0);
  store.put("b", bytes("2"), std::nullopt, 0);
  SECTION("but a known key does not") {
    store.put("a", bytes("3"), std::nullopt, 0);
    CHECK(look(store, "b") == "2");
    CHECK(look(store, "a") == "3");
  }
  SECTION("the least recently put") {
    store.put("c", bytes("3"), std::nullopt, 0);
    CHECK(look(store, "a") == "-");
    CHECK(look(store, "b") == "2");
  }
  SECTION("the least recently hit") {
    look(store, "a");
    store.put("c", bytes("3"), std::nullopt, 0);
    CHECK(look(store, "a") == "1");
    CHECK(look(store, "b") == "-");
  }
  SECTION("an expired one before the least recently used") {
    store.put("b", bytes("2"), 10, 0);
    store.put("c", bytes("3"), std::nullopt, 11);
    CHECK(look(store, "a", 11) == "1");
    CHECK(store.size() == 2);
  }
  SECTION("one that expires later is nothing special") {
    store.put("b", bytes("2"), 10, 0);
    store.put("c", bytes("3"), std::nullopt, 10);
    CHECK(look(store, "a", 10) == "-");
    CHECK(look(store, "b", 10) == "2");
  }
}

TEST_CASE("volatile cache store: entries go while the total would overflow", "[vcache]") {
  auto store = storeWith({.maxKeys = 10, .maxValueSize = 10, .maxTotalValueSize = 10});
  store.put("a", sized(4), std::nullopt, 0);
  store.put("late", sized(1), 20, 0);
  store.put("early", sized(1), 10, 0);
  store.put("b", sized(4), std::nullopt, 0);
  SECTION("the earliest expiration first, and no more than needed") {
    store.put("c", sized(1), std::nullopt, 30);
    CHECK(store.totalValueSize() == 10);
    CHECK(look(store, "late", 0) != "-");
    CHECK(look(store, "early", 0) == "-");
  }
  SECTION("then by recency") {
    store.put("c", sized(4), std::nullopt, 30);
    CHECK(look(store, "a", 30) == "-");
    CHECK(store.size() == 2);
  }
  SECTION("the value that is replaced makes room itself") {
    store.put("a", sized(4), std::nullopt, 0);
    CHECK(store.size() == 4);
  }
  SECTION("down to nothing") {
    store.put("c", sized(10), std::nullopt, 0);
    CHECK(store.size() == 1);
  }
}

TEST_CASE("volatile cache store: remove", "[vcache]") {
  auto store = storeWith(kRoomy);
  store.put("k", bytes("v"), 100, 0);
  store.remove("k");
  store.remove("other");
  CHECK(store.size() == 0);
  CHECK(store.totalValueSize() == 0);
}

// --- Who makes a missing value ------------------------------------------------------------------

namespace {

using Outcome = VolatileCache::Outcome;
using Lease = VolatileCache::Lease;

struct Server {
  kj::EventLoop loop;
  kj::WaitScope waitScope{loop};
  VolatileCaches caches;
  std::shared_ptr<VolatileCache> cache = caches.use("shared", kRoomy);

  Lease takeLease(kj::Promise<Outcome> promise) { return std::get<Lease>(promise.wait(waitScope)); }
  std::string takeValue(kj::Promise<Outcome> promise) {
    return *std::get<Value>(promise.wait(waitScope));
  }
};

}  // namespace

TEST_CASE("volatile cache key: the first gets the lease, the others queue", "[vcache]") {
  Server server;
  auto owner = server.cache->join("k");
  auto second = server.cache->join("k");
  CHECK(owner.poll(server.waitScope));
  CHECK_FALSE(second.poll(server.waitScope));
  CHECK(server.cache->inFlight("k"));
  CHECK(server.cache->find("k", 0) == nullptr);
}

TEST_CASE("volatile cache key: a success is kept and given to all who wait", "[vcache]") {
  Server server;
  auto lease = server.takeLease(server.cache->join("k"));
  auto second = server.cache->join("k");
  auto third = server.cache->join("k");
  server.cache->complete(lease, "k", bytes("v"), std::nullopt, 0);
  CHECK_FALSE(lease.held());
  CHECK_FALSE(server.cache->inFlight("k"));
  CHECK(server.takeValue(kj::mv(third)) == "v");
  CHECK(server.takeValue(kj::mv(second)) == "v");
  CHECK(*server.cache->find("k", 0) == "v");
}

TEST_CASE("volatile cache key: those who wait get a value that is not kept, too", "[vcache]") {
  Server server;
  auto lease = server.takeLease(server.cache->join("k"));
  auto second = server.cache->join("k");
  SECTION("expired") {
    server.cache->complete(lease, "k", bytes("v"), 9, 10);
  }
  SECTION("too large") {
    server.cache->complete(lease, "k", sized(1001), std::nullopt, 10);
  }
  CHECK(server.takeValue(kj::mv(second)).size() >= 1);
  CHECK(server.cache->find("k", 0) == nullptr);
  CHECK_FALSE(server.cache->inFlight("k"));
}

TEST_CASE("volatile cache key: a failure wakes the head of the queue alone", "[vcache]") {
  Server server;
  auto lease = server.takeLease(server.cache->join("k"));
  auto second = server.cache->join("k");
  auto third = server.cache->join("k");
  lease.giveUp();
  CHECK(server.cache->inFlight("k"));
  CHECK_FALSE(third.poll(server.waitScope));
  auto next = server.takeLease(kj::mv(second));
  CHECK_FALSE(third.poll(server.waitScope));
  // The last one stays before those who come now.
  auto fourth = server.cache->join("k");
  next.giveUp();
  auto last = server.takeLease(kj::mv(third));
  server.cache->complete(last, "k", bytes("v"), std::nullopt, 0);
  CHECK(server.takeValue(kj::mv(fourth)) == "v");
}

TEST_CASE("volatile cache key: a failure without a queue leaves the key absent", "[vcache]") {
  Server server;
  { auto lease = server.takeLease(server.cache->join("k")); }
  CHECK_FALSE(server.cache->inFlight("k"));
  CHECK(server.takeLease(server.cache->join("k")).held());
}

TEST_CASE("volatile cache key: who went away is skipped", "[vcache]") {
  Server server;
  auto owner = server.cache->join("k");
  auto second = server.cache->join("k");
  auto third = server.cache->join("k");
  auto fourth = server.cache->join("k");
  second = nullptr;
  // The owner goes before it even saw its lease; then the third, whose turn it had become.
  owner = nullptr;
  third = nullptr;
  CHECK(server.takeLease(kj::mv(fourth)).held());
  CHECK_FALSE(server.cache->inFlight("k"));
}

TEST_CASE("volatile cache key: keys do not wait for each other", "[vcache]") {
  Server server;
  auto a = server.takeLease(server.cache->join("a"));
  auto b = server.takeLease(server.cache->join("b"));
  server.cache->complete(b, "b", bytes("v"), std::nullopt, 0);
  CHECK(*server.cache->find("b", 0) == "v");
  CHECK(a.held());
}

TEST_CASE("volatile cache key: remove leaves what is in flight alone", "[vcache]") {
  Server server;
  auto lease = server.takeLease(server.cache->join("k"));
  server.cache->remove("k");
  CHECK(server.cache->inFlight("k"));
  server.cache->complete(lease, "k", bytes("v"), std::nullopt, 0);
  CHECK(*server.cache->find("k", 0) == "v");
  server.cache->remove("k");
  CHECK(server.cache->find("k", 0) == nullptr);
}

TEST_CASE("volatile cache key: a used lease does nothing more", "[vcache]") {
  Server server;
  auto lease = server.takeLease(server.cache->join("k"));
  lease.giveUp();
  server.cache->complete(lease, "k", bytes("late"), std::nullopt, 0);
  CHECK(server.cache->find("k", 0) == nullptr);
  auto owner = server.takeLease(server.cache->join("k"));
  lease.giveUp();
  CHECK(server.cache->inFlight("k"));
}

TEST_CASE("volatile cache key: nothing is cached, but reads still meet", "[vcache]") {
  Server server;
  auto nothing = server.caches.use("nothing", {});
  auto lease = server.takeLease(nothing->join("k"));
  auto second = nothing->join("k");
  nothing->complete(lease, "k", bytes("v"), std::nullopt, 0);
  CHECK(server.takeValue(kj::mv(second)) == "v");
  CHECK(nothing->find("k", 0) == nullptr);
}

// --- Uses ---------------------------------------------------------------------------------------

TEST_CASE("volatile caches: the same id is one cache, no id is a private one", "[vcache]") {
  Server server;
  auto put = [](VolatileCache& cache, const char* text, kj::WaitScope& waitScope) {
    auto lease = std::get<Lease>(cache.join("k").wait(waitScope));
    cache.complete(lease, "k", bytes(text), std::nullopt, 0);
  };
  auto same = server.caches.use("shared", kRoomy);
  auto other = server.caches.use("other", kRoomy);
  auto mine = server.caches.use("", kRoomy);
  auto yours = server.caches.use("", kRoomy);
  put(*server.cache, "v", server.waitScope);
  put(*mine, "m", server.waitScope);
  CHECK(*same->find("k", 0) == "v");
  CHECK(other->find("k", 0) == nullptr);
  CHECK(*mine->find("k", 0) == "m");
  CHECK(yours->find("k", 0) == nullptr);
}

TEST_CASE("volatile caches: limits go with their use, the content with the last", "[vcache]") {
  Server server;
  auto small = server.caches.use("c", {.maxKeys = 1, .maxValueSize = 9, .maxTotalValueSize = 9});
  auto large = server.caches.use("c", {.maxKeys = 2, .maxValueSize = 9, .maxTotalValueSize = 9});
  for (auto* key : {"a", "b"}) {
    auto lease = server.takeLease(small->join(key));
    small->complete(lease, key, bytes(key), std::nullopt, 0);
  }
  CHECK(small->find("a", 0) != nullptr);
  CHECK(small->find("b", 0) != nullptr);
  large = nullptr;
  CHECK(small->find("a", 0) == nullptr);
  CHECK(small->find("b", 0) != nullptr);
  small = nullptr;
  auto again = server.caches.use("c", {.maxKeys = 1, .maxValueSize = 9, .maxTotalValueSize = 9});
  CHECK(again->find("b", 0) == nullptr);
}

TEST_CASE("volatile caches: a lease may outlive its cache", "[vcache]") {
  Server server;
  auto cache = server.caches.use("c", kRoomy);
  auto lease = server.takeLease(cache->join("k"));
  auto second = cache->join("k");
  cache = nullptr;
  lease.giveUp();
  CHECK(server.takeLease(kj::mv(second)).held());
}

}  // namespace flamesim::bindings
