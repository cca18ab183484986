#include "sim/js/wasm.h"

namespace flamesim::js {

namespace {
// V8 asks the same callback whoever compiles; an isolate compiles on the thread that it runs on.
thread_local bool compiling = false;
}  // namespace

void refuseWasmFromScripts(v8::Isolate* isolate) {
  isolate->SetAllowWasmCodeGenerationCallback(
      [](v8::Local<v8::Context>, v8::Local<v8::String>) { return compiling; });
}

std::optional<v8::Local<v8::WasmModuleObject>> compileWasm(Lock& js, std::string_view bytes) {
  // V8 leaves no exception behind where the bytes are not valid.
  v8::TryCatch caught(js.isolate);
  compiling = true;
  v8::Local<v8::WasmModuleObject> compiled;
  bool valid = v8::WasmModuleObject::Compile(
                   js.isolate, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()})
                   .ToLocal(&compiled);
  compiling = false;
  if (!valid) return std::nullopt;
  return compiled;
}

}  // namespace flamesim::js
