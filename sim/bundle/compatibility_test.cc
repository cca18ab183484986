#include "sim/bundle/compatibility.h"

#include <catch2/catch.hpp>

namespace flamesim::bundle {

namespace {

// The letters of what is there: Modules, Async hooks, Bare names, Env.
std::string node(std::string date, std::vector<std::string> flags) {
  Bundle bundle;
  bundle.compatibilityDate = std::move(date);
  bundle.compatibilityFlags = std::move(flags);
  auto found = nodeCompatibility(bundle);
  std::string text;
  if (found.modules) text += 'M';
  if (found.asyncHooks) text += 'A';
  if (found.bareNames) text += 'B';
  if (found.populatesEnv) text += 'E';
  return text;
}

}  // namespace

TEST_CASE("Node compatibility follows flags and date") {
  CHECK(node("2025-05-01", {}).empty());
  CHECK(node("2025-05-01", {"nodejs_als"}) == "A");
  CHECK(node("2024-09-22", {"nodejs_compat"}) == "MA");
  CHECK(node("2024-09-23", {"nodejs_compat"}) == "MAB");
  CHECK(node("2025-04-01", {"nodejs_compat"}) == "MABE");
  CHECK(node("2025-04-01", {"nodejs_compat", "no_nodejs_compat_v2"}) == "MAE");
  CHECK(node("2023-01-01", {"nodejs_compat_v2"}) == "MAB");
  CHECK(node("2024-01-01", {"nodejs_compat", "nodejs_compat_populate_process_env"}) == "MAE");
  CHECK(node("2025-05-01", {"nodejs_compat", "nodejs_compat_do_not_populate_process_env"}) ==
        "MAB");
  CHECK(node("", {"nodejs_compat"}) == "MABE");
  CHECK(node("", {}) == "MABE");
  CHECK(node("", {"no_nodejs_compat"}).empty());
  CHECK(node("2026-08-03", {}).empty());
  CHECK(node("2026-08-04", {}) == "MABE");
  CHECK(node("2026-08-04", {"no_nodejs_compat"}).empty());
}

}  // namespace flamesim::bundle
