#include "sim/bundle/compatibility_flags.h"

#include "sim/base/error.h"

namespace flamesim::bundle {

using enum Follows;

namespace {

struct Choice {
  const CompatibilityFlag* flag = nullptr;  // nullptr: there is none of that name
  bool enabled = false;
};

Choice find(std::string_view name) {
  for (auto& flag : compatibilityFlags()) {
    if (name == flag.enable) return {&flag, true};
    if (name == flag.disable) return {&flag, false};
  }
  return {};
}

std::vector<std::string> allNames() {
  std::vector<std::string> names;
  for (auto& flag : compatibilityFlags()) {
    names.emplace_back(flag.enable);
    if (!flag.disable.empty()) names.emplace_back(flag.disable);
  }
  return names;
}

bool followed(Choice choice) {
  switch (choice.flag->follows) {
    case kEnabled:
      return choice.enabled;
    case kDisabled:
      return !choice.enabled;
    default:
      return true;
  }
}

}  // namespace

bool compatibilityFlagEnabled(const CompatibilityFlag& flag, std::string_view date,
                              const std::vector<std::string>& chosen) {
  for (auto& name : chosen) {
    if (name == flag.enable) return true;
    if (name == flag.disable) return false;
  }
  if (flag.date.empty() || date < flag.date) return false;
  if (flag.impliedBy.empty()) return true;
  auto by = find(flag.impliedBy);
  return compatibilityFlagEnabled(*by.flag, date, chosen);
}

std::vector<std::string> readCompatibilityFlags(ConfigReader& reader, const ConfigNode& object,
                                                std::string_view where) {
  std::vector<std::string> flags;
  for (auto* node : reader.strings(object, "compatibility_flags", where)) {
    auto name = node->text();
    auto choice = find(name);
    if (choice.flag == nullptr) {
      auto near = nearest(name, allNames());
      reader.error(node->offset, "there is no compatibility flag \"" + name + "\"",
                   near.empty() ? "" : "did you mean \"" + near + "\"?");
      continue;
    }
    for (auto& other : flags) {
      auto opposite = find(other);
      if (opposite.flag == choice.flag && opposite.enabled != choice.enabled) {
        reader.error(node->offset, "\"" + name + "\" contradicts \"" + other + "\"");
      }
    }
    if (choice.flag->experimental && choice.enabled) {
      reader.warn(node->offset, "the compatibility flag \"" + name + "\" is experimental",
                  "production refuses workers that have it");
    } else if (!followed(choice)) {
      reader.warn(node->offset, "the compatibility flag \"" + name + "\" is not followed",
                  choice.enabled
                      ? "what it enables is not there"
                      : "the worker runs as with \"" + std::string(choice.flag->enable) + "\"");
    }
    flags.push_back(std::move(name));
  }
  return flags;
}

static std::string_view dateOf(const Bundle& bundle) {
  return bundle.compatibilityDate.empty() ? std::string_view("9999-12-31")
                                          : bundle.compatibilityDate;
}

bool compatibilityFlagEnabled(const Bundle& bundle, std::string_view enable) {
  return compatibilityFlagEnabled(*find(enable).flag, dateOf(bundle), bundle.compatibilityFlags);
}

std::string compatibilityFlagsOf(const Bundle& bundle) {
  auto date = dateOf(bundle);
  std::string names;
  for (auto& flag : compatibilityFlags()) {
    if (flag.experimental) continue;
    if (!names.empty()) names += ' ';
    names += compatibilityFlagEnabled(flag, date, bundle.compatibilityFlags) ? '+' : '-';
    names += flag.enable;
  }
  return names;
}

}  // namespace flamesim::bundle
