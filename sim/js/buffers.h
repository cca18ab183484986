// Memory of ArrayBuffers. It lies outside V8's heap and is bounded here, so that a worker that
// allocates without end gets a RangeError.
#pragma once

#include <v8.h>

#include <cstddef>
#include <memory>

namespace flamesim::js {

// Belongs to one isolate and must outlive it. `limit`: bytes.
std::unique_ptr<v8::ArrayBuffer::Allocator> boundedBuffers(size_t limit);

}  // namespace flamesim::js
