#include "sim/bundle/bundle.h"

#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/esbuild.h"
#include "sim/bundle/files.h"
#include "sim/bundle/module_graph.h"
#include "sim/bundle/simulation_mocks.h"
#include "sim/bundle/upload.h"
#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

Bundle bundleOf(WranglerConfig config) {
  Bundle bundle;
  bundle.warnings = config.warnings;
  auto take = [&](ModuleGraph graph) {
    bundle.mainModule = std::move(graph.mainModule);
    bundle.serviceWorker = graph.serviceWorker;
    bundle.modules = std::move(graph.modules);
  };
  if (config.bundler.noBundle) {
    take(loadUnbundled(config));
  } else if (auto graph = loadModuleGraph(config)) {
    take(std::move(*graph));
  } else {
    auto output = bundleWithEsbuild(config);
    take(std::move(output.graph));
    bundle.warnings.insert(bundle.warnings.end(), output.warnings.begin(), output.warnings.end());
  }
  if (config.capnp.given()) bundle.capnpSchema = loadSchema(config.capnp);
  for (auto& blob : config.blobs) bundle.modules.push_back(std::move(blob));
  bundle.name = std::move(config.name);
  bundle.bindings = std::move(config.bindings);
  bundle.tailConsumers = std::move(config.tailConsumers);
  bundle.compatibilityDate = std::move(config.compatibilityDate);
  bundle.compatibilityFlags = std::move(config.compatibilityFlags);
  bundle.cpuLimitMillis = config.cpuLimitMillis;
  bundle.subrequestLimit = config.subrequestLimit;
  return bundle;
}

Bundle loadUpload(const fs::path& file, const std::string& environment) {
  if (!environment.empty()) {
    throw UserError(Diagnostic{
        .message = "an upload has no environments: \"" + environment + "\" cannot be chosen",
        .file = displayPath(file)});
  }
  auto bytes = readFile(file).orThrow();
  return parseUpload(displayPath(file), file.stem().string(), std::move(bytes)).orThrow();
}

}  // namespace

Diagnostic Origin::diagnostic(std::string message, std::string help) const {
  return Diagnostic{.message = std::move(message),
                    .file = file,
                    .line = line,
                    .column = column,
                    .sourceLine = sourceLine,
                    .help = std::move(help)};
}

const Module* Bundle::findModule(std::string_view name) const {
  for (auto& module : modules) {
    if (module.name == name) return &module;
  }
  return nullptr;
}

Bundle load(const fs::path& path, const std::string& environment) {
  auto absolute = absolutePath(path);
  if (isFolder(absolute)) {
    if (auto config = findWranglerConfig(absolute); !config.empty()) {
      return bundleOf(readWrangler(config, environment));
    }
    if (looksLikeOutdir(absolute)) return loadOutdir(absolute, environment);
    throw UserError(Diagnostic{
        .message = "the folder is not a worker: it has no wrangler configuration and no JavaScript",
        .file = displayPath(absolute),
        .help = "add wrangler.jsonc with \"name\" and \"main\""});
  }
  auto extension = absolute.extension().string();
  if (extension == ".jsonc" || extension == ".json" || extension == ".toml") {
    return bundleOf(readWrangler(absolute, environment));
  }
  return loadUpload(absolute, environment);
}

fs::path findUpwards(const fs::path& folder, const std::vector<std::string>& names) {
  for (fs::path at = absolutePath(folder);; at = at.parent_path()) {
    for (auto& name : names) {
      if (isRegularFile(at / name)) return at / name;
    }
    if (at == at.parent_path()) return {};
  }
}

Bundle loadTest(const fs::path& path) {
  auto file = absolutePath(path);
  if (!isRegularFile(file)) {
    throw UserError(Diagnostic{
        .message = isFolder(file) ? "is a folder, not a file of tests" : "there is no such file",
        .file = displayPath(file)});
  }
  WranglerConfig config;
  auto found =
      findUpwards(file.parent_path(), {"wrangler.json", "wrangler.jsonc", "wrangler.toml"});
  if (found.empty()) {
    config.folder = file.parent_path();
    config.compatibilityFlags.push_back("nodejs_compat");
  } else {
    config = readWrangler(found, "", MainModule::kOptional);
  }
  config.name = kTestWorker;
  config.main = file;
  config.mainOrigin = {.file = displayPath(file)};
  config.baseDir = file.parent_path();
  auto bundle = bundleOf(std::move(config));
  bundle.ofTests = true;
  return bundle;
}

Bundle loadMock(const fs::path& path, const std::string& name, const fs::path& schema) {
  auto module = absolutePath(path);
  WranglerConfig config;
  config.folder = module.parent_path();
  config.compatibilityFlags.push_back("nodejs_compat");
  config.name = name;
  config.main = module;
  config.mainOrigin = {.file = displayPath(module)};
  config.baseDir = module.parent_path();
  if (!schema.empty()) {
    config.capnp.basePath = schema.parent_path();
    config.capnp.sources.push_back({schema, {.file = displayPath(schema)}});
    config.capnp.origin = {.file = displayPath(schema)};
  }
  return bundleOf(std::move(config));
}

}  // namespace flamesim::bundle
