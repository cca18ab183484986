// What is not of the RFC: cf options, tags and purges, requests that share an answer, bodies that
// stream, limits, and the Cache API's side.
#include "sim/cache/testing.h"

namespace flamesim::cache {

namespace {

using testing::Answer;
using testing::CacheWorld;
using testing::Headers;
using testing::Reply;
using testing::Tap;

const Headers kMinute{{"Cache-Control", "max-age=60"}};
const std::string kPage = "http://a.example/page";

// A world whose origin's bodies come piece by piece.
struct StreamingWorld : CacheWorld {
  explicit StreamingWorld(HttpCacheOptions options = {}) : CacheWorld(std::move(options)) {
    origin.tap = std::make_shared<Tap::State>();
    origin.replies = {Reply{.headers = kMinute, .streams = true}};
  }
  Tap::State& tap() { return *origin.tap; }
};

HttpCacheOptions withMemory(size_t bytes) {
  HttpCacheOptions options;
  options.limits.memoryBytes = bytes;
  return options;
}

std::string readSome(kj::AsyncInputStream& stream, kj::WaitScope& scope) {
  std::string buffer(1 << 20, '\0');
  buffer.resize(stream.tryRead(buffer.data(), 1, buffer.size()).wait(scope));
  return buffer;
}

}  // namespace

TEST_CASE("cf of fetch()") {
  CacheWorld world;
  auto twice = [&](const std::string& cf, Headers headers = {}, uint16_t status = 200,
                   int64_t pause = 0) {
    static int number = 0;
    auto url = "http://a.example/" + std::to_string(++number);
    world.replies({Reply{std::move(headers), "body", status}});
    world.get({}, url, cf);
    world.later(pause);
    return world.get({}, url, cf).cache;
  };
  CHECK(twice("") == "DYNAMIC");
  CHECK(twice("no json") == "DYNAMIC");
  CHECK(twice(R"({"cacheEverything":"yes","cacheTtl":"5","cacheTags":1})") == "DYNAMIC");
  CHECK(twice(R"({"cacheEverything":true})") == "HIT");
  CHECK(twice(R"({"cacheTtl":30})", {{"Cache-Control", "no-store"}}, 200, 29) == "HIT");
  CHECK(twice(R"({"cacheTtl":30})", {{"Cache-Control", "max-age=9999"}}, 200, 30) == "EXPIRED");
  CHECK(twice(R"({"cacheTtl":0})", {{"ETag", "\"a\""}}) == "REVALIDATED");
  CHECK(twice(R"({"cacheTtl":30})", {}, 500) == "MISS");
  CHECK(twice(R"({"cacheTtl":30})", {}, 404, 29) == "HIT");
  CHECK(twice(R"({"cacheTtl":-1,"cacheEverything":true})") == "BYPASS");
  CHECK(twice(R"({"cacheLevel":"bypass","cacheEverything":true})") == "BYPASS");
  auto byStatus = R"({"cacheTtlByStatus":{"200-299":5,"404":1,"500-599":-1,"x":1,"1-y":2}})";
  CHECK(twice(byStatus, {}, 204, 4) == "HIT");
  CHECK(twice(byStatus, {}, 204, 5) == "EXPIRED");
  CHECK(twice(byStatus, {}, 404, 1) == "EXPIRED");
  CHECK(twice(byStatus, kMinute, 503) == "BYPASS");
  CHECK(twice(byStatus, {}, 301) == "HIT");
  CHECK(twice(R"({"cacheEverything":true,"cacheForceRevalidate":true})", {{"ETag", "\"a\""}}) ==
        "REVALIDATED");
  // With a lifetime of its own, a response is kept without its cookie.
  world.replies({{"Set-Cookie", "a=b"}});
  world.get({}, kPage, R"({"cacheTtl":30})");
  auto hit = world.get({}, kPage, R"({"cacheTtl":30})");
  CHECK(hit.cache == "HIT");
  CHECK(hit.header("set-cookie") == "-");
  // The key, not the URL, is what it is found by; the origin sees cf.
  CHECK(world.get({}, "http://a.example/1?x=1", R"({"cacheTtl":9,"cacheKey":"k"})").cache ==
        "MISS");
  CHECK(world.get({}, "http://a.example/1?x=2", R"({"cacheTtl":9,"cacheKey":"k"})").cache == "HIT");
  CHECK(world.origin.lastCf == R"({"cacheTtl":9,"cacheKey":"k"})");
}

TEST_CASE("purges") {
  CacheWorld world;
  auto everything = [](const std::string& more = "") {
    return R"({"cacheEverything":true)" + more + "}";
  };
  auto stored = [&] {
    std::string found;
    for (auto* url : {"http://a.example/one", "http://a.example/dir/two", "http://a.example/dir/3",
                      "http://b.example:81/dir/two"}) {
      auto answer = world.get({{"Cache-Control", "only-if-cached"}}, url, everything());
      found += answer.cache == "HIT" ? "x" : "-";
    }
    return found;
  };
  auto fill = [&] {
    world.replies({{"Cache-Tag", "News, front page"}});
    CHECK(world.get({}, "http://a.example/one", everything()).header("cache-tag") == "-");
    world.replies(kMinute);
    world.get({}, "http://a.example/dir/two", everything(R"(,"cacheTags":["front page"])"));
    world.get({}, "http://a.example/dir/3", everything());
    world.get({}, "http://b.example:81/dir/two", everything());
    CHECK(stored() == "xxxx");
  };
  auto& store = world.cache.store();
  fill();
  CHECK(store.purgeUrl("http://a.example/one") == 1);
  CHECK(store.purgeUrl("http://a.example/one") == 0);
  CHECK(stored() == "-xxx");
  fill();
  CHECK(store.purgeHost("A.example") == 3);
  CHECK(stored() == "---x");
  CHECK(store.purgeHost("b.example:81") == 1);
  fill();
  CHECK(store.purgeHost("b.example") == 1);
  CHECK(stored() == "xxx-");
  fill();
  CHECK(store.purgeTag("news") == 1);
  CHECK(store.purgeTag("Front Page") == 1);
  CHECK(store.purgeTag("front") == 0);
  CHECK(stored() == "--xx");
  fill();
  CHECK(store.purgePrefix("A.example/dir/") == 2);
  CHECK(store.purgePrefix("https://b.example:81/") == 1);
  CHECK(stored() == "x---");
  fill();
  CHECK(store.purgeEverything() == 4);
  CHECK(stored() == "----");
  CHECK(store.sizes().memoryBytes == 0);
}

TEST_CASE("a purge by URL drops every variant, and what has a key of its own") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=60"}, {"Vary", "Foo"}});
  world.get({{"Foo", "1"}});
  world.get({{"Foo", "2"}});
  world.get({}, CacheWorld::kUrl, R"({"cacheKey":"k"})");
  CHECK(world.cache.store().purgeUrl(CacheWorld::kUrl) == 3);
  CHECK(world.get({{"Foo", "1"}}).cache == "MISS");
}

TEST_CASE("requests that miss together are one request to the origin") {
  CacheWorld world;
  world.replies(kMinute);
  world.origin.hold = true;
  std::vector<kj::Promise<Answer>> answers;
  for (int i = 0; i < 5; ++i) answers.push_back(world.begin(world.request()));
  world.scope.poll();
  CHECK(world.origin.asked.size() == 1);
  world.origin.release();
  std::string seen;
  for (auto& answer : answers) seen += answer.wait(world.scope).cache + " ";
  CHECK(seen == "MISS HIT HIT HIT HIT ");
  CHECK(world.origin.asked.size() == 1);
  CHECK(world.cache.stats().joined == 4);
}

TEST_CASE("those whom another's answer is not for ask for themselves") {
  CacheWorld world;
  world.origin.hold = true;
  auto together = [&](Headers response, Headers first, Headers second) {
    world.cache.store().purgeEverything();
    world.origin.asked.clear();
    world.replies(std::move(response));
    auto one = world.begin(world.request(first));
    auto two = world.begin(world.request(second));
    world.scope.poll();
    world.origin.release();
    world.scope.poll();
    world.origin.release();
    auto seen = one.wait(world.scope).cache + " " + two.wait(world.scope).cache;
    return seen + " " + std::to_string(world.origin.asked.size());
  };
  CHECK(together(kMinute, {}, {}) == "MISS HIT 1");
  CHECK(together({{"Cache-Control", "private"}}, {}, {}) == "BYPASS BYPASS 2");
  CHECK(together({{"Cache-Control", "max-age=60"}, {"Vary", "Foo"}}, {{"Foo", "1"}},
                 {{"Foo", "2"}}) == "MISS MISS 2");
  CHECK(together(kMinute, {}, {{"Cache-Control", "no-cache"}}) == "MISS MISS 2");
}

TEST_CASE("one validation serves all that found the same stale response") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=1"}, {"ETag", "\"a\""}});
  world.get();
  world.later(5);
  world.origin.hold = true;
  auto one = world.begin(world.request());
  auto two = world.begin(world.request());
  world.scope.poll();
  world.origin.release();
  CHECK(one.wait(world.scope).cache == "REVALIDATED");
  CHECK(two.wait(world.scope).cache == "HIT");
  CHECK(world.origin.asked.size() == 2);
}

TEST_CASE("the failure of one is that of all who waited for it, and of no later one") {
  CacheWorld world;
  world.replies({Reply{.failure = "broken"}, Reply{kMinute}});
  world.origin.hold = true;
  auto one = world.begin(world.request());
  auto two = world.begin(world.request());
  world.scope.poll();
  world.origin.release();
  CHECK(one.wait(world.scope).failure == "reply.failure = broken");
  CHECK(two.wait(world.scope).failure == "reply.failure = broken");
  world.origin.hold = false;
  CHECK(world.get().cache == "MISS");
}

TEST_CASE("a client that goes away breaks nothing for those who wait") {
  CacheWorld world;
  world.replies(kMinute);
  world.origin.hold = true;
  auto two = [&] {
    auto one = world.begin(world.request());
    auto other = world.begin(world.request());
    world.scope.poll();
    return other;
  }();
  world.scope.poll();
  world.origin.release();
  CHECK(two.wait(world.scope).body == "body");
  world.origin.hold = false;
  CHECK(world.get().cache == "HIT");
}

TEST_CASE("a body streams to its clients while it is stored") {
  StreamingWorld world;
  auto first = world.front.fetch(world.request()).wait(world.scope).body.takeStream();
  world.tap().give("one ");
  CHECK(readSome(*first, world.scope) == "one ");
  // Who comes later has it from the beginning.
  auto second = world.front.fetch(world.request()).wait(world.scope);
  CHECK(second.headers.get("cf-cache-status") == "HIT");
  auto rest = second.body.takeStream();
  CHECK(readSome(*rest, world.scope) == "one ");
  world.tap().give("two");
  CHECK(readSome(*rest, world.scope) == "two");
  // Nobody reads any more, and it is stored all the same.
  first = nullptr;
  rest = nullptr;
  world.tap().give(" three");
  world.tap().end();
  world.scope.poll();
  auto stored = world.get();
  CHECK(stored.cache == "HIT");
  CHECK(stored.body == "one two three");
  CHECK(world.origin.asked.size() == 1);
}

TEST_CASE("a part of a body on its way is cut out of the stream") {
  StreamingWorld world;
  world.origin.tapLength = 10;
  auto part = world.begin(world.request({{"Range", "bytes=2-4"}}));
  world.scope.poll();
  world.tap().give("0123");
  world.tap().give("456789");
  world.tap().end();
  auto answer = part.wait(world.scope);
  CHECK(answer.status == 206);
  CHECK(answer.body == "234");
  CHECK(world.get().body == "0123456789");
}

TEST_CASE("a body that breaks off is not stored") {
  StreamingWorld world;
  auto answer = world.begin(world.request());
  world.scope.poll();
  world.tap().give("half");
  world.tap().fail();
  CHECK(answer.wait(world.scope).failure == "the origin broke off");
  world.origin.tap = std::make_shared<Tap::State>();
  world.tap().end();
  CHECK(world.get().cache == "MISS");
}

TEST_CASE("a body that is shorter than was announced is not stored") {
  StreamingWorld world;
  world.origin.tapLength = 10;
  world.tap().give("half");
  world.tap().end();
  CHECK(world.get().failure == "the body ended early");
  world.origin.tap = std::make_shared<Tap::State>();
  world.tap().give("0123456789");
  world.tap().end();
  CHECK(world.get().cache == "MISS");
}

TEST_CASE("a body that is too large passes, at its reader's pace, and is not stored") {
  StreamingWorld world(withMemory(1 << 20));
  const std::string kPiece(100'000, 'x');
  auto body = world.front.fetch(world.request()).wait(world.scope).body.takeStream();
  for (int i = 0; i < 50; ++i) world.tap().give(kPiece);
  world.tap().end();
  world.scope.poll();
  // What was for storing is there; then the origin waits for the reader.
  CHECK(world.tap().given < 1'200'000);
  size_t read = 0;
  for (;;) {
    auto piece = readSome(*body, world.scope);
    if (piece.empty()) break;
    read += piece.size();
  }
  CHECK(read == 5'000'000);
  body = nullptr;
  CHECK(world.cache.stats().sizes.entries == 0);
  // One that says so is not begun to be stored.
  world.origin.tap = std::make_shared<Tap::State>();
  world.origin.tapLength = 5'000'000;
  body = world.front.fetch(world.request()).wait(world.scope).body.takeStream();
  for (int i = 0; i < 50; ++i) world.tap().give(kPiece);
  world.scope.poll();
  CHECK(world.tap().given < 500'000);
  // And when its reader goes, so does the request to the origin.
  body = nullptr;
  world.scope.poll();
  CHECK(world.tap().gone);
}

TEST_CASE("what nobody may have but the one who asked is let go with that one") {
  StreamingWorld world;
  world.origin.replies = {Reply{.headers = {{"Cache-Control", "no-store"}}, .streams = true}};
  {
    auto response = world.front.fetch(world.request()).wait(world.scope);
    CHECK(!world.tap().gone);
  }
  world.scope.poll();
  CHECK(world.tap().gone);
}

TEST_CASE("a cache that goes while a body is on its way") {
  auto world = std::make_unique<StreamingWorld>();
  auto body = world->front.fetch(world->request()).wait(world->scope).body.takeStream();
  world->tap().give("one");
  CHECK(readSome(*body, world->scope) == "one");
  body = nullptr;
  auto waiting = world->begin(world->request());
  waiting = nullptr;
  world = nullptr;
}

TEST_CASE("a full cache forgets what was used least recently") {
  CacheWorld world(withMemory(4000));
  auto url = [](char name) { return std::string("http://a.example/") + name + ".js"; };
  world.origin.replies = {Reply{kMinute, std::string(700, 'x')}};
  for (char name : {'a', 'b', 'c'}) world.get({}, url(name));
  CHECK(world.get({}, url('a')).cache == "HIT");
  world.get({}, url('d'));
  CHECK(world.get({}, url('a')).cache == "HIT");
  CHECK(world.get({}, url('b')).cache == "MISS");
  CHECK(world.cache.stats().sizes.memoryBytes <= 4000);
  CHECK(world.cache.stats().sizes.evictions > 0);
  // What never fits leaves the others alone.
  auto before = world.cache.stats().sizes.entries;
  world.origin.replies = {Reply{kMinute, std::string(5000, 'x')}};
  CHECK(world.get({}, url('e')).body.size() == 5000);
  CHECK(world.get({}, url('e')).cache == "MISS");
  CHECK(world.cache.stats().sizes.entries == before);
}

TEST_CASE("of one URL there are not more variants than can be looked through") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=60"}, {"Vary", "Foo"}});
  for (int i = 0; i < 150; ++i) world.get({{"Foo", std::to_string(i)}});
  CHECK(world.cache.stats().sizes.entries == 100);
  CHECK(world.get({{"Foo", "149"}}).cache == "HIT");
  CHECK(world.get({{"Foo", "0"}}).cache == "MISS");
}

TEST_CASE("what memory has no room for goes to disk, and comes back") {
  auto folder = std::filesystem::temp_directory_path() / "flamesim-cache-test-disk";
  std::filesystem::remove_all(folder);
  auto files = [&] {
    size_t count = 0;
    for (auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  };
  {
    HttpCacheOptions options = withMemory(12'000);
    options.limits.diskBytes = 25'000;
    options.limits.diskFolder = folder;
    CacheWorld world(options);
    auto get = [&](int i) {
      world.replies({Reply{kMinute, std::string(5000, char('a' + i))}});
      return world.get({}, "http://a.example/" + std::to_string(i) + ".js");
    };
    for (int i = 0; i < 5; ++i) CHECK(get(i).cache == "MISS");
    CHECK(files() > 0);
    CHECK(world.cache.stats().sizes.memoryBytes <= 12'000);
    for (int i = 0; i < 5; ++i) {
      auto answer = get(i);
      CHECK(answer.cache == "HIT");
      CHECK(answer.body == std::string(5000, char('a' + i)));
    }
    for (int i = 5; i < 12; ++i) get(i);
    CHECK(world.cache.stats().sizes.diskBytes <= 25'000);
    CHECK(get(0).cache == "MISS");
    // A file that somebody took is a miss, not a fault.
    for (auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 1);
    }
    for (int i = 0; i < 12; ++i) CHECK(get(i).body == std::string(5000, char('a' + i)));
    world.cache.store().purgeEverything();
    CHECK(files() == 0);
  }
  CHECK(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a folder that cannot be made is said") {
  HttpCacheOptions options;
  options.limits.diskBytes = 1;
  options.limits.diskFolder = "/proc/nowhere";
  VirtualClock clock(testing::kStart);
  CHECK_THROWS_WITH(HttpCache(clock, options),
                    Catch::Contains("cannot make a folder in /proc/nowhere"));
}

namespace {

// The Cache API's side.
struct ApiWorld : CacheWorld {
  using CacheWorld::CacheWorld;
  void put(const std::string& url, Headers headers, std::string body = "body",
           uint16_t status = 200, const CacheName& name = std::nullopt, Headers request = {}) {
    net::Response response;
    response.status = status;
    response.headers = testing::headerList(headers, clock.now());
    response.body = net::Body::fromBytes(std::move(body));
    cache.put(name, this->request(request, url), kj::mv(response)).wait(scope);
  }
  // "STATUS body", or "-".
  std::string match(const std::string& url, Headers headers = {},
                    const CacheName& name = std::nullopt) {
    auto found = cache.match(name, request(headers, url));
    if (!found) return "-";
    return std::to_string(found->status) + " " + found->body.takeBytes().wait(scope);
  }
};

}  // namespace

TEST_CASE("caches: what was put is matched by cache and URL while it is fresh") {
  ApiWorld world;
  CHECK(world.match(kPage) == "-");
  world.put(kPage, kMinute, "one");
  world.put(kPage, kMinute, "named", 200, "mine");
  CHECK(world.match(kPage) == "200 one");
  CHECK(world.match(kPage + "#there") == "200 one");
  CHECK(world.match(kPage, {}, "mine") == "200 named");
  CHECK(world.match(kPage, {}, "other") == "-");
  CHECK(world.match(kPage + "?q") == "-");
  world.put(kPage, kMinute, "two");
  CHECK(world.match(kPage) == "200 two");
  world.later(59);
  CHECK(world.match(kPage) == "200 two");
  world.later(1);
  CHECK(world.match(kPage) == "-");
}

TEST_CASE("caches: lifetimes, and what is not stored") {
  ApiWorld world;
  auto lasts = [&](Headers headers, uint16_t status = 200) {
    world.cache.store().purgeEverything();
    world.put(kPage, std::move(headers), "", status);
    int64_t at = 0;
    for (int64_t seconds : {0, 5, 10, 60, 180, 1200, 7200}) {
      world.later(seconds - at);
      at = seconds;
      if (world.match(kPage) == "-") return seconds;
    }
    return int64_t(-1);
  };
  CHECK(lasts(kMinute) == 60);
  CHECK(lasts({{"Cache-Control", "max-age=60, S-MaxAge=\"10\""}}) == 10);
  CHECK(lasts({{"Expires", "@60"}}) == 60);
  CHECK(lasts({}) == 7200);
  CHECK(lasts({}, 302) == 1200);
  CHECK(lasts({}, 404) == 180);
  CHECK(lasts({}, 500) == 0);
  CHECK(lasts({{"Cache-Control", "max-age=5"}}, 500) == 5);
  for (auto* refusal : {"no-store", "private", "no-cache", "max-age=60, Private", "max-age=0"}) {
    INFO(refusal);
    CHECK(lasts({{"Cache-Control", refusal}}) == 0);
    CHECK(!world.cache.remove(std::nullopt, world.request({}, kPage)));
  }
  CHECK(lasts({{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60"}}) == 0);
  CHECK(lasts({{"Set-Cookie", "a=b"}, {"Cache-Control", "private=Set-Cookie, max-age=60"}}) == 60);
}

TEST_CASE("caches: match() answers ranges and conditions, and says how old it is") {
  ApiWorld world;
  world.put(kPage, {{"Cache-Control", "max-age=60"}, {"ETag", "\"a\""}, {"Vary", "Foo"}}, "012345",
            200, std::nullopt, {{"Foo", "1"}});
  world.later(7);
  CHECK(world.match(kPage) == "-");
  CHECK(world.match(kPage, {{"Foo", "1"}}) == "200 012345");
  CHECK(world.match(kPage, {{"Foo", "1"}, {"Range", "bytes=1-2"}}) == "206 12");
  CHECK(world.match(kPage, {{"Foo", "1"}, {"If-None-Match", "\"a\""}}) == "304 ");
  auto found = world.cache.match(std::nullopt, world.request({{"Foo", "1"}}, kPage));
  CHECK(found->headers.get("age") == "7");
  CHECK(found->headers.get("cf-cache-status") == "HIT");
}

TEST_CASE("caches.default and fetch() share one store") {
  ApiWorld world;
  world.put(CacheWorld::kUrl, kMinute, "put");
  CHECK(world.get().body == "put");
  CHECK(world.cache.remove(std::nullopt, world.request()));
  CHECK(!world.cache.remove(std::nullopt, world.request()));
  world.replies({Reply{kMinute, "fetched"}});
  world.get();
  CHECK(world.match(CacheWorld::kUrl) == "200 fetched");
  CHECK(world.match(CacheWorld::kUrl, {}, "mine") == "-");
}

TEST_CASE("caches: streams are read to their end, and stored where they fit") {
  ApiWorld world(withMemory(2000));
  auto streamed = [&](size_t size, bool fails) {
    auto tap = std::make_shared<Tap::State>();
    if (size > 0) tap->give(std::string(size, 'x'));
    tap->failed = fails;
    tap->ended = true;
    net::Response response;
    response.body = net::Body::fromStream(kj::heap<Tap>(tap));
    world.cache.put(std::nullopt, world.request({}, kPage), kj::mv(response)).wait(world.scope);
    return tap->pieces.empty();
  };
  CHECK(streamed(500, false));
  CHECK(world.match(kPage) == "200 " + std::string(500, 'x'));
  world.cache.store().purgeEverything();
  CHECK(streamed(5000, false));
  CHECK(world.match(kPage) == "-");
  CHECK_THROWS(streamed(100, true));
  CHECK(world.match(kPage) == "-");
}

TEST_CASE("figures") {
  CacheWorld world;
  world.replies(kMinute);
  world.get();
  world.get();
  world.get({}, kPage);
  auto stats = world.cache.stats();
  CHECK(stats.answers[size_t(CacheStatus::kHit)] == 1);
  CHECK(stats.answers[size_t(CacheStatus::kMiss)] == 1);
  CHECK(stats.answers[size_t(CacheStatus::kDynamic)] == 1);
  CHECK(stats.requestsToOrigin == 2);
  CHECK(stats.sizes.entries == 1);
}

}  // namespace flamesim::cache
