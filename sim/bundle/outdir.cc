// The folder of `wrangler deploy --dry-run --outdir`: modules, source maps and a README.md.
#include <algorithm>

#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/files.h"
#include "sim/bundle/js_scan.h"
#include "sim/bundle/module_rules.h"
#include "sim/bundle/upload.h"
#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

bool isCode(std::string_view name) {
  return name.ends_with(".js") || name.ends_with(".mjs") || name.ends_with(".cjs");
}

std::vector<std::string> filesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error), end;
  for (; !error && it != end; it.increment(error)) {
    if (isRegularFile(it->path())) names.push_back(relativeName(it->path(), folder));
  }
  if (error) throw UserError(displayPath(folder) + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// The only module at the top, the one named like `main` of the configuration, index or worker.
std::string chooseMain(const fs::path& folder, const std::vector<std::string>& names,
                       const fs::path& configuredMain) {
  std::vector<std::string> candidates;
  for (auto& name : names) {
    if (isCode(name) && name.find('/') == std::string::npos) candidates.push_back(name);
  }
  if (candidates.size() == 1) return candidates[0];
  for (auto& stem : {configuredMain.stem().string(), std::string("index"), std::string("worker")}) {
    for (auto* extension : {".js", ".mjs", ".cjs"}) {
      auto name = stem + extension;
      if (std::find(candidates.begin(), candidates.end(), name) != candidates.end()) return name;
    }
  }
  std::string listed;
  for (auto& name : candidates) listed += (listed.empty() ? "" : ", ") + name;
  throw UserError(Diagnostic{
      .message = candidates.empty() ? "the folder has no JavaScript at its top"
                                    : "which of these is the main module: " + listed + "?",
      .file = displayPath(folder),
      .help = "name it index.js, or put a wrangler configuration with \"main\" into the folder "
              "above"});
}

}  // namespace

bool looksLikeOutdir(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator it(folder, error), end;
  for (; !error && it != end; it.increment(error)) {
    if (isCode(it->path().filename().string()) && isRegularFile(it->path())) return true;
  }
  return false;
}

Bundle loadOutdir(const fs::path& folder, const std::string& environment) {
  WranglerConfig config;
  auto configFile = findWranglerConfig(folder.parent_path());
  Bundle bundle;
  bundle.name = folder.filename().string();
  if (!configFile.empty()) {
    config = readWrangler(configFile, environment, MainModule::kOptional);
    bundle.name = config.name;
    bundle.bindings = config.bindings;
    bundle.compatibilityDate = config.compatibilityDate;
    bundle.compatibilityFlags = config.compatibilityFlags;
    bundle.cpuLimitMillis = config.cpuLimitMillis;
    bundle.subrequestLimit = config.subrequestLimit;
    bundle.warnings = config.warnings;
    if (config.capnp.given()) bundle.capnpSchema = loadSchema(config.capnp);
  } else if (!environment.empty()) {
    throw UserError(Diagnostic{.message = "there is no environment \"" + environment +
                                          "\": no wrangler configuration stands beside the folder",
                               .file = displayPath(folder)});
  }
  auto names = filesIn(folder);
  bundle.mainModule = chooseMain(folder, names, config.main);
  ModuleRules rules(config.rules);
  for (auto& name : names) {
    if (name.ends_with(".map") || name == "README.md" || name.ends_with("/README.md")) continue;
    Module module;
    module.name = name;
    module.type = name.ends_with(".json") ? ModuleType::kJson
                                          : rules.anyType(name).value_or(ModuleType::kData);
    module.content = readFile(folder / name).orThrow();
    if (std::find(names.begin(), names.end(), name + ".map") != names.end()) {
      module.sourceMap = readFile(folder / (name + ".map")).orThrow();
    }
    if (name == bundle.mainModule) {
      auto scan = scanJavaScript(module.content);
      bundle.serviceWorker = module.type == ModuleType::kEsModule && scan && !scan->exports &&
                             scan->imports.empty() && !scan->mentionsExports;
    }
    bundle.modules.push_back(std::move(module));
  }
  for (auto& blob : config.blobs) bundle.modules.push_back(blob);
  return bundle;
}

}  // namespace flamesim::bundle
