// The client's half of a WebSocket handshake (RFC 6455 section 4.1) on a connection that is there,
// by kj-http.
#pragma once

#include <kj/async-io.h>

#include "sim/net/message.h"

namespace flamesim::net {

// Asks for what `request` says, with a handshake of its own in the place of the request's. The
// answer has a WebSocket, or is what the server says instead; it keeps the connection.
kj::Promise<Response> openWebSocket(kj::Own<kj::AsyncIoStream> connection, Request request);

}  // namespace flamesim::net
