// The catalogue: what RFC 9111 asks of a cache and what production adds, one row a behaviour. Names
// are those of the public suite http-tests/cache-tests where it has the behaviour;
// docs/http-cache.md sets these results beside those of NGINX and Varnish.
#include <cctype>
#include <fstream>
#include <sstream>

#include "sim/cache/testing.h"

namespace flamesim::cache {

namespace {

using testing::Answer;
using testing::CacheWorld;
using testing::Headers;
using testing::Reply;

// Two requests for one URL: what the second finds.
struct Row {
  const char* name;
  Headers response;      // what the origin says to both
  const char* expected;  // CF-Cache-Status of the second
  int64_t pause = 3;     // seconds between them
  Headers first = {};    // the requests' own headers
  Headers second = {};
  uint16_t status = 200;
};

void check(const std::vector<Row>& rows) {
  for (auto& row : rows) {
    INFO(row.name);
    CacheWorld world;
    world.origin.replies = {Reply{row.response, "body", row.status}};
    CHECK(world.get(row.first).status == row.status);
    world.later(row.pause);
    auto answer = world.get(row.second);
    CHECK(answer.cache == row.expected);
  }
}

}  // namespace

TEST_CASE("freshness by Cache-Control") {
  check({
      {"freshness-none", {}, "HIT"},
      {"freshness-none", {}, "EXPIRED", 7200},
      {"freshness-max-age", {{"Cache-Control", "max-age=3600"}}, "HIT", 3599},
      {"freshness-max-age-stale", {{"Cache-Control", "max-age=2"}}, "EXPIRED"},
      {"freshness-max-age-0", {{"Cache-Control", "max-age=0"}}, "EXPIRED"},
      {"freshness-max-age-0-expires",
       {{"Cache-Control", "max-age=0"}, {"Expires", "@10000"}, {"Date", "@0"}},
       "EXPIRED"},
      {"freshness-max-age-expires",
       {{"Cache-Control", "max-age=3600"}, {"Expires", "@-10000"}, {"Date", "@0"}},
       "HIT"},
      {"freshness-max-age-expires-invalid",
       {{"Cache-Control", "max-age=3600"}, {"Expires", "0"}},
       "HIT"},
      {"freshness-max-age-quoted", {{"Cache-Control", "max-age=\"3600\""}}, "HIT"},
      {"freshness-max-age-single-quoted", {{"Cache-Control", "max-age='3600'"}}, "EXPIRED"},
      {"freshness-max-age-ignore-quoted",
       {{"Cache-Control", "extension=\"max-age=100\", max-age=1"}},
       "EXPIRED"},
      {"freshness-max-age-ignore-quoted-rev",
       {{"Cache-Control", "max-age=1, extension=\"max-age=100\""}},
       "EXPIRED"},
      {"freshness-max-age-space-before-equals",
       {{"Cache-Control", "max-age =3600"}, {"Expires", "0"}},
       "EXPIRED"},
      {"freshness-max-age-space-after-equals", {{"Cache-Control", "max-age= 3600"}}, "EXPIRED"},
      {"freshness-max-age-a100", {{"Cache-Control", "max-age=a100"}}, "EXPIRED"},
      {"freshness-max-age-100a", {{"Cache-Control", "max-age=100a"}}, "EXPIRED"},
      {"freshness-max-age-negative", {{"Cache-Control", "max-age=-100"}}, "EXPIRED"},
      {"freshness-max-age-decimal-five", {{"Cache-Control", "max-age=3600.5"}}, "EXPIRED"},
      {"freshness-max-age-leading-zero", {{"Cache-Control", "max-age=003600"}}, "HIT"},
      {"freshness-max-age-max", {{"Cache-Control", "max-age=2147483648"}}, "HIT"},
      {"freshness-max-age-max-plus", {{"Cache-Control", "max-age=99999999999"}}, "HIT"},
      {"freshness-max-age-extension", {{"Cache-Control", "foobar, max-age=3600"}}, "HIT"},
      {"freshness-max-age-case-insenstive", {{"Cache-Control", "MaX-aGe=3600"}}, "HIT"},
      {"freshness-max-age-two-fresh-stale-sameline",
       {{"Cache-Control", "max-age=1800, max-age=1"}},
       "HIT"},
      {"freshness-max-age-two-stale-fresh-sepline",
       {{"Cache-Control", "max-age=1"}, {"Cache-Control", "max-age=1800"}},
       "EXPIRED"},
      {"freshness-max-age-age",
       {{"Date", "@0"}, {"Cache-Control", "max-age=10"}, {"Age", "15"}},
       "EXPIRED"},
      {"freshness-max-age-date",
       {{"Date", "@-7200"}, {"Cache-Control", "max-age=3600"}},
       "EXPIRED"},
      {"freshness-s-maxage-shared", {{"Cache-Control", "s-maxage=3600"}}, "HIT"},
      {"freshness-max-age-s-maxage-shared-longer",
       {{"Cache-Control", "max-age=3600, s-maxage=1"}},
       "EXPIRED"},
      {"freshness-max-age-s-maxage-shared-longer-reversed",
       {{"Cache-Control", "s-maxage=1, max-age=3600"}},
       "EXPIRED"},
      {"freshness-max-age-s-maxage-shared-longer-multiple",
       {{"Cache-Control", "max-age=3600"}, {"Cache-Control", "s-maxage=1"}},
       "EXPIRED"},
      {"freshness-max-age-s-maxage-shared-shorter",
       {{"Cache-Control", "max-age=1, s-maxage=3600"}},
       "HIT"},
  });
}

TEST_CASE("freshness by CDN-Cache-Control (RFC 9213)") {
  check({
      {"cdn-max-age",
       {{"CDN-Cache-Control", "max-age=3600"}, {"Cache-Control", "no-store"}},
       "HIT"},
      {"cdn-max-age-0",
       {{"CDN-Cache-Control", "max-age=0"}, {"Cache-Control", "max-age=3600"}},
       "EXPIRED"},
      {"cdn-no-store",
       {{"CDN-Cache-Control", "no-store"}, {"Cache-Control", "max-age=3600"}},
       "BYPASS"},
      {"cdn-max-age-expires",
       {{"CDN-Cache-Control", "max-age=3600"}, {"Expires", "@-10000"}},
       "HIT"},
      {"cdn-own-before-general",
       {{"CDN-Cache-Control", "max-age=1"}, {"Cloudflare-CDN-Cache-Control", "max-age=3600"}},
       "HIT"},
  });
  CacheWorld world;
  world.replies(
      {{"CDN-Cache-Control", "max-age=1"}, {"Cloudflare-CDN-Cache-Control", "max-age=9"}});
  auto answer = world.get();
  CHECK(answer.header("cdn-cache-control") == "max-age=1");
  CHECK(answer.header("cloudflare-cdn-cache-control") == "-");
}

TEST_CASE("freshness by Expires") {
  check({
      {"freshness-expires-future", {{"Expires", "@1800"}, {"Date", "@0"}}, "HIT"},
      {"freshness-expires-past", {{"Expires", "@-1800"}, {"Date", "@0"}}, "EXPIRED"},
      {"freshness-expires-present", {{"Expires", "@0"}, {"Date", "@0"}}, "EXPIRED"},
      {"freshness-expires-old-date", {{"Expires", "@300"}, {"Date", "@400"}}, "EXPIRED"},
      {"freshness-expires-invalid", {{"Expires", "0"}, {"Date", "@0"}}, "EXPIRED"},
      {"freshness-expires-age-slow-date",
       {{"Date", "@-10"}, {"Expires", "@10"}, {"Age", "25"}},
       "EXPIRED"},
      {"freshness-expires-32bit", {{"Expires", "Tue, 19 Jan 2038 14:14:08 GMT"}}, "HIT"},
      {"freshness-expires-far-future", {{"Expires", "Sun, 21 Nov 9999 04:05:06 GMT"}}, "HIT"},
      {"freshness-expires-rfc850", {{"Expires", "Thursday, 18-Aug-50 02:01:18 GMT"}}, "HIT"},
      {"freshness-expires-ansi-c", {{"Expires", "Thu Aug  8 02:01:18 2050"}}, "HIT"},
      {"freshness-expires-wrong-case-weekday",
       {{"Expires", "THU, 18 Aug 2050 02:01:18 GMT"}},
       "HIT"},
      {"freshness-expires-wrong-case-month", {{"Expires", "Thu, 18 AUG 2050 02:01:18 GMT"}}, "HIT"},
      {"freshness-expires-wrong-case-tz", {{"Expires", "Thu, 18 Aug 2050 02:01:18 gMT"}}, "HIT"},
      {"freshness-expires-invalid-utc", {{"Expires", "Thu, 18 Aug 2050 02:01:18 UTC"}}, "EXPIRED"},
      {"freshness-expires-invalid-aest",
       {{"Expires", "Thu, 18 Aug 2050 02:01:18 AEST"}},
       "EXPIRED"},
      {"freshness-expires-invalid-date", {{"Expires", "Thu, 31 Feb 2050 02:01:18 GMT"}}, "EXPIRED"},
      {"freshness-expires-invalid-2-digit-year",
       {{"Expires", "Thu, 18 Aug 50 02:01:18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-1-digit-hour",
       {{"Expires", "Thu, 18 Aug 2050 2:01:18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-no-comma",
       {{"Expires", "Thu 18 Aug 2050 02:01:18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-multiple-spaces",
       {{"Expires", "Thu, 18  Aug  2050 02:01:18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-date-dashes",
       {{"Expires", "Thu, 18-Aug-2050 02:01:18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-time-periods",
       {{"Expires", "Thu, 18 Aug 2050 02.01.18 GMT"}},
       "EXPIRED"},
      {"freshness-expires-invalid-multiple-lines",
       {{"Expires", "@1800"}, {"Expires", "@1800"}},
       "EXPIRED"},
  });
}

TEST_CASE("Age as it is read") {
  auto aged = [](const std::string& age) {
    return Headers{{"Date", "@0"}, {"Cache-Control", "max-age=3600"}, {"Age", age}};
  };
  check({
      {"age-parse-nonnumeric", aged("abc"), "HIT"},
      {"age-parse-negative", aged("-7200"), "HIT"},
      {"age-parse-float", aged("7200.0"), "HIT"},
      {"age-parse-large", aged("2147483648"), "EXPIRED"},
      {"age-parse-larger", aged("99999999999"), "EXPIRED"},
      {"age-parse-suffix", aged("7200,0"), "EXPIRED"},
      {"age-parse-prefix", aged("0,7200"), "HIT"},
      {"age-parse-dup-0", aged("0, 0"), "HIT"},
      {"age-parse-dup-old", aged("7200, 7200"), "EXPIRED"},
  });
}

TEST_CASE("lifetimes that the edge gives where the response gives none") {
  auto kept = [](uint16_t status) {
    for (int64_t seconds : {1, 179, 180, 1199, 1200, 7199, 7200}) {
      CacheWorld world;
      world.origin.replies = {Reply{{{"Last-Modified", "@-100000"}}, "body", status}};
      world.origin.validates = false;
      world.get();
      world.later(seconds);
      if (world.get().cache != "HIT") return seconds;
    }
    return int64_t(-1);
  };
  CHECK(kept(200) == 7200);  // heuristic-200-cached, heuristic-delta-*
  CHECK(kept(301) == 7200);
  CHECK(kept(302) == 1200);
  CHECK(kept(303) == 1200);
  CHECK(kept(404) == 180);  // heuristic-404-cached
  CHECK(kept(410) == 180);  // heuristic-410-cached
  // heuristic-201-not_cached and its kin; those that the RFC allows and the edge does not keep.
  for (uint16_t status :
       {201, 202, 203, 204, 307, 308, 400, 403, 405, 414, 500, 501, 502, 503, 504}) {
    INFO(status);
    CHECK(kept(status) == 1);
  }
}

TEST_CASE("every final status is kept for as long as it says") {
  for (uint16_t status :
       {200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599}) {
    auto name = "status-" + std::to_string(status) + "-fresh";
    auto stale = "status-" + std::to_string(status) + "-stale";
    check({{name.c_str(), {{"Cache-Control", "max-age=3600"}}, "HIT", 3, {}, {}, status}});
    check({{stale.c_str(), {{"Cache-Control", "max-age=2"}}, "EXPIRED", 3, {}, {}, status}});
  }
  check({
      {"status-200-must-understand",
       {{"Cache-Control", "max-age=3600, no-store, must-understand"}},
       "HIT"},
      {"status-599-must-understand",
       {{"Cache-Control", "max-age=3600, must-understand"}},
       "BYPASS",
       3,
       {},
       {},
       599},
      {"status-206-not-stored", {{"Cache-Control", "max-age=3600"}}, "MISS", 3, {}, {}, 206},
  });
}

TEST_CASE("what a response forbids") {
  check({
      {"cc-resp-no-store", {{"Cache-Control", "no-store"}}, "BYPASS"},
      {"cc-resp-no-store-case-insensitive", {{"Cache-Control", "No-StOrE"}}, "BYPASS"},
      {"cc-resp-no-store-fresh", {{"Cache-Control", "max-age=10000, no-store"}}, "BYPASS"},
      {"cc-resp-private-shared", {{"Cache-Control", "private, max-age=3600"}}, "BYPASS"},
      {"cc-resp-no-cache", {{"Cache-Control", "no-cache, max-age=3600"}}, "EXPIRED"},
      {"cc-resp-no-cache-case-insensitive", {{"Cache-Control", "No-CaChE"}}, "EXPIRED"},
      {"cc-resp-no-cache-revalidate",
       {{"Cache-Control", "no-cache"}, {"ETag", "\"a\""}},
       "REVALIDATED"},
      {"cc-resp-no-cache-revalidate-fresh",
       {{"Cache-Control", "max-age=10000, no-cache"}, {"ETag", "\"a\""}},
       "REVALIDATED"},
      {"cc-resp-must-revalidate-fresh",
       {{"Cache-Control", "max-age=3600, must-revalidate"}},
       "HIT"},
      {"cc-resp-must-revalidate-stale",
       {{"Cache-Control", "max-age=2, must-revalidate"}},
       "EXPIRED"},
      {"pragma-response-no-cache",
       {{"Cache-Control", "max-age=3600"}, {"Pragma", "no-cache"}},
       "HIT"},
      {"pragma-response-no-cache-heuristic",
       {{"Last-Modified", "@-10000"}, {"Pragma", "no-cache"}},
       "HIT"},
      {"vary-star", {{"Cache-Control", "max-age=3600"}, {"Vary", "*"}}, "BYPASS"},
  });
}

TEST_CASE("cookies and credentials") {
  const Headers kUser{{"Authorization", "me"}};
  check({
      {"other-set-cookie", {{"Cache-Control", "max-age=3600"}, {"Set-Cookie", "a=b"}}, "BYPASS"},
      {"set-cookie-private-field",
       {{"Cache-Control", "max-age=3600, private=\"Set-Cookie\""}, {"Set-Cookie", "a=b"}},
       "HIT"},
      {"other-cookie",
       {{"Cache-Control", "max-age=3600"}},
       "HIT",
       3,
       {{"Cookie", "a=1"}},
       {{"Cookie", "a=2"}}},
      {"other-authorization", {{"Cache-Control", "max-age=3600"}}, "BYPASS", 3, kUser, kUser},
      {"other-authorization-public",
       {{"Cache-Control", "max-age=3600, public"}},
       "HIT",
       3,
       kUser,
       kUser},
      {"other-authorization-must-revalidate",
       {{"Cache-Control", "max-age=3600, must-revalidate"}},
       "HIT",
       3,
       kUser,
       kUser},
      {"other-authorization-smaxage", {{"Cache-Control", "s-maxage=3600"}}, "HIT", 3, kUser, kUser},
  });
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=9, private=\"Set-Cookie\""}, {"Set-Cookie", "a=b"}});
  CHECK(world.get().header("set-cookie") == "-");
  CHECK(world.get().header("set-cookie") == "-");
  world.replies({{"Set-Cookie", "a=b"}});
  auto everything = R"({"cacheEverything":true})";
  for (auto* expected : {"MISS", "MISS"}) {
    auto answer = world.get({}, "http://a.example/page", everything);
    CHECK(answer.cache == expected);
    CHECK(answer.header("set-cookie") == "a=b");
  }
}

TEST_CASE("what a request asks by Cache-Control") {
  const Headers kFresh{{"Cache-Control", "max-age=3600"}};
  auto asks = [](const std::string& directive) { return Headers{{"Cache-Control", directive}}; };
  auto aged = [](const std::string& age) {
    return Headers{{"Cache-Control", "max-age=3600"}, {"Age", age}, {"Date", "@0"}};
  };
  check({
      {"ccreq-ma0", kFresh, "EXPIRED", 3, {}, asks("max-age=0")},
      {"ccreq-ma1", kFresh, "EXPIRED", 3, {}, asks("max-age=1")},
      {"ccreq-magreaterage", aged("1800"), "EXPIRED", 3, {}, asks("max-age=600")},
      {"ccreq-max-stale", {{"Cache-Control", "max-age=1"}}, "STALE", 3, {}, asks("max-stale=1000")},
      {"ccreq-max-stale-age",
       {{"Cache-Control", "max-age=1500"}, {"Age", "2000"}, {"Date", "@0"}},
       "STALE",
       3,
       {},
       asks("max-stale=1000")},
      {"ccreq-max-stale-too-old",
       {{"Cache-Control", "max-age=1"}},
       "EXPIRED",
       30,
       {},
       asks("max-stale=5")},
      {"ccreq-min-fresh",
       {{"Cache-Control", "max-age=1500"}},
       "EXPIRED",
       3,
       {},
       asks("min-fresh=2000")},
      {"ccreq-min-fresh-age", aged("1000"), "EXPIRED", 3, {}, asks("min-fresh=2700")},
      {"ccreq-no-cache", kFresh, "EXPIRED", 3, {}, asks("no-cache")},
      {"ccreq-no-cache-etag",
       {{"Cache-Control", "max-age=3600"}, {"ETag", "\"abcdef\""}},
       "REVALIDATED",
       3,
       {},
       asks("no-cache")},
      {"ccreq-no-cache-lm",
       {{"Cache-Control", "max-age=3600"}, {"Last-Modified", "Tue, 14 Nov 2023 20:00:00 GMT"}},
       "REVALIDATED",
       3,
       {},
       asks("no-cache")},
      {"ccreq-no-store", kFresh, "MISS", 3, asks("no-store"), {}},
      {"pragma-request-no-cache", kFresh, "HIT", 3, {}, {{"Pragma", "no-cache"}}},
  });
  CacheWorld world;
  auto none = world.get(asks("only-if-cached"));  // ccreq-oic
  CHECK(none.status == 504);
  CHECK(none.cache == "MISS");
  CHECK(world.origin.asked.empty());
  world.get();
  CHECK(world.get(asks("only-if-cached")).cache == "HIT");
  world.later(7200);
  none = world.get(asks("only-if-cached"));
  CHECK(none.status == 504);
  CHECK(none.cache == "EXPIRED");
}

TEST_CASE("production passes over what a request asks, but for only-if-cached") {
  CacheWorld world({.rules = Rules::kProduction});
  world.replies({{"Cache-Control", "max-age=3600"}, {"Vary", "Foo, Accept-Encoding"}});
  CHECK(world.get({{"Cache-Control", "no-store"}, {"Foo", "1"}}).cache == "MISS");
  CHECK(world.get({{"Cache-Control", "no-cache"}, {"Foo", "2"}}).cache == "HIT");
  CHECK(world.get({{"Accept-Encoding", "br"}}).cache == "MISS");
  CHECK(world.get({{"Cache-Control", "only-if-cached"}}, "http://a.example/b.js").status == 504);
  CHECK(world.ask(world.request({}, CacheWorld::kUrl, "POST")).cache == "DYNAMIC");
  CHECK(world.get().cache == "HIT");
}

TEST_CASE("Vary") {
  const Headers kByFoo{{"Cache-Control", "max-age=5000"}, {"Vary", "Foo"}};
  const Headers kByTwo{{"Cache-Control", "max-age=5000"}, {"Vary", "Foo, Bar"}};
  const Headers kByThree{{"Cache-Control", "max-age=5000"}, {"Vary", "Foo, Bar, Baz"}};
  const Headers kTwo{{"Foo", "1"}, {"Bar", "abc"}};
  const Headers kThree{{"Foo", "1"}, {"Bar", "abc"}, {"Baz", "789"}};
  auto star = [](const std::string& value) {
    return Headers{{"Cache-Control", "max-age=5000"}, {"Vary", value}};
  };
  check({
      {"vary-match", kByFoo, "HIT", 3, {{"Foo", "1"}}, {{"Foo", "1"}}},
      {"vary-no-match", kByFoo, "MISS", 3, {{"Foo", "1"}}, {{"Foo", "2"}}},
      {"vary-omit", kByFoo, "MISS", 3, {{"Foo", "1"}}, {}},
      {"vary-omit-stored", kByFoo, "MISS", 3, {}, {{"Foo", "1"}}},
      {"vary-cache-key",
       kByFoo,
       "HIT",
       3,
       {{"Foo", "1"}, {"Other", "2"}},
       {{"Foo", "1"}, {"Other", "3"}}},
      {"vary-2-match", kByTwo, "HIT", 3, kTwo, kTwo},
      {"vary-2-no-match", kByTwo, "MISS", 3, kTwo, {{"Foo", "2"}, {"Bar", "abc"}}},
      {"vary-2-match-omit", kByTwo, "MISS", 3, {{"Foo", "1"}}, {}},
      {"vary-3-match", kByThree, "HIT", 3, kThree, kThree},
      {"vary-3-no-match",
       kByThree,
       "MISS",
       3,
       kThree,
       {{"Foo", "2"}, {"Bar", "abc"}, {"Baz", "789"}}},
      {"vary-3-omit",
       kByThree,
       "HIT",
       3,
       {{"Foo", "1"}, {"Baz", "789"}},
       {{"Foo", "1"}, {"Baz", "789"}}},
      {"vary-3-order",
       kByThree,
       "MISS",
       3,
       {{"Foo", "1"}, {"Bar", "abc4"}, {"Baz", "789"}},
       kThree},
      {"vary-normalise-space", kByFoo, "HIT", 3, {{"Foo", "1,2"}}, {{"Foo", " 1, 2 "}}},
      {"vary-normalise-combine", kByFoo, "HIT", 3, {{"Foo", "1, 2"}}, {{"Foo", "1"}, {"Foo", "2"}}},
      {"vary-normalise-lang-order",
       {{"Cache-Control", "max-age=5000"}, {"Vary", "Accept-Language"}},
       "MISS",
       3,
       {{"Accept-Language", "en, de"}},
       {{"Accept-Language", "de, en"}}},
      {"vary-syntax-star", star("*"), "BYPASS"},
      {"vary-syntax-star-star", star("*, *"), "BYPASS"},
      {"vary-syntax-star-foo", star("*, Foo"), "BYPASS"},
      {"vary-syntax-foo-star", star("Foo, *"), "BYPASS"},
      {"vary-syntax-empty-star", star(", *"), "BYPASS"},
  });
}

TEST_CASE("vary-invalidate: one selected response leaves the others alone") {
  CacheWorld world;
  const Headers kByFoo{{"Cache-Control", "max-age=5000"}, {"Vary", "Foo"}};
  world.replies({Reply{kByFoo, "foo 1"}, Reply{kByFoo, "foo 2"}});
  CHECK(world.get({{"Foo", "1"}}).body == "foo 1");
  CHECK(world.get({{"Foo", "2"}}).body == "foo 2");
  auto again = world.get({{"Foo", "1"}});
  CHECK(again.body == "foo 1");
  CHECK(again.cache == "HIT");
}

TEST_CASE("a stored response answers conditions") {
  auto asks = [](Headers response, Headers request) {
    CacheWorld world;
    response.push_back({"Cache-Control", "max-age=3600"});
    world.replies(response);
    world.get();
    auto answer = world.get(request);
    CHECK(answer.cache == "HIT");
    return answer.status;
  };
  using Tag = std::pair<const char*, const char*>;  // stored, asked
  for (auto [stored, asked] : {
           Tag{"\"abcdef\"", "\"abcdef\""},                      // conditional-etag-strong-respond
           Tag{"\"abcdef\"", "\"abcdef\", \"1234\", \"5678\""},  // ...-multiple-first
           Tag{"\"abcdef\"", "\"1234\", \"abcdef\", \"5678\""},  // ...-multiple-second
           Tag{"\"abcdef\"", "\"1234\", \"5678\", \"abcdef\""},  // ...-multiple-last
           Tag{"\"abcdef\xc3\xbc\"", "\"abcdef\xc3\xbc\""},      // ...-obs-text
           Tag{"\"a,b\"", "\"x\", \"a,b\""},
           Tag{"W/\"abcdef\"", "W/\"abcdef\""},  // conditional-etag-weak-respond
           Tag{"W/\"abcdef\"", "\"abcdef\""},
           Tag{"w/\"abcdef\"", "w/\"abcdef\""},  // ...-lowercase
           Tag{"abcdef", "abcdef"},              // conditional-etag-unquoted-respond-unquoted
           Tag{"\"abcdef\"", "*"},
       }) {
    INFO(stored << " " << asked);
    CHECK(asks({{"ETag", stored}}, {{"If-None-Match", asked}}) == 304);
  }
  CHECK(asks({{"ETag", "\"abcdef\""}}, {{"If-None-Match", "\"other\""}}) == 200);
  // conditional-etag-quoted-respond-unquoted and the other way round.
  CHECK(asks({{"ETag", "\"abcdef\""}}, {{"If-None-Match", "abcdef"}}) == 200);
  CHECK(asks({{"ETag", "abcdef"}}, {{"If-None-Match", "\"abcdef\""}}) == 200);
  // conditional-etag-precedence, both ways.
  CHECK(asks({{"ETag", "\"a\""}, {"Last-Modified", "@-5000"}},
             {{"If-None-Match", "\"a\""}, {"If-Modified-Since", "@-9000"}}) == 304);
  CHECK(asks({{"ETag", "\"a\""}, {"Last-Modified", "@-5000"}},
             {{"If-None-Match", "\"b\""}, {"If-Modified-Since", "@-1"}}) == 200);
  // conditional-lm-fresh, -earlier, -no-lm, -rfc850.
  CHECK(asks({{"Last-Modified", "@-3000"}}, {{"If-Modified-Since", "@-3000"}}) == 304);
  CHECK(asks({{"Last-Modified", "@-3000"}}, {{"If-Modified-Since", "@-2000"}}) == 304);
  CHECK(asks({{"Last-Modified", "@-3000"}}, {{"If-Modified-Since", "@-4000"}}) == 200);
  CHECK(asks({{"Date", "@0"}}, {{"If-Modified-Since", "@0"}}) == 304);
  CHECK(asks({{"Last-Modified", "Tuesday, 14-Nov-23 20:00:00 GMT"}},
             {{"If-Modified-Since", "Tue, 14 Nov 2023 20:00:00 GMT"}}) == 304);
  CHECK(asks({{"Last-Modified", "@-3000"}}, {{"If-Modified-Since", "soon"}}) == 200);
}

TEST_CASE("conditional-304-etag: a 304 has the validators and no body") {
  CacheWorld world;
  world.replies(
      {{"ETag", "\"a\""}, {"Content-Type", "text/plain"}, {"Cache-Control", "max-age=9"}});
  world.get();
  auto answer = world.get({{"If-None-Match", "\"a\""}});
  CHECK(answer.status == 304);
  CHECK(answer.header("etag") == "\"a\"");
  CHECK(answer.header("cache-control") == "max-age=9");
  CHECK(answer.header("content-type") == "-");
  CHECK(answer.body == "");
}

TEST_CASE("conditions of a client are not those of the cache") {
  CacheWorld world;
  world.replies({{"ETag", "\"a\""}, {"Cache-Control", "max-age=2"}});
  // conditional-etag-forward: the cache asks for the whole, and answers the condition itself.
  CHECK(world.get({{"If-None-Match", "\"a\""}, {"Range", "bytes=0-1"}}).status == 304);
  CHECK(!world.origin.lastHeaders.has("if-none-match"));
  CHECK(!world.origin.lastHeaders.has("range"));
  world.later(3);
  // conditional-etag-strong-generate
  CHECK(world.get({{"If-None-Match", "\"other\""}}).cache == "REVALIDATED");
  CHECK(world.origin.lastHeaders.get("if-none-match") == "\"a\"");
  // What an origin alone can judge goes to it.
  CHECK(world.get({{"If-Match", "\"a\""}}).cache == "DYNAMIC");
  CHECK(world.origin.lastHeaders.get("if-match") == "\"a\"");
}

TEST_CASE("validation") {
  const Headers kShort{{"Cache-Control", "max-age=2"}};
  auto with = [&](const Headers& more) {
    auto all = kShort;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  check({
      {"conditional-etag-strong-generate", with({{"ETag", "\"a\""}}), "REVALIDATED"},
      {"conditional-etag-weak-generate-weak", with({{"ETag", "W/\"a\""}}), "REVALIDATED"},
      {"conditional-lm-stale", with({{"Last-Modified", "@-50000"}}), "EXPIRED"},
      {"conditional-none", kShort, "EXPIRED"},
      {"conditional-etag-vary-headers",
       with({{"ETag", "\"a\""}, {"Vary", "Abc"}}),
       "REVALIDATED",
       3,
       {{"Abc", "1"}},
       {{"Abc", "1"}}},
      {"conditional-etag-vary-headers-mismatch",
       with({{"ETag", "\"a\""}, {"Vary", "Abc"}}),
       "MISS",
       3,
       {{"Abc", "1"}},
       {{"Abc", "2"}}},
  });
  // conditional-lm-stale with a date that stays.
  CacheWorld world;
  world.replies(with({{"Last-Modified", "Tue, 14 Nov 2023 20:00:00 GMT"}}));
  world.get();
  world.later(3);
  CHECK(world.get().cache == "REVALIDATED");
  CHECK(world.origin.lastHeaders.get("if-modified-since") == "Tue, 14 Nov 2023 20:00:00 GMT");
}

TEST_CASE("a 304 updates what is stored") {
  CacheWorld world;
  const Headers kFirst{{"ETag", "\"a\""},         {"Cache-Control", "max-age=2"},
                       {"Test-Header", "old"},    {"Content-Encoding", "x-one"},
                       {"Content-Length", "4"},   {"Kept", "yes"},
                       {"Content-Type", "text/a"}};
  world.replies({Reply{kFirst}, Reply{{{"ETag", "\"a\""},
                                       {"Cache-Control", "max-age=100"},
                                       {"Test-Header", "new"},
                                       {"Content-Encoding", "x-two"},
                                       {"Content-Length", "99"},
                                       {"Content-Type", "text/b"},
                                       {"Set-Cookie", "a=b"},
                                       {"Connection", "close"}}}});
  world.get();
  world.later(3);
  for (auto* expected : {"REVALIDATED", "HIT"}) {
    auto answer = world.get();
    CHECK(answer.cache == expected);
    CHECK(answer.body == "body");
    CHECK(answer.header("test-header") == "new");            // 304-etag-update-response-Test-Header
    CHECK(answer.header("cache-control") == "max-age=100");  // ...-Cache-Control
    CHECK(answer.header("content-type") == "text/b");        // ...-Content-Type
    CHECK(answer.header("content-encoding") == "x-one");     // ...-Content-Encoding
    CHECK(answer.header("content-length") == "4");           // ...-Content-Length
    CHECK(answer.header("kept") == "yes");
    CHECK(answer.header("set-cookie") == "-");  // ...-Set-Cookie
    CHECK(answer.header("connection") == "-");
    world.later(50);
  }
  // One that takes the leave to store drops what was there.
  world.later(100);
  world.replies({{"ETag", "\"a\""}, {"Cache-Control", "no-store"}});
  CHECK(world.get().cache == "REVALIDATED");
  CHECK(world.get().cache == "BYPASS");
}

TEST_CASE("headers that are stored and those that are not") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=9, no-cache=\"Gone\", private=\"Private\""},
                 {"Connection", "keep-alive, Hop"},
                 {"Hop", "1"},
                 {"Keep-Alive", "timeout=1"},
                 {"Proxy-Authenticate", "Basic"},
                 {"Transfer-Encoding", "chunked"},
                 {"Upgrade", "h2"},
                 {"Gone", "1"},
                 {"Private", "1"},
                 {"Content-Foo", "1"},
                 {"X-Frame-Options", "deny"}});
  world.get();
  auto answer = world.get();
  CHECK(answer.cache == "HIT");
  for (auto* name : {"connection", "hop", "keep-alive", "proxy-authenticate", "transfer-encoding",
                     "upgrade", "gone", "private"}) {
    INFO(name);
    CHECK(answer.header(name) == "-");
  }
  CHECK(answer.header("content-foo") == "1");
  CHECK(answer.header("x-frame-options") == "deny");
}

TEST_CASE("other-age-gen, other-date-update: Age grows, Date stays") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=3600"}, {"Age", "30"}, {"Date", "@0"}});
  auto first = world.get();
  CHECK(first.header("age") == "30");
  world.later(5);
  auto second = world.get();
  CHECK(second.header("age") == "35");  // other-age-update-max-age
  CHECK(second.header("date") == first.header("date"));
  // A response without a Date gets one when it comes.
  world.replies({{"Cache-Control", "max-age=3600"}});
  CHECK(world.get({}, "http://a.example/b.js").header("date") == formatHttpDate(world.clock.now()));
}

TEST_CASE("the time that an answer takes makes it older") {
  CacheWorld world;
  world.replies({{"Cache-Control", "max-age=60"}});
  world.origin.hold = true;
  auto answer = world.begin(world.request());
  world.later(40);
  world.origin.release();
  answer.wait(world.scope);
  world.origin.hold = false;
  CHECK(world.get().header("age") == "40");
  world.later(20);
  CHECK(world.get().cache == "EXPIRED");
}

TEST_CASE("ranges of what is stored whole") {
  CacheWorld world;
  world.origin.replies = {
      Reply{{{"Cache-Control", "max-age=3600"}, {"ETag", "\"a\""}}, "01234567890"}};
  world.get();
  struct Part {
    const char* range;
    uint16_t status;
    const char* body;
    const char* contentRange;
  };
  for (auto& part : std::vector<Part>{
           {"bytes=0-1", 206, "01", "bytes 0-1/11"},  // partial-store-complete-reuse-partial
           {"bytes=1-", 206, "1234567890", "bytes 1-10/11"},  // ...-no-last
           {"bytes=-1", 206, "0", "bytes 10-10/11"},          // ...-suffix
           {"bytes=-99", 206, "01234567890", "bytes 0-10/11"},
           {"bytes=9-99", 206, "90", "bytes 9-10/11"},
           {"bytes=11-", 416, "", "bytes */11"},
           {"bytes=-0", 416, "", "bytes */11"},
           {"bytes=0-1,3-4", 200, "01234567890", "-"},
           {"bytes=5-2", 200, "01234567890", "-"},
           {"lines=1-2", 200, "01234567890", "-"},
       }) {
    INFO(part.range);
    auto answer = world.get({{"Range", part.range}});
    CHECK(answer.status == part.status);
    CHECK(answer.body == part.body);
    CHECK(answer.header("content-range") == part.contentRange);
    CHECK(answer.cache == "HIT");
  }
  CHECK(world.get({{"Range", "bytes=0-1"}, {"If-Range", "\"a\""}}).status == 206);
  CHECK(world.get({{"Range", "bytes=0-1"}, {"If-Range", "\"b\""}}).status == 200);
  CHECK(world.get({{"Range", "bytes=0-1"}, {"If-None-Match", "\"a\""}}).status == 304);
  // On a miss the whole is fetched, stored, and the part answered.
  auto part = world.get({{"Range", "bytes=2-3"}}, "http://a.example/b.js");
  CHECK(part.status == 206);
  CHECK(part.body == "23");
  CHECK(part.cache == "MISS");
  CHECK(world.get({}, "http://a.example/b.js").body == "01234567890");
  // partial-use-stored-headers
  CHECK(part.header("etag") == "\"a\"");
}

TEST_CASE("HEAD is answered from what GET stored, and fetched as GET") {
  CacheWorld world;
  world.origin.replies = {Reply{{{"Cache-Control", "max-age=3600"}}, "01234"}};
  auto head = world.ask(world.request({}, CacheWorld::kUrl, "HEAD"));
  CHECK(head.cache == "MISS");
  CHECK(head.body == "");
  CHECK(head.header("content-length") == "5");
  CHECK(world.origin.asked == std::vector<std::string>{"GET http://a.example/file.js"});
  auto get = world.get();
  CHECK(get.cache == "HIT");
  CHECK(get.body == "01234");
}

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

TEST_CASE("the page on the cache names every behaviour of the catalogue that is tested here") {
  auto read = [](const std::string& name) {
    std::ifstream in(std::string(FLAMESIM_SOURCE_DIR) + name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  };
  auto page = read("/docs/http-cache.md");
  auto tests = read("/sim/cache/behaviours_test.cc");
  for (size_t at = 0; (at = tests.find("      {\"", at)) != std::string::npos;) {
    at += 8;
    auto name = tests.substr(at, tests.find('"', at) - at);
    // The rest are headers of the rows, and ranges.
    bool isHeader = name.empty() || !std::islower(static_cast<unsigned char>(name[0]));
    if (isHeader || name.find('=') != std::string::npos) continue;
    INFO(name);
    CHECK(page.find("`" + name + "`") != std::string::npos);
  }
}

}  // namespace flamesim::cache
