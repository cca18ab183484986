#include <catch2/catch.hpp>

#include "sim/bundle/simulation.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

std::string withService(const std::string& keys) {
  return "{\"workers\": {\"w\": \"w\"}, \"services\": {\"q\": {\"source\": \"quicksilver\",\n" +
         keys + "}}}";
}

Lines faults(const std::string& keys) {
  TestProject project;
  project.write("w/index.js", "export default {}");
  project.write("file", "");
  auto file = project.write("flamesim.jsonc", withService(keys));
  return briefs(faultsOf([&] { loadSimulation(file); }), project);
}

}  // namespace

TEST_CASE("the keys of a quicksilver service") {
  TestProject project;
  project.write("w/index.js", "export default {}");
  auto file =
      project.write("flamesim.jsonc", withService("\"store\": \"data/store\", \"lagMs\": 1500, "
                                                  "\"stuckAt\": 12, \"historySeconds\": 60"));
  auto simulation = loadSimulation(file);
  auto& entry = simulation.services.at(0).quicksilver;
  CHECK(entry.store == file.parent_path() / "data/store");
  CHECK(entry.lag == std::chrono::milliseconds(1500));
  CHECK(entry.stuckAt == 12);
  CHECK(entry.history == std::chrono::seconds(60));
  CHECK(briefs(simulation.warnings, project) == Lines{});
}

TEST_CASE("keys of a quicksilver service that are wrong") {
  CHECK(faults("\"store\": \"file\"") ==
        Lines{"flamesim.jsonc:2:10: \"file\" is a file "
              "[a store is a folder; pairs in JSON go into \"data\"]"});
  CHECK(faults("\"lagMs\": 7200000") ==
        Lines{"flamesim.jsonc:2:10: the lag is longer than the history, so nothing could be read "
              "[make it less than \"historySeconds\", which is 7200 s]"});
  CHECK(faults("\"lagMs\": 60000, \"historySeconds\": 60").size() == 1);
  CHECK(
      faults("\"lagMs\": -1, \"stuckAt\": \"x\", \"historySeconds\": 0, \"store\": \"\"").size() ==
      4);
}

}  // namespace flamesim::bundle
