#include "sim/bundle/compatibility.h"

#include <algorithm>

namespace flamesim::bundle {

NodeCompatibility nodeCompatibility(const Bundle& bundle) {
  auto has = [&](std::string_view flag) {
    return std::ranges::find(bundle.compatibilityFlags, flag) != bundle.compatibilityFlags.end();
  };
  auto since = [&](std::string_view date) {
    return bundle.compatibilityDate.empty() || bundle.compatibilityDate >= date;
  };
  bool first = has("nodejs_compat") ||
               (bundle.compatibilityDate >= "2026-08-04" && !has("no_nodejs_compat"));
  bool second =
      has("nodejs_compat_v2") || (first && since("2024-09-23") && !has("no_nodejs_compat_v2"));
  NodeCompatibility node;
  node.modules = first || second;
  node.asyncHooks = node.modules || has("nodejs_als");
  node.bareNames = second;
  node.populatesEnv = node.modules && !has("nodejs_compat_do_not_populate_process_env") &&
                      (has("nodejs_compat_populate_process_env") || since("2025-04-01"));
  return node;
}

}  // namespace flamesim::bundle
