// WebAssembly from bytes that C++ holds: a bundle's modules and the runtime's own. Scripts may not
// compile any, as in production.
#pragma once

#include <v8.h>

#include <optional>
#include <string_view>

#include "sim/js/lock.h"

namespace flamesim::js {

// Refuses WebAssembly.compile() and its like in that isolate.
void refuseWasmFromScripts(v8::Isolate* isolate);

// Nothing where the bytes are not valid.
std::optional<v8::Local<v8::WasmModuleObject>> compileWasm(Lock& js, std::string_view bytes);

}  // namespace flamesim::js
