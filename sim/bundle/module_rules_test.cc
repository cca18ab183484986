#include "sim/bundle/module_rules.h"

#include <catch2/catch.hpp>

namespace flamesim::bundle {

TEST_CASE("globs") {
  struct Case {
    const char* glob;
    const char* path;
    bool matches;
  };
  const Case cases[] = {
      {"**/*.txt", "a.txt", true},
      {"**/*.txt", "a/b/c.txt", true},
      {"**/*.txt", "a.txt.js", false},
      {"*.txt", "a/b.txt", false},
      {"./lib/*.bin", "lib/a.bin", true},
      {"lib/**", "lib/a/b.c", true},
      {"lib/**/x.*", "lib/x.y", true},
      {"lib/**/x.*", "lib/a/b/x.y", true},
      {"**/*.{sql,md}", "q/a.md", true},
      {"**/*.{sql,md}", "q/a.mdx", false},
      {"{a,b/{c,d}}.x", "b/d.x", true},
      {"?.txt", "a.txt", true},
      {"?.txt", "/.txt", false},
      {"**", "any/thing", true},
      {"a*b*c", "axxbyyc", true},
      {"a*b*c", "axxbyy", false},
      {"", "", true},
      {"**/*.wasm?module", "a.wasm?module", true},
  };
  for (auto& each : cases) {
    INFO(each.glob << " on " << each.path);
    CHECK(globMatches(each.glob, each.path) == each.matches);
  }
}

TEST_CASE("the defaults take text, data and Wasm") {
  ModuleRules rules;
  CHECK(rules.assetType("a.txt") == ModuleType::kText);
  CHECK(rules.assetType("x/a.html") == ModuleType::kText);
  CHECK(rules.assetType("a.sql") == ModuleType::kText);
  CHECK(rules.assetType("a.bin") == ModuleType::kData);
  CHECK(rules.assetType("lib/a.wasm") == ModuleType::kWasm);
  CHECK(rules.assetType("lib/a.wasm?module") == ModuleType::kWasm);
  CHECK(rules.assetType("../shared/a.wasm") == ModuleType::kWasm);
  CHECK_FALSE(rules.assetType("a.js"));
  CHECK_FALSE(rules.assetType("a.json"));
  CHECK(rules.anyType("a.mjs") == ModuleType::kEsModule);
  CHECK(rules.anyType("a.cjs") == ModuleType::kCommonJs);
}

TEST_CASE("a rule without fallthrough replaces the defaults of its type") {
  ModuleRules replaced({{ModuleType::kText, {"**/*.md"}, false, {}}});
  CHECK(replaced.assetType("a.md") == ModuleType::kText);
  CHECK_FALSE(replaced.assetType("a.txt"));
  CHECK(replaced.assetType("a.bin") == ModuleType::kData);
  CHECK(replaced.assetExtensions() == std::vector<std::string>{".bin", ".md", ".wasm"});

  ModuleRules added({{ModuleType::kText, {"**/*.md"}, true, {}}});
  CHECK(added.assetType("a.txt") == ModuleType::kText);
}

TEST_CASE("a glob without an extension cannot be bundled") {
  ModuleRules rules({{ModuleType::kData, {"data/*"}, true, {}}});
  REQUIRE(rules.rulesWithoutExtension().size() == 1);
  CHECK(rules.rulesWithoutExtension()[0]->globs[0] == "data/*");
}

}  // namespace flamesim::bundle
