// Servers that close the connection in the middle of an answer: whoever asked sees a connection
// that was closed in the middle, never an answer of the proxy's own, and the capture says what
// happened.
#include "sim/record/recording_fixture.h"

using namespace flamesim;
using namespace flamesim::record;
using namespace flamesim::record::testing;

namespace {

// A world with a server that answers every connection with `answer`, and closes it.
struct CutOff : World {
  explicit CutOff(std::string answer)
      : receiver(
            io.provider->getNetwork().parseAddress("127.0.0.1:0").wait(io.waitScope)->listen()),
        closing(closeEach(*receiver, std::move(answer)).eagerlyEvaluate(nullptr)) {}
  std::string origin() { return "http://127.0.0.1:" + std::to_string(receiver->getPort()); }

  kj::Own<kj::ConnectionReceiver> receiver;
  kj::Promise<void> closing;
};

// An FL that asks its origin through the proxy; `show` makes of the answer what its client gets.
struct FrontLine {
  explicit FrontLine(CutOff& world)
      : world(world), fetcher(world.io.unixEventPort), server(world.io, handler()) {
    auto options = world.options(server.origin());
    options.upstreams = {{.listen = "127.0.0.1:0", .to = world.origin()}};
    world.start(options);
  }

  Handle handler() {
    return [this](net::Request, net::ClientContext) {
      net::Request sub;
      sub.url = "http://127.0.0.1:" + std::to_string(world.proxy->upstreamPort(0)) + "/";
      sub.headers.append("CF-Ray", kRay);
      return fetcher.fetch(std::move(sub))
          .then([](net::Response got) {
            auto body = got.body.takeBytes();
            return body.then([got = std::move(got)](std::string) {
              return "status " + std::to_string(got.status);
            });
          })
          .catch_([](kj::Exception&& exception) {
            bool none = net::closedWithoutAnswer(exception);
            return std::string(none ? "no answer" : exception.getDescription().cStr());
          })
          .then([](std::string seen) {
            auto response = answer(seen);
            response.headers.append("CF-Ray", kRay);
            return response;
          });
    };
  }

  static constexpr char kRay[] = "00000000000000a1-SJC";
  CutOff& world;
  net::CurlFetcher fetcher;
  Server server;
};

// Answers that end in the middle of their head, wherever that is.
const std::vector<std::string> kCutHeads{
    "H",
    "HTTP/1.",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nServer: x",
};

constexpr std::string_view kWithLength =
    "HTTP/1.1 200 OK\r\nServer: fl\r\nContent-Length: 10\r\n\r\n";
constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\nServer: fl\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("FL closes in the middle of the head: the client sees a closed connection") {
  for (auto& head : kCutHeads) {
    CAPTURE(head);
    CutOff world(head);
    world.start(world.options(world.origin()));
    CHECK(world.get("/").empty());
    auto exchanges = world.stop();
    REQUIRE(exchanges.size() == 1);
    CHECK(exchanges[0].outcome.kind == net::OutcomeKind::kFailed);
    CHECK(contains(exchanges[0].outcome.error, "closed the connection without an answer"));
    CHECK(exchanges[0].outcome.response == net::RecordedResponse());
  }
}

TEST_CASE("FL's origin closes in the middle of the head: FL sees a closed connection") {
  for (auto& head : kCutHeads) {
    CAPTURE(head);
    CutOff world(head);
    FrontLine fl(world);
    CHECK(world.get("/").ends_with("\r\n\r\nno answer"));
    auto exchanges = world.stop();
    REQUIRE(exchanges.size() == 1);
    REQUIRE(exchanges[0].outcome.effects.size() == 1);
    auto& effect = exchanges[0].outcome.effects[0];
    CHECK_FALSE(effect.response.has_value());
    CHECK(contains(effect.error, "closed the connection without an answer"));
  }
}

TEST_CASE("FL closes in the middle of a body: the client gets as much, and a closed connection") {
  struct Case {
    std::string_view head;
    std::string sent;  // behind the head
    std::string passes;
    std::string kept;
  };
  for (auto& [head, sent, passes, kept] : std::vector<Case>{
           {kWithLength, "", "", ""},
           {kWithLength, "abc", "abc", "abc"},
           {kChunked, "", "", ""},
           {kChunked, "3\r\nabc\r\n", "3\r\nabc\r\n", "abc"},
           {kChunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n", "", "abcde"},
           {kChunked, "3\r\nabc\r\n9\r\nde", "", "abcde"},
           {kChunked, "3\r\nabc\r\n9", "3\r\nabc\r\n", "abc"},
       }) {
    CAPTURE(head, sent);
    CutOff world(std::string(head) + sent);
    world.start(world.options(world.origin()));
    auto reply = world.get("/");
    CHECK(reply.starts_with("HTTP/1.1 200 OK\r\nServer: fl\r\n"));
    CHECK_FALSE(contains(reply, "\r\n0\r\n"));  // nothing that would make it look whole
    if (!passes.empty()) CHECK(reply.ends_with("\r\n\r\n" + passes));
    auto exchanges = world.stop();
    REQUIRE(exchanges.size() == 1);
    CHECK(exchanges[0].outcome.kind == net::OutcomeKind::kResponse);
    CHECK(exchanges[0].outcome.response.body == kept);
    CHECK_FALSE(capture::bodiesComplete(exchanges[0].outcome));
    CHECK(contains(exchanges[0].outcome.error, "broke off the response"));
    CHECK(world.summary.counts.bodiesNotKept == 1);
  }
}

TEST_CASE("FL's origin closes in the middle of a body: FL sees that it broke off") {
  for (auto& sent : {std::string(kWithLength) + "abc", std::string(kChunked) + "3\r\nabc\r\n"}) {
    CAPTURE(sent);
    CutOff world(sent);
    FrontLine fl(world);
    CHECK(contains(world.get("/"), "broke off the response"));
    auto exchanges = world.stop();
    REQUIRE(exchanges.size() == 1);
    REQUIRE(exchanges[0].outcome.effects.size() == 1);
    auto& effect = exchanges[0].outcome.effects[0];
    REQUIRE(effect.response.has_value());
    CHECK(effect.response->status == 200);
    CHECK(effect.response->body == "abc");
    CHECK(contains(effect.error, "body not kept: of the response 3 bytes passed"));
  }
}
