#include "sim/js/modules.h"

#include <filesystem>

#include "sim/bundle/compatibility_flags.h"
#include "sim/js/convert.h"
#include "sim/js/face.h"
#include "sim/js/source_map.h"
#include "sim/js/wasm.h"

namespace flamesim::js {

namespace {
// Where the registry of an isolate is found from V8's callbacks.
constexpr uint32_t kModulesSlot = 1;

Modules& modulesOf(v8::Isolate* isolate) {
  return *static_cast<Modules*>(isolate->GetData(kModulesSlot));
}

// "./b.js" imported by "lib/a.js" is "lib/b.js"; a bare name stands for itself.
std::string resolveName(const std::string& specifier, const std::string& referrer) {
  bool relative = specifier.starts_with("./") || specifier.starts_with("../");
  if (specifier.starts_with("/")) return specifier.substr(1);
  if (!relative) return specifier;
  return (std::filesystem::path(referrer).parent_path() / specifier).lexically_normal().string();
}
}  // namespace

static v8::Local<v8::Value> wasmOf(Lock& js, const bundle::Module& module) {
  if (auto compiled = compileWasm(js, module.content)) return *compiled;
  throw Throw("Error", "\"" + module.name + "\" is not a valid WebAssembly module.");
}

Modules::Modules(Isolate& isolate, std::shared_ptr<const bundle::Bundle> bundle)
    : isolate(isolate), bundle(std::move(bundle)), node(bundle::nodeCompatibility(*this->bundle)) {
  isolate.v8()->SetData(kModulesSlot, this);
  isolate.v8()->SetHostImportModuleDynamicallyCallback(&Modules::importDynamically);
  for (auto& module : this->bundle->modules) {
    if (!module.sourceMap.empty()) isolate.sourceMaps().add(module.name, module.sourceMap);
  }
}

Modules::~Modules() = default;

void Modules::evaluate(Lock& js, v8::Local<v8::Value> env) {
  auto setFlags = js.get(isolate.runtime(js), "setCompatibilityFlags");
  if (setFlags->IsFunction()) {
    v8::Local<v8::Value> flags[] = {js.str(bundle::compatibilityFlagsOf(*bundle))};
    js.call(setFlags.As<v8::Function>(), js.undefined(), flags);
  }
  if (node.modules) {
    auto enable = js.get(isolate.runtime(js), "enableNode");
    v8::Local<v8::Value> arguments[] = {
        env.IsEmpty() || !node.populatesEnv ? js.undefined().As<v8::Value>() : env,
        v8::Boolean::New(js.isolate, node.bareNames)};
    if (enable->IsFunction()) js.call(enable.As<v8::Function>(), js.undefined(), arguments);
  }
  const bundle::Module* main = bundle->findModule(bundle->mainModule);
  if (main == nullptr) throw Throw("Error", "No such module \"" + bundle->mainModule + "\".");
  // Production's newer dates let code be made from strings in global scope alone.
  js.context->AllowCodeGenerationFromStrings(
      bundle::compatibilityFlagEnabled(*bundle, "allow_eval_during_startup"));
  KJ_DEFER(js.context->AllowCodeGenerationFromStrings(false));
  if (bundle->serviceWorker) return runScript(js, *main);
  auto module = load(js, main->name, "");
  check(module->InstantiateModule(js.context, &Modules::resolve));
  auto result = check(module->Evaluate(js.context));
  if (result->IsPromise()) {
    js.isolate->PerformMicrotaskCheckpoint();
    auto promise = result.As<v8::Promise>();
    if (promise->State() == v8::Promise::kRejected) {
      promise->MarkAsHandled();
      js.isolate->ThrowException(promise->Result());
      throw Pending();
    }
    if (promise->State() == v8::Promise::kPending) {
      throw Throw("Error",
                  "Top-level await in module is unsettled: it waits for something that cannot "
                  "happen in global scope.");
    }
  }
}

v8::Local<v8::Value> Modules::mainNamespace(Lock& js) {
  auto found = loaded.find(bundle->mainModule);
  if (found == loaded.end()) return js.undefined();
  return found->second.module.Get(js.isolate)->GetModuleNamespace();
}

void Modules::runScript(Lock& js, const bundle::Module& module) {
  v8::ScriptOrigin origin(js.isolate, js.str(module.name));
  auto script = check(v8::Script::Compile(js.context, js.str(module.content), &origin));
  check(script->Run(js.context));
}

v8::Local<v8::Module> Modules::load(Lock& js, const std::string& name,
                                    const std::string& referrer) {
  auto found = loaded.find(name);
  if (found != loaded.end()) return found->second.module.Get(js.isolate);
  const bundle::Module* module = bundle->findModule(name);
  if (module == nullptr) {
    if (auto exports = builtin(js, name)) return synthetic(js, name, *exports);
    if (provider) {
      if (auto exports = provider(js, name)) return synthetic(js, name, *exports);
    }
    std::string by = referrer.empty() ? "" : "\n  imported from \"" + referrer + "\"";
    throw Throw("Error", "No such module \"" + name + "\"." + by);
  }
  if (module->type == bundle::ModuleType::kEsModule) return compile(js, *module);
  auto exports = v8::Object::New(js.isolate);
  js.set(exports, "default", valueOf(js, *module));
  return synthetic(js, name, exports);
}

std::optional<v8::Local<v8::Object>> Modules::builtin(Lock& js, const std::string& name) {
  std::string full = name;
  if (node.bareNames && name.find(':') == std::string::npos) full = "node:" + name;
  bool forTests = bundle->ofTests &&
                  (full == "node:assert" || full == "node:assert/strict" || full == "node:test");
  bool allowed = forTests || (full == "node:async_hooks" ? node.asyncHooks : node.modules);
  if (full.starts_with("node:") && !allowed) return std::nullopt;
  auto builtins = js.get(isolate.runtime(js), "builtins");
  if (!builtins->IsObject()) return std::nullopt;
  auto exports = js.get(builtins.As<v8::Object>(), full);
  if (!exports->IsObject()) return std::nullopt;
  return exports.As<v8::Object>();
}

v8::Local<v8::Module> Modules::compile(Lock& js, const bundle::Module& module) {
  v8::ScriptOrigin origin(js.isolate, js.str(module.name), 0, 0, false, -1, {}, false, false, true);
  v8::ScriptCompiler::Source source(js.str(module.content), origin);
  auto compiled = check(v8::ScriptCompiler::CompileModule(js.isolate, &source));
  names.emplace(compiled->GetIdentityHash(), module.name);
  loaded[module.name].module.Reset(js.isolate, compiled);
  return compiled;
}

v8::Local<v8::Module> Modules::synthetic(Lock& js, const std::string& name,
                                         v8::Local<v8::Object> exports) {
  auto keys = check(exports->GetOwnPropertyNames(js.context));
  std::vector<v8::Local<v8::String>> exportNames;
  bool hasDefault = false;
  for (uint32_t i = 0; i < keys->Length(); ++i) {
    auto key = check(keys->Get(js.context, i)).As<v8::String>();
    hasDefault |= key->StringEquals(js.internalized("default"));
    exportNames.push_back(key);
  }
  if (!hasDefault) exportNames.push_back(js.internalized("default"));
  auto module = v8::Module::CreateSyntheticModule(js.isolate, js.str(name), exportNames,
                                                  &Modules::evaluateSynthetic);
  names.emplace(module->GetIdentityHash(), name);
  auto& entry = loaded[name];
  entry.module.Reset(js.isolate, module);
  entry.exports.Reset(js.isolate, exports);
  return module;
}

v8::MaybeLocal<v8::Value> Modules::evaluateSynthetic(v8::Local<v8::Context> context,
                                                     v8::Local<v8::Module> module) {
  v8::Isolate* isolate = context->GetIsolate();
  Modules& self = modulesOf(isolate);
  Lock js{self.isolate, isolate, context};
  try {
    auto exports = self.loaded.at(self.nameOf(module)).exports.Get(isolate);
    auto keys = check(exports->GetOwnPropertyNames(context));
    bool hasDefault = false;
    for (uint32_t i = 0; i < keys->Length(); ++i) {
      auto key = check(keys->Get(context, i)).As<v8::String>();
      hasDefault |= key->StringEquals(js.internalized("default"));
      check(module->SetSyntheticModuleExport(isolate, key, check(exports->Get(context, key))));
    }
    if (!hasDefault) {
      check(module->SetSyntheticModuleExport(isolate, js.internalized("default"), exports));
    }
    auto done = check(v8::Promise::Resolver::New(context));
    check(done->Resolve(context, js.undefined()));
    return done->GetPromise();
  } catch (...) {
    throwToJs(isolate);
    return {};
  }
}

v8::Local<v8::Value> Modules::valueOf(Lock& js, const bundle::Module& module) {
  switch (module.type) {
    case bundle::ModuleType::kText:
      return js.str(module.content);
    case bundle::ModuleType::kData:
      return newArrayBuffer(js, module.content);
    case bundle::ModuleType::kJson:
      return check(v8::JSON::Parse(js.context, js.str(module.content)));
    case bundle::ModuleType::kWasm:
      return wasmOf(js, module);
    case bundle::ModuleType::kCommonJs:
      return runCommonJs(js, module);
    case bundle::ModuleType::kEsModule:
      break;
  }
  return js.undefined();
}

v8::Local<v8::Value> Modules::runCommonJs(Lock& js, const bundle::Module& module) {
  auto known = commonJs.find(module.name);
  if (known == commonJs.end()) {
    auto holder = v8::Object::New(js.isolate);
    auto exports = v8::Object::New(js.isolate);
    js.set(holder, "exports", exports);
    commonJs[module.name].Reset(js.isolate, holder);

    v8::ScriptOrigin origin(js.isolate, js.str(module.name));
    v8::ScriptCompiler::Source source(js.str(module.content), origin);
    v8::Local<v8::String> parameters[] = {js.internalized("module"), js.internalized("exports"),
                                          js.internalized("require")};
    auto body = check(v8::ScriptCompiler::CompileFunctionInContext(js.context, &source, 3,
                                                                   parameters, 0, nullptr));
    auto require = check(v8::Function::New(
        js.context,
        [](const v8::FunctionCallbackInfo<v8::Value>& info) {
          v8::Isolate* isolate = info.GetIsolate();
          Modules& self = modulesOf(isolate);
          Lock js{self.isolate, isolate, isolate->GetCurrentContext()};
          try {
            std::string referrer = js.text(info.Data());
            std::string name = resolveName(js.text(info[0]), referrer);
            const bundle::Module* target = self.bundle->findModule(name);
            if (target != nullptr && target->type != bundle::ModuleType::kEsModule) {
              info.GetReturnValue().Set(self.valueOf(js, *target));
              return;
            }
            auto loaded = self.load(js, name, referrer);
            auto space = self.settledNamespace(js, loaded);
            auto defaultExport = js.get(space.As<v8::Object>(), "default");
            info.GetReturnValue().Set(target == nullptr ? defaultExport : space);
          } catch (...) {
            throwToJs(isolate);
          }
        },
        js.str(module.name)));
    v8::Local<v8::Value> arguments[] = {holder, exports, require};
    js.call(body, exports, arguments);
    known = commonJs.find(module.name);
  }
  return js.get(known->second.Get(js.isolate), "exports");
}

v8::Local<v8::Value> Modules::settledNamespace(Lock& js, v8::Local<v8::Module> module) {
  check(module->InstantiateModule(js.context, &Modules::resolve));
  auto result = check(module->Evaluate(js.context));
  if (result->IsPromise() && result.As<v8::Promise>()->State() == v8::Promise::kRejected) {
    result.As<v8::Promise>()->MarkAsHandled();
    js.isolate->ThrowException(result.As<v8::Promise>()->Result());
    throw Pending();
  }
  return module->GetModuleNamespace();
}

std::string Modules::nameOf(v8::Local<v8::Module> module) {
  auto [first, last] = names.equal_range(module->GetIdentityHash());
  for (auto it = first; it != last; ++it) {
    if (loaded.at(it->second).module == module) return it->second;
  }
  return "";
}

v8::MaybeLocal<v8::Module> Modules::resolve(v8::Local<v8::Context> context,
                                            v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray> assertions,
                                            v8::Local<v8::Module> referrer) {
  v8::Isolate* isolate = context->GetIsolate();
  Modules& self = modulesOf(isolate);
  Lock js{self.isolate, isolate, context};
  // Without JavaScript between here and an outer TryCatch, V8 gives that what is thrown at once,
  // and then misses it when this returns nothing: here it is caught, and thrown anew.
  v8::TryCatch caught(isolate);
  try {
    std::string from = self.nameOf(referrer);
    return self.load(js, resolveName(js.text(specifier), from), from);
  } catch (...) {
    throwToJs(isolate);
    if (caught.HasCaught()) caught.ReThrow();
    return {};
  }
}

v8::MaybeLocal<v8::Promise> Modules::importDynamically(v8::Local<v8::Context> context,
                                                       v8::Local<v8::Data> hostOptions,
                                                       v8::Local<v8::Value> resourceName,
                                                       v8::Local<v8::String> specifier,
                                                       v8::Local<v8::FixedArray> assertions) {
  v8::Isolate* isolate = context->GetIsolate();
  Modules& self = modulesOf(isolate);
  Lock js{self.isolate, isolate, context};
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  v8::TryCatch caught(isolate);
  try {
    std::string from = js.text(resourceName);
    auto module = self.load(js, resolveName(js.text(specifier), from), from);
    check(module->InstantiateModule(context, &Modules::resolve));
    auto result = check(module->Evaluate(context));
    auto space = module->GetModuleNamespace();
    if (!result->IsPromise()) {
      check(resolver->Resolve(context, space));
    } else {
      // Follow the evaluation's promise, then hand out the namespace.
      auto hand = check(v8::Function::New(
          context,
          [](const v8::FunctionCallbackInfo<v8::Value>& info) {
            info.GetReturnValue().Set(info.Data());
          },
          space));
      return result.As<v8::Promise>()->Then(context, hand);
    }
  } catch (...) {
    throwToJs(isolate);
    if (caught.HasTerminated()) {
      caught.ReThrow();
      return {};
    }
    auto reason = caught.Exception();
    caught.Reset();
    if (resolver->Reject(context, reason).IsNothing()) return {};
  }
  return resolver->GetPromise();
}

}  // namespace flamesim::js
