// The client's side of serve(): a capability that lives at an address ("unix:/path", "host:port"),
// mock or real.
#pragma once

#include <capnp/capability.h>
#include <kj/async-io.h>

#include <string>

namespace flamesim::mocks {

// The bootstrap capability of the service at `address`; cast it to an interface with castAs<T>().
//
// `name`: of the service, for errors; empty: they have its address alone.
//
// It connects at the first call. A call that cannot be delivered or whose connection breaks fails
// with a DISCONNECTED exception that names the address; it is not repeated, because it may have
// been carried out. The next call connects again.
//
// Capabilities that came out of its results end with their connection; hold this one as long as
// they are in use. Belongs to the event loop of the calling thread; `network` must outlive it.
capnp::Capability::Client connect(kj::Network& network, std::string address,
                                  const std::string& name = "");

}  // namespace flamesim::mocks
