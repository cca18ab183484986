// The binding of a log destination: env.HTTPLOGS.log({...}) fills one member of the outer union of
// log messages (schemas/logfwdr.capnp) and sends it, fire and forget, under waitUntil. A field that
// is not in the schema, of a wrong type or out of range is a TypeError at the call, which names the
// field and what would fit.
#pragma once

#include "sim/bindings/capability_port.h"

namespace flamesim::bindings {

// `destination`: name of the union's member. `port` outlives the worker.
v8::Local<v8::Value> makeLogfwdr(js::Lock& js, std::string destination, CapabilityPort& port);

}  // namespace flamesim::bindings
