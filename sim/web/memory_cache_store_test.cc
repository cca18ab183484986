#include "sim/web/memory_cache_store.h"

#include <catch2/catch.hpp>

#include <kj/async-io.h>
#include <kj/debug.h>

namespace flamesim::web {

namespace {

using std::chrono::seconds;

const Time kNow = timeFromNanos(1'700'000'000'000'000'000);  // Tue, 14 Nov 2023 22:13:20 GMT
const CacheName kDefault = std::nullopt;

net::Request get(const std::string& url) {
  net::Request request;
  request.url = url;
  return request;
}

net::Response response(std::vector<net::Header> headers, std::string body = "body",
                       uint16_t status = 200) {
  net::Response made;
  made.status = status;
  made.headers = net::HeaderList(std::move(headers));
  made.body = net::Body::fromBytes(std::move(body));
  return made;
}

// In seconds; -1: must not be stored.
int64_t lifetime(std::vector<net::Header> headers, uint16_t status = 200) {
  auto found = freshnessLifetime(response(std::move(headers), "", status), kNow);
  return found ? std::chrono::duration_cast<seconds>(*found).count() : -1;
}

struct Store {
  kj::EventLoop loop;
  kj::WaitScope waitScope{loop};
  MemoryCacheStore cache;

  explicit Store(size_t mostBytes = MemoryCacheStore::kMostBytes) : cache(mostBytes) {}

  void put(const std::string& url, net::Response value, const CacheName& name = kDefault) {
    cache.put(name, get(url), kj::mv(value), kNow).wait(waitScope);
  }
  // The body; "-": nothing.
  std::string match(const std::string& url, Time now = kNow, const CacheName& name = kDefault) {
    auto found = cache.match(name, get(url), now).promise().wait(waitScope);
    return found ? found->body.takeBytes().wait(waitScope) : "-";
  }
  bool remove(const std::string& url) {
    return cache.remove(kDefault, get(url)).promise().wait(waitScope);
  }
};

// Gives bytes a few at a time, then fails or ends.
class Trickle final : public kj::AsyncInputStream {
 public:
  Trickle(size_t size, bool fails) : left(size), fails(fails) {}
  kj::Promise<size_t> tryRead(void* buffer, size_t, size_t maxBytes) override {
    if (left == 0 && fails) return KJ_EXCEPTION(FAILED, "the source failed");
    size_t n = std::min({left, maxBytes, size_t(10)});
    std::fill_n(static_cast<char*>(buffer), n, 'x');
    left -= n;
    return n;
  }

 private:
  size_t left;
  const bool fails;
};

}  // namespace

TEST_CASE("how long a response is fresh", "[web]") {
  CHECK(lifetime({{"Cache-Control", "max-age=60"}}) == 60);
  CHECK(lifetime({{"Cache-Control", "max-age=60, S-MaxAge=\"10\""}}) == 10);
  CHECK(lifetime({{"Cache-Control", "public"}, {"Cache-Control", "max-age=5"}}) == 5);
  CHECK(lifetime({{"Cache-Control", "max-age=99999999999999999999"}}) == int64_t(1) << 31);
  CHECK(lifetime({{"Cache-Control", "max-age=soon"}}) == -1);
  CHECK(lifetime({{"Cache-Control", "max-age=0"}}) == -1);
  CHECK(lifetime({{"Cache-Control", "max-age=60"}, {"Expires", "0"}}) == 60);
  CHECK(lifetime({{"Expires", "Tue, 14 Nov 2023 22:14:20 GMT"}}) == 60);
  CHECK(lifetime({{"Expires", "Tue, 14 Nov 2023 22:14:20 GMT"},
                  {"Date", "Tue, 14 Nov 2023 22:14:10 GMT"}}) == 10);
  CHECK(lifetime({{"Expires", "0"}}) == -1);
  CHECK(lifetime({}) == 7200);
  CHECK(lifetime({}, 302) == 1200);
  CHECK(lifetime({}, 404) == 180);
  CHECK(lifetime({}, 500) == -1);
  CHECK(lifetime({{"Cache-Control", "max-age=1"}}, 500) == 1);
}

TEST_CASE("what must not be stored", "[web]") {
  for (auto* refusal : {"no-store", "private", "no-cache", "max-age=60, Private"}) {
    CHECK(lifetime({{"Cache-Control", refusal}}) == -1);
  }
  CHECK(lifetime({{"Set-Cookie", "a=b"}, {"Cache-Control", "max-age=60"}}) == -1);
  CHECK(lifetime({{"Set-Cookie", "a=b"}, {"Cache-Control", "private=Set-Cookie, max-age=60"}}) ==
        60);
}

TEST_CASE("a stored response is found by cache and URL while it is fresh", "[web]") {
  Store store;
  CHECK(store.match("http://a/") == "-");
  store.put("http://a/", response({{"Cache-Control", "max-age=60"}}, "one"));
  store.put("http://a/", response({{"Cache-Control", "max-age=60"}}, "named"), "mine");
  CHECK(store.match("http://a/") == "one");
  CHECK(store.match("http://a/", kNow, "mine") == "named");
  CHECK(store.match("http://a/", kNow, "other") == "-");
  CHECK(store.match("http://a/?q") == "-");
  store.put("http://a/", response({{"Cache-Control", "max-age=60"}}, "two"));
  CHECK(store.match("http://a/", kNow + seconds(59)) == "two");
  CHECK(store.match("http://a/", kNow + seconds(60)) == "-");
  CHECK(store.match("http://a/", kNow) == "-");
}

TEST_CASE("what is found says that it is a hit, and how old", "[web]") {
  Store store;
  store.put("http://a/", response({{"Cache-Control", "private=set-cookie, max-age=60"},
                                   {"Set-Cookie", "a=b"},
                                   {"ETag", "\"1\""}},
                                  "gone", 404));
  auto found = store.cache.match(kDefault, get("http://a/"), kNow + seconds(7))
                   .promise()
                   .wait(store.waitScope);
  REQUIRE(found);
  CHECK(found->status == 404);
  CHECK(found->headers.get("age") == "7");
  CHECK(found->headers.get("cf-cache-status") == "HIT");
  CHECK(found->headers.get("etag") == "\"1\"");
  CHECK(!found->headers.has("set-cookie"));
}

TEST_CASE("what is removed is gone", "[web]") {
  Store store;
  store.put("http://a/", response({}));
  CHECK(store.remove("http://a/"));
  CHECK(!store.remove("http://a/"));
  CHECK(store.match("http://a/") == "-");
}

TEST_CASE("a full store forgets what was used least recently", "[web]") {
  Store store(1000);
  for (auto* url : {"http://a/", "http://b/", "http://c/"}) {
    store.put(url, response({}, std::string(300, 'x')));
  }
  CHECK(store.match("http://a/") != "-");
  store.put("http://d/", response({}, std::string(300, 'x')));
  CHECK(store.match("http://b/") == "-");
  CHECK(store.match("http://a/") != "-");
  CHECK(store.match("http://d/") != "-");
  // One that never fits leaves the others alone.
  store.put("http://e/", response({}, std::string(1001, 'x')));
  CHECK(store.match("http://e/") == "-");
  CHECK(store.match("http://d/") != "-");
}

TEST_CASE("streams are read to their end, and stored where they fit", "[web]") {
  Store store(1000);
  auto streamed = [](size_t size, bool fails) {
    auto made = response({});
    made.body = net::Body::fromStream(kj::heap<Trickle>(size, fails));
    return made;
  };
  store.put("http://a/", streamed(500, false));
  CHECK(store.match("http://a/") == std::string(500, 'x'));
  store.put("http://b/", streamed(5000, false));
  CHECK(store.match("http://b/") == "-");
  CHECK_THROWS(store.put("http://c/", streamed(100, true)));
  CHECK(store.match("http://c/") == "-");
}

}  // namespace flamesim::web
