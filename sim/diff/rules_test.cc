// The rules file: what it can say, what it is told when it is wrong, and what rules excuse.
#include "sim/diff/rules.h"

#include <catch2/catch.hpp>

#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

std::string errorOf(std::string_view text) {
  auto result = Rules::parse(text, "rules.jsonc", kTestDay);
  REQUIRE_FALSE(result.ok());
  return result.error().render();
}

// True when the rule excuses that a header's value changed so.
bool excusesHeader(const std::string& members, const char* expected, const char* got) {
  return compare(exchange(200, {{"x", expected}}), exchange(200, {{"x", got}}), rule(members))
      .differences.empty();
}

Lines jsonDifferences(const char* reference, const char* candidate, const Rules& rules) {
  HeaderPairs json{{"Content-Type", "application/json"}};
  return describe(compare(exchange(200, json, reference), exchange(200, json, candidate), rules));
}

}  // namespace

TEST_CASE("A rules file is read with its comments") {
  auto read = rules(R"({
    // who allows what
    "rules": [
      {"field": "header:Server", "action": "ignore", "host": "*.Example.com", "path": "/a/*",
       "method": "GET", "status": "4xx", "reason": "renamed", "owner": "edge",
       "expires": "2027-01-01"},
      {"field": "body:$.t", "action": "tolerance", "tolerance": 2.5, "status": 200,
       "reason": "clocks"},
    ],
    "effects": "strict",
  })");
  REQUIRE(read.list().size() == 2);
  CHECK(read.list()[0].field == "header:server");
  CHECK(read.list()[0].scope.host == "*.example.com");
  CHECK(read.list()[0].where() == "rules.jsonc:4");
  CHECK(read.list()[1].tolerance == 2.5);
  CHECK(read.list()[1].scope.status == "200");
  CHECK(read.effects() == EffectMode::kStrict);
  CHECK(rules("{}").effects() == EffectMode::kRecorded);
}

TEST_CASE("Mistakes in a rules file are shown at their place") {
  CHECK(errorOf("{\"rules\": [\n  {\"field\": \"status\", \"acton\": \"ignore\"}]}") ==
        "error: unknown key \"acton\" in a rule\n"
        "  --> rules.jsonc:2:23\n"
        "  |\n"
        "2 |   {\"field\": \"status\", \"acton\": \"ignore\"}]}\n"
        "  |                       ^\n"
        "  = help: did you mean \"action\"?\n");
  struct Row {
    const char* members;
    const char* message;
  };
  for (auto row : {
           Row{R"("field": "status", "action": "ignor", "reason": "r")",
               "unknown action \"ignor\""},
           Row{R"("field": "sttus", "action": "ignore", "reason": "r")",
               "no difference has the field \"sttus\""},
           Row{R"("field": "header:", "action": "ignore", "reason": "r")",
               "no difference has the field \"header:\""},
           Row{R"("action": "ignore", "reason": "r")", "the rule has no \"field\""},
           Row{R"("field": "status", "reason": "r")", "the rule has no \"action\""},
           Row{R"("field": "status", "action": "ignore")", "the rule has no \"reason\""},
           Row{R"("field": "status", "action": "regex", "reason": "r")",
               "the rule has no \"pattern\""},
           Row{R"("field": "body", "action": "map", "pattern": "a", "reason": "r")",
               "the rule has no \"value\""},
           Row{R"("field": "body", "action": "tolerance", "reason": "r")",
               "the rule has no \"tolerance\""},
           Row{R"("field": "body", "action": "tolerance", "tolerance": -1, "reason": "r")",
               "a tolerance is not negative"},
           Row{R"("field": "body", "action": "ignore", "pattern": "a", "reason": "r")",
               "the action \"ignore\" does not use \"pattern\""},
           Row{R"("field": "body", "action": "regex", "pattern": "(", "reason": "r")",
               "\"(\" is not a regular expression"},
           Row{R"("field": "body", "action": "ignore", "status": "4x", "reason": "r")",
               "\"4x\" is not a status"},
           Row{R"("field": "body", "action": "ignore", "expires": "2027-02-30", "reason": "r")",
               "\"2027-02-30\" is not a day"},
           Row{R"("field": 3, "action": "ignore", "reason": "r")",
               "\"field\" must be a string, not a number"},
       }) {
    CAPTURE(row.members);
    CHECK_THAT(errorOf(std::string("{\"rules\": [{") + row.members + "}]}"),
               Catch::Contains(row.message) && Catch::Contains("--> rules.jsonc:1:"));
  }
  CHECK_THAT(errorOf("[]"), Catch::Contains("a rules file is an object"));
  CHECK_THAT(errorOf("{\"rule\": []}"), Catch::Contains("did you mean \"rules\"?"));
  CHECK_THAT(errorOf("{\"rules\": {}}"), Catch::Contains("\"rules\" must be an array"));
  CHECK_THAT(errorOf("{\"effects\": \"strct\"}"), Catch::Contains("did you mean \"strict\"?"));
  CHECK_THAT(errorOf("{\"rules\": [1]}"), Catch::Contains("a rule is an object"));
  CHECK_THAT(errorOf("{\"rules\": ["), Catch::Contains("rules.jsonc:1"));
}

TEST_CASE("A rules file that cannot be read ends the command") {
  CHECK_THROWS_AS(Rules::load("/nonexistent/rules.jsonc", kTestDay), UserError);
}

TEST_CASE("A rule holds through its last day; afterwards it excuses nothing") {
  auto withDay = [](const char* day) {
    return rule(std::string(R"("field": "status", "action": "ignore", "expires": ")") + day + "\"");
  };
  CHECK_FALSE(withDay("2026-11-24").list()[0].expired);
  CHECK(withDay("2026-11-23").list()[0].expired);
  CHECK(compare(exchange(200), exchange(404), withDay("2026-11-24")).differences.empty());
  CHECK_FALSE(compare(exchange(200), exchange(404), withDay("2026-11-23")).differences.empty());
}

TEST_CASE("Conditions: host, path, method, status of the reference") {
  struct Row {
    const char* condition;
    bool holds;
  };
  for (auto row : {
           Row{R"("host": "*.shop.example")", true},
           Row{R"("host": "shop.example")", false},
           Row{R"("path": "/a/*")", true},
           Row{R"("path": "/a")", false},
           Row{R"("method": "POST")", true},
           Row{R"("method": "GET")", false},
           Row{R"("status": 200)", true},
           Row{R"("status": "2xx")", true},
           Row{R"("status": "404")", false},
       }) {
    CAPTURE(row.condition);
    auto reference = exchange(200, {}, "", "POST", "https://www.shop.example:8443/a/b?c=/d");
    auto candidate = reference;
    candidate.outcome.response.status = 404;
    auto result =
        compare(reference, candidate,
                rule(R"("field": "status", "action": "ignore", )" + std::string(row.condition)));
    CHECK(result.differences.empty() == row.holds);
  }
}

TEST_CASE("Action ignore excuses values, presence and absence") {
  auto ignore = rule(R"("field": "header:x-*", "action": "ignore")");
  CHECK(compare(exchange(200, {{"X-A", "1"}, {"X-B", "1"}}),
                exchange(200, {{"X-A", "2"}, {"X-C", "1"}}), ignore)
            .differences.empty());
}

TEST_CASE("Action presence excuses values alone") {
  const char* members = R"("field": "header:x", "action": "presence")";
  CHECK(excusesHeader(members, "1", "2"));
  CHECK_FALSE(compare(exchange(200, {{"x", "1"}}), exchange(), rule(members)).differences.empty());
}

TEST_CASE("Action regex wants both values to match") {
  const char* members = R"("field": "header:x", "action": "regex", "pattern": "[a-f]+\\d")";
  CHECK(excusesHeader(members, "ab1", "c2"));
  CHECK_FALSE(excusesHeader(members, "ab1", "z2"));
  CHECK_FALSE(excusesHeader(members, "zz", "c2"));
}

TEST_CASE("A rule that has no answer excuses nothing and says so") {
  auto result = compare(exchange(200, {{"x", "a"}}), exchange(200, {{"x", "\xff"}}),
                        rule(R"("field": "header:x", "action": "regex", "pattern": ".*")"));
  REQUIRE(result.differences.size() == 1);
  CHECK(result.differences[0].detail ==
        "the pattern of rules.jsonc:1 has no answer for this value");
}

TEST_CASE("Action tolerance takes numbers, and HTTP dates in seconds") {
  const char* members = R"("field": "header:x", "action": "tolerance", "tolerance": 2)";
  CHECK(excusesHeader(members, "10", "12"));
  CHECK_FALSE(excusesHeader(members, "10", "12.5"));
  CHECK_FALSE(excusesHeader(members, "ten", "10"));
  CHECK_FALSE(excusesHeader(members, "nan", "10"));
  CHECK(excusesHeader(members, "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:39 GMT"));
  CHECK(jsonDifferences(R"({"t":1.5,"u":1})", R"({"t":1.6,"u":2})",
                        rule(R"("field": "body:$.t", "action": "tolerance", "tolerance": 0.2)")) ==
        Lines{"body:$.u: 1 -> 2"});
}

TEST_CASE("Action map replaces on both sides before comparing") {
  const char* members =
      R"("field": "header:x", "action": "map", "pattern": "id=(\\w)\\w*", "value": "id=$1")";
  CHECK(excusesHeader(members, "id=abc; n=1", "id=axyz; n=1"));
  CHECK_FALSE(excusesHeader(members, "id=abc; n=1", "id=abc; n=2"));
  auto page = rule(R"("field": "body", "action": "map", "pattern": "ray [0-9a-f]+", "value": "")");
  CHECK(compare(exchange(200, {}, "<p>ray 12ab</p>"), exchange(200, {}, "<p>ray 99</p>"), page)
            .differences.empty());
  CHECK(describe(compare(exchange(200, {}, "a ray 12ab b"), exchange(200, {}, "a ray 99 c"),
                         page)) == Lines{"body: a  b -> a  c"});
}

TEST_CASE("Two map rules can excuse a value together") {
  auto both = rules(R"({"rules": [
    {"field": "header:x", "action": "map", "pattern": "a\\d", "value": "a", "reason": "r"},
    {"field": "header:x", "action": "map", "pattern": "b\\d", "value": "b", "reason": "r"}]})");
  auto result = compare(exchange(200, {{"x", "a1 b1"}}), exchange(200, {{"x", "a2 b2"}}), both);
  CHECK(result.differences.empty());
  CHECK(result.rulesUsed == std::vector<uint32_t>{0, 1});
}

TEST_CASE("Action sort compares a JSON array without regard to order") {
  auto sort = rule(R"("field": "body:$.items[*].tags", "action": "sort")");
  CHECK(jsonDifferences(R"({"items":[{"tags":["a","b"]}]})", R"({"items":[{"tags":["b","a"]}]})",
                        sort)
            .empty());
  CHECK(jsonDifferences(R"({"items":[{"tags":["a","b"]}]})", R"({"items":[{"tags":["c","a"]}]})",
                        sort) == Lines{R"(body:$.items[0].tags[1]: "b" -> "c")"});
  CHECK_FALSE(jsonDifferences(R"({"items":[1,2]})", R"({"items":[2,1]})", sort).empty());
}

TEST_CASE("The first rule that excuses counts; exact ends the search") {
  auto two = rules(R"({"rules": [
    {"field": "header:x", "action": "exact", "host": "b.example", "reason": "r"},
    {"field": "header:x", "action": "presence", "reason": "r"},
    {"field": "header:*", "action": "ignore", "reason": "r"}]})");
  auto a = exchange(200, {{"x", "1"}}), b = exchange(200, {{"x", "2"}});
  CHECK(compare(a, b, two).rulesUsed == std::vector<uint32_t>{1});
  CHECK(compare(a, exchange(), two).rulesUsed == std::vector<uint32_t>{2});
  a.request.url = b.request.url = "http://b.example/";
  CHECK(compare(a, b, two).differences.size() == 1);
}

TEST_CASE("A failed outcome can be excused by naming it, and by nothing else") {
  auto failed = exchange();
  failed.outcome.kind = net::OutcomeKind::kFailed;
  failed.outcome.error = "gone";
  CHECK(compare(exchange(), failed, rule(R"("field": "status", "action": "ignore")")).verdict ==
        Verdict::kFailed);
  CHECK(compare(exchange(), failed, rule(R"("field": "outcome", "action": "ignore")")).verdict ==
        Verdict::kSame);
}
