#include "sim/net/web_socket_client.h"

#include <kj/compat/http.h>
#include <kj/debug.h>
#include <sys/random.h>

#include <cstring>

#include "sim/net/syntax.h"
#include "sim/net/url.h"
#include "sim/net/web_socket.h"

namespace flamesim::net {

namespace {

// Masks keep what a worker sends from being read as HTTP by what stands between (RFC 6455 section
// 10.3), so nobody may foresee them.
class SystemEntropy final : public kj::EntropySource {
 public:
  void generate(kj::ArrayPtr<kj::byte> buffer) override {
    KJ_ASSERT(getrandom(buffer.begin(), buffer.size(), 0) == ssize_t(buffer.size()));
  }
};

// kj-http 0.9.2 says in the head of a client's Pong that its payload is masked, and writes it as it
// is: to the server it is another one than its Ping had. Here the payload is masked after all.
class MaskedPongs final : public kj::AsyncIoStream {
 public:
  explicit MaskedPongs(kj::Own<kj::AsyncIoStream> inner) : inner(kj::mv(inner)) {}

  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    constexpr kj::byte kLastPong = 0x8a;
    constexpr kj::byte kMasked = 0x80;
    constexpr size_t kHeadSize = 6;  // with the mask at its end
    bool isPong = pieces.size() == 2 && pieces[0].size() == kHeadSize &&
                  pieces[0][0] == kLastPong && (pieces[0][1] & kMasked) != 0;
    if (!isPong) return inner->write(pieces);
    auto head = pieces[0];
    auto payload = pieces[1];
    auto bytes = kj::heapArray<kj::byte>(head.size() + payload.size());
    memcpy(bytes.begin(), head.begin(), head.size());
    for (size_t i = 0; i < payload.size(); ++i) bytes[kHeadSize + i] = payload[i] ^ head[2 + i % 4];
    auto written = inner->write(bytes.begin(), bytes.size());
    return written.attach(kj::mv(bytes));
  }
  kj::Promise<void> write(const void* buffer, size_t size) override {
    return inner->write(buffer, size);
  }
  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return inner->tryRead(buffer, minBytes, maxBytes);
  }
  kj::Promise<void> whenWriteDisconnected() override { return inner->whenWriteDisconnected(); }
  void shutdownWrite() override { inner->shutdownWrite(); }
  void abortRead() override { inner->abortRead(); }

 private:
  kj::Own<kj::AsyncIoStream> inner;
};

// What a handshake needs as long as there is something of it.
struct Connection {
  explicit Connection(kj::Own<kj::AsyncIoStream> given)
      : stream(kj::heap<MaskedPongs>(kj::mv(given))) {
    kj::HttpClientSettings settings;
    settings.entropySource = entropy;
    client = kj::newHttpClient(table, *stream, settings);
  }
  const kj::HttpHeaderTable table;
  SystemEntropy entropy;
  kj::Own<kj::AsyncIoStream> stream;
  kj::Own<kj::HttpClient> client;
};

kj::HttpHeaders headersOf(const Connection& connection, const Request& request, const Url& url) {
  kj::HttpHeaders headers(connection.table);
  if (!request.headers.has("host")) {
    headers.set(kj::HttpHeaderId::HOST, kj::heapString(url.host().data(), url.host().size()));
  }
  for (const Header& header : request.headers.all()) {
    if (isHandshakeHeader(header.name)) continue;
    KJ_REQUIRE(isToken(header.name) && isFieldValue(header.value),
               "cannot send the request: invalid header", header.name.c_str());
    headers.add(kj::heapString(header.name.c_str()), kj::heapString(header.value.c_str()));
  }
  return headers;
}

Response responseOf(kj::HttpClient::WebSocketResponse answer, kj::Own<Connection> connection) {
  Response response;
  response.status = uint16_t(answer.statusCode);
  response.statusText = answer.statusText.cStr();
  answer.headers->forEach([&](kj::StringPtr name, kj::StringPtr value) {
    response.headers.append(name.cStr(), value.cStr());
  });
  if (answer.webSocketOrBody.is<kj::Own<kj::WebSocket>>()) {
    auto socket = kj::mv(answer.webSocketOrBody.get<kj::Own<kj::WebSocket>>());
    response.webSocket = std::make_shared<WebSocket>(socket.attach(kj::mv(connection)));
  } else {
    auto body = kj::mv(answer.webSocketOrBody.get<kj::Own<kj::AsyncInputStream>>());
    response.body = Body::fromStream(body.attach(kj::mv(connection)));
  }
  return response;
}

}  // namespace

kj::Promise<Response> openWebSocket(kj::Own<kj::AsyncIoStream> stream, Request request) {
  auto url = Url::parse(request.url);
  KJ_REQUIRE(url.has_value(), "cannot send the request: its URL is not one", request.url.c_str());
  std::string target(url->pathname());
  target += url->search();
  auto connection = kj::heap<Connection>(kj::mv(stream));
  auto opening =
      connection->client->openWebSocket(target.c_str(), headersOf(*connection, request, *url));
  return opening.then([connection = kj::mv(connection), url = std::string(url->href())](
                          kj::HttpClient::WebSocketResponse&& answer) mutable {
    auto response = responseOf(kj::mv(answer), kj::mv(connection));
    response.url = std::move(url);
    return response;
  });
}

}  // namespace flamesim::net
