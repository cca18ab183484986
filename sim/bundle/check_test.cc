#include "sim/bundle/check.h"

#include <catch2/catch.hpp>
#include <set>

#include "sim/bundle/binding_types.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

// A worker "w" with these unsafe.bindings on line 2 of its configuration, in a simulation with
// these further keys.
class Fixture {
 public:
  Lines check(const std::string& bindings, const std::string& keys = "") {
    project.write("w/wrangler.jsonc",
                  "{\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\"base_path\": \".\", "
                  "\"source_schemas\": [\"s.capnp\"]}, \"bindings\": [\n" +
                      bindings + "]}}");
    project.write("w/index.js", "export default {}");
    project.write("w/s.capnp", "@0xbf5147cbbecf40c1;\ninterface Rrdns {}\n");
    project.write("next/index.js", "export default {}");
    auto file = project.write(
        "flamesim.jsonc", "{\"workers\": {\"w\": \"w\", \"next\": \"next\"}, \"chain\": [\"w\"]" +
                              (keys.empty() ? "" : ", " + keys) + "}");
    auto simulation = loadSimulation(file);
    auto& worker = *simulation.findWorker("w");
    found = checkBindings(simulation, worker, load(worker.path));
    auto lines = briefs(found, project);
    for (auto& line : lines) {
      auto at = line.find(file.string());
      if (at != std::string::npos) line.replace(at, file.string().size(), "FILE");
    }
    return lines;
  }
  std::vector<Diagnostic> found;

 private:
  TestProject project;
};

}  // namespace

TEST_CASE("what the simulation serves is well") {
  Fixture fixture;
  CHECK(fixture.check(
            R"({"type": "capnp_service", "name": "A", "service": "rrdns", "interface": "Rrdns"},
    {"type": "logfwdr", "name": "B", "destination": "x"},
    {"type": "service", "name": "C", "service": "next"},
    {"type": "egress", "name": "E", "to": "fl"}, {"type": "egress", "name": "F", "to": "internet"},
    {"type": "origin", "name": "G"}, {"type": "plain_text", "name": "I", "text": ""},
    {"type": "volatile_cache", "name": "H", "max_keys": 1, "max_value_size": 1,
     "max_total_value_size": 1})",
            R"("services": {"rrdns": {"source": "rrdns"},
      "logfwdr": {"source": "logfwdr"}}, "fl": {"url": "http://127.0.0.1:9080"})") == Lines{});
}

TEST_CASE("a service that is not in the simulation") {
  Fixture fixture;
  auto binding =
      R"({"type": "capnp_service", "name": "A", "service": "rrdns", "interface": "Rrdns"})";
  CHECK(
      fixture.check(binding) ==
      Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) needs a service \"rrdns\", which "
            "is not in the simulation [add \"rrdns\": {\"source\": \"rrdns\", \"zones\": "
            "\"zones.json\"} to \"services\" in FILE]"});
  CHECK(fixture.found[0].sourceLine.starts_with("{\"type\": \"capnp_service\""));
  CHECK(fixture.found[0].severity == Severity::kError);
  CHECK(fixture.check(binding, R"("services": {"rrdn": {"source": "rrdns"}})")[0].find(
            "[did you mean \"rrdn\"? Else add \"rrdns\": ") != std::string::npos);
}

TEST_CASE("an interface that the bundled schema lacks") {
  Fixture fixture;
  CHECK(
      fixture.check(
          R"({"type": "capnp_service", "name": "A", "service": "rrdns", "interface": "Rrdn"})",
          R"("services": {"rrdns": {"source": "rrdns"}})") ==
      Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) names an interface \"Rrdn\" that "
            "the bundled schema lacks [did you mean \"Rrdns\"?]"});
}

TEST_CASE("no log forwarder, no worker") {
  Fixture fixture;
  CHECK(
      fixture.check(R"({"type": "logfwdr", "name": "A", "destination": "x"},
{"type": "service", "name": "B", "service": "nxt"},
{"type": "service", "name": "C", "service": "zzzzz"})") ==
      Lines{
          "w/wrangler.jsonc:2:29: the binding A (logfwdr) needs a service \"logfwdr\", which is "
          "not in "
          "the simulation [add \"logfwdr\": {\"source\": \"logfwdr\", \"output\": \"logs.bin\"} "
          "to \"services\" in FILE]",
          "w/wrangler.jsonc:3:29: the binding B (service) needs a worker \"nxt\", which is not in "
          "the simulation [did you mean \"next\"? Else add \"nxt\": \"folder of the worker\" to "
          "\"workers\" in FILE]",
          "w/wrangler.jsonc:4:29: the binding C (service) needs a worker \"zzzzz\", which is not "
          "in the simulation [add \"zzzzz\": \"folder of the worker\" to \"workers\" in FILE]"});
}

TEST_CASE("data points need no service, but one that is there must be theirs") {
  Fixture fixture;
  auto binding = R"({"type": "analytics_engine", "name": "A", "dataset": "x"})";
  CHECK(fixture.check(binding) == Lines{});
  CHECK(fixture.check(binding, R"("services": {"analytics": {"source": "analytics"}})") == Lines{});
  CHECK(fixture.check(binding, R"("services": {"points": {"source": "analytics"}})") ==
        Lines{"w/wrangler.jsonc:2:38: the binding A (analytics_engine) needs a service "
              "\"analytics\", which is not in the simulation [rename the service \"points\" to "
              "\"analytics\" in FILE]"});
  CHECK(
      fixture.check(binding, R"("services": {"analytics": {"source": "rrdns"}})") ==
      Lines{"w/wrangler.jsonc:2:38: the binding A (analytics_engine) needs the service "
            "\"analytics\" to be of the source \"analytics\" [rename the service \"analytics\" in "
            "FILE]"});
  CHECK(fixture
            .check(binding, R"("services": {"analytics": {"source": "analytics"}},
                                  "permissions": {"w": []})")[0]
            .find("may not bind") != std::string::npos);
}

TEST_CASE("a tail consumer that is not in the simulation") {
  Fixture fixture;
  CHECK(fixture.check("]}, \"tail_consumers\": [{\"service\": \"next\"},\n"
                      "{\"service\": \"nxt\"}], \"vars\": {\"A\": [") ==
        Lines{"w/wrangler.jsonc:3:13: the tail consumer \"nxt\" is not in the simulation: it hears "
              "nothing [did you mean \"next\"? Else add \"nxt\": \"folder of the worker\" to "
              "\"workers\" in FILE]"});
}

TEST_CASE("egress: only a replay answers for an FL without address") {
  Fixture fixture;
  CHECK(
      fixture.check(R"({"type": "egress", "name": "A", "to": "fl"},
{"type": "egress", "name": "B", "to": "cache"},
{"type": "egress", "name": "C", "to": "internat"})") ==
      Lines{"w/wrangler.jsonc:2:28: the binding A (egress) goes to FL, whose address is not known: "
            "only a replay can answer for it [add \"fl\": {\"url\": \"http://127.0.0.1:9080\"} to "
            "FILE]",
            "w/wrangler.jsonc:3:28: the binding B (egress) goes to the HTTP cache, which is off: "
            "nothing will be kept [add \"cache\": {\"enabled\": true} to FILE]",
            "w/wrangler.jsonc:4:28: the binding C (egress) goes to an unknown egress \"internat\" "
            "[did you mean \"internet\"?]"});
  CHECK(fixture.found[0].severity == Severity::kWarning);
  CHECK(fixture.found[1].severity == Severity::kWarning);
  CHECK(fixture.found[2].severity == Severity::kError);
}

TEST_CASE("types and fields") {
  Fixture fixture;
  CHECK(
      fixture.check(R"({"type": "volatile_cach", "name": "A"},
{"type": "volatile_cache", "name": "B", "max_keys": -1, "max_value_size": 5},
{"type": "r2_bucket", "name": "C"}, {"type": "zzzzzzzzzzzzzzz", "name": "D"})") ==
      Lines{
          "w/wrangler.jsonc:2:35: the binding A (volatile_cach) has a type that flamesim does not "
          "know [did you mean \"volatile_cache\"?]",
          "w/wrangler.jsonc:3:36: the binding B (volatile_cache) has a wrong \"max_keys\": -1 [it "
          "must be a whole number from 0 to 4294967295]",
          "w/wrangler.jsonc:3:36: the binding B (volatile_cache) lacks \"max_total_value_size\" "
          "[add \"max_total_value_size\" to it: a whole number from 0]",
          "w/wrangler.jsonc:4:31: the binding C (r2_bucket) is of a type that flamesim does not "
          "emulate [remove the binding for the simulation, in an environment of its own]",
          "w/wrangler.jsonc:4:73: the binding D (zzzzzzzzzzzzzzz) has a type that flamesim does "
          "not know [the table of binding types is in docs/configuration.md]"});
}

TEST_CASE("a log forwarder of another name is not found by the bindings") {
  Fixture fixture;
  CHECK(
      fixture.check(R"({"type": "logfwdr", "name": "A", "destination": "x"})",
                    R"("services": {"logs": {"source": "logfwdr"}})") ==
      Lines{"w/wrangler.jsonc:2:29: the binding A (logfwdr) needs a service \"logfwdr\", which is "
            "not in the simulation [rename the service \"logs\" to \"logfwdr\" in FILE]"});
}

TEST_CASE("a worker may bind what it is permitted") {
  Fixture fixture;
  auto bindings =
      R"({"type": "capnp_service", "name": "A", "service": "rrdns", "interface": "Rrdns"},
{"type": "logfwdr", "name": "B", "destination": "x"})";
  std::string services =
      R"("services": {"rrdns": {"source": "rrdns"}, "logfwdr": {"source": "logfwdr"}})";
  CHECK(fixture.check(bindings, services + R"(, "permissions": {"next": []})") == Lines{});
  CHECK(
      fixture.check(bindings, services + R"(, "permissions": {"w": ["rrdns"]})") ==
      Lines{
          "w/wrangler.jsonc:3:29: the binding B (logfwdr) uses the service \"logfwdr\", which the "
          "worker w may not bind [add \"logfwdr\" to \"permissions\": {\"w\": [...]} in FILE]"});
}

TEST_CASE("a capability needs a bundled schema") {
  Simulation simulation;
  simulation.file = "/x/flamesim.jsonc";
  simulation.services.push_back({.name = "rrdns", .source = ServiceSource::kRrdns});
  Bundle bundle;
  Binding binding;
  binding.name = "A";
  binding.type = "capnp_service";
  binding.fields = {{"service", "rrdns"}, {"interface", "Rrdns"}};
  bundle.bindings.push_back(binding);
  auto found = checkBindings(simulation, WorkerEntry{}, bundle);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message ==
        "the binding A (capnp_service) needs a schema, but the worker bundles "
        "none");
  CHECK(found[0].help.find("\"source_schemas\": [\"rrdns.capnp\"]") != std::string::npos);
}

TEST_CASE("a worker alone is told where its flamesim.jsonc would stand") {
  TestProject project;
  project.write("wrangler.jsonc", R"({"name": "solo", "main": "index.js",
    "services": [{"binding": "NEXT", "service": "other"}]})");
  project.write("index.js", "export default {}");
  auto simulation = loadSimulation(project.path());
  auto found = checkBindings(simulation, simulation.workers[0], load(simulation.workers[0].path));
  REQUIRE(found.size() == 1);
  CHECK(found[0].help.ends_with(project.at("flamesim.jsonc").string()));
}

TEST_CASE("the table of types has each type once") {
  std::set<std::string> seen;
  for (auto& name : bindingTypeNames()) CHECK(seen.insert(name).second);
  CHECK(findBindingType("capnp_service")->provider == BindingProvider::kCapability);
}

}  // namespace flamesim::bundle
