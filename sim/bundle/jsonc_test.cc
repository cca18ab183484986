#include "sim/bundle/jsonc.h"

#include <catch2/catch.hpp>

namespace flamesim::bundle {

namespace {

std::string fault(std::string text) {
  auto result = parseJsonc("f.jsonc", std::move(text));
  if (result) return "no fault";
  auto& error = result.error();
  return std::to_string(error.line) + ":" + std::to_string(error.column) + " " + error.message +
         (error.help.empty() ? "" : " [" + error.help + "]");
}

}  // namespace

TEST_CASE("comments and trailing commas are passed over, positions are kept") {
  auto result = parseJsonc("f.jsonc",
                           "\xef\xbb\xbf// first\n"
                           "{\n"
                           "  \"name\": \"a\", /* in\n between */ \"list\": [1, -2, 3.5e1,],\n"
                           "  \"deep\": {\"b\": [true, null]},\n"
                           "}\n");
  REQUIRE(result);
  auto& document = result.value();
  CHECK(document.root.toJson() == nlohmann::json::parse(R"({
    "name": "a", "list": [1, -2, 35.0], "deep": {"b": [true, null]}})"));
  auto* list = document.root.find("list");
  REQUIRE(list != nullptr);
  auto key = positionOf(document.text, list->keyOffset);
  CHECK(key.line == 4);
  CHECK(key.column == 13);
  CHECK(positionOf(document.text, list->value.items[1].offset).column == 25);
  CHECK(document.root.members[2].key == "deep");
}

TEST_CASE("strings: escapes, surrogate pairs, comment marks inside") {
  auto result = parseJsonc("f", R"(["\u00e9\n\"\\\/", "\ud83d\ude00", "// no /* comment", "é"])");
  REQUIRE(result);
  CHECK(result.value().root.toJson() ==
        nlohmann::json::array({"é\n\"\\/", "😀", "// no /* comment", "é"}));
}

TEST_CASE("numbers keep their exactness") {
  auto result = parseJsonc("f", "[18446744073709551615, -9223372036854775808, 0, -0.5, 1E3]");
  REQUIRE(result);
  auto json = result.value().root.toJson();
  CHECK(json[0].get<uint64_t>() == UINT64_MAX);
  CHECK(json[1].get<int64_t>() == INT64_MIN);
  CHECK(json[4] == 1000.0);
}

TEST_CASE("what is not JSON is named where it stands") {
  CHECK(fault("") == "1:1 the file is empty [it takes an object: {}]");
  CHECK(fault("{\n  name: 1}") ==
        "2:3 expected a key in double quotes or \"}\" [put the key in double quotes]");
  CHECK(fault("{'a': 1}") ==
        "1:2 expected a key in double quotes or \"}\" [keys and strings take double quotes]");
  CHECK(fault("{\"a\" 1}") == "1:6 expected \":\" after the key");
  CHECK(fault("{\"a\": 1\n \"b\": 2}") == "1:8 expected \",\" or \"}\" here");
  CHECK(fault("{\"a\": yes}") == "1:7 expected a value [put strings in double quotes]");
  CHECK(fault("{\"a\": ") == "1:7 the file ends where a value is expected");
  CHECK(fault("[1, 2") == "1:1 this array has no closing \"]\"");
  CHECK(fault("{\n \"a\": {\"b\": 1}\n") == "1:1 this object has no closing \"}\"");
  CHECK(fault("{\"a\": \"x\n\"}") == "1:7 this string has no closing quote");
  CHECK(fault("{\"a\": \"\\x\"}") ==
        "1:8 unknown escape in a string [a backslash is written \\\\]");
  CHECK(fault("[\"\\ud800\"]") == "1:3 half of a surrogate pair");
  CHECK(fault("[\"\xff\"]") == "1:2 this string is not UTF-8");
  CHECK(fault("[01]") == "1:2 this is not a JSON number");
  CHECK(fault("[1.]") == "1:2 this is not a JSON number");
  CHECK(fault("[1e999]") == "1:2 this number is too large");
  CHECK(fault("{} x") == "1:4 text after the end of the value");
  CHECK(fault("/* x") == "1:1 this comment has no end");
  CHECK(fault("[,]") == "1:2 expected a value");
  CHECK(fault(std::string(100000, '[')).ends_with("values nest more than 256 deep"));
}

TEST_CASE("a key that stands twice is a warning, and the last value counts") {
  auto result = parseJsonc("f", "{\n\"a\": 1,\n\"a\": 2}");
  REQUIRE(result);
  CHECK(result.value().root.toJson() == nlohmann::json{{"a", 2}});
  REQUIRE(result.value().warnings.size() == 1);
  auto& warning = result.value().warnings[0];
  CHECK(warning.severity == Severity::kWarning);
  CHECK(warning.line == 3);
  CHECK(warning.help == "the first is on line 2; the last one counts");
}

TEST_CASE("every prefix of a document is a fault, never a crash") {
  std::string text = R"({"a": [1, {"b": "\u00e9"}], /* c */ "d": -1.5e2, // e
    "f": null,})";
  for (size_t length = 0; length < text.size(); ++length) {
    CHECK_FALSE(parseJsonc("f", text.substr(0, length)).ok());
  }
  CHECK(parseJsonc("f", text).ok());
}

}  // namespace flamesim::bundle
