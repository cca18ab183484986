// Serves a capability to other processes: two-party Cap'n Proto RPC, on a Unix socket
// ("unix:/run/rrdns.sock") or on TCP ("127.0.0.1:4000", "[::1]:4000", "localhost:4000"; port 0
// takes a free one). Two-party RPC has one bootstrap capability, so one listener is one service.
//
// What a client sends that is not RPC ends its own connection and nothing else.
#pragma once

#include <capnp/capability.h>
#include <kj/async-io.h>
#include <kj/function.h>

#include <string>

namespace flamesim::mocks {

// A service that is being served; ends, with all its connections, when the object dies. Belongs to
// the event loop that it was made on.
class Listener {
 public:
  virtual ~Listener() noexcept(false) = default;
  // The TCP port; 0 on a Unix socket.
  virtual uint16_t port() const = 0;
  // What a client connects to, with the port that was taken.
  virtual const std::string& address() const = 0;
  // Rejects when no more connections can be accepted; else never resolves.
  virtual kj::Promise<void> whenBroken() = 0;
};

// Resolves when connections are accepted. Rejects where the address cannot be used, with a
// description that names it: malformed, in use, no right to it. A Unix socket that nobody listens
// on any more is replaced; a file that is no socket never is. `network` must outlive the listener.
kj::Promise<kj::Own<Listener>> serve(kj::Network& network, std::string address,
                                     capnp::Capability::Client service);

// The same on a receiver that listens already; `name`: for address().
kj::Own<Listener> serve(kj::Own<kj::ConnectionReceiver> receiver, std::string name,
                        capnp::Capability::Client service);

// The same with a capability for each connection, which `open` makes as long as the listener lives.
kj::Promise<kj::Own<Listener>> serveEach(kj::Network& network, std::string address,
                                         kj::Function<capnp::Capability::Client()> open);

}  // namespace flamesim::mocks
