// The modules of one worker in one isolate: ES modules (static and dynamic import, cycles,
// top-level await), text, data, JSON, WebAssembly and CommonJS modules, and the service-worker
// format, where the main module is a classic script.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "sim/bundle/bundle.h"
#include "sim/bundle/compatibility.h"
#include "sim/js/isolate.h"

namespace flamesim::js {

class Modules {
 public:
  // Builtins ("node:async_hooks", "cloudflare:workers") are the properties of the runtime's
  // `builtins` object; the bundle's compatibility flags say which of Node's can be imported.
  Modules(Isolate& isolate, std::shared_ptr<const bundle::Bundle> bundle);
  ~Modules();
  Modules(const Modules&) = delete;

  // Asked for a module that is neither in the bundle nor built in, by its resolved name; gives its
  // exports, or nothing.
  using Provider =
      std::function<std::optional<v8::Local<v8::Object>>(Lock& js, const std::string& name)>;
  void provideWith(Provider provider) { this->provider = std::move(provider); }

  // Compiles, links and evaluates the main module in global scope. Call inside
  // isolate.enter(nullptr, ...); what JavaScript throws leaves as Uncaught. `env`: the bindings
  // that process.env shows.
  void evaluate(Lock& js, v8::Local<v8::Value> env = {});

  // The main module's namespace after evaluate(); undefined for a service worker.
  v8::Local<v8::Value> mainNamespace(Lock& js);

 private:
  v8::Local<v8::Module> load(Lock& js, const std::string& name, const std::string& referrer);
  std::optional<v8::Local<v8::Object>> builtin(Lock& js, const std::string& name);
  v8::Local<v8::Module> compile(Lock& js, const bundle::Module& module);
  v8::Local<v8::Module> synthetic(Lock& js, const std::string& name, v8::Local<v8::Object> exports);
  v8::Local<v8::Value> valueOf(Lock& js, const bundle::Module& module);
  v8::Local<v8::Value> runCommonJs(Lock& js, const bundle::Module& module);
  void runScript(Lock& js, const bundle::Module& module);
  std::string nameOf(v8::Local<v8::Module> module);
  v8::Local<v8::Value> settledNamespace(Lock& js, v8::Local<v8::Module> module);

  static v8::MaybeLocal<v8::Module> resolve(v8::Local<v8::Context> context,
                                            v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray> assertions,
                                            v8::Local<v8::Module> referrer);
  static v8::MaybeLocal<v8::Promise> importDynamically(v8::Local<v8::Context> context,
                                                       v8::Local<v8::Data> hostOptions,
                                                       v8::Local<v8::Value> resourceName,
                                                       v8::Local<v8::String> specifier,
                                                       v8::Local<v8::FixedArray> assertions);
  static v8::MaybeLocal<v8::Value> evaluateSynthetic(v8::Local<v8::Context> context,
                                                     v8::Local<v8::Module> module);

  struct Loaded {
    v8::Global<v8::Module> module;
    v8::Global<v8::Object> exports;  // synthetic modules only
  };
  Isolate& isolate;
  std::shared_ptr<const bundle::Bundle> bundle;
  const bundle::NodeCompatibility node;
  Provider provider;
  std::map<std::string, Loaded> loaded;
  std::unordered_multimap<int, std::string> names;  // by identity hash
  std::map<std::string, v8::Global<v8::Object>> commonJs;
};

}  // namespace flamesim::js
