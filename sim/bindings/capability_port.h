// The port of a capability: a service that a binding reaches over Cap'n Proto RPC. Sources: a
// built-in emulation, a table, a socket, the transcript of the exchange being replayed. Decorators
// wrap a port in a port.
#pragma once

#include <capnp/dynamic.h>

#include "sim/bindings/request_scope.h"

namespace flamesim::bindings {

class CapabilityPort {
 public:
  virtual ~CapabilityPort() noexcept(false) = default;
  // The bootstrap capability as the request `scope` sees it. `type`: the interface in the worker's
  // own schema, which outlives every capability of the worker. Never fails: what cannot be reached
  // fails at the call.
  virtual capnp::DynamicCapability::Client connect(RequestScope& scope,
                                                   capnp::InterfaceSchema type) = 0;
};

}  // namespace flamesim::bindings
