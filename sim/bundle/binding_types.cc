#include "sim/bundle/binding_types.h"

namespace flamesim::bundle {

const std::vector<BindingType>& bindingTypes() {
  using enum BindingProvider;
  using enum FieldType;
  static const std::vector<BindingType> kTypes = {
      // Values
      {"plain_text", kItself, {{"text", kText}}},
      {"json", kItself, {{"json", kAny}}},
      {"secret_text", kItself, {{"text", kText}}},
      {"version_metadata", kItself, {}},
      {"wasm_module", kItself, {{"part"}}},
      {"unserved", kItself, {{"section"}}},
      {"text_blob", kItself, {{"part"}}},
      {"data_blob", kItself, {{"part"}}},
      // Parts of the simulated server
      {"volatile_cache",
       kItself,
       {{"cache_id", kString, false},
        {"max_keys", kCount32},
        {"max_value_size", kCount32},
        {"max_total_value_size", kCount},
        {"refresh_ahead", kCount32, false}}},
      {"origin", kItself, {}},
      {"egress", kEgress, {{"to"}}},
      // Services and workers of the simulation
      {"capnp_service", kCapability, {{"service"}, {"interface"}}},
      {"logfwdr", kLogfwdr, {{"destination"}}},
      {"service",
       kWorker,
       {{"service"},
        {"entrypoint", kString, false},
        {"environment", kString, false},
        {"props", kAny, false}}},
      // Known by name only
      {"ai", kNobody, {}},
      {"analytics_engine", kNobody, {}},
      {"assets", kNobody, {}},
      {"browser", kNobody, {}},
      {"d1", kNobody, {}},
      {"dispatch_namespace", kNobody, {}},
      {"durable_object_namespace", kNobody, {}},
      {"hyperdrive", kNobody, {}},
      {"images", kNobody, {}},
      {"internal_capability_grants", kNobody, {}},
      {"internal_service_http", kNobody, {}},
      {"kv_namespace", kNobody, {}},
      {"media", kNobody, {}},
      {"mtls_certificate", kNobody, {}},
      {"param", kNobody, {}},
      {"pipelines", kNobody, {}},
      {"queue", kNobody, {}},
      {"r2_bucket", kNobody, {}},
      {"ratelimit", kNobody, {}},
      {"secrets_store_secret", kNobody, {}},
      {"send_email", kNobody, {}},
      {"vectorize", kNobody, {}},
      {"vpc_service", kNobody, {}},
      {"worker_loader", kNobody, {}},
      {"workflow", kNobody, {}},
  };
  return kTypes;
}

const BindingType* findBindingType(std::string_view name) {
  for (auto& type : bindingTypes()) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string> bindingTypeNames() {
  std::vector<std::string> names;
  for (auto& type : bindingTypes()) names.emplace_back(type.name);
  return names;
}

}  // namespace flamesim::bundle
