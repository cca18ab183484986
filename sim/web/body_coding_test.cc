#include "sim/web/body_coding.h"

#include <catch2/catch.hpp>

#include "sim/net/content_coding.h"

namespace flamesim::web {

namespace {

struct Loop {
  kj::EventLoop loop;
  kj::WaitScope waitScope{loop};

  std::string read(net::Body body) { return body.takeBytes().wait(waitScope); }
};

// Gives bytes a few at a time.
class Pieces final : public kj::AsyncInputStream {
 public:
  Pieces(std::string bytes, size_t size) : bytes(std::move(bytes)), size(size) {}
  kj::Promise<size_t> tryRead(void* buffer, size_t, size_t maxBytes) override {
    size_t n = std::min({size, maxBytes, bytes.size() - at});
    std::copy_n(bytes.data() + at, n, static_cast<char*>(buffer));
    at += n;
    return n;
  }

 private:
  const std::string bytes;
  const size_t size;
  size_t at = 0;
};

net::Body pieces(std::string bytes, size_t size) {
  return net::Body::fromStream(kj::heap<Pieces>(std::move(bytes), size));
}

std::string text() {
  std::string made;
  for (int64_t i = 0; i < 50'000; ++i) made += std::to_string(i * i) + " ";
  return made;
}

}  // namespace

TEST_CASE("which codings are those that production knows", "[web]") {
  auto coding = [](const std::string& value) {
    return bodyCodingOf(net::HeaderList({{"Content-Encoding", value}}));
  };
  CHECK(bodyCodingOf({}) == BodyCoding::kIdentity);
  CHECK(coding("gzip") == BodyCoding::kGzip);
  CHECK(coding("br") == BodyCoding::kBrotli);
  CHECK(coding("deflate") == BodyCoding::kIdentity);
  CHECK(coding("gzip, br") == BodyCoding::kIdentity);
}

TEST_CASE("content is the same in each coding", "[web]") {
  Loop loop;
  const std::string content = text();
  for (auto [coding, name] : {std::pair(BodyCoding::kGzip, "gzip"), {BodyCoding::kBrotli, "br"}}) {
    INFO(name);
    auto encoded = loop.read(recode(net::Body::fromBytes(content), BodyCoding::kIdentity, coding));
    CHECK(encoded.size() < content.size());
    CHECK(net::decodeContent(name, encoded, content.size()).value() == content);
    for (size_t size : {1000, 100'000}) {
      CHECK(loop.read(recode(pieces(encoded, size), coding, BodyCoding::kIdentity)) == content);
      auto again = loop.read(recode(pieces(content, size), BodyCoding::kIdentity, coding));
      CHECK(net::decodeContent(name, again, content.size()).value() == content);
    }
    CHECK(loop.read(recode(net::Body::fromBytes(encoded), coding, BodyCoding::kIdentity)) ==
          content);
    // The same bytes where nothing changes.
    CHECK(loop.read(recode(net::Body::fromBytes(encoded), coding, coding)) == encoded);
  }
  auto gzip = recode(net::Body::fromBytes(content), BodyCoding::kIdentity, BodyCoding::kGzip);
  auto brotli = loop.read(recode(kj::mv(gzip), BodyCoding::kGzip, BodyCoding::kBrotli));
  CHECK(net::decodeContent("br", brotli, content.size()).value() == content);
}

TEST_CASE("bodies without bytes", "[web]") {
  Loop loop;
  CHECK(recode(net::Body(), BodyCoding::kGzip, BodyCoding::kIdentity).isNull());
  for (auto coding : {BodyCoding::kGzip, BodyCoding::kBrotli}) {
    CHECK_THROWS(loop.read(recode(net::Body::fromBytes(""), coding, BodyCoding::kIdentity)));
    CHECK_THROWS(loop.read(recode(pieces("", 1), coding, BodyCoding::kIdentity)));
    auto encoded = loop.read(recode(net::Body::fromBytes(""), BodyCoding::kIdentity, coding));
    CHECK(!encoded.empty());
    CHECK(loop.read(recode(net::Body::fromBytes(encoded), coding, BodyCoding::kIdentity)) == "");
  }
}

TEST_CASE("members of a gzip file follow each other", "[web]") {
  Loop loop;
  auto one =
      loop.read(recode(net::Body::fromBytes("one "), BodyCoding::kIdentity, BodyCoding::kGzip));
  auto two =
      loop.read(recode(net::Body::fromBytes("two"), BodyCoding::kIdentity, BodyCoding::kGzip));
  for (size_t size : {size_t(1), one.size(), size_t(1000)}) {
    CHECK(loop.read(recode(pieces(one + two, size), BodyCoding::kGzip, BodyCoding::kIdentity)) ==
          "one two");
  }
}

TEST_CASE("what cannot be decoded fails where it is read", "[web]") {
  Loop loop;
  for (auto coding : {BodyCoding::kGzip, BodyCoding::kBrotli}) {
    auto encoded = loop.read(recode(net::Body::fromBytes(text()), BodyCoding::kIdentity, coding));
    for (const std::string& broken :
         {std::string("no such thing"), encoded.substr(0, encoded.size() / 2), encoded + "more"}) {
      auto body = recode(net::Body::fromBytes(broken), coding, BodyCoding::kIdentity);
      CHECK_THROWS(loop.read(kj::mv(body)));
      CHECK_THROWS(loop.read(recode(pieces(broken, 100), coding, BodyCoding::kIdentity)));
    }
  }
}

}  // namespace flamesim::web
