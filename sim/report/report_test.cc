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
using flamesim::report::testing::sampleWithExcuses;
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
  summary.shard = "3/8";
  CHECK(exitCodeOf(summary) == ExitCode::kSame);
  summary.shard = "";
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
  CHECK(changed([](auto& s) { s.totals.known = 1; }) == ExitCode::kSame);
  CHECK(changed([](auto& s) { s.deviations.push_back({.stale = true}); }) == ExitCode::kDifferent);
  CHECK(changed([](auto& s) { s.deviations.push_back({.exchanges = 1}); }) == ExitCode::kSame);
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
  auto summary = summarize(aggregator, {rules, {}, {}}, Coverage::kWhole);
  REQUIRE(summary.rules.size() == 3);
  CHECK(summary.rules[0].uses == 1);
  CHECK(summary.rules[1].uses == 0);
  CHECK(summary.rules[2].expired);
  REQUIRE(summary.clusters.size() == 1);
  CHECK(summary.clusters[0].field == "status");
}

TEST_CASE("A summary tells which deviations were met, and which are stale") {
  auto deviations = diff::Deviations::parse(R"({"deviations": [
    {"field": "status", "decision": "accept", "reason": "a", "owner": "o", "date": "2026-01-31"},
    {"field": "body", "decision": "mend", "reason": "b"}]})",
                                            "d.jsonc");
  diff::Cluster gone{.field = "header:x", .example = {}};
  deviations.addBaseline({gone}, "old.json");
  auto reference = diff::testing::exchange(200);
  auto comparison = diff::compare(reference, diff::testing::exchange(404));
  deviations.judge(reference, comparison);
  diff::Aggregator aggregator;
  aggregator.add(reference, comparison);
  auto summary = summarize(aggregator, {{}, deviations, {}}, Coverage::kWhole);
  KnownDeviation met{.where = "d.jsonc:2",
                     .field = "status",
                     .decision = "accept",
                     .reason = "a",
                     .owner = "o",
                     .date = "2026-01-31",
                     .exchanges = 1,
                     .hosts = 1};
  REQUIRE(summary.deviations.size() == 3);
  CHECK(summary.deviations[0] == met);
  CHECK(summary.deviations[1].stale);
  CHECK_FALSE(summary.deviations[2].stale);  // nobody has to tidy up a baseline
  CHECK(summary.totals.known == 1);
  CHECK(resultOf(summary) == report::Result::kDifferent);
  CHECK(shownClusters(summary).empty());
  auto part = summarize(aggregator, {{}, deviations, {}}, Coverage::kPart);
  CHECK_FALSE(part.deviations[1].stale);
  CHECK(resultOf(part) == report::Result::kSame);
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
  CHECK(schema.check(nlohmann::json::parse(toJson(sampleWithExcuses()))) == "");
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

TEST_CASE("The example in docs/deviations.md is a ledger, and fits the schema") {
  std::string page = textOf("docs/deviations.md");
  size_t begin = page.find("\n    {\n") + 1;
  size_t end = page.find("\n    }\n", begin) + 7;
  REQUIRE(end > begin);
  std::string text = page.substr(begin, end - begin);
  CHECK(diff::Deviations::parse(text, "d.jsonc").list().size() == 1);
  SchemaCheck check(schemaOf("deviations.schema.json"));
  CHECK(check.check(nlohmann::json::parse(text)) == "");
  auto written =
      diff::withDeviations("", "d.jsonc", {diff::deviationOf(sampleSummary().clusters[0])});
  auto json = nlohmann::json::parse(written);
  CHECK(check.check(json) == "$.deviations[0]: \"reason\" is missing");
  json["deviations"][0]["reason"] = "r";
  CHECK(check.check(json) == "");
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
