// The catalogue: stale responses, origins that fail, what is dropped, what is cached at all; and
// the page that has the whole.
#include <cctype>
#include <fstream>
#include <sstream>

#include "sim/cache/behaviours.h"

namespace flamesim::cache {

namespace {

using testing::CacheWorld;
using testing::check;
using testing::Headers;
using testing::Reply;

}  // namespace

TEST_CASE("stale-while-revalidate") {
  check({
      {"stale-while-revalidate",
       {{"Cache-Control", "max-age=1, stale-while-revalidate=3600"}},
       "UPDATING"},
      {"stale-while-revalidate-window",
       {{"Cache-Control", "max-age=1, stale-while-revalidate=60"}},
       "EXPIRED",
       120},
      {"stale-while-revalidate-must-revalidate",
       {{"Cache-Control", "max-age=1, must-revalidate, stale-while-revalidate=60"}},
       "EXPIRED"},
      {"stale-while-revalidate-s-maxage",
       {{"Cache-Control", "s-maxage=1, stale-while-revalidate=60"}},
       "UPDATING"},
  });
  CacheWorld world;
  const Headers kHeaders{{"Cache-Control", "max-age=2, stale-while-revalidate=10"}};
  world.replies({Reply{kHeaders, "one"}, Reply{kHeaders, "two"}});
  world.get();
  world.later(5);
  auto stale = world.ask(world.request());
  CHECK(stale.cache == "UPDATING");
  CHECK(stale.body == "one");
  world.later(0);
  auto fresh = world.get();
  CHECK(fresh.cache == "HIT");
  CHECK(fresh.body == "two");
  world.later(13);
  CHECK(world.get().cache == "EXPIRED");
}

TEST_CASE("an origin that fails") {
  auto second = [](const std::string& control, Reply failure) {
    CacheWorld world;
    world.replies({Reply{{{"Cache-Control", control}}, "good"}, std::move(failure)});
    world.get();
    world.later(3);
    auto answer = world.get();
    return answer.failure.empty() ? answer.cache + " " + answer.body : "failed";
  };
  Reply closes{.failure = "closed"};
  Reply answers503{{}, "bad", 503};
  CHECK(second("max-age=2", closes) == "STALE good");                         // stale-close
  CHECK(second("max-age=2", answers503) == "EXPIRED bad");                    // stale-503
  CHECK(second("max-age=2, stale-if-error=60", closes) == "STALE good");      // stale-sie-close
  CHECK(second("max-age=2, stale-if-error=60", answers503) == "STALE good");  // stale-sie-503
  CHECK(second("max-age=2, stale-if-error=0", closes) == "failed");
  CHECK(second("max-age=2, stale-if-error=0", answers503) == "EXPIRED bad");
  CHECK(second("max-age=2, must-revalidate", closes) == "failed");   // stale-close-must-revalidate
  CHECK(second("max-age=2, proxy-revalidate", closes) == "failed");  // stale-close-proxy-revalidate
  CHECK(second("max-age=2, no-cache", closes) == "failed");          // stale-close-no-cache
  CHECK(second("s-maxage=2", closes) == "failed");                   // stale-close-s-maxage=2
  CHECK(second("max-age=2, must-revalidate, stale-if-error=60", answers503) == "EXPIRED bad");
  // What is not there cannot help.
  CacheWorld world;
  world.origin.replies = {closes};
  CHECK(world.get().failure == "reply.failure = closed");
}

TEST_CASE("requests that change something drop what is stored") {
  auto after = [](const std::string& method, Headers headers, uint16_t status) {
    CacheWorld world;
    world.replies({Reply(), Reply{headers, "done", status}, Reply()});
    std::string changed = CacheWorld::kUrl;
    if (!headers.empty()) {
      world.replies({Reply(), Reply{headers, "done", status}, Reply()});
      changed = "http://a.example/form";
    }
    world.get();
    CHECK(world.ask(world.request({}, changed, method)).cache == "DYNAMIC");
    return world.get().cache;
  };
  for (auto* method : {"POST", "PUT", "DELETE", "M-SEARCH"}) {
    INFO(method);
    CHECK(after(method, {}, 200) == "MISS");                          // invalidate-POST, ...
    CHECK(after(method, {}, 500) == "HIT");                           // ...-failed
    CHECK(after(method, {{"Location", "/file.js"}}, 201) == "MISS");  // ...-location
    CHECK(after(method, {{"Content-Location", "/file.js"}}, 200) == "MISS");  // ...-cl
    CHECK(after(method, {{"Location", "http://b.example/file.js"}}, 201) == "HIT");
  }
  CHECK(after("OPTIONS", {}, 200) == "HIT");
}

TEST_CASE("what is cached by its name, and what is not at all") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=60"}});
  auto second = [&](const std::string& path, const std::string& cf = "") {
    world.get({}, "http://a.example" + path, cf);
    return world.get({}, "http://a.example" + path, cf).cache;
  };
  for (auto* path : {"/a.css", "/A.JPG", "/x/y.woff2?v=1", "/a.tar.gz", "/.js"}) {
    INFO(path);
    CHECK(second(path) == "HIT");
  }
  for (auto* path : {"/", "/page", "/page.html", "/api.json", "/a.js/b", "/a.?x=.js"}) {
    INFO(path);
    CHECK(second(path) == "DYNAMIC");
    CHECK(second(path, R"({"cacheEverything":true})") == "HIT");
  }
  // query-args-different, query-args-same
  CHECK(world.get({}, "http://a.example/q.js?a=1").cache == "MISS");
  CHECK(world.get({}, "http://a.example/q.js?a=2").cache == "MISS");
  CHECK(world.get({}, "http://a.example/q.js?a=1#there").cache == "HIT");
  // method-POST
  CHECK(world.ask(world.request({}, "http://a.example/p.js", "POST")).cache == "DYNAMIC");
  auto withBody = world.request({}, "http://a.example/a.css");
  withBody.body = net::Body::fromBytes("x");
  CHECK(world.ask(kj::mv(withBody)).cache == "DYNAMIC");
}

TEST_CASE("the page on the cache names what is tested here, and says what is not") {
  auto read = [](const std::string& name) {
    std::ifstream in(std::string(FLAMESIM_SOURCE_DIR) + name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  };
  auto page = read("/docs/http-cache.md");
  std::string tests;
  for (auto* part : {"behaviours_freshness", "behaviours_validation", "behaviours_more"}) {
    tests += read("/sim/cache/" + std::string(part) + "_test.cc");
  }
  for (size_t at = 0; (at = tests.find("      {\"", at)) != std::string::npos;) {
    at += 8;
    auto name = tests.substr(at, tests.find('"', at) - at);
    // The rest are headers of the rows, and ranges.
    bool isHeader = name.empty() || !std::islower(static_cast<unsigned char>(name[0]));
    if (isHeader || name.find('=') != std::string::npos) continue;
    INFO(name);
    CHECK(page.find("`" + name + "`") != std::string::npos);
  }
  // A row of the catalogue is named by a test, or marked as one that is not.
  auto catalogue = page.substr(page.find("## The catalogue"));
  for (size_t at = 0; (at = catalogue.find("\n| `", at)) != std::string::npos;) {
    at += 4;
    auto row = catalogue.substr(at, catalogue.find('\n', at) - at);
    auto name = row.substr(0, row.find('`'));
    INFO(name);
    CHECK((tests.find(name) == std::string::npos) == (row.find("\u2020") != std::string::npos));
  }
}

}  // namespace flamesim::cache
