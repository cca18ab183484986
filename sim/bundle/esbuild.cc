#include "sim/bundle/esbuild.h"

#include <algorithm>

#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

#if defined(__x86_64__)
constexpr const char* kNativePackage = "linux-x64";
#elif defined(__aarch64__)
constexpr const char* kNativePackage = "linux-arm64";
#else
constexpr const char* kNativePackage = "none";
#endif

// Modules of Node.js that a worker with nodejs_compat may import without "node:".
constexpr const char* kNodeModules[] = {
    "_http_agent",
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
};

// What esbuild leaves of `require("node:events")` calls a `require` that modules do not have.
const std::string kRequire =
    "import __nodeModule from \"node:module\"; "
    "const require = __nodeModule.createRequire(\"file:///bundle/\");\n";

enum class Format : uint8_t { kEsModule, kScript };

bool hasNodeCompat(const WranglerConfig& config) {
  return std::any_of(config.compatibilityFlags.begin(), config.compatibilityFlags.end(),
                     [](auto& flag) { return flag.starts_with("nodejs_compat"); });
}

class Bundler {
 public:
  explicit Bundler(const WranglerConfig& config)
      : config(config), rules(config.rules), mainFolder(config.main.parent_path()) {}

  EsbuildOutput run() {
    auto program = findEsbuild(config.folder);
    if (!program) {
      throw UserError(config.mainOrigin.diagnostic(
          "this worker must be bundled, but there is no esbuild",
          "install it in the project (npm install --save-dev esbuild) or on the system "
          "(apt-get install esbuild)"));
    }
    for (auto* rule : rules.rulesWithoutExtension()) {
      warnings.push_back(rule->origin.diagnostic(
          "this rule has a glob without a file name extension, which bundling cannot use",
          "name the extension, such as \"**/*.txt\""));
      warnings.back().severity = Severity::kWarning;
    }
    auto meta = build(*program, Format::kEsModule);
    if (entryOf(meta)["exports"].empty()) {
      // Nothing is exported: a script that calls addEventListener.
      meta = build(*program, Format::kScript);
      graph.serviceWorker = true;
    }
    collect(meta);
    return {std::move(graph), std::move(warnings)};
  }

 private:
  const WranglerConfig& config;
  const ModuleRules rules;
  const fs::path mainFolder;
  TemporaryFolder temporary;
  const fs::path out = fs::canonical(temporary.path());
  ModuleGraph graph;
  std::vector<Diagnostic> warnings;

  std::vector<std::string> arguments(Format format) const {
    std::vector<std::string> list{
        config.main.string(),
        "--bundle",
        format == Format::kEsModule ? "--format=esm" : "--format=iife",
        "--target=es2022",
        "--platform=browser",
        "--conditions=workerd,worker,browser",
        "--main-fields=browser,module,main",
        "--sourcemap=external",
        "--outdir=" + out.string(),
        "--outbase=" + mainFolder.string(),
        "--entry-names=[name]",
        "--asset-names=[dir]/[name]",
        "--metafile=" + (out / "meta.json").string(),
        "--log-level=warning",
        "--log-limit=0",
        "--color=false",
        "--external:node:*",
        "--external:cloudflare:*",
        "--external:workerd:*",
        "--external:*.capnp",
        "--loader:.js=jsx",
        "--loader:.mjs=jsx",
        "--loader:.cjs=jsx",
        "--define:process.env.NODE_ENV=\"production\"",
    };
    for (auto& extension : rules.assetExtensions()) {
      list.push_back("--loader:" + extension + "=copy");
    }
    addConfigured(list);
    return list;
  }

  void addConfigured(std::vector<std::string>& list) const {
    auto& bundler = config.bundler;
    if (bundler.minify) list.push_back("--minify");
    if (bundler.keepNames) list.push_back("--keep-names");
    if (!bundler.jsxFactory.empty()) list.push_back("--jsx-factory=" + bundler.jsxFactory);
    if (!bundler.jsxFragment.empty()) list.push_back("--jsx-fragment=" + bundler.jsxFragment);
    if (!bundler.tsconfig.empty()) list.push_back("--tsconfig=" + bundler.tsconfig.string());
    for (auto& [name, value] : bundler.define) list.push_back("--define:" + name + "=" + value);
    for (auto& [name, value] : bundler.alias) list.push_back("--alias:" + name + "=" + value);
    if (!hasNodeCompat(config)) return;
    for (auto* name : kNodeModules) {
      if (bundler.alias.contains(name)) continue;
      list.push_back(std::string("--alias:") + name + "=node:" + name);
    }
  }

  nlohmann::json build(const fs::path& program, Format format) {
    auto output = runProgram(program, arguments(format), config.folder);
    std::vector<Diagnostic> errors;
    if (format == Format::kEsModule || output.exitCode != 0) {
      for (auto& diagnostic : parseEsbuildLog(output.err, config.folder)) {
        (diagnostic.severity == Severity::kError ? errors : warnings).push_back(diagnostic);
      }
    }
    if (output.exitCode != 0 && errors.empty()) {
      errors.push_back(config.mainOrigin.diagnostic(
          displayPath(program) + " failed with exit code " + std::to_string(output.exitCode),
          output.err));
    }
    if (!errors.empty()) throw UserError::ofAll(std::move(errors));
    auto text = readFile(out / "meta.json").orThrow();
    auto meta = nlohmann::json::parse(text, nullptr, false);
    if (!meta.is_object() || !meta["outputs"].is_object()) {
      throw UserError(displayPath(program) + " wrote a metafile that cannot be read",
                      ExitCode::kRunFailed);
    }
    return meta;
  }

  static nlohmann::json& entryOf(nlohmann::json& meta) {
    for (auto& output : meta["outputs"]) {
      if (output.contains("entryPoint")) return output;
    }
    throw UserError("esbuild named no entry point in its metafile", ExitCode::kRunFailed);
  }

  void collect(nlohmann::json& meta) {
    auto& entry = entryOf(meta);
    Module main;
    main.name = config.main.stem().string() + ".js";
    auto code = readFile(out / main.name).orThrow();
    auto map = readFile(out / (main.name + ".map")).orThrow();
    bool required = !graph.serviceWorker && requiresNode(entry);
    main.content = required ? kRequire + code : code;
    main.sourceMap = mapOf(map, required ? ";" : "");
    graph.mainModule = main.name;
    graph.modules.push_back(std::move(main));
    for (auto& import : entry["imports"]) {
      if (import.value("external", false)) continue;
      auto path = absolutePath(import["path"].get<std::string>(), config.folder);
      addAsset(relativeName(path, out));
    }
  }

  // `name`: as the bundle imports it, "lib/a.wasm" or "lib/a.wasm?module".
  void addAsset(const std::string& name) {
    auto seen = std::any_of(graph.modules.begin(), graph.modules.end(),
                            [&](auto& module) { return module.name == name; });
    if (seen) return;
    if (graph.serviceWorker) {
      throw UserError(config.mainOrigin.diagnostic(
          "a script that calls addEventListener cannot import \"" + name + "\"",
          "export default {fetch} instead, or declare it in \"wasm_modules\", \"text_blobs\" or "
          "\"data_blobs\""));
    }
    Module module;
    module.name = name;
    auto type = rules.assetType(name);
    if (!type) {
      warnings.push_back(config.mainOrigin.diagnostic(
          "no rule names the type of the imported file \"" + name + "\": it is taken as data",
          "add a rule with a glob that matches it"));
      warnings.back().severity = Severity::kWarning;
    }
    module.type = type.value_or(ModuleType::kData);
    module.content = readFile(out / name.substr(0, name.find('?'))).orThrow();
    graph.modules.push_back(std::move(module));
  }

  // Whether a CommonJS module in the bundle requires one of Node's.
  static bool requiresNode(const nlohmann::json& entry) {
    auto& imports = entry["imports"];
    return std::any_of(imports.begin(), imports.end(), [](auto& import) {
      return import.value("kind", "") == "require-call" && import.value("external", false) &&
             import.value("path", "").starts_with("node:");
    });
  }

  // The map's sources are relative to the temporary folder. `lines`: a semicolon for each line that
  // was put before the code.
  std::string mapOf(const std::string& text, const std::string& lines) const {
    auto map = nlohmann::json::parse(text, nullptr, false);
    if (!map.is_object() || !map["sources"].is_array()) return text;
    if (map["mappings"].is_string()) map["mappings"] = lines + map["mappings"].get<std::string>();
    for (auto& source : map["sources"]) {
      if (!source.is_string()) continue;
      source = relativeName(absolutePath(source.get<std::string>(), out), mainFolder);
    }
    return map.dump();
  }
};

}  // namespace

std::optional<fs::path> findEsbuild(const fs::path& folder) {
  for (fs::path at = folder;; at = at.parent_path()) {
    auto modules = at / "node_modules";
    // The program itself, without the start of a Node.js around it.
    for (auto& candidate : {modules / "@esbuild" / kNativePackage / "bin" / "esbuild",
                            modules / ".bin" / "esbuild"}) {
      if (isRegularFile(candidate)) return candidate;
    }
    if (at == at.parent_path()) return findOnPath("esbuild");
  }
}

EsbuildOutput bundleWithEsbuild(const WranglerConfig& config) {
  return Bundler(config).run();
}

}  // namespace flamesim::bundle
