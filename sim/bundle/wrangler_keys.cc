#include "sim/bundle/wrangler_keys.h"

#include <algorithm>

namespace flamesim::bundle {

namespace {

const std::vector<std::string> kTopOnly = {
    "$schema", "alias",      "data_blobs",   "dev",
    "env",     "keep_vars",  "legacy_env",   "send_metrics",
    "site",    "text_blobs", "wasm_modules", "pages_build_output_dir",
};

const std::vector<std::string> kInherited = {
    "account_id",
    "assets",
    "base_dir",
    "build",
    "cache",
    "compatibility_date",
    "compatibility_flags",
    "compliance_region",
    "find_additional_modules",
    "first_party_worker",
    "jsx_factory",
    "jsx_fragment",
    "keep_names",
    "limits",
    "logfwdr",
    "logpush",
    "main",
    "migrations",
    "minify",
    "name",
    "no_bundle",
    "observability",
    "placement",
    "preserve_file_names",
    "preview_urls",
    "python_modules",
    "route",
    "routes",
    "rules",
    "triggers",
    "tsconfig",
    "upload_source_maps",
    "workers_dev",
};

const std::vector<std::string> kNotInherited = {
    "ai",
    "analytics_engine_datasets",
    "browser",
    "cloudchamber",
    "containers",
    "d1_databases",
    "define",
    "dispatch_namespaces",
    "durable_objects",
    "hyperdrive",
    "images",
    "kv_namespaces",
    "media",
    "mtls_certificates",
    "pipelines",
    "queues",
    "r2_buckets",
    "ratelimits",
    "secrets_store_secrets",
    "send_email",
    "services",
    "streaming_tail_consumers",
    "tail_consumers",
    "unsafe",
    "unsafe_hello_world",
    "vars",
    "vectorize",
    "version_metadata",
    "vpc_services",
    "worker_loaders",
    "workflows",
};

std::vector<std::string> joined(std::initializer_list<const std::vector<std::string>*> lists) {
  std::vector<std::string> all;
  for (auto* list : lists) all.insert(all.end(), list->begin(), list->end());
  return all;
}

}  // namespace

const std::vector<std::string>& topLevelKeys() {
  static const auto kKeys = joined({&kTopOnly, &kInherited, &kNotInherited});
  return kKeys;
}

const std::vector<std::string>& environmentKeys() {
  static const auto kKeys = joined({&kInherited, &kNotInherited});
  return kKeys;
}

bool isInherited(std::string_view key) {
  return std::find(kInherited.begin(), kInherited.end(), key) != kInherited.end();
}

const std::vector<UnservedSection>& unservedSections() {
  static const std::vector<UnservedSection> kSections = {
      {"ai", "", "binding"},
      {"browser", "", "binding"},
      {"d1_databases", "", "binding"},
      {"dispatch_namespaces", "", "binding"},
      {"durable_objects", "bindings", "name"},
      {"hyperdrive", "", "binding"},
      {"images", "", "binding"},
      {"media", "", "binding"},
      {"mtls_certificates", "", "binding"},
      {"pipelines", "", "binding"},
      {"queues", "producers", "binding"},
      {"r2_buckets", "", "binding"},
      {"ratelimits", "", "name"},
      {"secrets_store_secrets", "", "binding"},
      {"send_email", "", "name"},
      {"unsafe_hello_world", "", "binding"},
      {"vectorize", "", "binding"},
      {"vpc_services", "", "binding"},
      {"worker_loaders", "", "binding"},
      {"workflows", "", "binding"},
      {"assets", "", "binding"},
  };
  return kSections;
}

}  // namespace flamesim::bundle
