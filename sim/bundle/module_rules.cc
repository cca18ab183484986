#include "sim/bundle/module_rules.h"

#include <algorithm>
#include <set>

namespace flamesim::bundle {

namespace {

bool isCode(ModuleType type) {
  return type == ModuleType::kEsModule || type == ModuleType::kCommonJs;
}

// The end of a "{a,b}" group that starts at `open`, or npos.
size_t closingBrace(std::string_view glob, size_t open) {
  int depth = 0;
  for (size_t i = open; i < glob.size(); ++i) {
    if (glob[i] == '{') ++depth;
    if (glob[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

// "a.{b,c}" to "a.b" and "a.c".
void expandBraces(std::string_view glob, std::vector<std::string>& out) {
  size_t open = glob.find('{');
  size_t close = open == std::string_view::npos ? open : closingBrace(glob, open);
  if (close == std::string_view::npos) {
    out.emplace_back(glob);
    return;
  }
  int depth = 0;
  size_t start = open + 1;
  for (size_t i = open + 1; i <= close; ++i) {
    if (glob[i] == '{') ++depth;
    if (i == close || (glob[i] == ',' && depth == 0)) {
      std::string one(glob.substr(0, open));
      one += glob.substr(start, i - start);
      one += glob.substr(close + 1);
      expandBraces(one, out);
      start = i + 1;
    }
    if (glob[i] == '}') --depth;
  }
}

bool matches(std::string_view glob, std::string_view path) {
  while (!glob.empty()) {
    if (glob.starts_with("**/")) {
      // Any number of whole folders, none included.
      for (size_t from = 0;;) {
        if (matches(glob.substr(3), path.substr(from))) return true;
        size_t slash = path.find('/', from);
        if (slash == std::string_view::npos) return false;
        from = slash + 1;
      }
    }
    if (glob == "**") return true;
    if (glob[0] == '*') {
      while (glob.starts_with("*")) glob.remove_prefix(1);
      for (size_t from = 0; from <= path.size(); ++from) {
        if (matches(glob, path.substr(from))) return true;
        if (from < path.size() && path[from] == '/') return false;
      }
      return false;
    }
    if (path.empty() || (glob[0] == '?' ? path[0] == '/' : glob[0] != path[0])) return false;
    glob.remove_prefix(1);
    path.remove_prefix(1);
  }
  return path.empty();
}

// "?module" after a Wasm import is not part of the file's name.
std::string_view withoutQuery(std::string_view path) {
  return path.substr(0, path.find('?'));
}

// ".txt" of "**/*.txt"; "" where the last name has no fixed extension.
std::string extensionOf(std::string_view glob) {
  auto name = glob.substr(glob.rfind('/') + 1);
  auto query = name.find('?');
  if (query != std::string_view::npos && query > 0 && name.substr(query) == "?module") {
    name = name.substr(0, query);
  }
  auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return "";
  auto extension = name.substr(dot);
  return extension.size() < 2 || extension.find_first_of("*?[]{}") != std::string_view::npos
             ? ""
             : std::string(extension);
}

}  // namespace

std::optional<ModuleType> moduleTypeOfRule(std::string_view name) {
  if (name == "ESModule") return ModuleType::kEsModule;
  if (name == "CommonJS") return ModuleType::kCommonJs;
  if (name == "Text") return ModuleType::kText;
  if (name == "Data") return ModuleType::kData;
  if (name == "CompiledWasm") return ModuleType::kWasm;
  return std::nullopt;
}

bool globMatches(std::string_view glob, std::string_view path) {
  if (glob.starts_with("./")) glob.remove_prefix(2);
  std::vector<std::string> globs;
  expandBraces(glob, globs);
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& one) { return matches(one, path); });
}

ModuleRules::ModuleRules(std::vector<ModuleRule> own) {
  static const std::vector<ModuleRule> kDefaults = {
      {ModuleType::kText, {"**/*.txt", "**/*.html", "**/*.sql"}, true, {}},
      {ModuleType::kData, {"**/*.bin"}, true, {}},
      {ModuleType::kWasm, {"**/*.wasm"}, true, {}},
      {ModuleType::kEsModule, {"**/*.js", "**/*.mjs"}, true, {}},
      {ModuleType::kCommonJs, {"**/*.cjs"}, true, {}},
  };
  // A rule without fallthrough ends its type: later rules of that type, the defaults too, are out.
  std::set<ModuleType> ended;
  auto take = [&](const ModuleRule& rule) {
    if (ended.contains(rule.type)) return;
    rules.push_back(rule);
    auto& globs = rules.back().globs;
    std::vector<std::string> expanded;
    for (auto& glob : globs) expandBraces(glob.starts_with("./") ? glob.substr(2) : glob, expanded);
    globs = std::move(expanded);
    if (!rule.fallthrough) ended.insert(rule.type);
  };
  for (auto& rule : own) take(rule);
  for (auto& rule : kDefaults) take(rule);
}

std::optional<ModuleType> ModuleRules::assetType(std::string_view path) const {
  auto type = anyType(path);
  return type && !isCode(*type) ? type : std::nullopt;
}

std::optional<ModuleType> ModuleRules::anyType(std::string_view path) const {
  auto name = withoutQuery(path);
  // A file beside the main module's folder is seen by the names after the "../".
  while (name.starts_with("../")) name.remove_prefix(3);
  for (auto& rule : rules) {
    for (auto& glob : rule.globs) {
      if (matches(glob, name) || matches(glob, path)) return rule.type;
    }
  }
  return std::nullopt;
}

std::vector<std::string> ModuleRules::assetExtensions() const {
  std::set<std::string> found;
  for (auto& rule : rules) {
    if (isCode(rule.type)) continue;
    for (auto& glob : rule.globs) {
      auto extension = extensionOf(glob);
      if (!extension.empty()) found.insert(std::move(extension));
    }
  }
  return {found.begin(), found.end()};
}

std::vector<const ModuleRule*> ModuleRules::rulesWithoutExtension() const {
  std::vector<const ModuleRule*> found;
  for (auto& rule : rules) {
    if (!isCode(rule.type) && std::any_of(rule.globs.begin(), rule.globs.end(),
                                          [](auto& glob) { return extensionOf(glob).empty(); })) {
      found.push_back(&rule);
    }
  }
  return found;
}

ModuleType moduleTypeByName(std::string_view name) {
  name = withoutQuery(name);
  if (name.ends_with(".json")) return ModuleType::kJson;
  static const ModuleRules kRules;
  return kRules.anyType(name).value_or(ModuleType::kData);
}

}  // namespace flamesim::bundle
