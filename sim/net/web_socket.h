// An open WebSocket (RFC 6455) as a part of a response: it passes from worker to worker by move, as
// bodies do. Framing, pings and masks are kj-http's; what it leaves to its user is here.
#pragma once

#include <kj/compat/http.h>

#include <string_view>

#include "sim/net/message.h"

namespace flamesim::net {

// What a response with status 101 holds: the end of the connection that its receiver speaks to.
// Dropping it cuts the connection off, and the other end sees no Close.
class WebSocket {
 public:
  explicit WebSocket(kj::Own<kj::WebSocket> end) : end(kj::mv(end)) {}
  kj::Own<kj::WebSocket> take() { return kj::mv(end); }

 private:
  kj::Own<kj::WebSocket> end;
};

// The largest message, of one frame or several, that is taken from a peer.
constexpr size_t kMostMessageBytes = 32 << 20;

// Whether the request wants a WebSocket: GET with "Upgrade: websocket".
bool asksForWebSocket(const Request& request);

// Whether a header belongs to one handshake between two peers, and not to what they say:
// Connection, Upgrade, and Sec-WebSocket-* but for the protocol. Extensions are not negotiated.
bool isHandshakeHeader(std::string_view name);

// Carries messages between a peer on a socket and the end of a worker until both have said Close or
// either is gone. A peer that breaks the protocol, or whose message is larger than `limit`, is told
// so by a Close, and the worker sees the same Close. Never rejects; `worker` and `peer` must
// outlive the promise, and be dropped with it.
kj::Promise<void> joinWebSockets(kj::WebSocket& peer, kj::WebSocket& worker,
                                 size_t limit = kMostMessageBytes);

}  // namespace flamesim::net
