#include "sim/bundle/toml.h"

#include <catch2/catch.hpp>

namespace flamesim::bundle {

TEST_CASE("TOML becomes the same tree as JSON, in the order of the file, with positions") {
  auto result = parseToml("wrangler.toml",
                          "name = \"edge\"\n"
                          "compatibility_flags = [ \"é\", \"b\" ]\n"
                          "first_party_worker = true\n"
                          "\n"
                          "[vars]\n"
                          "LEVEL = 3\n"
                          "ratio = -0.5\n"
                          "\n"
                          "[[services]]\n"
                          "binding = \"NEXT\"\n"
                          "service = \"next\"\n"
                          "[env.staging.vars]\n"
                          "LEVEL = 4\n");
  REQUIRE(result);
  auto& document = result.value();
  CHECK(document.root.toJson() == nlohmann::json::parse(R"({
    "name": "edge", "compatibility_flags": ["é", "b"], "first_party_worker": true,
    "vars": {"LEVEL": 3, "ratio": -0.5}, "services": [{"binding": "NEXT", "service": "next"}],
    "env": {"staging": {"vars": {"LEVEL": 4}}}})"));
  std::vector<std::string> keys;
  for (auto& member : document.root.members) keys.push_back(member.key);
  CHECK(keys == std::vector<std::string>{"name", "compatibility_flags", "first_party_worker",
                                         "vars", "services", "env"});
  auto at = [&](size_t offset) {
    auto position = positionOf(document.text, offset);
    return std::to_string(position.line) + ":" + std::to_string(position.column);
  };
  auto& flags = document.root.members[1];
  CHECK(at(flags.keyOffset) == "2:1");
  CHECK(at(flags.value.items[1].offset) == "2:30");
  auto& service = document.root.find("services")->value.items[0];
  CHECK(at(service.find("service")->keyOffset) == "11:1");
  CHECK(at(service.find("service")->value.offset) == "11:11");
  auto& staging = document.root.find("env")->value.find("staging")->value;
  CHECK(at(staging.find("vars")->value.find("LEVEL")->value.offset) == "13:9");
}

TEST_CASE("a fault in TOML has its line") {
  auto result = parseToml("wrangler.toml", "name = \"a\"\nmain = index.js\n");
  REQUIRE_FALSE(result);
  CHECK(result.error().file == "wrangler.toml");
  CHECK(result.error().line == 2);
  CHECK(result.error().sourceLine == "main = index.js");
}

TEST_CASE("a date is no string") {
  auto result = parseToml("wrangler.toml", "compatibility_date = 2025-01-02\n");
  REQUIRE(result);
  auto& date = result.value().root.find("compatibility_date")->value;
  CHECK(date.kind == NodeKind::kDate);
  CHECK(date.text() == "2025-01-02");
}

}  // namespace flamesim::bundle
