#include "sim/net/ingress_connection.h"

#include <arpa/inet.h>
#include <kj/debug.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "sim/net/request_body.h"
#include "sim/net/syntax.h"
#include "sim/net/web_socket.h"

namespace flamesim::net {

namespace {

constexpr size_t kPumpBuffer = 64 << 10;
// kj-http reads no more than this at once where a chunk's size must come.
constexpr size_t kChunkHead = 32;
// A body in memory up to this size goes out in one buffer with its head.
constexpr size_t kCopiedBody = 4096;

std::string_view viewOf(kj::StringPtr text) {
  return {text.begin(), text.size()};
}

struct Endpoint {
  std::string ip;
  uint16_t port = 0;
};

Endpoint endpointOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return {text, ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    }
    return {text, ntohs(v6.sin6_port)};
  }
  return {};  // a Unix socket has neither
}

// Whether `host` can stand between "http://" and the path without ending the authority early.
bool isHostLike(std::string_view host) {
  for (unsigned char c : host) {
    if (c <= ' ' || c == 0x7f || c == '/' || c == '?' || c == '#' || c == '@' || c == '\\') {
      return false;
    }
  }
  return !host.empty();
}

// Copies a stream to another, at most `limit` bytes.
class Pump {
 public:
  Pump(kj::Own<kj::AsyncInputStream> in, kj::Own<kj::AsyncOutputStream> out, uint64_t limit)
      : in(kj::mv(in)), out(kj::mv(out)), left(limit), buffer(kj::heapArray<char>(kPumpBuffer)) {}

  kj::Promise<void> run() {
    if (left == 0) return kj::READY_NOW;
    return in->tryRead(buffer.begin(), 1, std::min<uint64_t>(buffer.size(), left))
        .then([this](size_t n) -> kj::Promise<void> {
          if (n == 0) return kj::READY_NOW;
          left -= n;
          return out->write(buffer.begin(), n).then([this] { return run(); });
        });
  }

 private:
  kj::Own<kj::AsyncInputStream> in;
  kj::Own<kj::AsyncOutputStream> out;
  uint64_t left;
  kj::Array<char> buffer;
};

}  // namespace

void IngressShared::report(std::string_view what, const kj::Exception& exception) const {
  auto text = exception.getDescription();
  onError(std::string(what).append(": ").append(text.begin(), text.size()));
}

IngressConnection::IngressConnection(IngressShared& ingress, kj::Own<kj::AsyncIoStream> stream,
                                     Lifeline& lifeline)
    : ingress(ingress), inner(kj::mv(stream)), lifeline(lifeline) {
  KJ_IF_MAYBE (value, inner->getFd()) fd = *value;
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    auto peer = endpointOf(address);
    client.ip = peer.ip;
    client.port = peer.port;
  }
  address = {};
  size = sizeof(address);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    auto local = endpointOf(address);
    client.connectedAddress = local.ip;
    bool v6 = local.ip.find(':') != std::string::npos;
    localAuthority = (v6 ? "[" + local.ip + "]" : local.ip) + ":" + std::to_string(local.port);
  }
  if (client.connectedAddress.empty()) localAuthority = "localhost";
  position = ingress.connections.insert(ingress.connections.end(), this);
}

std::string IngressConnection::absoluteUrl(const net::Request& request, std::string_view target,
                                           std::string& error) {
  const std::string* host = nullptr;
  for (const Header& header : request.headers.all()) {
    if (!equalsIgnoringCase(header.name, "host")) continue;
    if (host != nullptr) {
      error = "more than one Host header";
      return "";
    }
    host = &header.value;
  }
  if (host == nullptr && !isHttp10) {
    error = "no Host header";
    return "";
  }
  std::string_view authority = host != nullptr && !host->empty() ? *host : localAuthority;
  if (!isHostLike(authority)) {
    error = "invalid Host header";
    return "";
  }
  for (unsigned char c : target) {
    if (c <= ' ' || c == 0x7f) {
      error = "invalid request target";
      return "";
    }
  }
  // absolute-form wins over the Host header (RFC 9112 section 3.2.2).
  if (target.starts_with("http://") || target.starts_with("https://")) return std::string(target);
  // The server as a whole, "*", is asked for by a URL without a path (RFC 9112 section 3.3).
  bool ofServer = target == "*" && request.method == "OPTIONS";
  if (!target.starts_with('/') && !ofServer) {
    error = "invalid request target";
    return "";
  }
  std::string url;
  url.reserve(8 + authority.size() + target.size());
  url.append("http://").append(authority);
  if (!ofServer) url.append(target);
  return url;
}

IngressConnection::Parsed IngressConnection::parse(kj::HttpMethod method, kj::StringPtr url,
                                                   const kj::HttpHeaders& headers) {
  Parsed parsed;
  auto scanned = scanRequestHead(url, headers, headBuffer);
  auto name = kj::toCharSequence(method);
  parsed.request.method.assign(name.begin(), name.size());
  isHead = method == kj::HttpMethod::HEAD;
  isHttp10 = scanned.version == "HTTP/1.0";

  std::string_view connection;
  KJ_IF_MAYBE (value, headers.get(kj::HttpHeaderId::CONNECTION)) connection = viewOf(*value);
  mayPersist =
      isHttp10 ? listContains(connection, "keep-alive") : !listContains(connection, "close");

  if (scanned.version != "HTTP/1.1" && !isHttp10) {
    parsed.error = "not HTTP/1.1 or HTTP/1.0";
  } else if (scanned.spaceBeforeColon) {
    parsed.error = "white space before the colon of a header";
  }
  KJ_IF_MAYBE (value, headers.get(kj::HttpHeaderId::CONTENT_LENGTH)) {
    uint64_t length;
    if (!parseContentLength(trimWhitespace(viewOf(*value)), length)) {
      parsed.error = "invalid Content-Length";
    }
    parsed.hasBody = true;
  }
  if (headers.get(kj::HttpHeaderId::TRANSFER_ENCODING) != nullptr) {
    // Both framings at once are how requests are smuggled (RFC 9112 section 6.1).
    if (parsed.hasBody) parsed.error = "both Content-Length and Transfer-Encoding";
    parsed.hasBody = true;
  }
  if (parsed.hasBody && !isHttp10) {
    auto expect = scanned.headers.first("expect");
    parsed.expectsContinue = expect != nullptr && equalsIgnoringCase(*expect, "100-continue");
  }
  if (isHttp10) parsed.request.httpVersion = "HTTP/1.0";
  parsed.request.headers = std::move(scanned.headers);
  if (parsed.error.empty()) {
    parsed.request.url = absoluteUrl(parsed.request, viewOf(url), parsed.error);
  }
  parsed.request.redirect = RedirectMode::kManual;
  return parsed;
}

kj::Promise<void> IngressConnection::request(kj::HttpMethod method, kj::StringPtr url,
                                             const kj::HttpHeaders& headers,
                                             kj::AsyncInputStream& requestBody,
                                             kj::HttpService::Response& response) {
  if (finished) return KJ_EXCEPTION(DISCONNECTED, "the connection was to be closed");
  answering = true;
  auto parsed = parse(method, url, headers);
  if (!parsed.error.empty()) {
    mayPersist = false;
    return sendStatus(400, "bad request: " + parsed.error + "\n", response);
  }
  wantsWebSocket = headers.isWebSocket();
  if (wantsWebSocket && !ingress.webSockets) {
    return sendStatus(501, "WebSocket upgrades are not supported\n", response);
  }

  kj::Own<RequestBody> body;
  if (parsed.hasBody) {
    std::optional<uint64_t> length;
    KJ_IF_MAYBE (known, requestBody.tryGetLength()) length = *known;
    if (length == 0) {
      parsed.request.body = Body::fromBytes("");
    } else {
      std::function<void()> onFirstRead;
      if (parsed.expectsContinue) onFirstRead = [this] { sendContinue(); };
      body = kj::refcounted<RequestBody>(requestBody, std::move(onFirstRead));
      parsed.request.body = Body::fromStream(kj::addRef(*body), length);
    }
  }

  busySince = ingress.tick;
  ingress.onBusy();
  auto promise =
      kj::evalNow([&] { return ingress.handler.handle(std::move(parsed.request), client); })
          .then([this,
                 &response](net::Response&& answer) { return send(std::move(answer), response); },
                [this, &response](kj::Exception&& exception) {
                  return failed(kj::mv(exception), response);
                });
  if (body.get() == nullptr) return promise;
  return promise.attach(kj::defer([body = kj::mv(body)]() mutable { body->close(); }));
}

// The handler has rejected.
kj::Promise<void> IngressConnection::failed(kj::Exception exception,
                                            kj::HttpService::Response& out) {
  if (ingress.closeOn && ingress.closeOn(exception)) {
    busySince = 0;
    lifeline.broken = true;
    return KJ_EXCEPTION(DISCONNECTED, "there is no answer");
  }
  ingress.report("the handler failed", exception);
  net::Response answer;
  answer.status = 500;
  return send(std::move(answer), out);
}

kj::Promise<void> IngressConnection::sendStatus(uint16_t status, std::string text,
                                                kj::HttpService::Response& out) {
  net::Response response;
  response.status = status;
  response.headers.append("Content-Type", "text/plain");
  response.body = Body::fromBytes(std::move(text));
  return send(std::move(response), out);
}

// Lets kj-http begin the response that `shape` describes.
kj::Own<kj::AsyncOutputStream> IngressConnection::begin(net::Response& response, HeadShape shape,
                                                        kj::HttpService::Response& out,
                                                        kj::Maybe<uint64_t> lengthForKj) {
  bool close = !mayPersist || ingress.draining;
  mayPersist = !close;
  if (close) {
    shape.connection = "close";
  } else if (isHttp10) {
    shape.connection = "keep-alive";
  }
  head.clear();
  appendResponseHead(response, shape, head);
  replaceHead = true;
  ingress.closeNext = close;
  KJ_DEFER(ingress.closeNext = false);
  return out.send(response.status, "", ingress.noHeaders, lengthForKj);
}

kj::Promise<void> IngressConnection::send(net::Response response, kj::HttpService::Response& out) {
  busySince = 0;
  if (response.webSocket != nullptr && response.status == 101 && wantsWebSocket) {
    return upgrade(std::move(response), out);
  }
  if (auto why = whyUnwritable(response); !why.empty()) {
    ingress.onError("the response cannot be written: " + why);
    response = net::Response();
    response.status = 500;
  }
  tail = nullptr;
  auto length = response.body.length();

  if (response.status == 204 || response.status == 304) {
    auto framing = response.status == 304 ? Framing::kAsListed : Framing::kNone;
    begin(response, {.framing = framing}, out, uint64_t(0));
    complete();
    return kj::READY_NOW;
  }
  if (isHead) {
    HeadShape shape{.framing = Framing::kAsListed};
    if (!response.headers.has("content-length") && !response.body.isNull()) {
      shape.framing = length ? Framing::kLength : Framing::kChunked;
      shape.length = length.value_or(0);
    }
    begin(response, shape, out, nullptr);
    complete();
    return kj::READY_NOW;
  }
  if (response.status == 205) response.body = Body();
  if (!response.body.isStream()) {
    auto bytes = response.body.sharedBytes();
    HeadShape shape{.framing = Framing::kLength, .length = bytes ? bytes->size() : 0};
    // The body's bytes travel with the head: as kj-http sees it there is none.
    begin(response, shape, out, uint64_t(0));
    if (bytes && bytes->size() <= kCopiedBody) {
      head.append(*bytes);
    } else {
      tail = std::move(bytes);
    }
    complete();
    return kj::READY_NOW;
  }

  kj::Own<kj::AsyncOutputStream> stream;
  if (length) {
    stream = begin(response, {.framing = Framing::kLength, .length = *length}, out, *length);
  } else if (isHttp10) {
    // HTTP/1.0 knows no chunks: the end of the connection ends the body. kj-http is promised more
    // than comes, so it closes.
    mayPersist = false;
    length = uint64_t(kj::maxValue) >> 1;
    stream = begin(response, {.framing = Framing::kNone}, out, *length);
  } else {
    stream = begin(response, {.framing = Framing::kChunked}, out, nullptr);
  }
  auto pump = kj::heap<Pump>(response.body.takeStream(), kj::mv(stream),
                             length.value_or(uint64_t(kj::maxValue)));
  auto promise = pump->run();
  return promise.then([this] { complete(); })
      .catch_([this](kj::Exception&& exception) {
        // Without this kj-http would end the chunks properly, and what is cut off would look whole.
        lifeline.broken = true;
        if (exception.getType() != kj::Exception::Type::DISCONNECTED) {
          ingress.report("the response broke off", exception);
        }
        kj::throwRecoverableException(KJ_EXCEPTION(DISCONNECTED, "the response broke off"));
      })
      .attach(kj::mv(pump));
}

// From here the connection is a WebSocket, and ends with it. The head is kj-http's, which knows the
// key; a client whose handshake is not in order gets an error in its place, and the worker's end of
// the WebSocket is dropped.
kj::Promise<void> IngressConnection::upgrade(net::Response response,
                                             kj::HttpService::Response& out) {
  kj::HttpHeaders headers(ingress.table);
  for (const Header& header : response.headers.all()) {
    if (isHandshakeHeader(header.name) || !isToken(header.name) || !isFieldValue(header.value)) {
      continue;
    }
    headers.add(header.name.c_str(), header.value.c_str());
  }
  upgraded = true;
  auto peer = out.acceptWebSocket(headers);
  auto worker = response.webSocket->take();
  auto joined = joinWebSockets(*peer, *worker);
  return joined.attach(kj::mv(worker), kj::mv(peer));
}

void IngressConnection::complete() {
  answering = false;
  finished = !mayPersist;
}

kj::Promise<size_t> IngressConnection::tryRead(void* buffer, size_t minBytes, size_t maxBytes) {
  // kj-http announces the end of a connection but then waits for the client to close it. To a
  // client that does not, such as one of HTTP/1.0, we do so by an end of what can be read.
  if (finished) return size_t(0);
  if (upgraded) return inner->tryRead(buffer, minBytes, maxBytes);
  headBuffer = HeadBuffer::kUnknown;
  // Mostly these are reads into kj-http's buffer for heads, which keeps what stands behind the
  // bytes that are read. Those of a chunk's size may catch the next head too.
  bool mayCatchHead = !answering || maxBytes <= kChunkHead;
  if (mayCatchHead && maxBytes >= minBytes + kHeadPadding) {
    memset(buffer, 0, maxBytes);
    maxBytes -= kHeadPadding;
    headBuffer = HeadBuffer::kPadded;
  }
  return inner->tryRead(buffer, minBytes, maxBytes);
}

kj::Promise<void> IngressConnection::write(const void* buffer, size_t size) {
  if (lifeline.broken) return KJ_EXCEPTION(DISCONNECTED, "the response broke off");
  if (!replaceHead) return inner->write(buffer, size);
  KJ_ASSERT(std::string_view(static_cast<const char*>(buffer), size).starts_with("HTTP/1.1 "));
  replaceHead = false;
  if (!tail) return inner->write(head.data(), head.size());
  pieces[0] = kj::arrayPtr(head.data(), head.size()).asBytes();
  pieces[1] = kj::arrayPtr(tail->data(), tail->size()).asBytes();
  return inner->write(kj::arrayPtr(pieces, 2)).then([this] { tail = nullptr; });
}

kj::Promise<void> IngressConnection::write(
    kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  if (lifeline.broken) return KJ_EXCEPTION(DISCONNECTED, "the response broke off");
  return inner->write(pieces);
}

// The client waits for leave to send its body (RFC 9110 section 10.1.1). Nothing else is being
// written to the connection now, so 25 bytes fit the socket's buffer; where a slow reader has
// filled it they are left out, and the client sends after its own timeout.
void IngressConnection::sendContinue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  if (busySince == 0) return;  // the response has begun
  auto sent = ::send(fd, kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0 && size_t(sent) < kContinue.size()) cancel();
}

}  // namespace flamesim::net
