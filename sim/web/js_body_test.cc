// Bodies that JavaScript makes, as what they are sent by sees them.
#include <catch2/catch.hpp>

#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

// Answers with the length that a request's body had and its content.
class EchoFetcher final : public net::Fetcher {
 public:
  kj::Promise<net::Response> fetch(net::Request request) override {
    auto length = request.body.length();
    auto text = length ? std::to_string(*length) : "unknown";
    return request.body.takeBytes().then([text](std::string content) {
      net::Response response;
      response.body = net::Body::fromBytes(text + " " + content);
      return response;
    });
  }
};

std::string echo(std::string_view body) {
  TestWorld world;
  EchoFetcher fetcher;
  for (auto& slot : world.request->fetchers) slot = &fetcher;
  return world.eval("fetch('http://a.example/', { method: 'POST', body: " + std::string(body) +
                    "}).then((answer) => answer.text(), String)");
}

}  // namespace

TEST_CASE("the length of a body is known where its source says it", "[web]") {
  constexpr std::string_view kThrough =
      "(() => { const stream = new $;"
      "  new Response('hello').body.pipeTo(stream.writable).catch(() => {});"
      "  return stream.readable; })()";
  auto through = [&](std::string_view made) {
    std::string text(kThrough);
    return echo(text.replace(text.find('$'), 1, made));
  };
  CHECK(through("FixedLengthStream(5)") == "5 hello");
  CHECK(through("IdentityTransformStream()") == "unknown hello");
  CHECK(echo("new Response('hello').body") == "5 hello");
  CHECK(through("FixedLengthStream(6)").find("FixedLengthStream did not see all expected bytes") !=
        std::string::npos);
}

TEST_CASE("a long body of the runtime's own streams comes whole", "[web]") {
  constexpr std::string_view kLong =
      "new Blob(['x'.repeat(1000000)]).stream().pipeThrough(new CompressionStream('gzip'))"
      ".pipeThrough(new DecompressionStream('gzip'))";
  auto answer = echo(kLong);
  CHECK(answer.size() == std::string("unknown ").size() + 1'000'000);
  CHECK(answer.find_first_not_of('x', 8) == std::string::npos);
}

}  // namespace flamesim::web
