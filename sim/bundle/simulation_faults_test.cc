#include "sim/bundle/simulation_faults.h"

#include <catch2/catch.hpp>

#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

// A project whose flamesim.jsonc has `more` from line 2 on.
std::filesystem::path write(const TestProject& project, const std::string& more) {
  project.write("w/index.js", "export default {}");
  return project.write("flamesim.jsonc",
                       "{\"workers\": {\"w\": \"w\"}, \"services\": {\"rrdns\": {\"source\": "
                       "\"rrdns\"}},\n" +
                           more + "}");
}

Lines problems(const std::string& rule) {
  TestProject project;
  auto file = write(project, "\"faults\": {\"rules\": [" + rule + "]}");
  auto lines = briefs(faultsOf([&] { loadSimulation(file); }), project);
  for (auto& line : lines) line = line.substr(line.find(":2:") + 3);
  return lines;
}

FaultRule only(const std::string& rule) {
  TestProject project;
  auto simulation = loadSimulation(write(project, "\"faults\": {\"rules\": [" + rule + "]}"));
  CHECK(briefs(simulation.warnings, project) == Lines{});
  REQUIRE(simulation.faults.rules.size() == 1);
  return simulation.faults.rules[0];
}

}  // namespace

TEST_CASE("a rule with all that it can say") {
  auto rule = only(R"({"service": "rrdns",
      "when": {"method": "lookupOwnership", "params": {"request.queryName": "*.example.com"}},
      "latencyMs": {"p50": 20, "p99": 400}, "error": {"type": "overloaded", "message": "too much"},
      "probability": 0.25, "schedule": {"fromSeconds": 12, "forSeconds": 3, "everySeconds": 60}})");
  CHECK(rule.target == FaultTarget::kService);
  CHECK(rule.name == "rrdns");
  CHECK(rule.when.methods == Lines{"lookupOwnership"});
  REQUIRE(rule.when.params.size() == 1);
  CHECK(rule.when.params[0].first == "request.queryName");
  CHECK(rule.latency.shape == Latency::Shape::kLognormal);
  CHECK(rule.latency.b == 400);
  REQUIRE(rule.error);
  CHECK(rule.error->type == FaultType::kOverloaded);
  CHECK(rule.error->message == "too much");
  CHECK(rule.probability == 0.25);
  CHECK(rule.schedule.from == 12);
  CHECK(rule.schedule.length == 3.0);
  CHECK(rule.schedule.every == 60);
}

TEST_CASE("what a call's end can be") {
  CHECK(only(R"({"egress": "fl", "drop": "after"})").drop.when == FaultDrop::When::kAfter);
  auto share = only(R"({"egress": "fl", "drop": {"afterShare": 0.5}})").drop;
  CHECK(share.when == FaultDrop::When::kBody);
  CHECK(share.share == 0.5);
  CHECK(only(R"({"worker": "w", "drop": {"afterBytes": 10}})").drop.bytes == 10u);
  CHECK(only(R"({"service": "rrdns", "error": "unimplemented"})").error->type ==
        FaultType::kUnimplemented);
  CHECK(only(R"({"service": "rrdns", "stale": true})").stale.ageSeconds == 0);
  CHECK(only(R"({"service": "rrdns", "stale": {"seconds": 30}})").stale.ageSeconds == 30);
}

TEST_CASE("the distributions of latencies") {
  using enum Latency::Shape;
  auto latency = [](const std::string& text) {
    auto read = only(R"({"service": "rrdns", "latencyMs": )" + text + "}").latency;
    return std::tuple(read.shape, read.a, read.b);
  };
  CHECK(latency("20") == std::tuple(kConstant, 20.0, 0.0));
  CHECK(latency(R"({"uniform": [1, 2.5]})") == std::tuple(kUniform, 1.0, 2.5));
  CHECK(latency(R"({"normal": {"mean": 20, "deviation": 5}})") == std::tuple(kNormal, 20.0, 5.0));
  CHECK(latency(R"({"exponential": {"mean": 20}})") == std::tuple(kExponential, 20.0, 0.0));
}

TEST_CASE("a service has its own rules") {
  TestProject project;
  project.write("w/index.js", "export default {}");
  auto file = project.write("flamesim.jsonc", R"({"workers": {"w": "w"}, "services": {
      "rrdns": {"source": "rrdns", "strict": true, "faults": [{"error": "failed"}]},
      "quicksilver": {"source": "quicksilver"}},
      "faults": {"seed": 7, "rules": [{"service": "quicksilver", "latencyMs": 5}]}})");
  auto simulation = loadSimulation(file);
  CHECK(briefs(simulation.warnings, project) == Lines{});
  CHECK(simulation.faults.seed == 7);
  REQUIRE(simulation.faults.rules.size() == 2);
  CHECK(simulation.faults.rules[1].name == "rrdns");
  CHECK(simulation.findService("rrdns")->strict);
  CHECK_FALSE(simulation.findService("quicksilver")->strict);
}

TEST_CASE("rules that cannot be used, with their place") {
  CHECK(problems(R"({"service": "rrdsn", "error": "failed"})") ==
        Lines{"34: there is no service \"rrdsn\" [did you mean \"rrdns\"?]"});
  CHECK(problems(R"({"egress": "moon", "error": "failed"})") ==
        Lines{"33: there is no egress \"moon\" [it is one of fl, internet, cache]"});
  CHECK(problems(R"({"error": "failed"})") ==
        Lines{"22: faults.rules[0] does not say what it is for [add one of \"service\": \"name\", "
              "\"egress\": \"fl\" and \"worker\": \"name\"]"});
  CHECK(problems(R"({"service": "rrdns"})") ==
        Lines{"22: faults.rules[0] does nothing [add \"latencyMs\", \"error\", \"drop\" or "
              "\"stale\"]"});
  CHECK(problems(R"({"service": "rrdns", "error": "overlaoded"})") ==
        Lines{"52: there is no type of error \"overlaoded\" [did you mean \"overloaded\"?]"});
  CHECK(problems(R"({"service": "rrdns", "error": "failed", "drop": "after"})") ==
        Lines{"62: faults.rules[0] has both \"error\" and \"drop\" [make two rules of it]"});
  CHECK(problems(R"({"service": "rrdns", "drop": {"afterBytes": 1}})") ==
        Lines{"51: calls of services have no body that could break off [\"drop\" is \"before\" or "
              "\"after\" there]"});
  CHECK(problems(R"({"service": "rrdns", "drop": "during"})").size() == 1);
  CHECK(problems(R"({"service": "rrdns", "error": "failed", "probability": 1.5})") ==
        Lines{"77: \"faults.rules[0].probability\" must be from 0 to 1"});
  for (auto* latency : {"-1", "\"20\"", "{}", R"({"p50": 20})", R"({"p50": 20, "p99": 10})",
                        R"({"uniform": [2, 1]})", R"({"uniform": [2]})",
                        R"({"normal": {"mean": 1}})", R"({"gamma": 1})", "1e99"}) {
    INFO(latency);
    CHECK_FALSE(
        problems(R"({"service": "rrdns", "latencyMs": )" + std::string(latency) + "}").empty());
  }
  for (auto* schedule : {R"({"everySeconds": 60})", R"({"forSeconds": 61, "everySeconds": 60})",
                         R"({"fromSeconds": -1})", "5"}) {
    INFO(schedule);
    CHECK_FALSE(problems(R"({"service": "rrdns", "error": "failed", "schedule": )" +
                         std::string(schedule) + "}")
                    .empty());
  }
}

TEST_CASE("a file of faults") {
  TestProject project;
  auto simulation = loadSimulation(write(project, "\"faults\": {\"seed\": 3}"));
  auto good = project.write("good.jsonc", R"({"seed": 9, "rules": [
      {"service": "rrdns", "error": "failed"}]})");
  auto settings = loadFaults(good, simulation);
  CHECK(settings.seed == 9);
  CHECK(settings.rules.size() == 1);
  CHECK(loadFaults(project.write("empty.jsonc", "{}"), simulation).seed == 3);
  auto bad = project.write("bad.jsonc", R"({"rules": [
      {"service": "rrdns", "eror": "failed", "latencyMs": 1}]})");
  CHECK(briefs(faultsOf([&] { loadFaults(bad, simulation); }), project) ==
        Lines{"bad.jsonc:2:28: unknown key \"eror\" in rules[0] [did you mean \"error\"?]"});
}

TEST_CASE("one rule of a test") {
  TestProject project;
  auto simulation = loadSimulation(write(project, "\"faults\": {}"));
  CHECK(parseFaultRule(R"({"service":"rrdns","error":"failed"})", simulation).name == "rrdns");
  CHECK_FALSE(faultsOf([&] { parseFaultRule("5", simulation); }).empty());
  CHECK_FALSE(faultsOf([&] { parseFaultRule("", simulation); }).empty());
}

}  // namespace flamesim::bundle
