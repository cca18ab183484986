#include "sim/net/web_socket_client.h"

#include <kj/compat/http.h>
#include <kj/debug.h>
#include <sys/random.h>

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

// What a handshake needs as long as there is something of it.
struct Connection {
  explicit Connection(kj::Own<kj::AsyncIoStream> given) : stream(kj::mv(given)) {
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
