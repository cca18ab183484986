// Reports read again, and reports of shards made one.
#include "sim/report/merge.h"

#include <catch2/catch.hpp>

#include "sim/diff/testing.h"
#include "sim/report/json_reader.h"
#include "sim/report/json_report.h"
#include "sim/report/testing.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::report::testing::sampleSummary;
using flamesim::report::testing::sampleWithExcuses;

namespace {

std::string faultOf(const std::string& text) {
  try {
    fromJson("report.json", text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

const diff::Rules& sampleRules() {
  static const diff::Rules kRules = diff::testing::rules(
      R"({"rules": [{"field": "header:server", "action": "ignore", "reason": "renamed"}]})");
  return kRules;
}

// Exchange `id`, one of twelve kinds, of one of five hosts.
void addExchange(uint64_t id, diff::Aggregator& aggregator) {
  auto reference = diff::testing::exchange(200, {{"Server", "fl"}, {"X-A", "1"}});
  reference.id = id;
  reference.request.url = "http://h" + std::to_string(id % 5) + ".example/";
  auto candidate = reference;
  candidate.outcome.answeredBy = id % 2 == 0 ? "rules" : "finish";
  if (id % 3 == 0) candidate.outcome.response.status = uint16_t(400 + id % 4);
  if (id % 4 == 0) candidate.outcome.response.headers.remove("X-A");
  if (id % 6 == 1) candidate.outcome.response.headers.set("Server", "x");
  aggregator.add(reference, diff::compare(reference, candidate, sampleRules()));
}

RunSummary summaryOf(const diff::Aggregator& aggregator) {
  RunSummary summary = summarize(aggregator, {sampleRules(), {}, {}}, Coverage::kWhole);
  summary.project = "p";
  summary.reference = "r.cap";
  return summary;
}

}  // namespace

TEST_CASE("A report that is written and read is the same") {
  CHECK(fromJson("report.json", toJson(sampleSummary())) == sampleSummary());
  CHECK(fromJson("report.json", toJson(RunSummary{})) == RunSummary{});
  auto excused = sampleWithExcuses();
  excused.totals.ruleUses = {31, 0, 0};
  CHECK(fromJson("report.json", toJson(excused)) == excused);
  excused.clusters[0].deviation = 9;
  CHECK_THROWS_AS(fromJson("report.json", toJson(excused)), UserError);
}

TEST_CASE("What is wrong with a report is said with its place") {
  std::string text = toJson(sampleSummary());
  auto changed = [&](const std::string& from, const std::string& to) {
    std::string copy = text;
    size_t at = copy.find(from);
    REQUIRE(at != std::string::npos);
    return faultOf(copy.replace(at, from.size(), to));
  };
  CHECK(changed("\"format\": 1", "\"format\": 2")
            .starts_with(
                "error: a report of format 2; this flamesim reads 1\n  --> report.json:2:13\n"));
  CHECK(changed("\"varied\": false,", "")
            .starts_with("error: clusters[0]: \"varied\" is missing\n   --> report.json:25:5\n"));
  CHECK(changed("\"share\": 0.8,", "\"share\": 1.5,").find("from 0 to 1") != std::string::npos);
  CHECK(changed("\"same\": 4578", "\"same\": -1").find("whole number") != std::string::npos);
  CHECK(changed("\"behaviour\"", "\"other\"").find("known: behaviour, framing") !=
        std::string::npos);
  CHECK(changed("\"rules\": [", "\"rules\": 1, \"x\": [").find("rules") != std::string::npos);
  CHECK(faultOf("[]").find("a report") != std::string::npos);
  CHECK(faultOf("{").find("report.json:1:") != std::string::npos);
}

TEST_CASE("Text of a report that comes from elsewhere cannot steer a terminal") {
  RunSummary summary = sampleSummary();
  summary.clusters[0].expected = "\x1b[2J";
  summary.project = "\x1b]0;x";
  auto read = fromJson("report.json", toJson(summary));
  CHECK(read.clusters[0].expected == "\\x1b[2J");
  CHECK(read.project == "\\x1b]0;x");
}

TEST_CASE("Merged reports of shards are the report of one run over everything") {
  diff::Aggregator all;
  std::vector<diff::Aggregator> parts(3);
  for (uint64_t id = 1; id <= 120; ++id) {
    addExchange(id, all);
    addExchange(id, parts[id % 5 % 3]);  // by host
  }
  std::vector<ShardReport> shards;
  for (const auto& part : parts) shards.push_back({"s", summaryOf(part)});
  REQUIRE(summaryOf(all).clusters.size() > 4);
  REQUIRE(summaryOf(all).rules[0].uses > 10);
  CHECK(disagreements(shards).empty());
  CHECK(mergeReports(shards) == summaryOf(all));
  std::swap(shards[0], shards[2]);
  CHECK(mergeReports(shards) == summaryOf(all));
  CHECK(mergeReports({shards[0]}) == shards[0].summary);
}

TEST_CASE("Merged parts of a run have its deviations and noise") {
  auto deviations = diff::Deviations::parse(R"({"deviations": [
    {"field": "header:x-a", "decision": "mend", "reason": "r"},
    {"field": "outcome", "decision": "accept", "reason": "met by nothing"}]})",
                                            "d.jsonc");
  diff::Noise observed;
  for (uint64_t id = 1; id <= 120; ++id) {
    auto fl = diff::testing::exchange(uint16_t(id % 3 == 0 ? 500 : 200));
    observed.observe(diff::compare(diff::testing::exchange(200), fl));
  }
  diff::NoiseFilter noise(observed);
  diff::Aggregator all;
  std::vector<diff::Aggregator> parts(3);
  for (uint64_t id = 1; id <= 120; ++id) {
    auto reference = diff::testing::exchange(200, {{"X-A", "1"}});
    reference.id = id;
    reference.request.url = "http://h" + std::to_string(id % 5) + ".example/";
    auto candidate = reference;
    if (id % 3 == 0) candidate.outcome.response.status = 404;
    if (id % 4 == 0) candidate.outcome.response.headers.remove("X-A");
    for (auto* to : {&all, &parts[id % 5 % 3]}) {
      auto comparison = diff::compare(reference, candidate);
      deviations.judge(reference, comparison);
      noise.judge(comparison);
      to->add(reference, comparison);
    }
  }
  auto summary = [&](diff::Aggregator& aggregator, Coverage coverage) {
    aggregator.decideNoise(noise);
    return summarize(aggregator, {{}, deviations, noise}, coverage);
  };
  std::vector<ShardReport> shards;
  for (size_t i = 0; i < 3; ++i) {
    shards.push_back({"s", summary(parts[i], Coverage::kPart)});
    shards.back().summary.shard = std::to_string(i + 1) + "/3";
    CHECK_FALSE(shards.back().summary.deviations[1].stale);
  }
  auto whole = summary(all, Coverage::kWhole);
  CHECK(whole.totals.known == 20);
  CHECK(whole.totals.noise == 40);
  CHECK(whole.deviations[1].stale);
  CHECK(disagreements(shards).empty());
  CHECK(mergeReports(shards) == whole);

  shards.pop_back();
  CHECK(disagreements(shards) == std::vector<std::string>{"part 3/3 is missing"});
  CHECK_FALSE(mergeReports(shards).deviations[1].stale);
  shards.push_back(shards[0]);
  CHECK(disagreements(shards)[0] == "part 1/3 is there twice");
  shards.pop_back();
  shards[1].summary.deviations[0].decision = "accept";
  CHECK(disagreements(shards)[0] == "other deviations or noise in s than in s");
}

TEST_CASE("More hosts than a shard counts stay more in the merged report") {
  ShardReport a{"a", sampleSummary()}, b{"b", sampleSummary()};
  auto merged = mergeReports({a, b});
  CHECK(merged.clusters[1].hosts == 200);
  CHECK(merged.clusters[1].moreHosts);
  CHECK_FALSE(merged.clusters[0].moreHosts);
}

TEST_CASE("Shards that are not of one run are found out") {
  RunSummary summary = sampleSummary();
  auto against = [&](auto change) {
    RunSummary other = summary;
    for (auto& cluster : other.clusters) cluster.example.id += 1000;
    change(other);
    return disagreements({{"a", summary}, {"b", other}});
  };
  using Lines = std::vector<std::string>;
  CHECK(against([](auto&) {}) == Lines{});
  CHECK(against([](auto& s) { s.project = "q"; }) ==
        Lines{"project: \"examples/front-line\" in a, \"q\" in b"});
  CHECK(against([](auto& s) { s.reference = "q.cap"; }) ==
        Lines{"reference: \"fixtures/front-line/traffic.cap\" in a, \"q.cap\" in b"});
  CHECK(against([](auto& s) { s.rules[0].reason = "q"; }) == Lines{"other rules in a than in b"});
  CHECK(against([](auto& s) { s.rules[0].uses = 7; }) == Lines{});
  CHECK(against([](auto& s) { s.clusters[2].example.id = 17; }) ==
        Lines{"exchange 17 is in a and in b"});
}

TEST_CASE("What shards do not have in common is left out of a merged report") {
  RunSummary other = sampleSummary();
  other.reference = "other.cap";
  other.candidate = "b/candidate.cap";
  other.rules[1].reason = "other";
  other.rules[2].expired = false;
  auto merged = mergeReports({{"a", sampleSummary()}, {"b", other}});
  CHECK(merged.reference == "fixtures/front-line/traffic.cap, other.cap");
  CHECK(merged.candidate.empty());
  CHECK(merged.project.empty());  // no command takes two references
  REQUIRE(merged.rules.size() == 4);
  CHECK(merged.rules[0].uses == 62);
  CHECK(merged.rules[2].expired);
  CHECK(merged.rules[3].reason == "other");
}
