// HTTP/1 in (RFC 9112): turns what clients send into net::Request and writes net::Response, in the
// event loop that the caller runs; one thread. kj-http parses, frames and times; what it does not
// keep (order and casing of headers) is kept beside it: see request_head.h and response_head.h.
#pragma once

#include <kj/async-io.h>
#include <kj/compat/http.h>
#include <kj/timer.h>

#include <functional>
#include <string_view>

#include "sim/base/time.h"
#include "sim/net/exchange.h"
#include "sim/net/message.h"

namespace flamesim::net {

struct IngressOptions {
  Duration headerTimeout = std::chrono::seconds(15);     // for a whole request head
  Duration keepAliveTimeout = std::chrono::seconds(75);  // between requests
  // Whether handlers get requests for WebSockets, and may answer with one. Else these are 501.
  bool webSockets = false;
  // Which rejections of a handler are answered with nothing at all: the connection is closed, and
  // onError hears nothing. Default: none.
  std::function<bool(const kj::Exception&)> closeOn;
  // Gets one line, without '\n', for each fault of a handler or response. Default: to stderr.
  std::function<void(std::string_view)> onError;
};

class Ingress final {
 public:
  class Handler {
   public:
    virtual ~Handler() noexcept(false) = default;
    // `OPTIONS *` comes with a URL without a path, "http://a.example" (RFC 9112 section 3.3).
    // The promise is dropped when the client goes away before the response begins. A rejection is
    // answered with 500 and an empty body, and reported to onError; but see closeOn. The request's
    // body can be read until the response has been sent; afterwards reads reject (DISCONNECTED).
    // A response with a WebSocket upgrades the connection, if the request asked for that.
    virtual kj::Promise<Response> handle(Request request, ClientContext client) = 0;
  };

  // The timer and the handler must outlive the ingress. Destroying it cuts off every connection.
  Ingress(kj::Timer& timer, Handler& handler, IngressOptions options = {});
  ~Ingress() noexcept(false);
  KJ_DISALLOW_COPY(Ingress);

  // Serves what the receiver accepts. Resolves after drain(); dropping the promise, which must not
  // outlive the ingress, stops accepting and leaves open connections alone. Can be called for
  // several receivers.
  kj::Promise<void> listen(kj::Own<kj::ConnectionReceiver> receiver);

  // Stops accepting, closes idle connections, lets running requests finish with
  // `Connection: close`; resolves when the last connection is closed. Call once.
  kj::Promise<void> drain();

  size_t connectionCount() const;

 private:
  class Impl;
  kj::Own<Impl> impl;
};

}  // namespace flamesim::net
