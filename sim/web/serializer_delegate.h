// V8's serializer asks its delegate about what it cannot write. Apart from structured_clone.cc
// because this half must be built without run-time type information (V8 has none for the base).
#pragma once

#include <v8.h>

#include <memory>

namespace flamesim::web {

// `fail(isolate, message)` throws the JavaScript error for what cannot be cloned.
using CloneFailure = void (*)(v8::Isolate* isolate, v8::Local<v8::String> message);
std::unique_ptr<v8::ValueSerializer::Delegate> serializerDelegate(v8::Isolate* isolate,
                                                                  CloneFailure fail);

}  // namespace flamesim::web
