// WebSockets on their way through a chain, and how long the requests live that hold them.
#include "sim/net/web_socket.h"
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;
using std::chrono::hours;

namespace {

net::Request upgradeOf(const std::string& url) {
  auto asked = request(url);
  asked.headers.append("Upgrade", "websocket");
  return asked;
}

struct SocketWorld : ChainWorld {
  // The client's end of what the chain answers an upgrade with.
  kj::Own<kj::WebSocket> open(const std::string& url = "http://a.example/") {
    if (chain == nullptr) chain = std::make_unique<Chain>(web::testEngine(), std::move(parts));
    exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
    exchange->console = &console;
    std::optional<net::Response> answer;
    auto asking = chain->handle(upgradeOf(url), *exchange)
                      .promise()
                      .then([&](net::Response response) { answer = kj::mv(response); })
                      .eagerlyEvaluate(nullptr);
    settle([&] { return answer.has_value(); });
    REQUIRE(answer);
    status = answer->status;
    REQUIRE(answer->webSocket != nullptr);
    return answer->webSocket->take();
  }

  std::string receive(kj::WebSocket& socket) {
    std::string text = "nothing";
    bool done = false;
    auto receiving =
        socket.receive()
            .then(
                [&](kj::WebSocket::Message message) {
                  if (message.is<kj::String>()) {
                    text = message.get<kj::String>().cStr();
                  } else {
                    auto& close = message.get<kj::WebSocket::Close>();
                    text = "close " + std::to_string(close.code) + " " + close.reason.cStr();
                  }
                },
                [&](kj::Exception&& exception) {
                  text = exception.getType() == kj::Exception::Type::DISCONNECTED ? "disconnected"
                                                                                  : "failed";
                })
            .then([&] { done = true; })
            .eagerlyEvaluate(nullptr);
    settle([&] { return done; });
    return text;
  }
  void send(kj::WebSocket& socket, kj::StringPtr text) {
    bool done = false;
    auto sending = socket.send(text.asArray()).then([&] { done = true; }).eagerlyEvaluate(nullptr);
    settle([&] { return done; });
    REQUIRE(done);
  }
  void close(kj::WebSocket& socket, uint16_t code, kj::StringPtr reason) {
    bool done = false;
    auto closing = socket.close(code, reason).then([&] { done = true; }).eagerlyEvaluate(nullptr);
    settle([&] { return done; });
    REQUIRE(done);
  }
  void letTimePass(Duration duration) {
    bool done = false;
    auto waiting = clock.after(duration).then([&] { done = true; }).eagerlyEvaluate(nullptr);
    settle([&] { return done; });
  }
  // Whether a request of the last exchange still lives.
  bool lives() {
    scope.poll();
    return exchange->pendingWork > 0;
  }

  uint16_t status = 0;
};

constexpr char kEcho[] =
    "const [client, server] = Object.values(new WebSocketPair());"
    "server.accept();"
    "server.addEventListener('message', ({ data }) => server.send('echo ' + data));"
    "server.addEventListener('close', (event) => {"
    "  console.log(event.code, event.reason, event.wasClean);"
    "  if (event.wasClean) server.close(event.code, event.reason);"
    "});"
    "return new Response(null, { status: 101, webSocket: client });";

}  // namespace

TEST_CASE_METHOD(SocketWorld, "a WebSocket passes through workers that do not look at it") {
  inChain({handler("first", "return fetch(request);"),
           handler("second",
                   "const answer = await fetch(request);"
                   "return new Response(null, answer);"),
           handler("third", kEcho)});
  auto client = open();
  CHECK(status == 101);
  send(*client, "one");
  CHECK(receive(*client) == "echo one");
  close(*client, 4001, "enough");
  CHECK(receive(*client) == "close 4001 enough");
  CHECK(lines == Strings{"third log: 4001 enough true"});
  client = nullptr;
  CHECK(!lives());
}

TEST_CASE_METHOD(SocketWorld, "a worker may stand between two sockets") {
  inChain(
      {handler("first",
               "const { webSocket: behind } = await fetch(request);"
               "const [client, mine] = Object.values(new WebSocketPair());"
               "mine.accept(); behind.accept();"
               "mine.addEventListener('message', ({ data }) => behind.send(data + '!'));"
               "behind.addEventListener('message', ({ data }) => mine.send(data + '?'));"
               "mine.addEventListener('close', ({ code, reason }) => behind.close(code, reason));"
               "behind.addEventListener('close', ({ code, reason }) => mine.close(code, reason));"
               "return new Response(null, { status: 101, webSocket: client });"),
       handler("second", kEcho)});
  auto client = open();
  send(*client, "x");
  CHECK(receive(*client) == "echo x!?");
  close(*client, 4002, "bye");
  CHECK(receive(*client) == "close 4002 bye");
  client = nullptr;
  CHECK(!lives());
}

TEST_CASE_METHOD(SocketWorld, "a service binding answers with a WebSocket, too") {
  inChain({handler("first", "return env.ECHO.fetch(request);",
                   {binding("ECHO", "service", {{"service", "echo"}})})});
  outside({handler("echo", kEcho)});
  auto client = open();
  send(*client, "bound");
  CHECK(receive(*client) == "echo bound");
}

TEST_CASE_METHOD(SocketWorld, "an open WebSocket keeps its request, however long it is silent") {
  inChain({handler("only", kEcho)});
  auto client = open();
  letTimePass(hours(5));
  CHECK(lives());
  send(*client, "still there?");
  CHECK(receive(*client) == "echo still there?");
  CHECK(lines.empty());
}

TEST_CASE_METHOD(SocketWorld, "a client that vanishes is heard of, and the request ends") {
  inChain({handler("only", kEcho)});
  auto client = open();
  CHECK(lives());
  client = nullptr;
  settle([] { return false; });
  CHECK(lines ==
        Strings{"only log: 1006 WebSocket disconnected without sending Close frame. false"});
  CHECK(!lives());
}

TEST_CASE_METHOD(SocketWorld, "what waits when the client is gone has 30 s from then on") {
  inChain({handler("only",
                   "const [client, server] = Object.values(new WebSocketPair());"
                   "server.accept();"
                   "ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 7200e3)));"
                   "return new Response(null, { status: 101, webSocket: client });")});
  auto client = open();
  letTimePass(std::chrono::minutes(50));
  CHECK(lines.empty());
  client = nullptr;
  letTimePass(std::chrono::seconds(29));
  CHECK(lives());
  letTimePass(std::chrono::seconds(2));
  CHECK(!lives());
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains("waitUntil() tasks did not complete"));
}

TEST_CASE_METHOD(SocketWorld, "waiting for a message that cannot come is a hang") {
  inChain({handler("only",
                   "const [client, server] = Object.values(new WebSocketPair());"
                   "client.accept(); server.accept();"
                   "await new Promise((resolve) => server.addEventListener('message', resolve));"
                   "return new Response('never');")});
  CHECK(get().status == 500);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Contains("your Worker's code had hung"));
}

TEST_CASE_METHOD(SocketWorld, "waiting for a message within the worker is none") {
  inChain({handler("only",
                   "const [a, b] = Object.values(new WebSocketPair());"
                   "a.accept();"
                   "a.send('1');"
                   "await null;"
                   "b.accept();"
                   "let text = '';"
                   "b.addEventListener('message', ({ data }) => {"
                   "  text += data;"
                   "  if (data.length < 5) b.send(data + '1'); else b.close(1000);"
                   "});"
                   "a.addEventListener('message', ({ data }) => a.send(data + '1'));"
                   "await new Promise((resolve) => a.addEventListener('close', resolve));"
                   "return new Response(text);")});
  CHECK(get().body == "111111111");
}

TEST_CASE_METHOD(SocketWorld, "a WebSocket that was not asked for is an error") {
  inChain({handler("only", kEcho)});
  CHECK(get().status == 500);
  REQUIRE(lines.size() >= 1);
  CHECK_THAT(lines[0], Catch::Contains("which did not contain the header \"Upgrade: websocket\""));
}
