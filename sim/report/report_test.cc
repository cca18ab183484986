#include "sim/report/run_summary.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "sim/diff/testing.h"
#include "sim/report/json_report.h"
#include "sim/report/schema_check.h"
#include "sim/report/testing.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::report::testing::sampleSummary;
using flamesim::report::testing::SchemaCheck;

namespace {

nlohmann::json schemaOf(const std::string& name) {
  std::ifstream file(std::string(FLAMESIM_SOURCE_DIR) + "/docs/" + name);
  return nlohmann::json::parse(file);
}

std::string textOf(const std::string& path) {
  std::ifstream file(std::string(FLAMESIM_SOURCE_DIR) + "/" + path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("What a run comes to") {
  RunSummary summary;
  CHECK(exitCodeOf(summary) == ExitCode::kNothingRun);
  summary.totals = {.exchanges = 3, .same = 2, .declined = 1, .framing = 3};
  CHECK(exitCodeOf(summary) == ExitCode::kSame);

  auto changed = [&](auto change) {
    RunSummary copy = summary;
    change(copy);
    return exitCodeOf(copy);
  };
  CHECK(changed([](auto& s) { s.totals.different = 1; }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.totals.failed = 1; }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.totals.onlyReference = 1; }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.totals.onlyCandidate = 1; }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.rules.push_back({.expired = true}); }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.rules.push_back({.uses = 0}); }) == ExitCode::kSame);
  CHECK(changed([](auto& s) { s.totals = {.onlyCandidate = 1}; }) == ExitCode::kDifferent);
}

TEST_CASE("A summary tells which rules were used, unused and expired") {
  auto rules = diff::testing::rules(R"({"rules": [
    {"field": "header:server", "action": "ignore", "reason": "a"},
    {"field": "header:x", "action": "ignore", "reason": "b"},
    {"field": "status", "action": "ignore", "reason": "c", "expires": "2026-11-01"}]})");
  auto reference = diff::testing::exchange(200, {{"Server", "fl"}});
  auto candidate = diff::testing::exchange(404, {{"Server", "x"}});
  diff::Aggregator aggregator;
  aggregator.add(reference, diff::compare(reference, candidate, rules));
  auto summary = summarize(aggregator, rules);
  REQUIRE(summary.rules.size() == 3);
  CHECK(summary.rules[0].uses == 1);
  CHECK(summary.rules[1].uses == 0);
  CHECK(summary.rules[2].expired);
  REQUIRE(summary.clusters.size() == 1);
  CHECK(summary.clusters[0].field == "status");
}

TEST_CASE("The command that reproduces is quoted for a shell") {
  RunSummary summary;
  summary.reference = "a b.cap";
  CHECK(reproduceCommand(summary, 7).empty());
  summary.project = "it's";
  CHECK(reproduceCommand(summary, 7) == R"(flamesim replay 'it'\''s' --from 'a b.cap' --only 7)");
}

TEST_CASE("The JSON report fits its schema") {
  SchemaCheck schema(schemaOf("report.schema.json"));
  auto report = nlohmann::json::parse(toJson(sampleSummary()));
  CHECK(schema.check(report) == "");
  CHECK(schema.check(nlohmann::json::parse(toJson(RunSummary{}))) == "");
  // The check itself finds what does not fit.
  report["clusters"][0].erase("worker");
  CHECK(schema.check(report) == "$.clusters[0]: \"worker\" is missing");
  report = nlohmann::json::parse(toJson(sampleSummary()));
  report["totals"]["extra"] = 1;
  CHECK(schema.check(report) == "$.totals: \"extra\" is not in the schema");
}

TEST_CASE("The JSON report is the same for the same summary and survives stray bytes") {
  auto summary = sampleSummary();
  CHECK(toJson(summary) == toJson(sampleSummary()));
  summary.clusters[0].example.url = "http://a.example/\xff";
  auto report = nlohmann::json::parse(toJson(summary));
  CHECK(report["clusters"][0]["example"]["url"] == "http://a.example/\xef\xbf\xbd");
  CHECK(report["clusters"][0]["example"]["reproduce"] ==
        "flamesim replay examples/front-line --from fixtures/front-line/traffic.cap --only 17");
  CHECK(report["result"] == "different");
  CHECK(report["exitCode"] == 1);
}

TEST_CASE("The example in docs/rules.md is a rules file, and fits the schema") {
  std::string page = textOf("docs/rules.md");
  size_t begin = page.find("\n    {\n") + 1;
  size_t end = page.find("\n    }\n", begin) + 7;
  REQUIRE(end > begin);
  std::string text = page.substr(begin, end - begin);
  CHECK(diff::testing::rules(text).list().size() == 3);
  auto json = nlohmann::json::parse(text, nullptr, true, true);
  CHECK(SchemaCheck(schemaOf("rules.schema.json")).check(json) == "");
}

TEST_CASE("The schema of rules and the reader of rules take the same actions and keys") {
  auto schema = schemaOf("rules.schema.json");
  SchemaCheck check(schema);
  nlohmann::json file{{"rules", {{{"field", "status"}, {"action", "ignore"}, {"reason", "r"}}}}};
  auto agree = [&](const nlohmann::json& value) {
    bool reads = diff::Rules::parse(value.dump(), "r", diff::testing::kTestDay).ok();
    CAPTURE(value.dump(), check.check(value));
    CHECK(reads == check.check(value).empty());
  };
  agree(file);
  for (auto& action : schema["$defs"]["rule"]["properties"]["action"]["enum"]) {
    auto copy = file;
    auto& rule = copy["rules"][0];
    rule["action"] = action;
    if (action == "regex" || action == "map") rule["pattern"] = "a";
    if (action == "map") rule["value"] = "b";
    if (action == "tolerance") rule["tolerance"] = 1;
    agree(copy);
  }
  for (auto key : {"host", "path", "method", "owner", "why", "pattern_"}) {
    auto copy = file;
    copy["rules"][0][key] = "x";
    agree(copy);
  }
  for (auto field : {"outcome", "outcomes", "body", "body:$.a", "bodyx", "header:", "header:a",
                     "effect:log", "*", "*x", "cookie"}) {
    auto copy = file;
    copy["rules"][0]["field"] = field;
    agree(copy);
  }
  for (auto mode : {"recorded", "strict", "off", "on"}) {
    auto copy = file;
    copy["effects"] = mode;
    agree(copy);
  }
}
