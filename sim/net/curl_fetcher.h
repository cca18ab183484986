// The Internet, or one server of it, as a fetcher: HTTP/1.1 and HTTP/2 over libcurl, driven by the
// KJ event loop (libcurl's multi-socket interface), with connections kept for reuse.
//
// What goes out is what the request says and nothing else: its headers in their order and casing,
// duplicates apart, no User-Agent, Accept or Expect of libcurl's own. Only framing is ours: Host
// where the request has none, and Content-Length or Transfer-Encoding as the body needs. What comes
// back is as on the wire: no redirect is followed, no content coding undone. Over HTTP/2 names are
// in lower case and connection headers are left out, as RFC 9113 section 8.2 demands.
#pragma once

#include <kj/async-unix.h>

#include <map>
#include <string>

#include "sim/base/time.h"
#include "sim/net/fetcher.h"

namespace flamesim::net {

struct CurlFetcherOptions {
  Duration connectTimeout = std::chrono::seconds(10);  // name, TCP and TLS; zero: libcurl's own
  Duration timeout{};  // of the whole exchange, the body too; zero: none
  // Host pattern -> where to connect instead: "example.com", "*.example.com" (any depth, not the
  // name itself) or "*" -> "127.0.0.1:9000", "[::1]:9000", or without port for the URL's own.
  // The most exact pattern wins. Host header, TLS name and certificate check stay the URL's.
  std::map<std::string, std::string> resolve;
  std::string unixSocket;  // path of the socket that every connection goes to; empty: TCP
  std::string proxy;       // "http://host:port"; empty: none. The environment is not asked
  std::string caFile;      // PEM, instead of the system's certificates; empty: the system's
};

class CurlLoop;

class CurlFetcher final : public Fetcher {
 public:
  // The port belongs to the calling thread's event loop and must outlive the fetcher.
  explicit CurlFetcher(kj::UnixEventPort& port, CurlFetcherOptions options = {});
  ~CurlFetcher() noexcept(false) override;
  KJ_DISALLOW_COPY(CurlFetcher);

  // Resolves when the response's head is there. A small body that came with it is in memory, a
  // larger one is a stream that holds the sender back while nobody reads; dropping it ends the
  // transfer. Body streams may outlive the fetcher, but then reject. OPTIONS of a URL without a
  // path asks for "*" (RFC 9112 section 3.2.4). Rejects with DISCONNECTED where the network failed
  // (name, connection, TLS, timeout, answer cut off or not HTTP), saying what and which host; with
  // FAILED where the request cannot be sent. A request for a WebSocket gets a connection of its
  // own; the response has the WebSocket, or is what the server says instead.
  kj::Promise<Response> fetch(Request request) override;

 private:
  CurlLoop& startedLoop();
  kj::UnixEventPort& port;
  const CurlFetcherOptions options;
  kj::Own<CurlLoop> loop;  // null before the first fetch
};

// Whether fetch() has rejected because the server was reached but closed the connection before its
// answer was there. A proxy that passes this on has but one way: to close a connection, too.
bool closedWithoutAnswer(const kj::Exception& exception);

// The value of the most exact pattern in `patterns` that matches `host`, or nullptr.
const std::string* matchHost(const std::map<std::string, std::string>& patterns,
                             std::string_view host);

}  // namespace flamesim::net
