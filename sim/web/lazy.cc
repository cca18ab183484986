// native.lazy: compiles the runtime's scripts, and their WebAssembly, that are not in the snapshot.
#include "sim/js/face.h"
#include "sim/js/snapshot.h"
#include "sim/js/wasm.h"
#include "sim/web/lazy_scripts.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

// The script as a function of (module, require), as CommonJS has it.
v8::Local<v8::Value> script(js::Lock& js, std::string name) {
  auto text = lazyScript(name);
  if (text.empty()) throw js::Throw("Error", "the runtime has no script \"" + name + "\"");
  v8::Local<v8::String> content;
  if (!v8::String::NewFromOneByte(js.isolate, reinterpret_cast<const uint8_t*>(text.data()),
                                  v8::NewStringType::kNormal, int(text.size()))
           .ToLocal(&content)) {
    throw js::Pending();
  }
  v8::ScriptOrigin origin(js.isolate, js.internalized(js::kRuntimeScript));
  v8::ScriptCompiler::Source source(content, origin);
  v8::Local<v8::String> parameters[] = {js.internalized("module"), js.internalized("require")};
  return js::check(
      v8::ScriptCompiler::CompileFunctionInContext(js.context, &source, 2, parameters, 0, nullptr));
}

// A WebAssembly.Module of the runtime's own.
v8::Local<v8::Value> wasm(js::Lock& js, std::string name) {
  if (auto compiled = js::compileWasm(js, lazyScript(name))) return *compiled;
  throw js::Throw("Error", "the runtime has no WebAssembly module \"" + name + "\"");
}

const js::FunctionEntry kLazyFunctions[] = {
    js::function<script>("script"),
    js::function<wasm>("wasm"),
};

}  // namespace

const js::NamespaceFace kLazyFace{"lazy", kLazyFunctions};

}  // namespace flamesim::web
