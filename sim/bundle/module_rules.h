// Which type a file becomes when a worker imports it: wrangler's `rules` (globs to types) and its
// defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

struct ModuleRule {
  ModuleType type = ModuleType::kText;
  std::vector<std::string> globs;
  bool fallthrough = false;  // later rules of the same type count too
  Origin origin;
};

// "ESModule", "CommonJS", "Text", "Data", "CompiledWasm"; nothing for others.
std::optional<ModuleType> moduleTypeOfRule(std::string_view name);

// Whether a glob ("**/*.txt", "lib/*.bin", "{a,b}.sql", "?.txt") matches a path with '/' between
// names. "*" and "?" do not match '/'; "**" does.
bool globMatches(std::string_view glob, std::string_view path);

class ModuleRules {
 public:
  // `own`: the rules of the configuration, which come before the defaults.
  explicit ModuleRules(std::vector<ModuleRule> own = {});

  // The type of a file that is not code by itself (text, data, Wasm), seen from the folder of the
  // main module. Nothing where no rule takes it.
  std::optional<ModuleType> assetType(std::string_view path) const;
  // As assetType, and rules of type ESModule and CommonJS count too: what an upload of unbundled
  // files goes by.
  std::optional<ModuleType> anyType(std::string_view path) const;

  // File name endings that some rule for assets takes, such as ".txt".
  std::vector<std::string> assetExtensions() const;
  // The rules for assets whose globs do not end in a file name extension; esbuild takes loaders by
  // extension only.
  std::vector<const ModuleRule*> rulesWithoutExtension() const;

 private:
  std::vector<ModuleRule> rules;
};

// The type by extension alone, as in a folder of modules or a folder without configuration.
ModuleType moduleTypeByName(std::string_view name);

}  // namespace flamesim::bundle
