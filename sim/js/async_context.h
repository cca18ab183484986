// AsyncLocalStorage's frame: a value that V8 keeps with every continuation
// (continuation-preserved embedder data), seen by the runtime's async_local_storage.js.
#pragma once

#include "sim/js/native.h"

namespace flamesim::js {

extern const NamespaceFace kAsyncContextFace;  // native.asyncContext.{get, set}

}  // namespace flamesim::js
