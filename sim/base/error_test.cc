#include "sim/base/error.h"

#include <catch2/catch.hpp>

using namespace flamesim;

TEST_CASE("a diagnostic prints what, where, the line, and how to mend it") {
  Diagnostic diagnostic{.message = "unknown key",
                        .file = "a/wrangler.jsonc",
                        .line = 12,
                        .column = 3,
                        .sourceLine = "\t \"nmae\": 1",
                        .help = "did you mean \"name\"?"};
  CHECK(diagnostic.render() ==
        "error: unknown key\n"
        "   --> a/wrangler.jsonc:12:3\n"
        "   |\n"
        "12 | \t \"nmae\": 1\n"
        "   | \t ^\n"
        "   = help: did you mean \"name\"?\n");
}

TEST_CASE("a diagnostic leaves out what is not known") {
  CHECK(Diagnostic{.message = "it failed"}.render() == "error: it failed\n");
  CHECK(Diagnostic{.severity = Severity::kWarning, .message = "m", .help = "h"}.render() ==
        "warning: m\n  = help: h\n");
  CHECK(Diagnostic{.message = "m", .file = "f"}.render() == "error: m\n  --> f\n");
  CHECK(Diagnostic{.message = "m", .file = "f", .line = 7, .sourceLine = "x"}.render() ==
        "error: m\n  --> f:7\n  |\n7 | x\n  | \n");
  // A line without its number is of no use.
  CHECK(Diagnostic{.message = "m", .file = "f", .sourceLine = "x"}.render() ==
        "error: m\n  --> f\n");
}

TEST_CASE("a long line is cut, and has no mark beyond the cut") {
  std::string line(1000, 'x');
  auto shown = [&](uint32_t column) {
    return Diagnostic{.message = "m", .file = "f", .line = 1, .column = column, .sourceLine = line}
        .render();
  };
  CHECK(shown(200).find(line.substr(0, 200) + "\n  | " + std::string(199, ' ') + "^\n") !=
        std::string::npos);
  CHECK(shown(202).find('^') == std::string::npos);
  CHECK(shown(202).find(line.substr(0, 201)) == std::string::npos);
}

TEST_CASE("an offset has a line, a column in characters, and the line's text") {
  auto at = [](std::string_view text, size_t offset) {
    auto position = positionOf(text, offset);
    return std::to_string(position.line) + ":" + std::to_string(position.column) + " " +
           position.lineText;
  };
  CHECK(at("", 0) == "1:1 ");
  CHECK(at("ab", 0) == "1:1 ab");
  CHECK(at("ab\ncd\n", 3) == "2:1 cd");
  CHECK(at("ab\ncd\n", 4) == "2:2 cd");
  CHECK(at("ab\ncd\n", 2) == "1:3 ab");  // the line's end belongs to it
  CHECK(at("ab\ncd\n", 6) == "3:1 ");
  CHECK(at("ab\r\ncd", 2) == "1:3 ab");
  CHECK(at("\n\nx", 1) == "2:1 ");
  CHECK(at("é€x", 5) == "1:3 é€x");  // bytes 0-1, 2-4, 5
  CHECK(at("abc", 100) == "1:4 abc");
}

TEST_CASE("a diagnostic at an offset has all of it") {
  auto diagnostic = diagnosticAt("f.jsonc", "{\n  x\n}", 4, "no", "yes");
  CHECK(diagnostic.severity == Severity::kError);
  CHECK(diagnostic.render() ==
        "error: no\n  --> f.jsonc:2:3\n  |\n2 |   x\n  |   ^\n"
        "  = help: yes\n");
}

TEST_CASE("the nearest of several words, or none that is near") {
  std::vector<std::string> words{"name", "main", "compatibility_date", "routes"};
  CHECK(nearest("nmae", words) == "name");
  CHECK(nearest("name", words) == "name");
  CHECK(nearest("compatability_date", words) == "compatibility_date");
  CHECK(nearest("route", words) == "routes");
  CHECK(nearest("observability", words) == "");
  CHECK(nearest("", words) == "");
  CHECK(nearest("name", {}) == "");
  // Of two that are equally near, the first.
  CHECK(nearest("ab", {"ac", "ad"}) == "ac");
  // A short word allows two changes, a longer one a third of its letters.
  CHECK(nearest("abcdefghi", {"abcdefxyz"}) == "abcdefxyz");
  CHECK(nearest("abcdefghi", {"abcdewxyz"}) == "");
}

TEST_CASE("several faults are one error that prints them all") {
  auto error = UserError::ofAll({{.message = "one"}, {.message = "two"}, {.message = "three"}},
                                ExitCode::kRunFailed);
  CHECK(error.diagnostic.message == "one");
  REQUIRE(error.others.size() == 2);
  CHECK(error.others[1].message == "three");
  CHECK(error.code == ExitCode::kRunFailed);
  CHECK(std::string(error.what()) == "error: one\nerror: two\nerror: three\n");
  CHECK(UserError::ofAll({{.message = "one"}}).others.empty());
  UserError alone("alone");
  CHECK(alone.code == ExitCode::kUsage);
}

TEST_CASE("a result is a value or why there is none") {
  Result<std::string> good(std::string("value"));
  REQUIRE(good);
  CHECK(good.value() == "value");
  CHECK(std::move(good).orThrow() == "value");
  Result<std::string> bad(Diagnostic{.message = "why"});
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message == "why");
  CHECK_THROWS_AS(std::move(bad).orThrow(), UserError);
}
