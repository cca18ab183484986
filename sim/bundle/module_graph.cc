#include "sim/bundle/module_graph.h"

#include <algorithm>
#include <set>

#include "sim/bundle/files.h"
#include "sim/bundle/js_scan.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

bool isCodeName(std::string_view name) {
  return name.ends_with(".js") || name.ends_with(".mjs");
}

// What makes esbuild change the code itself.
bool bundlerIsConfigured(const BundlerConfig& bundler) {
  return bundler.minify || !bundler.define.empty() || !bundler.alias.empty() ||
         !bundler.jsxFactory.empty() || !bundler.jsxFragment.empty();
}

// package.json can remap files ("browser") and drop imports ("sideEffects"); esbuild knows how.
bool packageChangesResolution(const fs::path& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    if (isRegularFile(at / "package.json")) {
      auto text = readFile(at / "package.json");
      return !text || text.value().find("\"browser\"") != std::string::npos ||
             text.value().find("\"sideEffects\"") != std::string::npos;
    }
    if (at == at.parent_path()) return false;
  }
}

class GraphReader {
 public:
  explicit GraphReader(const WranglerConfig& config)
      : config(config), folder(config.main.parent_path()), rules(config.rules) {}

  std::optional<ModuleGraph> read() {
    auto name = config.main.filename().string();
    if (!isCodeName(name) || !enqueue(name, ModuleType::kEsModule)) return std::nullopt;
    for (size_t i = 0; i < queue.size(); ++i) {
      if (!readModule(Entry(queue[i]))) return std::nullopt;
    }
    graph.mainModule = name;
    return std::move(graph);
  }

 private:
  struct Entry {
    std::string name;
    ModuleType type;
  };
  const WranglerConfig& config;
  const fs::path folder;
  const ModuleRules rules;
  ModuleGraph graph;
  std::vector<Entry> queue;
  std::set<std::string> known;

  bool enqueue(const std::string& name, ModuleType type) {
    if (known.insert(name).second) queue.push_back({name, type});
    return true;
  }

  bool readModule(const Entry& entry) {
    auto file = readFile(folder / entry.name.substr(0, entry.name.find('?')));
    if (!file) return false;
    auto& content = file.value();
    bool isMain = graph.modules.empty();
    if (entry.type == ModuleType::kEsModule && !readCode(entry.name, content, isMain)) {
      return false;
    }
    Module module;
    module.name = entry.name;
    module.type = entry.type;
    module.content = std::move(content);
    graph.modules.push_back(std::move(module));
    return true;
  }

  bool readCode(const std::string& name, const std::string& content, bool isMain) {
    // esbuild replaces process.env.NODE_ENV.
    if (content.find("NODE_ENV") != std::string::npos) return false;
    auto scan = scanJavaScript(content);
    if (!scan || scan->mentionsRequire) return false;
    bool isModule = scan->exports || !scan->imports.empty();
    if (!isModule && scan->mentionsExports) return false;
    if (isMain && !scan->exports) {
      // With imports it is a script that has to be bundled into one.
      if (!scan->imports.empty()) return false;
      graph.serviceWorker = true;
    }
    return std::all_of(scan->imports.begin(), scan->imports.end(),
                       [&](const JsImport& import) { return follow(name, import); });
  }

  bool follow(const std::string& from, const JsImport& import) {
    auto& specifier = import.specifier;
    if (isRuntimeModule(specifier)) return true;
    if (!specifier.starts_with("./") && !specifier.starts_with("../")) return false;
    if (specifier.find_first_of("#\\%") != std::string::npos) return false;
    auto name = (fs::path(from).parent_path() / specifier).lexically_normal().generic_string();
    if (name.starts_with("../")) return false;
    auto query = name.find('?');
    if (query != std::string::npos && name.substr(query) != "?module") return false;
    if (!isRegularFile(folder / name.substr(0, query))) return false;
    if (auto type = rules.assetType(name)) return enqueue(name, *type);
    if (query != std::string::npos) return false;
    if (isCodeName(name)) return enqueue(name, ModuleType::kEsModule);
    // esbuild gives a JSON file's keys as exports, too; a JSON module has a default alone.
    return name.ends_with(".json") && import.kind == ImportKind::kDefaultOnly &&
           enqueue(name, ModuleType::kJson);
  }
};

}  // namespace

bool isRuntimeModule(std::string_view specifier) {
  return specifier.starts_with("node:") || specifier.starts_with("cloudflare:") ||
         specifier.starts_with("workerd:") || specifier.ends_with(".capnp");
}

std::optional<ModuleGraph> loadModuleGraph(const WranglerConfig& config) {
  if (bundlerIsConfigured(config.bundler)) return std::nullopt;
  if (packageChangesResolution(config.main.parent_path())) return std::nullopt;
  return GraphReader(config).read();
}

ModuleGraph loadUnbundled(const WranglerConfig& config) {
  auto extension = config.main.extension().string();
  if (extension != ".js" && extension != ".mjs" && extension != ".cjs") {
    throw UserError(config.mainOrigin.diagnostic(
        "with \"no_bundle\" the main module must be JavaScript as it is to run",
        "remove \"no_bundle\", or point \"main\" at the built .js file"));
  }
  ModuleGraph graph;
  ModuleRules rules(config.rules);
  auto add = [&](const fs::path& path, const std::string& name, ModuleType type) {
    Module module;
    module.name = name;
    module.type = type;
    module.content = readFile(path).orThrow();
    graph.modules.push_back(std::move(module));
  };
  graph.mainModule = relativeName(config.main, config.baseDir);
  if (graph.mainModule.starts_with("../")) graph.mainModule = config.main.filename().string();
  add(config.main, graph.mainModule,
      extension == ".cjs" ? ModuleType::kCommonJs : ModuleType::kEsModule);
  auto scan = scanJavaScript(graph.modules[0].content);
  graph.serviceWorker = scan && !scan->exports && scan->imports.empty() && extension != ".cjs" &&
                        !scan->mentionsExports;

  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator it(config.baseDir, error), end;
  for (; !error && it != end; it.increment(error)) {
    auto name = it->path().filename().string();
    bool passedOver = name == "node_modules" || name.starts_with(".");
    if (passedOver && it->is_directory(error)) it.disable_recursion_pending();
    if (!passedOver && isRegularFile(it->path())) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  for (auto& path : found) {
    auto name = relativeName(path, config.baseDir);
    auto type = rules.anyType(name);
    if (type && name != graph.mainModule) add(path, name, *type);
  }
  return graph;
}

}  // namespace flamesim::bundle
