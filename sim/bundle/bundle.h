// A worker as it is published: modules + bindings metadata + compiled schema. A value.
// Sources: a wrangler project, an `--outdir` folder, the multipart file of
// `wrangler deploy --dry-run --outfile` (docs/bundle.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::bundle {

enum class ModuleType : uint8_t {
  kEsModule,
  kCommonJs,
  kText,
  kData,
  kJson,
  kWasm,
};

struct Module {
  std::string name;  // as imports resolve to it: "index.js", "lib/a.wasm"
  ModuleType type = ModuleType::kEsModule;
  std::string content;
  std::string sourceMap;  // JSON of the source map; empty: none
  bool operator==(const Module&) const = default;
};

// Where something stands in a configuration file, for later errors about it.
struct Origin {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
  std::string sourceLine;
  bool operator==(const Origin&) const = default;
  Diagnostic diagnostic(std::string message, std::string help = "") const;
};

struct Binding {
  std::string name;       // the property of env
  std::string type;       // "plain_text", "capnp_service", "volatile_cache", ... as in the upload
  nlohmann::json fields;  // the whole entry as in the upload's metadata
  Origin origin;
  bool operator==(const Binding&) const = default;
};

// A worker that is told of each request in this one.
struct TailConsumer {
  std::string service;  // its name
  Origin origin;
  bool operator==(const TailConsumer&) const = default;
};

// What production lets a worker ask for.
constexpr uint32_t kMostSubrequests = 10'000'000;

struct Bundle {
  std::string name;
  std::string mainModule;      // name of the entry in `modules`
  bool serviceWorker = false;  // body_part format: the main module is a classic script
  std::vector<Module> modules;
  std::vector<Binding> bindings;
  std::vector<TailConsumer> tailConsumers;
  std::string compatibilityDate;  // "2025-01-01"
  std::vector<std::string> compatibilityFlags;
  std::string capnpSchema;  // CodeGeneratorRequest, plain unpacked message; empty: none
  // A file of tests (loadTest): node:assert and node:test can be imported whatever the flags.
  bool ofTests = false;
  uint32_t cpuLimitMillis = 0;   // limits.cpu_ms of the worker itself; 0: none
  uint32_t subrequestLimit = 0;  // limits.subrequests of the worker itself; 0: none
  std::vector<Diagnostic> warnings;
  const Module* findModule(std::string_view name) const;
};

// Loads from `path`: a folder with wrangler.{jsonc,json,toml}, such a file itself, an outdir or an
// upload file. `environment`: key under "env" to apply; empty: top level. Throws UserError.
Bundle load(const std::filesystem::path& path, const std::string& environment = "");

// A module of tests as a worker named kTestWorker: `file` is its main module, and all else is as in
// the nearest wrangler configuration above it; without one it has no bindings and the flag
// nodejs_compat. Throws UserError.
inline constexpr const char* kTestWorker = "test";
Bundle loadTest(const std::filesystem::path& file);

// The nearest file of one of these names in `folder` or above it; empty: there is none.
std::filesystem::path findUpwards(const std::filesystem::path& folder,
                                  const std::vector<std::string>& names);

}  // namespace flamesim::bundle
