#include "mocks/json_input.h"

#include <catch2/catch.hpp>

#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;

TEST_CASE("an error shows the line and what was expected") {
  auto error = inputErrorOf([] {
    JsonInput input = JsonInput::parse("{\n  \"a\": [1, \"tw\\\"o\", 3.5]\n}\n", "x.json");
    input.problem("$.a[1]", "expected an integer, found a string", "write 2");
    input.throwProblems();
  });
  CHECK(std::string(error.what()) ==
        "error: expected an integer, found a string\n"
        "  --> x.json:2:12 at $.a[1]\n"
        "    |\n"
        " 2 |   \"a\": [1, \"tw\\\"o\", 3.5]\n"
        "    |            ^\n"
        "    = help: write 2\n");
}

TEST_CASE("values of every kind are found") {
  struct Row {
    const char* path;
    uint32_t line;
    uint32_t column;
  };
  const Row rows[] = {
      {"$", 1, 1},          {"$.a", 2, 3},           {"$.b", 3, 3},    {"$.b[0]", 3, 9},
      {"$.b[1]", 3, 13},    {"$.b[1].c", 3, 14},     {"$.b[2]", 4, 1}, {"$.b[3]", 5, 1},
      {"$[\"d.e\"]", 6, 3}, {"$[\"d.e\"].f", 6, 11}, {"$.z", 7, 1},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    auto error = inputErrorOf([&] {
      JsonInput input = JsonInput::parse(
          "{ // note\n"
          "  \"a\": -12.5,\n"
          "  \"b\": [12, {\"c\": true},\n"
          "null,\n"
          "7\n"
          "], \"d.e\": {\"f\": \"\"},\n"
          "\"z\":1}",
          "x.json");
      input.problem(row.path, "here");
      input.throwProblems();
    });
    REQUIRE(error.problems.size() == 1);
    CHECK(error.problems[0].line == row.line);
    if (std::string(row.path) != "$[\"d.e\"]" && std::string(row.path) != "$[\"d.e\"].f") {
      CHECK(error.problems[0].column == row.column);
    }
  }
}

TEST_CASE("what is not JSON is refused with its place") {
  auto error = inputErrorOf([] { JsonInput::parse("{\n  \"a\": tru }\n", "x.json"); });
  REQUIRE(error.problems.size() == 1);
  CHECK(error.problems[0].line == 2);
  CHECK_THAT(error.problems[0].message, Catch::Matchers::StartsWith("not valid JSON: "));

  CHECK(inputErrorOf([] { JsonInput::parse("", "x.json"); }).problems.size() == 1);
  CHECK(inputErrorOf([] { JsonInput::parse("{} {}", "x.json"); }).problems.size() == 1);
  CHECK(inputErrorOf([] { JsonInput::parse("\"\xff\"", "x.json"); }).problems.size() == 1);
  CHECK(inputErrorOf([] { JsonInput::parse(std::string(5000, '['), "x.json"); })
            .problems[0]
            .message == "nested more than 100 levels deep");
}

TEST_CASE("a key that is given twice is refused, because one would be lost") {
  auto error = inputErrorOf(
      [] { JsonInput::parse("{\n  \"a\": 1,\n  \"b\": {\"a\": 2},\n  \"a\": 3\n}", "x.json"); });
  REQUIRE(error.problems.size() == 1);
  CHECK(error.problems[0].message == "the key \"a\" is given twice");
  CHECK(error.problems[0].line == 4);
  CHECK(error.problems[0].column == 3);
}

TEST_CASE("objects keep their order, and a byte order mark is no error") {
  JsonInput input = JsonInput::parse("\xef\xbb\xbf{\"z\": 1, \"a\": [2, {\"y\": 3}]}", "x.json");
  CHECK(input.root().dump() == R"({"z":1,"a":[2,{"y":3}]})");
}

TEST_CASE("the nearest name is suggested") {
  std::vector<std::string> names{"accountId", "accountTag", "zoneName"};
  CHECK(nearestName("acountId", names) == "accountId");
  CHECK(nearestName("AccountID", names) == "accountId");
  CHECK(nearestName("colour", names) == "");
  CHECK(suggestion("colour", names) == "there is accountId, accountTag, zoneName");
}

}  // namespace
}  // namespace flamesim::mocks
