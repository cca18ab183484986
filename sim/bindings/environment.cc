#include "sim/bindings/environment.h"

#include "sim/bindings/capnp.h"
#include "sim/bindings/logfwdr.h"
#include "sim/bindings/volatile_cache.h"
#include "sim/js/convert.h"
#include "sim/web/http.h"

namespace flamesim::bindings {

namespace {

std::string textField(const bundle::Binding& binding, const char* key) {
  auto found = binding.fields.find(key);
  return found != binding.fields.end() && found->is_string() ? found->get<std::string>() : "";
}

// A value of any type as JSON; empty where there is none.
std::string jsonField(const bundle::Binding& binding, const char* key) {
  auto found = binding.fields.find(key);
  return found != binding.fields.end() ? found->dump() : "";
}

uint64_t numberField(const bundle::Binding& binding, const char* key) {
  auto found = binding.fields.find(key);
  return found != binding.fields.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

// The content of the module that a text_blob, data_blob or wasm_module binding names.
const bundle::Module& partOf(const bundle::Bundle& bundle, const bundle::Binding& binding) {
  std::string part = textField(binding, "part");
  const bundle::Module* module = bundle.findModule(part);
  if (module == nullptr) {
    throw UserError(binding.origin.diagnostic("binding \"" + binding.name + "\" names the part \"" +
                                              part + "\", which is not in the bundle"));
  }
  return *module;
}

class Builder {
 public:
  Builder(js::Lock& js, const bundle::Bundle& bundle, std::shared_ptr<CapnpSchemas> schemas,
          Ports& ports)
      : js(js), bundle(bundle), ports(ports), schemas(std::move(schemas)) {}

  v8::Local<v8::Value> make(const bundle::Binding& binding) {
    const std::string& type = binding.type;
    if (type == "plain_text" || type == "secret_text") return js.str(textField(binding, "text"));
    if (type == "json") {
      return js::check(v8::JSON::Parse(js.context, js.str(binding.fields.at("json").dump())));
    }
    if (type == "version_metadata") return versionMetadata(binding);
    if (type == "text_blob") return js.str(partOf(bundle, binding).content);
    if (type == "data_blob") return js::newArrayBuffer(js, partOf(bundle, binding).content);
    if (type == "wasm_module") return wasm(binding);
    if (type == "unserved") {
      return unserved("flamesim does not emulate \"" + textField(binding, "section") +
                      "\", of which env." + binding.name + " is");
    }
    if (type == "origin") return fetcher({.kind = FetcherTarget::Kind::kNextStage});
    if (type == "egress") {
      return fetcher({.kind = FetcherTarget::Kind::kEgress, .name = textField(binding, "to")});
    }
    if (type == "service") {
      return fetcher({.kind = FetcherTarget::Kind::kWorker,
                      .name = textField(binding, "service"),
                      .entrypoint = textField(binding, "entrypoint"),
                      .props = jsonField(binding, "props"),
                      .origin = binding.origin});
    }
    if (type == "capnp_service") return capnpService(binding);
    if (type == "logfwdr") {
      return makeLogfwdr(js, textField(binding, "destination"), ports.capability("logfwdr"));
    }
    if (type == "volatile_cache") return volatileCache(binding);
    throw UserError(binding.origin.diagnostic("binding \"" + binding.name + "\" has the type \"" +
                                              type + "\", which flamesim does not serve"));
  }

 private:
  // What throws that where it is used.
  v8::Local<v8::Value> unserved(const std::string& message) {
    auto runtime = js.owner.runtime(js);
    v8::Local<v8::Value> arguments[] = {js.str(message)};
    return js.call(js.get(runtime, "makeUnserved").As<v8::Function>(), runtime, arguments);
  }

  v8::Local<v8::Value> fetcher(FetcherTarget target) {
    return web::makeFetcher(js, ports.fetcherSlot(std::move(target)));
  }

  v8::Local<v8::Value> versionMetadata(const bundle::Binding& binding) {
    auto object = v8::Object::New(js.isolate);
    for (auto* key : {"id", "tag", "timestamp"})
      js.set(object, key, js.str(textField(binding, key)));
    return object;
  }

  v8::Local<v8::Value> wasm(const bundle::Binding& binding) {
    auto& content = partOf(bundle, binding).content;
    return js::check(v8::WasmModuleObject::Compile(
        js.isolate, {reinterpret_cast<const uint8_t*>(content.data()), content.size()}));
  }

  v8::Local<v8::Value> capnpService(const bundle::Binding& binding) {
    std::string interfaceName = textField(binding, "interface");
    if (schemas == nullptr) {
      throw UserError(binding.origin.diagnostic(
          "binding \"" + binding.name +
              "\" needs a Cap'n Proto schema, and the worker bundles none",
          "add \"unsafe\": {\"capnp\": {\"base_path\": ..., \"source_schemas\": [...]}}"));
    }
    KJ_IF_MAYBE (type, schemas->findInterface(interfaceName)) {
      return makeCapnpService(js, schemas, *type, ports.capability(textField(binding, "service")));
    }
    throw UserError(binding.origin.diagnostic("binding \"" + binding.name + "\": no interface \"" +
                                              interfaceName +
                                              "\" in the worker's Cap'n Proto schema"));
  }

  v8::Local<v8::Value> volatileCache(const bundle::Binding& binding) {
    VolatileCacheLimits limits{
        .maxKeys = uint32_t(numberField(binding, "max_keys")),
        .maxValueSize = uint32_t(numberField(binding, "max_value_size")),
        .maxTotalValueSize = numberField(binding, "max_total_value_size"),
    };
    auto cache =
        ports.volatileCaches().use(textField(binding, "cache_id"), limits,
                                   {.worker = ports.workerName(), .binding = binding.name});
    return makeVolatileCache(js, std::move(cache), binding.name,
                             uint32_t(numberField(binding, "refresh_ahead")));
  }

  js::Lock& js;
  const bundle::Bundle& bundle;
  Ports& ports;
  std::shared_ptr<CapnpSchemas> schemas;
};

}  // namespace

v8::Local<v8::Object> buildEnvironment(js::Lock& js, const bundle::Bundle& bundle,
                                       std::shared_ptr<CapnpSchemas> schemas, Ports& ports) {
  auto env = v8::Object::New(js.isolate);
  Builder builder(js, bundle, std::move(schemas), ports);
  for (auto& binding : bundle.bindings) js.set(env, binding.name, builder.make(binding));
  return env;
}

}  // namespace flamesim::bindings
