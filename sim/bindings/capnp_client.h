// Capabilities as JavaScript sees them: a class for each interface, whose methods send calls.
#pragma once

#include "sim/bindings/capnp_types.h"

namespace flamesim::bindings {

// The object of a capability, which belongs to the current request; null for a null capability.
v8::Local<v8::Value> capabilityToJs(js::Lock& js, InterfaceFace& face,
                                    kj::Own<capnp::ClientHook> client);

// The capability for a value that stands where the schema has the interface `face`: null gives a
// null pointer, a capability itself, another object a server that calls it. Nothing where the value
// is none of these, or a capability of another interface.
kj::Maybe<kj::Own<capnp::ClientHook>> capabilityFromJs(js::Lock& js, JsTypes& types,
                                                       InterfaceFace& face,
                                                       v8::Local<v8::Value> value);

// The function that creates capabilities of JavaScript objects, `new Iface(object)`.
v8::Local<v8::Function> interfaceClass(js::Lock& js, InterfaceFace& face);

// What an error of KJ says, in JavaScript's terms ("TypeError: x" where it came from there).
std::string errorText(const kj::Exception& exception);

// For JsTypes alone.
std::unique_ptr<InterfaceFace> makeInterfaceFace(js::Lock& js, JsTypes& types,
                                                 capnp::InterfaceSchema schema);
v8::Local<v8::FunctionTemplate> makeCapabilityClass(js::Lock& js, JsTypes& types);
v8::Local<v8::Function> pipelineGetter(js::Lock& js, StructFace::Pipelined& field);

}  // namespace flamesim::bindings
