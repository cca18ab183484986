#include "sim/net/message.h"

#include <kj/async-io.h>

#include <catch2/catch.hpp>

#include "sim/net/exchange.h"
#include "sim/net/net_fixture.h"

namespace flamesim::net {

TEST_CASE("header list: names match in any case, order and casing stay") {
  HeaderList list;
  list.append("X-First", "1");
  list.append("Set-Cookie", "a=1");
  list.append("set-cookie", "b=2");
  CHECK(list.get("SET-COOKIE") == "a=1, b=2");
  CHECK(list.getAll("Set-Cookie") == std::vector<std::string>{"a=1", "b=2"});
  CHECK(*list.first("set-cookie") == "a=1");
  CHECK(list.first("absent") == nullptr);
  CHECK_FALSE(list.get("absent").has_value());
  CHECK(render(list) == "X-First=1\nSet-Cookie=a=1\nset-cookie=b=2\n");

  list.set("SET-COOKIE", "c=3");
  CHECK(render(list) == "X-First=1\nSet-Cookie=c=3\n");
  list.set("New", "n");
  list.remove("x-first");
  CHECK(render(list) == "Set-Cookie=c=3\nNew=n\n");
}

TEST_CASE("header list: sorted and combined as a worker iterates over it") {
  HeaderList list;
  CHECK(list.sortedAndCombined().empty());
  list.append("X-Two", "b");
  list.append("Set-Cookie", "z=1");
  list.append("Accept", "a");
  list.append("x-two", "");
  list.append("set-cookie", "a=2");
  CHECK(list.sortedAndCombined() ==
        std::vector<Header>{
            {"accept", "a"}, {"set-cookie", "z=1"}, {"set-cookie", "a=2"}, {"x-two", "b, "}});
}

TEST_CASE("equalsIgnoringCase folds ASCII letters only") {
  CHECK(equalsIgnoringCase("Content-TYPE", "content-type"));
  CHECK_FALSE(equalsIgnoringCase("a[", "a{"));
  CHECK_FALSE(equalsIgnoringCase("\xC4", "\xE4"));
  CHECK_FALSE(equalsIgnoringCase("abc", "abcd"));
  CHECK(toLowerAscii("AbC\xC4") == "abc\xC4");
}

TEST_CASE("a null body is not an empty one") {
  Body null;
  Body empty = Body::fromBytes("");
  CHECK(null.isNull());
  CHECK_FALSE(empty.isNull());
  CHECK(null.bytes() == nullptr);
  REQUIRE(empty.bytes() != nullptr);
  CHECK(null.length() == 0);
  CHECK(empty.length() == 0);
}

// Broke: it held a null pointer to bytes, and reading it crashed.
TEST_CASE("a body that was moved from is null") {
  auto body = Body::fromBytes("x");
  Body other(std::move(body));
  CHECK(body.isNull());
  CHECK(*other.bytes() == "x");
  body = std::move(other);
  CHECK(other.isNull());
  CHECK(body.length() == 1);
}

TEST_CASE("a body in memory as stream knows its length and shrinks it") {
  NetFixture net;
  auto body = Body::fromBytes("hello world");
  auto stream = body.takeStream();
  CHECK(body.isNull());
  KJ_IF_MAYBE (length, stream->tryGetLength())
    CHECK(*length == 11);
  else
    FAIL("no length");
  char buffer[6];
  CHECK(net.wait(stream->tryRead(buffer, 6, 6)) == 6);
  CHECK(std::string_view(buffer, 6) == "hello ");
  KJ_IF_MAYBE (length, stream->tryGetLength())
    CHECK(*length == 5);
  else
    FAIL("no length");
  auto pipe = kj::newOneWayPipe();
  auto pumped = stream->pumpTo(*pipe.out, 100);
  auto text = pipe.in->readAllText();
  CHECK(net.wait(kj::mv(pumped)) == 5);
  pipe.out = nullptr;
  CHECK(net.wait(kj::mv(text)) == "world");
}

TEST_CASE("takeBytes reads streams to their end, up to the limit") {
  NetFixture net;
  auto length = GENERATE(0, 1, 4095, 4096, 4097, 100'000);
  bool known = GENERATE(false, true);
  auto make = [&] {
    return Body::fromStream(kj::heap<PatternStream>(length),
                            known ? std::optional<uint64_t>(length) : std::nullopt);
  };
  auto bytes = net.wait(make().takeBytes());
  REQUIRE(bytes.size() == size_t(length));
  for (int i = 0; i < length; ++i) {
    if (bytes[i] != PatternStream::at(i)) FAIL("byte " << i);
  }
  CHECK(net.wait(make().takeBytes(length)).size() == size_t(length));
  if (length > 0) {
    CHECK_THROWS_WITH(net.wait(make().takeBytes(length - 1)),
                      Catch::Contains("larger than the limit of " + std::to_string(length - 1)));
  }
}

TEST_CASE("takeBytes of bodies in memory, of null and of a stream that fails") {
  NetFixture net;
  CHECK(net.wait(Body::fromBytes("abc").takeBytes(3)) == "abc");
  CHECK_THROWS(net.wait(Body::fromBytes("abc").takeBytes(2)));
  CHECK(net.wait(Body().takeBytes(0)) == "");
  auto failing = Body::fromStream(kj::heap<FailingStream>("abc"));
  CHECK_THROWS_WITH(net.wait(failing.takeBytes()), Catch::Contains("the source broke"));
}

TEST_CASE("tee gives both sides the whole content") {
  NetFixture net;
  SECTION("memory is shared") {
    auto shared = std::make_shared<const std::string>("abc");
    auto body = Body::fromShared(shared);
    auto [a, b] = body.tee();
    CHECK(body.isNull());
    CHECK(a.bytes() == shared.get());
    CHECK(b.bytes() == shared.get());
  }
  SECTION("a stream, read by one side after the other") {
    auto body = Body::fromStream(kj::heap<PatternStream>(50'000), 50'000);
    auto [a, b] = body.tee();
    CHECK(a.length() == 50'000);
    auto first = net.wait(a.takeBytes());
    CHECK(first.size() == 50'000);
    CHECK(net.wait(b.takeBytes()) == first);
  }
  SECTION("null") {
    auto [a, b] = Body().tee();
    CHECK(a.isNull());
    CHECK(b.isNull());
  }
}

TEST_CASE("names of kinds and reason phrases") {
  CHECK(effectKindName(EffectKind::kSubrequest) == "subrequest");
  CHECK(effectKindName(EffectKind::kSpan) == "span");
  CHECK(outcomeKindName(OutcomeKind::kDeclined) == "declined");
  CHECK(reasonPhrase(404) == "Not Found");
  // Production has the names from before RFC 9110, and none for 425.
  CHECK(reasonPhrase(413) == "Payload Too Large");
  CHECK(reasonPhrase(422) == "Unprocessable Entity");
  CHECK(reasonPhrase(425) == "");
  CHECK(reasonPhrase(299) == "");
}

}  // namespace flamesim::net
