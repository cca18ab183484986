#include "sim/redact/rules.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/bundle/files.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

Diagnostic faultOf(const std::string& text) {
  auto rules = RedactionRules::parse(text, "redact.jsonc");
  REQUIRE_FALSE(rules.ok());
  return rules.error();
}

std::string rule(const std::string& members) {
  return "{\"rules\": [\n  {" + members + "}]}";
}

}  // namespace

TEST_CASE("a rules file") {
  auto rules = RedactionRules::parse(R"({
    "$schema": "x",
    // Names of people.
    "rules": [{"json": "$.user.name", "action": "pseudonym", "host": "A.example", "path": "/u/*", "reason": "names"}],
    "keep": ["emails"]
  })",
                                     "redact.jsonc")
                   .orThrow();
  REQUIRE(rules.list().size() == 1);
  const auto& first = rules.list()[0];
  CHECK(first.target == RuleTarget::kJson);
  CHECK(first.pattern == "$.user.name");
  CHECK(first.host == "a.example");
  CHECK(first.path == "/u/*");
  CHECK(first.origin.line == 4);
  CHECK_FALSE(rules.redacts(Kind::kEmail));
  CHECK(rules.redacts(Kind::kCard));
  CHECK(rules.source() == "redact.jsonc");
}

TEST_CASE("faults name their place and how to mend them") {
  struct Row {
    std::string text;
    std::string message;
    std::string help;
  };
  for (const auto& row : std::vector<Row>{
           {rule(R"("heador": "x", "action": "keep", "reason": "r")"),
            "unknown key \"heador\" in rules[0]", "did you mean \"header\"?"},
           {rule(R"("header": "x", "action": "drop", "reason": "r")"),
            "there is no action \"drop\"", "it is one of pseudonym, remove, keep"},
           {rule(R"("header": "x", "action": "keep")"), "rules[0] lacks \"reason\"", ""},
           {rule(R"("action": "keep", "reason": "r")"), "rules[0] does not say what it is for",
            R"(add one of "header", "cookie", "json", "parameter" and "regex")"},
           {rule(R"("header": "x", "json": "$.x", "action": "keep", "reason": "r")"),
            "rules[0] is for more than one thing",
            R"(add one of "header", "cookie", "json", "parameter" and "regex")"},
           {rule(R"("json": "user", "action": "keep", "reason": "r")"),
            "\"user\" is not a path into JSON",
            R"(write "$.user.name", "$.items[*].id" or "*.name")"},
           {"{\n\"keep\": [\"email\"]}", "there is no kind of secret \"email\"",
            "did you mean \"emails\"?"},
           {"{\n\"rule\": []}", "unknown key \"rule\"", "did you mean \"rules\"?"},
       }) {
    auto fault = faultOf(row.text);
    CAPTURE(row.text, fault.message, fault.help);
    CHECK(fault.message.starts_with(row.message));
    if (!row.help.empty()) CHECK(fault.help == row.help);
    CHECK(fault.file == "redact.jsonc");
    CHECK(fault.line == 2);
    CHECK(fault.column > 0);
  }
  CHECK(faultOf(rule(R"("regex": "a(b", "action": "keep", "reason": "r")"))
            .message.starts_with("\"a(b\" is not a regular expression"));
}

TEST_CASE("the page's example and the editor's schema are what is read") {
  auto docs = std::filesystem::path(FLAMESIM_SOURCE_DIR) / "docs";
  auto page = bundle::readFile(docs / "redaction.md").orThrow();
  size_t begin = page.find("    {\n      \"rules\": [");
  REQUIRE(begin != std::string::npos);
  auto example = page.substr(begin, page.find("\n    }\n", begin) + 7 - begin);
  CHECK(RedactionRules::parse(example, "redaction.md").orThrow().list().size() == 5);

  auto schema = nlohmann::json::parse(bundle::readFile(docs / "redaction.schema.json").orThrow());
  auto& properties = schema["$defs"]["rule"]["properties"];
  for (const auto* target : {"header", "cookie", "json", "parameter", "regex"}) {
    CHECK(properties.contains(target));
    for (const auto& action : properties["action"]["enum"]) {
      nlohmann::json rule{
          {target, "$x"}, {"action", action}, {"host", "a"}, {"path", "/"}, {"reason", "r"}};
      nlohmann::json whole{{"rules", {rule}},
                           {"keep", schema["properties"]["keep"]["items"]["enum"]}};
      CHECK(RedactionRules::parse(whole.dump(), "x").ok());
    }
  }
}
