#include "sim/base/pattern.h"

#include <catch2/catch.hpp>
#include <chrono>

using namespace flamesim;

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

TEST_CASE("A regular expression finds what matches, by bytes") {
  auto find = [](const char* pattern, std::string_view text) {
    std::vector<std::string> found;
    auto compiled = Regex::compile(pattern).orThrow();
    auto ranges = compiled.findAll(text);
    REQUIRE(ranges);
    for (auto [begin, end] : *ranges) found.emplace_back(text.substr(begin, end - begin));
    return found;
  };
  using Found = std::vector<std::string>;
  CHECK(find("[0-9]+", "1 \xc3\xbc 22 \xf0\x9f\x94\xa5 333") == Found{"1", "22", "333"});
  CHECK(find("id=([0-9]+)", "id=1 id= id=22") == Found{"1", "22"});  // the first group
  CHECK(find("x*", "axxb") == Found{"xx"});                          // nothing empty
  CHECK(find("b+", "\xff\xfe bb") == Found{"bb"});                   // not UTF-8
  CHECK_FALSE(Regex::compile("(a+)+b").orThrow().findAll(std::string(5000, 'a')));
}
