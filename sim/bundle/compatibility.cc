#include "sim/bundle/compatibility.h"

#include "sim/bundle/compatibility_flags.h"

namespace flamesim::bundle {

NodeCompatibility nodeCompatibility(const Bundle& bundle) {
  auto enabled = [&](std::string_view flag) { return compatibilityFlagEnabled(bundle, flag); };
  NodeCompatibility node;
  node.bareNames = enabled("nodejs_compat_v2");
  node.modules = node.bareNames || enabled("nodejs_compat");
  node.asyncHooks = node.modules || enabled("nodejs_als");
  node.populatesEnv = node.modules && enabled("nodejs_compat_populate_process_env");
  return node;
}

}  // namespace flamesim::bundle
