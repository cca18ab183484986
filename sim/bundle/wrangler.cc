#include "sim/bundle/wrangler.h"

#include <algorithm>

#include "sim/bundle/compatibility_flags.h"
#include "sim/bundle/files.h"
#include "sim/bundle/wrangler_bindings.h"
#include "sim/bundle/wrangler_keys.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> namesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class WranglerReader {
 public:
  WranglerReader(const ConfigDocument& document, WranglerConfig& config, MainModule mainModule)
      : reader(document), root(document.root), config(config), mainModule(mainModule) {}

  void read(const std::string& environment) {
    auto* chosen = chooseEnvironment(environment);
    WranglerScope scope(root, chosen);
    warnOfKeys(chosen, environment);
    readName(scope, environment);
    readMain(scope);
    readBundler(scope);
    readRules(scope);
    readCompatibility(scope);
    readLimits(scope);
    readUnsafe(scope);
    readBindings(reader, scope, config);
    config.tailConsumers = readTailConsumers(reader, scope.of("tail_consumers"));
    applyUnsafeMetadata(scope);
    reader.boolean(scope.of("first_party_worker"), "first_party_worker");
    config.warnings = std::move(reader.warnings);
    reader.finish();
  }

 private:
  ConfigReader reader;
  const ConfigNode& root;
  WranglerConfig& config;
  MainModule mainModule;

  const ConfigNode* chooseEnvironment(const std::string& name) {
    if (name.empty()) return nullptr;
    auto* all = reader.member(root, "env", NodeKind::kObject);
    auto* found = all == nullptr ? nullptr : all->find(name);
    if (found != nullptr) {
      return reader.expect(found->value, NodeKind::kObject, "env." + name) ? &found->value
                                                                           : nullptr;
    }
    std::vector<std::string> names;
    std::string listed;
    for (size_t i = 0; all != nullptr && i < all->members.size(); ++i) {
      names.push_back(all->members[i].key);
      listed += (i == 0 ? "" : ", ") + all->members[i].key;
    }
    auto near = nearest(name, names);
    reader.error(all == nullptr ? root.offset : all->offset,
                 "there is no environment \"" + name + "\"",
                 !near.empty()   ? "did you mean \"" + near + "\"?"
                 : names.empty() ? "add \"env\": {\"" + name + "\": {...}}"
                                 : "the file has " + listed);
    return nullptr;
  }

  void warnOfKeys(const ConfigNode* chosen, const std::string& environment) {
    reader.warnOfUnknownKeys(root, topLevelKeys());
    auto* all = root.find("env");
    for (size_t i = 0; all != nullptr && i < all->value.members.size(); ++i) {
      auto& member = all->value.members[i];
      reader.warnOfUnknownKeys(member.value, environmentKeys(), "env." + member.key);
    }
    if (chosen == nullptr) return;
    for (auto& member : root.members) {
      auto& keys = environmentKeys();
      if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) continue;
      if (isInherited(member.key) || chosen->find(member.key) != nullptr) continue;
      reader.warn(member.keyOffset,
                  "\"" + member.key + "\" stands at the top level, but not under \"env." +
                      environment + "\", which does not inherit it",
                  "add \"" + member.key + "\" to \"env." + environment + "\"");
    }
  }

  void readName(const WranglerScope& scope, const std::string& environment) {
    auto name = reader.string(scope.of("name"), "name");
    config.name = name.value_or(config.folder.filename().string());
    bool own = scope.environment != nullptr && scope.environment->find("name") != nullptr;
    if (!environment.empty() && !own) config.name += "-" + environment;
  }

  void readMain(const WranglerScope& scope) {
    auto& holder = scope.of("main");
    auto* main = reader.member(holder, "main", NodeKind::kString);
    if (main == nullptr) {
      if (mainModule == MainModule::kRequired && holder.find("main") == nullptr) {
        reader.error(root.offset, "\"main\" is missing: which module is the worker?",
                     "add \"main\": \"src/index.ts\"");
      }
      return;
    }
    config.main = absolutePath(main->text(), config.folder);
    config.mainOrigin = reader.originAt(main->offset);
    config.baseDir = config.main.parent_path();
    if (auto baseDir = reader.string(scope.of("base_dir"), "base_dir")) {
      config.baseDir = absolutePath(*baseDir, config.folder);
    }
    if (mainModule == MainModule::kRequired && !isRegularFile(config.main)) {
      reader.error(main->offset, "there is no file \"" + main->text() + "\"", helpForMain(scope));
    }
    if (config.main.extension() == ".py") {
      reader.error(main->offset, "flamesim does not run Python workers");
    }
  }

  std::string helpForMain(const WranglerScope& scope) {
    auto* build = scope.of("build").find("build");
    auto* command = build == nullptr ? nullptr : build->value.find("command");
    if (command != nullptr && command->value.is(NodeKind::kString)) {
      return "run the project's build first: " + command->value.text();
    }
    auto near = nearest(config.main.filename().string(), namesIn(config.main.parent_path()));
    if (!near.empty()) {
      return "did you mean \"" + relativeName(config.main.parent_path() / near, config.folder) +
             "\"?";
    }
    return "\"main\" is relative to " + displayPath(config.folder) + "/";
  }

  void readBundler(const WranglerScope& scope) {
    auto flag = [&](std::string_view key) {
      return reader.boolean(scope.of(key), key).value_or(false);
    };
    auto& bundler = config.bundler;
    bundler.noBundle = flag("no_bundle");
    bundler.minify = flag("minify");
    bundler.keepNames = flag("keep_names");
    bundler.jsxFactory = reader.string(scope.of("jsx_factory"), "jsx_factory").value_or("");
    bundler.jsxFragment = reader.string(scope.of("jsx_fragment"), "jsx_fragment").value_or("");
    if (auto tsconfig = reader.string(scope.of("tsconfig"), "tsconfig")) {
      bundler.tsconfig = absolutePath(*tsconfig, config.folder);
    }
    readStrings(scope.of("define"), "define", bundler.define);
    readStrings(scope.top, "alias", bundler.alias);
    if (flag("find_additional_modules") && !bundler.noBundle) {
      reader.warn(
          scope.of("find_additional_modules").find("find_additional_modules")->keyOffset,
          "\"find_additional_modules\" is not read: only what the worker imports is loaded");
    }
  }

  void readStrings(const ConfigNode& holder, std::string_view key,
                   std::map<std::string, std::string>& into) {
    auto* section = reader.member(holder, key, NodeKind::kObject);
    if (section == nullptr) return;
    for (auto& member : section->members) {
      if (reader.expect(member.value, NodeKind::kString, std::string(key) + "." + member.key)) {
        into[member.key] = member.value.text();
      }
    }
  }

  void readRules(const WranglerScope& scope) {
    auto* rules = reader.member(scope.of("rules"), "rules", NodeKind::kArray);
    for (size_t i = 0; rules != nullptr && i < rules->items.size(); ++i) {
      auto& node = rules->items[i];
      auto where = "rules[" + std::to_string(i) + "]";
      if (!reader.expect(node, NodeKind::kObject, where)) continue;
      reader.warnOfUnknownKeys(node, {"type", "globs", "fallthrough"}, where);
      auto type = reader.requiredString(node, "type", where);
      ModuleRule rule;
      rule.fallthrough = reader.boolean(node, "fallthrough", where).value_or(false);
      for (auto* glob : reader.strings(node, "globs", where)) rule.globs.push_back(glob->text());
      if (node.find("globs") == nullptr) {
        reader.error(node.offset, where + " lacks \"globs\"", "add \"globs\": [\"**/*.txt\"]");
      }
      if (!type) continue;
      auto moduleType = moduleTypeOfRule(*type);
      if (!moduleType) {
        auto near = nearest(*type, {"ESModule", "CommonJS", "Text", "Data", "CompiledWasm"});
        reader.error(node.find("type")->value.offset, "unknown module type \"" + *type + "\"",
                     near.empty() ? "it is one of ESModule, CommonJS, Text, Data, CompiledWasm"
                                  : "did you mean \"" + near + "\"?");
        continue;
      }
      rule.type = *moduleType;
      rule.origin = reader.originAt(node.offset);
      config.rules.push_back(std::move(rule));
    }
  }

  void readCompatibility(const WranglerScope& scope) {
    auto& holder = scope.of("compatibility_date");
    if (auto date = reader.string(holder, "compatibility_date")) {
      checkDate(*date, holder.find("compatibility_date")->value.offset);
      config.compatibilityDate = *date;
    }
    config.compatibilityFlags = readCompatibilityFlags(reader, scope.of("compatibility_flags"));
  }

  void checkDate(const std::string& date, size_t offset) {
    bool good = date.size() == 10;
    for (size_t i = 0; good && i < date.size(); ++i) {
      good = i == 4 || i == 7 ? date[i] == '-' : date[i] >= '0' && date[i] <= '9';
    }
    if (good) {
      int month = std::stoi(date.substr(5, 2));
      int day = std::stoi(date.substr(8, 2));
      good = month >= 1 && month <= 12 && day >= 1 && day <= 31;
    }
    if (!good) {
      reader.error(offset, "\"compatibility_date\" must be a day as YYYY-MM-DD",
                   "such as \"2025-01-01\"");
    }
  }

  void readLimits(const WranglerScope& scope) {
    auto* limits = reader.member(scope.of("limits"), "limits", NodeKind::kObject);
    if (limits == nullptr) return;
    reader.warnOfUnknownKeys(*limits, {"cpu_ms", "subrequests"}, "limits");
    config.cpuLimitMillis =
        uint32_t(reader.integer(*limits, "cpu_ms", 1, 86'400'000, "limits").value_or(0));
    config.subrequestLimit =
        uint32_t(reader.integer(*limits, "subrequests", 1, kMostSubrequests, "limits").value_or(0));
  }

  void readUnsafe(const WranglerScope& scope) {
    auto* section = scope.of("unsafe").find("unsafe");
    if (section == nullptr || !section->value.is(NodeKind::kObject)) return;  // readBindings tells
    auto* capnp = reader.member(section->value, "capnp", NodeKind::kObject, "unsafe");
    if (capnp == nullptr) return;
    const std::string where = "unsafe.capnp";
    reader.warnOfUnknownKeys(*capnp, {"base_path", "source_schemas", "compiled_schema"}, where);
    config.capnp.origin = reader.originAt(section->value.find("capnp")->keyOffset);
    auto* compiled = capnp->find("compiled_schema");
    bool sources = capnp->find("base_path") != nullptr || capnp->find("source_schemas") != nullptr;
    if (compiled != nullptr && sources) {
      reader.error(compiled->keyOffset,
                   "\"unsafe.capnp\" has both a compiled schema and sources to compile",
                   "keep \"compiled_schema\", or \"base_path\" with \"source_schemas\"");
    } else if (compiled != nullptr) {
      readCompiledSchema(*capnp);
    } else {
      readSourceSchemas(*capnp, where);
    }
  }

  void readCompiledSchema(const ConfigNode& capnp) {
    auto path = reader.requiredString(capnp, "compiled_schema", "unsafe.capnp");
    if (!path) return;
    config.capnp.compiled = absolutePath(*path, config.folder);
    if (!isRegularFile(config.capnp.compiled)) {
      reader.error(capnp.find("compiled_schema")->value.offset,
                   "there is no file \"" + *path + "\"");
    }
  }

  void readSourceSchemas(const ConfigNode& capnp, const std::string& where) {
    auto basePath = reader.requiredString(capnp, "base_path", where);
    if (!basePath) return;
    config.capnp.basePath = absolutePath(*basePath, config.folder);
    if (!isFolder(config.capnp.basePath)) {
      reader.error(capnp.find("base_path")->value.offset,
                   "there is no folder \"" + *basePath + "\"");
      return;
    }
    auto schemas = reader.strings(capnp, "source_schemas", where);
    if (schemas.empty() && reader.errors.empty()) {
      reader.error(capnp.offset, where + " names no schema",
                   "add \"source_schemas\": [\"service.capnp\"], relative to \"base_path\"");
    }
    for (auto* node : schemas) {
      auto path = absolutePath(node->text(), config.capnp.basePath);
      if (!isRegularFile(path)) {
        auto near = nearest(path.filename().string(), namesIn(path.parent_path()));
        reader.error(node->offset, "there is no schema \"" + node->text() + "\"",
                     near.empty() ? "schemas are relative to \"base_path\", " +
                                        displayPath(config.capnp.basePath) + "/"
                                  : "did you mean \"" + near + "\"?");
        continue;
      }
      config.capnp.sources.push_back({std::move(path), reader.originAt(node->offset)});
    }
  }

  // wrangler merges unsafe.metadata over the upload's metadata at the very end.
  void applyUnsafeMetadata(const WranglerScope& scope) {
    auto* section = scope.of("unsafe").find("unsafe");
    if (section == nullptr || !section->value.is(NodeKind::kObject)) return;
    auto* metadata = reader.member(section->value, "metadata", NodeKind::kObject, "unsafe");
    if (metadata == nullptr) return;
    const std::string where = "unsafe.metadata";
    if (auto date = reader.string(*metadata, "compatibility_date", where)) {
      config.compatibilityDate = *date;
    }
    if (metadata->find("compatibility_flags") != nullptr) {
      config.compatibilityFlags = readCompatibilityFlags(reader, *metadata, where);
    }
    auto* bindings = reader.member(*metadata, "bindings", NodeKind::kArray, where);
    if (bindings == nullptr) return;
    config.bindings.clear();
    for (size_t i = 0; i < bindings->items.size(); ++i) {
      auto binding = readRawBinding(reader, bindings->items[i],
                                    where + ".bindings[" + std::to_string(i) + "]");
      if (binding) config.bindings.push_back(std::move(*binding));
    }
    checkBindingNames(reader, config.bindings);
  }
};

}  // namespace

fs::path findWranglerConfig(const fs::path& folder) {
  for (auto name : {"wrangler.json", "wrangler.jsonc", "wrangler.toml"}) {
    if (isRegularFile(folder / name)) return folder / name;
  }
  return {};
}

WranglerConfig readWrangler(const fs::path& file, const std::string& environment, MainModule main) {
  auto document = readConfigDocument(file);
  WranglerConfig config;
  config.file = absolutePath(file);
  config.folder = config.file.parent_path();
  WranglerReader(document, config, main).read(environment);
  return config;
}

std::string peekWranglerName(const fs::path& file) {
  try {
    auto document = readConfigDocument(file);
    auto* name = document.root.find("name");
    return name != nullptr && name->value.is(NodeKind::kString) ? name->value.text() : "";
  } catch (const UserError&) {
    return "";
  }
}

}  // namespace flamesim::bundle
