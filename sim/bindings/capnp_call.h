// Calls that JavaScript makes.
#pragma once

#include "sim/bindings/capnp_types.h"

namespace flamesim::bindings {

// Sends a call of `method` to `client`. `argument`: an object, or undefined for empty parameters.
// The promise has, until it is settled and after, what the results will have of structs, groups and
// capabilities.
v8::Local<v8::Promise> sendCall(js::Lock& js, MethodFace& method, capnp::ClientHook& client,
                                v8::Local<v8::Value> argument);

}  // namespace flamesim::bindings
