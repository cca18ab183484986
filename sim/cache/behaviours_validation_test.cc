// The catalogue: which stored response is chosen, validated, updated or given in part.
#include "sim/cache/behaviours.h"

namespace flamesim::cache {

namespace {

using testing::CacheWorld;
using testing::check;
using testing::Headers;
using testing::Reply;

}  // namespace

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

}  // namespace flamesim::cache
