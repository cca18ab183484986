// wrangler's configuration (wrangler.jsonc, .json, .toml) as far as it decides what a worker is:
// main, bindings, compatibility, rules, schema. docs/configuration.md lists what is read.
// Environments follow wrangler: a key under env.NAME wins; what it lacks is taken from the top, but
// for the keys that are not inherited (vars and all that declares bindings, save logfwdr).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/bundle/bundle.h"
#include "sim/bundle/config_reader.h"
#include "sim/bundle/module_rules.h"

namespace flamesim::bundle {

// unsafe.capnp: sources to compile, or a compiled file.
struct CapnpConfig {
  std::filesystem::path basePath;  // absolute
  struct Source {
    std::filesystem::path path;  // absolute
    Origin origin;
  };
  std::vector<Source> sources;
  std::filesystem::path compiled;  // absolute; empty: sources
  Origin origin;
  bool given() const { return !sources.empty() || !compiled.empty(); }
};

// What concerns the bundler.
struct BundlerConfig {
  bool noBundle = false;
  bool minify = false;
  bool keepNames = false;
  std::string jsxFactory;
  std::string jsxFragment;
  std::filesystem::path tsconfig;  // absolute; empty: none
  std::map<std::string, std::string> define;
  std::map<std::string, std::string> alias;
};

struct WranglerConfig {
  std::filesystem::path file;    // absolute
  std::filesystem::path folder;  // of `file`
  std::string name;
  std::filesystem::path main;  // absolute; empty only where it was optional
  Origin mainOrigin;
  std::filesystem::path baseDir;  // absolute; the folder of main unless set
  std::vector<ModuleRule> rules;
  BundlerConfig bundler;
  CapnpConfig capnp;
  std::vector<Binding> bindings;
  std::vector<TailConsumer> tailConsumers;
  std::vector<Module> blobs;  // files of wasm_modules, text_blobs, data_blobs
  std::string compatibilityDate;
  std::vector<std::string> compatibilityFlags;
  uint32_t cpuLimitMillis = 0;
  uint32_t subrequestLimit = 0;
  std::vector<Diagnostic> warnings;
};

enum class MainModule : uint8_t { kRequired, kOptional };

// The configuration file that wrangler would take in `folder`: wrangler.json, .jsonc, .toml, in
// this order; empty: none.
std::filesystem::path findWranglerConfig(const std::filesystem::path& folder);

// Throws UserError with every fault in the file.
WranglerConfig readWrangler(const std::filesystem::path& file, const std::string& environment,
                            MainModule main = MainModule::kRequired);

// The worker's name as the file gives it, without reading further; empty: none or not readable.
std::string peekWranglerName(const std::filesystem::path& file);

}  // namespace flamesim::bundle
