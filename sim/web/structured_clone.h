// Values as bytes, in V8's serialization format: for structuredClone and for what is kept outside
// an isolate (the volatile cache). Instances of a worker's classes become plain objects, blobs,
// files and errors stay what they are, and what cannot be serialized throws a DOMException named
// DataCloneError.
#pragma once

#include <string>
#include <string_view>

#include "sim/js/lock.h"

namespace flamesim::web {

std::string serialize(js::Lock& js, v8::Local<v8::Value> value);
// The same of a value that structured_clone.js has made ready to be written.
std::string serializeLowered(js::Lock& js, v8::Local<v8::Value> lowered);
// `bytes` must come from serialize() of the same binary.
v8::Local<v8::Value> deserialize(js::Lock& js, std::string_view bytes);

}  // namespace flamesim::web
