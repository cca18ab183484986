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

// `text` as often as `count` says.
static std::string repeat(std::string_view text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

// "line:column message" of the fault, or "none".
static std::string faultOf(const std::string& text) {
  auto result = parseToml("wrangler.toml", text);
  if (result) return "none";
  auto& fault = result.error();
  return std::to_string(fault.line) + ":" + std::to_string(fault.column) + " " + fault.message;
}

TEST_CASE("TOML that nests too deeply is a fault with its place") {
  constexpr char kKey[] = "this key nests more than 256 deep";
  constexpr char kValue[] = "values nest more than 256 deep";
  // Broke: a key of two hundred thousand parts used up the stack when the tree was destroyed.
  std::string key = "a" + repeat(".a", 200'000);
  CHECK(faultOf("name = \"x\"\n  " + key + " = 1\n") == std::string("2:3 ") + kKey);
  CHECK(faultOf("[" + key + "]\n") == std::string("1:2 ") + kKey);
  CHECK(faultOf("[[" + key + "]]\n") == std::string("1:3 ") + kKey);
  CHECK(faultOf("x = { y = 1, " + key + " = 1 }\n") == std::string("1:14 ") + kKey);
  CHECK(faultOf("x = [" + repeat("[", 199'999)) == std::string("1:260 ") + kValue);
  // Quotes at the end of a string in triple ones hide nothing that follows.
  CHECK(faultOf("x = {s = '''\n''''', \"b.\"" + repeat(" . 'c'", 300) + " = \"\"}\n") ==
        std::string("2:8 ") + kKey);
  // Broke likewise, though no key and no row of brackets is long: together they are deep.
  CHECK(faultOf("[" + repeat("s.", 99) + "s]\nx = " + repeat("{a.b.c = [", 100)) ==
        std::string("2:394 ") + kValue);
}

TEST_CASE("TOML that nests 256 deep is read") {
  CHECK(faultOf("a" + repeat(".a", 255) + " = 1\n") == "none");
  CHECK(faultOf("a" + repeat(".a", 256) + " = 1\n") != "none");
  CHECK(faultOf("[a" + repeat(".a", 253) + "]\na.a = 1\n") == "none");
  CHECK(faultOf("[a" + repeat(".a", 253) + "]\na.a.a = 1\n") != "none");
  CHECK(faultOf("a = " + repeat("[", 255) + repeat("]", 255)) == "none");
  CHECK(faultOf("a = " + repeat("{ a = ", 255) + "1" + repeat(" }", 255)) == "none");
}

TEST_CASE("dots that are no levels do not count") {
  std::string dots = repeat("a.", 1000);
  CHECK(faultOf("# " + dots + "\na = \"" + dots + "\"\nb = '" + dots + "'\n") == "none");
  CHECK(faultOf("a = \"\"\"\n" + dots + "\\\"\"\"" + dots + "\"\"\"\n") == "none");
  CHECK(faultOf("\"" + dots + "\" = 1\n") == "none");
  CHECK(faultOf("a = [" + repeat("1.5, ", 1000) + "]\nb.c = 1\n[d]\n") == "none");
  CHECK(faultOf("a = [" + repeat("{ a.b = [1.5] }, ", 1000) + "]\n") == "none");
}

TEST_CASE("a date is no string") {
  auto result = parseToml("wrangler.toml", "compatibility_date = 2025-01-02\n");
  REQUIRE(result);
  auto& date = result.value().root.find("compatibility_date")->value;
  CHECK(date.kind == NodeKind::kDate);
  CHECK(date.text() == "2025-01-02");
}

}  // namespace flamesim::bundle
