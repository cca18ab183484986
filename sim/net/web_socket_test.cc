// WebSockets through the ingress, with kj-http's own client and with bytes by hand (RFC 6455).
#include "sim/net/web_socket.h"

#include "sim/net/net_fixture.h"

namespace flamesim::net {

namespace {

constexpr char kHandshake[] =
    "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// An ingress whose handler answers with one end of a pipe and keeps the other.
struct SocketServer : IngressFixture {
  SocketServer()
      : IngressFixture(
            [this](Request request, ClientContext) -> kj::Promise<Response> {
              asked = request.url;
              asksForOne = asksForWebSocket(request);
              auto pipe = kj::newWebSocketPipe();
              worker = kj::mv(pipe.ends[0]);
              Response response;
              response.status = 101;
              response.headers = headers;
              response.webSocket = std::make_shared<WebSocket>(kj::mv(pipe.ends[1]));
              return kj::mv(response);
            },
            {.webSockets = true}) {}

  // A client whose handshake is done.
  kj::Own<kj::AsyncIoStream> open() {
    auto stream = connect(port);
    send(*stream, kHandshake);
    head = readUntil(*stream, "\r\n\r\n");
    return stream;
  }
  std::string receive() {
    auto message = wait(worker->receive(kMostMessageBytes));
    if (message.is<kj::String>()) return message.get<kj::String>().cStr();
    if (message.is<kj::Array<kj::byte>>()) {
      auto bytes = message.get<kj::Array<kj::byte>>().asChars();
      return "bytes " + std::string(bytes.begin(), bytes.size());
    }
    auto& close = message.get<kj::WebSocket::Close>();
    return "close " + std::to_string(close.code) + " " + close.reason.cStr();
  }
  std::string failureOfReceive() {
    return wait(
               worker->receive().then([](kj::WebSocket::Message&&) { return kj::str("a message"); },
                                      [](kj::Exception&& e) { return kj::str(e.getType()); }))
        .cStr();
  }

  HeaderList headers;
  std::string asked;
  std::string head;
  bool asksForOne = false;
  kj::Own<kj::WebSocket> worker;
};

// A frame of a client, masked with a mask that changes every byte.
std::string frame(int opcode, std::string_view payload, bool last = true) {
  constexpr char kMask[] = {0x12, 0x34, 0x56, 0x78};
  std::string bytes;
  bytes.push_back(char((last ? 0x80 : 0) | opcode));
  if (payload.size() < 126) {
    bytes.push_back(char(0x80 | payload.size()));
  } else {
    bytes.push_back(char(0x80 | 127));
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(char(payload.size() >> shift));
  }
  bytes.append(kMask, 4);
  for (size_t i = 0; i < payload.size(); ++i) bytes.push_back(char(payload[i] ^ kMask[i % 4]));
  return bytes;
}

constexpr int kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9;

// `size` bytes of what the server sends.
std::string read(NetFixture& net, kj::AsyncIoStream& stream, size_t size) {
  std::string bytes(size, '\0');
  bytes.resize(net.wait(stream.tryRead(bytes.data(), size, size)));
  return bytes;
}

std::string closeFrame(uint16_t code, std::string_view reason) {
  std::string bytes{char(0x88), char(2 + reason.size()), char(code >> 8), char(code)};
  return bytes.append(reason);
}

}  // namespace

TEST_CASE("web socket: the handshake is RFC 6455's, with the response's own headers") {
  SocketServer server;
  server.headers = headerList({{"Sec-WebSocket-Protocol", "chat"},
                               {"X-Mine", "1"},
                               {"Sec-WebSocket-Accept", "of another handshake"},
                               {"Sec-WebSocket-Extensions", "permessage-deflate"}});
  auto client = server.open();
  CHECK(server.asksForOne);
  CHECK(server.asked == "http://a.example/chat");
  CHECK_THAT(server.head, Catch::StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  // The key and its answer are the example of RFC 6455 section 1.3.
  CHECK_THAT(server.head,
             Catch::Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  CHECK_THAT(server.head, Catch::Contains("Sec-WebSocket-Protocol: chat\r\n"));
  CHECK_THAT(server.head, Catch::Contains("X-Mine: 1\r\n"));
  CHECK_THAT(server.head, !Catch::Contains("permessage-deflate"));
  CHECK_THAT(server.head, !Catch::Contains("of another handshake"));
}

TEST_CASE("web socket: messages both ways, in one frame and in several") {
  SocketServer server;
  auto client = server.open();
  server.send(*client, frame(kText, "one") + frame(kBinary, "two", false) +
                           frame(kContinuation, "-", false) + frame(kContinuation, "three"));
  CHECK(server.receive() == "one");
  CHECK(server.receive() == "bytes two-three");
  server.wait(server.worker->send("back"_kj.asArray()));
  CHECK(read(server, *client, 6) == std::string("\x81\x04") + "back");
}

TEST_CASE("web socket: pings are answered, between the frames of a message too") {
  SocketServer server;
  auto client = server.open();
  server.send(*client,
              frame(kText, "a", false) + frame(kPing, "there?") + frame(kContinuation, "b"));
  CHECK(server.receive() == "ab");
  CHECK(read(server, *client, 8) == std::string("\x8a\x06") + "there?");
}

TEST_CASE("web socket: a close goes over and comes back, and the connection ends") {
  SocketServer server;
  auto client = server.open();
  server.send(*client, frame(kClose, "\x0f\xa1why"));
  CHECK(server.receive() == "close 4001 why");
  server.wait(server.worker->close(4002, "so"));
  CHECK(server.readAll(*client) == closeFrame(4002, "so"));
}

TEST_CASE("web socket: a worker closes first") {
  SocketServer server;
  auto client = server.open();
  server.wait(server.worker->close(1005, ""));
  CHECK(read(server, *client, 2) == std::string("\x88\x00", 2));
  server.send(*client, frame(kClose, ""));
  CHECK(server.receive() == "close 1005 ");
  CHECK(server.readAll(*client).empty());
}

TEST_CASE("web socket: a client that vanishes is a disconnection for the worker") {
  SocketServer server;
  auto client = server.open();
  server.send(*client, frame(kText, "half a mess", false));
  client = nullptr;
  CHECK(server.failureOfReceive() == "disconnected");
}

TEST_CASE("web socket: a worker that vanishes ends the connection without a Close") {
  SocketServer server;
  auto client = server.open();
  server.worker = nullptr;
  CHECK(server.readAll(*client).empty());
}

TEST_CASE("web socket: a broken frame is a Close to both sides") {
  SocketServer server;
  auto client = server.open();
  auto received = server.worker->receive();
  server.send(*client, frame(kContinuation, "of nothing"));
  auto message = server.wait(kj::mv(received));
  CHECK(message.get<kj::WebSocket::Close>().code == 1002);
  CHECK(server.readAll(*client) == closeFrame(1002, "The WebSocket protocol was broken"));
}

TEST_CASE("web socket: messages are bounded, in one frame and in several") {
  NetFixture net;
  // The ends of two connections of which one end each is joined.
  auto peer = kj::newTwoWayPipe();
  auto worker = kj::newWebSocketPipe();
  auto socket = kj::newWebSocket(kj::mv(peer.ends[0]), nullptr);
  auto joined = joinWebSockets(*socket, *worker.ends[0], 1000).eagerlyEvaluate(nullptr);
  auto received = worker.ends[1]->receive();
  auto frames = GENERATE(
      frame(kText, std::string(1001, 'x')),
      frame(kText, std::string(600, 'x'), false) + frame(kContinuation, std::string(600, 'x')));
  auto sent = peer.ends[1]->write(frames.data(), frames.size()).eagerlyEvaluate(nullptr);
  auto answer = closeFrame(1009, "Message is too large");
  std::string bytes(answer.size(), '\0');
  net.wait(peer.ends[1]->read(bytes.data(), bytes.size()));
  CHECK(bytes == answer);
  CHECK(net.wait(kj::mv(received)).get<kj::WebSocket::Close>().code == 1009);
  net.wait(kj::mv(joined));
}

TEST_CASE("web socket: nobody reads, nobody may send more") {
  SocketServer server;
  auto client = server.open();
  // The worker takes nothing: what the client sends fills the sockets' buffers and stops there.
  auto bytes = frame(kText, std::string(1 << 20, 'x'));
  size_t frames = 0;
  std::function<kj::Promise<void>()> send = [&]() -> kj::Promise<void> {
    if (frames == 200) return kj::READY_NOW;
    return client->write(bytes.data(), bytes.size()).then([&] {
      ++frames;
      return send();
    });
  };
  auto sending = send().eagerlyEvaluate(nullptr);
  size_t before;
  do {
    before = frames;
    server.wait(server.timer.afterDelay(50 * kj::MILLISECONDS));
  } while (frames != before);
  CHECK(frames < 100);
  while (frames < 200) CHECK(server.receive().size() == 1 << 20);
}

TEST_CASE("web socket: a handshake that is not in order is an error, and the worker sees its end") {
  SocketServer server;
  auto bad = GENERATE(std::string("Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: x\r\n"),
                      std::string("Sec-WebSocket-Version: 13\r\n"));
  auto stream = server.connect(server.port);
  server.send(*stream, "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" + bad + "\r\n");
  CHECK_THAT(server.readUntil(*stream, "\r\n\r\n"), Catch::StartsWith("HTTP/1.1 4"));
  CHECK(server.failureOfReceive() == "disconnected");
}

TEST_CASE("web socket: where none was asked for, a response with one is a fault of the handler") {
  SocketServer server;
  CHECK_THAT(server.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
             Catch::StartsWith("HTTP/1.1 500 "));
}

TEST_CASE("web socket: an ordinary answer to an upgrade is an ordinary answer") {
  IngressFixture net(
      [](Request, ClientContext) -> kj::Promise<Response> { return textResponse("no", 403); },
      {.webSockets = true});
  auto stream = net.connect(net.port);
  net.send(*stream, kHandshake);
  CHECK_THAT(net.readUntil(*stream, "\r\n\r\nno"), Catch::StartsWith("HTTP/1.1 403 "));
}

namespace {

Request upgradeOf(std::string url) {
  Request request;
  request.url = std::move(url);
  request.headers = headerList({{"Upgrade", "websocket"},
                                {"Connection", "Upgrade"},
                                {"Sec-WebSocket-Key", "of another connection"},
                                {"Sec-WebSocket-Extensions", "permessage-deflate"},
                                {"X-Mine", "1"}});
  return request;
}

}  // namespace

TEST_CASE("web socket: a fetcher opens one, and it is closed in order") {
  SocketServer server;
  server.headers = headerList({{"Sec-WebSocket-Protocol", "chat"}});
  CurlFetcher fetcher(server.io.unixEventPort);
  auto response = server.wait(fetcher.fetch(upgradeOf(server.url("/there?q=1"))));
  CHECK(response.status == 101);
  CHECK(*response.headers.first("sec-websocket-protocol") == "chat");
  CHECK(response.url == server.url("/there?q=1"));
  REQUIRE(response.webSocket != nullptr);
  auto socket = response.webSocket->take();
  auto large = kj::heapString(8 << 20);
  memset(large.begin(), 'x', large.size());
  auto sending = socket->send(large.asArray()).eagerlyEvaluate(nullptr);
  CHECK(server.receive().size() == large.size());
  server.wait(kj::mv(sending));
  auto closing = socket->close(4001, "bye").eagerlyEvaluate(nullptr);
  CHECK(server.receive() == "close 4001 bye");
  server.wait(server.worker->close(4002, "so"));
  CHECK(server.wait(socket->receive()).get<kj::WebSocket::Close>().code == 4002);
}

TEST_CASE("web socket: one of a fetcher that is dropped, or whose fetcher is") {
  SocketServer server;
  auto fetcher = kj::heap<CurlFetcher>(server.io.unixEventPort);
  auto response = server.wait(fetcher->fetch(upgradeOf(server.url())));
  auto socket = response.webSocket->take();
  bool dropSocket = GENERATE(true, false);
  if (dropSocket) {
    socket = nullptr;
  } else {
    auto receiving = socket->receive();
    fetcher = nullptr;
    CHECK(server.wait(receiving.then([](kj::WebSocket::Message&&) { return false; },
                                     [](kj::Exception&&) { return true; })));
  }
  CHECK(server.failureOfReceive() == "disconnected");
}

TEST_CASE("web socket: a server that refuses is answered for by its response") {
  IngressFixture server(
      [](Request request, ClientContext) -> kj::Promise<Response> {
        return textResponse("no " + request.headers.get("x-mine").value_or("-"), 403);
      },
      {.webSockets = true});
  CurlFetcher fetcher(server.io.unixEventPort);
  auto response = server.wait(fetcher.fetch(upgradeOf(server.url())));
  CHECK(response.status == 403);
  CHECK(response.webSocket == nullptr);
  CHECK(server.wait(response.body.takeBytes()) == "no 1");
}

TEST_CASE("web socket: nobody there, and an attempt that is given up") {
  NetFixture net;
  CurlFetcher fetcher(net.io.unixEventPort);
  auto port = net.address(0)->listen()->getPort();
  auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
  auto failed = fetcher.fetch(upgradeOf(url))
                    .then([](Response&&) { return std::string("a response"); },
                          [](kj::Exception&& e) { return std::string(e.getDescription()); });
  CHECK_THAT(net.wait(kj::mv(failed)), Catch::StartsWith("could not connect to 127.0.0.1:"));
  { auto dropped = fetcher.fetch(upgradeOf(url)); }
  net.wait(net.timer.afterDelay(20 * kj::MILLISECONDS));
}

TEST_CASE("web socket: what belongs to a handshake") {
  CHECK(isHandshakeHeader("Sec-WebSocket-KEY"));
  CHECK(isHandshakeHeader("connection"));
  CHECK(!isHandshakeHeader("Sec-WebSocket-Protocol"));
  Request request;
  CHECK(!asksForWebSocket(request));
  request.headers.append("UPGRADE", "WebSocket");
  CHECK(asksForWebSocket(request));
  request.method = "POST";
  CHECK(!asksForWebSocket(request));
}

}  // namespace flamesim::net
