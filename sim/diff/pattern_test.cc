#include "sim/diff/pattern.h"

#include <catch2/catch.hpp>
#include <chrono>

using namespace flamesim::diff;

TEST_CASE("Globs: a star is any run, everything else is itself") {
  CHECK(globMatches("*", ""));
  CHECK(globMatches("*.example.com", "a.b.example.com"));
  CHECK_FALSE(globMatches("*.example.com", "example.com"));
  CHECK(globMatches("/a/*/c", "/a/b/b/c"));
  CHECK_FALSE(globMatches("/a/*/c", "/a/c"));
  CHECK(globMatches("a*b*c", "axxbyybzc"));
  CHECK(globMatches("a[b]?.", "a[b]?."));
  CHECK_FALSE(globMatches("a.c", "abc"));
  CHECK_FALSE(globMatches("", "a"));
}

TEST_CASE("Globs with many stars end soon") {
  std::string pattern, text(5000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "a*";
  CHECK_FALSE(globMatches(pattern + "b", text));
}

TEST_CASE("A field pattern covers the field and its parts") {
  struct Row {
    const char* pattern;
    const char* field;
    bool covers;
  };
  for (auto row : {
           Row{"status", "status", true},
           Row{"body", "body:$.a", true},
           Row{"body:$", "body:$.a", true},
           Row{"body:$.a", "body:$.a.b[3].c", true},
           Row{"body:$.a", "body:$.ab", false},
           Row{"body:$.a.b", "body:$.a", false},
           Row{"body:$.items[*].id", "body:$.items[12].id", true},
           Row{"body:$.items[*].id", "body:$.items[12].name", false},
           Row{"body:$.items[*].id", "body:$.items[1].items[2].id", false},
           Row{"body:$.items[3]", "body:$.items[3].id", true},
           Row{"header:set-cookie", "header:set-cookie[1]", true},
           Row{"header:x-*", "header:x-a", true},
           Row{"header:x", "header:x.y", false},
           Row{"header:server", "header:server-timing", false},
           Row{"effect:log", "effect:log httplogs HttpLog input:$.time", true},
           Row{"effect:log httplogs", "effect:log httplogs2 HttpLog", false},
           Row{"effect:subrequest internet * header:x-id",
               "effect:subrequest internet GET /a header:x-id", true},
           Row{"*", "status", true},
       }) {
    CAPTURE(row.pattern, row.field);
    CHECK(fieldCovers(row.pattern, row.field) == row.covers);
  }
}

TEST_CASE("A regular expression matches the whole value") {
  auto regex = Regex::compile("[0-9a-f]{4}").orThrow();
  CHECK(regex.matchesWhole("12ab") == true);
  CHECK(regex.matchesWhole("12abc") == false);
  CHECK(Regex::compile("(\\d+)-(\\w+)").orThrow().replaceAll("1-a 22-b", "$2") == "a b");
  CHECK(Regex::compile("ü+").orThrow().replaceAll("xüüy", "u") == "xuy");
}

TEST_CASE("A broken regular expression says where") {
  auto result = Regex::compile("a(b");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message ==
        "\"a(b\" is not a regular expression: mismatched paren at character 3");
}

TEST_CASE("A regular expression has no answer rather than a wrong one") {
  // Ill-formed bytes would all become U+FFFD and look alike.
  CHECK(Regex::compile(".*").orThrow().matchesWhole("a\xff") == std::nullopt);
  CHECK(Regex::compile("a").orThrow().replaceAll("a\xff", "b") == std::nullopt);
  // Catastrophic backtracking is given up.
  auto begin = std::chrono::steady_clock::now();
  auto slow = Regex::compile("(a+)+b").orThrow();
  CHECK(slow.matchesWhole(std::string(5000, 'a')) == std::nullopt);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}
