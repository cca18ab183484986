#include "sim/bundle/simulation_rrdns.h"

#include <catch2/catch.hpp>

#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

// A simulation whose service "rrdns" stands on line 2.
Simulation load(const TestProject& project, const std::string& service) {
  project.write("w/index.js", "export default {}");
  project.write("a.zone", "");
  return loadSimulation(project.write(
      "flamesim.jsonc",
      "{\"workers\": {\"w\": \"w\"}, \"services\": {\n\"rrdns\": {\"source\": \"rrdns\", " +
          service + "}}}"));
}

Lines faults(const std::string& service) {
  TestProject project;
  auto found = faultsOf([&] { load(project, service); });
  for (auto& each : found) {
    if (each.help.starts_with("paths are relative to")) each.help = "paths";
  }
  return briefs(found, project);
}

}  // namespace

TEST_CASE("zone files in the place of a JSON file") {
  TestProject project;
  auto simulation = load(project, R"("zones": [
    {"name": "example.com", "account": 7, "file": "a.zone", "proxied": ["@", "www"]},
    {"name": "example.net", "account": 8, "file": "a.zone"}],
    "edgeAddresses": ["198.51.100.1", "2001:db8::e"])");
  CHECK(simulation.warnings.empty());
  auto& service = simulation.services.at(0);
  CHECK(service.data.empty());
  REQUIRE(service.zoneFiles.size() == 2);
  CHECK(service.zoneFiles[0].name == "example.com");
  CHECK(service.zoneFiles[0].account == 7);
  CHECK(service.zoneFiles[0].file == project.at("a.zone"));
  CHECK(service.zoneFiles[0].proxied == Lines{"@", "www"});
  CHECK(service.zoneFiles[1].proxied.empty());
  CHECK(service.edgeAddresses == Lines{"198.51.100.1", "2001:db8::e"});
}

TEST_CASE("what is wrong with zone files has its place") {
  CHECK(
      faults(R"("zones": [{"file": "b.zone", "account": 0}, 1])") ==
      Lines{"flamesim.jsonc:2:40: services.rrdns.zones[0] lacks \"name\" [add \"name\": \"...\"]",
            "flamesim.jsonc:2:70: \"services.rrdns.zones[0].account\" must be a whole number from "
            "1 to 9223372036854775807",
            "flamesim.jsonc:2:49: there is no file \"b.zone\" [paths]",
            "flamesim.jsonc:2:74: \"services.rrdns.zones[1]\" must be an object, not a number"});
  CHECK(faults(R"("edgeAddresses": ["x", 1])") ==
        Lines{"flamesim.jsonc:2:53: \"services.rrdns.edgeAddresses[1]\" must be a string, not a "
              "number [put it in double quotes]",
              "flamesim.jsonc:2:48: \"x\" is not an IPv4 or IPv6 address"});
  CHECK(faults(R"("zones": [{"name": "a", "file": "a.zone"}])") ==
        Lines{"flamesim.jsonc:2:40: services.rrdns.zones[0] lacks \"account\" [add \"account\": 1, "
              "the id of the account that owns the zone]"});
}

}  // namespace flamesim::bundle
