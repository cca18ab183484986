// The native half of WebSocket: an end of a connection that JavaScript holds by a name. It belongs
// to the request that made it: used by another one it throws, and it goes when its request ends.
#pragma once

#include <kj/compat/http.h>

#include <memory>

#include "sim/js/face.h"
#include "sim/net/web_socket.h"
#include "sim/web/io_context.h"

namespace flamesim::web {

// Kept alive by what is being sent and received, and by its request.
struct SocketEnd {
  explicit SocketEnd(kj::Own<kj::WebSocket> socket) : socket(kj::mv(socket)) {}
  kj::Own<kj::WebSocket> socket;
};

class NativeWebSocket final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  NativeWebSocket(IoContext& context, kj::Own<kj::WebSocket> socket);

  // Calls `deliver` with each message as (what, data), or (kClose, reason, code) and other ends,
  // see web_socket.js, until one of the ends. `local`: the other end is in the same worker's hands,
  // so that waiting for it is no sign that anything will come.
  void accept(js::Lock& js, v8::Local<v8::Function> deliver, bool local);
  // Calls `done()` when the other end has the message, or `done(error)`. One at a time.
  void send(js::Lock& js, v8::Local<v8::Value> message, bool awaited, v8::Local<v8::Function> done);
  void close(js::Lock& js, uint16_t code, std::string reason, bool awaited,
             v8::Local<v8::Function> done);
  // Ends the connection without a Close, also what is being read or sent.
  void abort(js::Lock& js);
  // Drops the end: the other one sees that it is gone.
  void release(js::Lock& js);

  // The end leaves with a response. `heldHere`: the other end is in this request, which then lives
  // as long as the connection.
  std::shared_ptr<net::WebSocket> take(IoContext& context, bool heldHere);

 private:
  bool inert() const override { return true; }
  std::shared_ptr<SocketEnd> endIn(IoContext& context);
  void finish(js::Lock& js, IoContext& context, kj::Promise<void> sent, bool awaited,
              v8::Local<v8::Function> done);

  const uint32_t execution;
  const uint32_t id;
};

// Cuts off the connections of a request that is not to run any more.
void abortSockets(IoContext& context);

}  // namespace flamesim::web
