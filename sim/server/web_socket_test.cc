// WebSockets of a simulated server: live requests have them, and a replay survives them.
#include "sim/net/web_socket.h"

#include <optional>

#include "sim/server/testing.h"

using namespace flamesim;
using namespace flamesim::server;
using namespace flamesim::server::testing;
using namespace flamesim::chain::testing;

namespace {

constexpr char kGreeting[] =
    "const [client, server] = Object.values(new WebSocketPair());"
    "server.accept();"
    "server.send('hello ' + request.headers.get('cf-ipcountry'));"
    "return new Response(null, { status: 101, webSocket: client });";

struct World {
  std::unique_ptr<SimulatedServer> make(std::shared_ptr<const Program> program) {
    ServerParts parts;
    parts.network["fl"] = &fl;
    return std::make_unique<SimulatedServer>(web::testEngine(), std::move(program), clock,
                                             std::move(parts));
  }
  net::Outcome run(SimulatedServer& server, const net::Exchange& recorded) {
    std::optional<net::Outcome> outcome;
    auto running = server.run(recorded)
                       .promise()
                       .then([&](net::Outcome made) { outcome = std::move(made); })
                       .eagerlyEvaluate(nullptr);
    settle(scope, clock, [&] { return outcome.has_value(); });
    REQUIRE(outcome);
    return *outcome;
  }
  static net::Exchange upgradeExchange() {
    auto recorded = exchangeOf(1, "http://a.example/");
    recorded.request.headers.append("Upgrade", "websocket");
    recorded.outcome.response.status = 101;
    recorded.outcome.response.body = "";
    return recorded;
  }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{kStart};
  WayOut fl{"fl"};
};

}  // namespace

TEST_CASE_METHOD(World, "a live request gets the worker's WebSocket") {
  auto server = make(program({handler("only", kGreeting)}));
  auto asked = request("http://a.example/");
  asked.headers.append("Upgrade", "websocket");
  std::string text;
  auto serving =
      server->serve(std::move(asked), {.country = "NL"}, 1)
          .then([](net::Response response) {
            REQUIRE(response.webSocket != nullptr);
            auto socket = response.webSocket->take();
            auto message = socket->receive();
            return message.attach(kj::mv(socket));
          })
          .then([&](kj::WebSocket::Message message) { text = message.get<kj::String>().cStr(); })
          .eagerlyEvaluate(nullptr);
  settle(scope, clock, [&] { return !text.empty(); });
  CHECK(text == "hello NL");
}

TEST_CASE_METHOD(World, "in a replay a worker's WebSocket has nobody at its other end") {
  auto server = make(program({handler("only", kGreeting)}));
  auto recorded = upgradeExchange();
  auto outcome = run(*server, recorded);
  CHECK(outcome.kind == net::OutcomeKind::kResponse);
  CHECK(outcome.response.status == 101);
  CHECK(outcome.response.body.empty());
}

TEST_CASE_METHOD(World, "a 101 of FL's that was recorded passes back without a WebSocket") {
  auto made = program({handler("only",
                               "const answer = await fetch(request);"
                               "if (answer.webSocket !== null) throw new Error('a socket');"
                               "return answer;")});
  made->simulation.egress = "fl";
  auto server = make(made);
  auto recorded = upgradeExchange();
  auto outcome = run(*server, recorded);
  CHECK(outcome.kind == net::OutcomeKind::kDeclined);
  CHECK(outcome.response.status == 101);
}
