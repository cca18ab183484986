// loadProgram(): a simulation with its bundles, read from disk and checked.
#include <catch2/catch.hpp>

#include "sim/bundle/test_support.h"
#include "sim/server/simulated_server.h"

using namespace flamesim;
using namespace flamesim::server;

namespace {

struct OnDisk : bundle::TestProject {
  void workerIs(const std::string& name, const std::string& keys = "") {
    write(name + "/wrangler.jsonc", "{\"name\": \"" + name +
                                        "\", \"main\": \"index.js\",\n\"compatibility_date\": "
                                        "\"2025-01-01\"" +
                                        keys + "}");
    write(name + "/index.js", "export default {};");
  }
  void simulationIs(const std::string& chain, const std::string& keys = "") {
    write("flamesim.jsonc",
          "{\"workers\": {\"a\": \"a\", \"b\": \"b\"}, \"chain\": [" + chain + "]" + keys + "}");
  }
  std::vector<std::string> faults() {
    return bundle::briefs(bundle::faultsOf([&] { loadProgram(path()); }), *this);
  }
};

}  // namespace

TEST_CASE_METHOD(OnDisk, "a program has the simulation and a bundle for each of its workers") {
  workerIs("a", ", \"vars\": {\"X\": \"1\"}");
  workerIs("b");
  simulationIs("\"b\"", ", \"egress\": \"a\"");
  auto program = loadProgram(path());
  CHECK(program->simulation.chain == std::vector<std::string>{"b"});
  CHECK(program->simulation.egress == "a");
  REQUIRE(program->workers.size() == 2);
  CHECK(program->workers[0].name == "a");
  CHECK(program->workers[0].bundle->bindings.at(0).name == "X");
  CHECK(program->workers[1].bundle->mainModule == "index.js");
  CHECK(program->warnings.empty());
}

TEST_CASE_METHOD(OnDisk, "bindings that nothing serves are faults, all of them at once") {
  workerIs("a", ",\n\"services\": [{\"binding\": \"S\", \"service\": \"absent\"}]");
  workerIs("b", ",\n\"services\": [{\"binding\": \"T\", \"service\": \"gone\"}]");
  simulationIs("\"a\", \"b\"");
  auto all = faults();
  REQUIRE(all.size() == 2);
  CHECK_THAT(all[0], Catch::StartsWith("a/wrangler.jsonc:3:") && Catch::Contains("absent"));
  CHECK_THAT(all[1], Catch::StartsWith("b/wrangler.jsonc:3:") && Catch::Contains("gone"));
}

TEST_CASE_METHOD(OnDisk, "warnings of bundles are kept") {
  workerIs("a", ",\n\"nmae\": 1");
  workerIs("b");
  simulationIs("\"a\"");
  auto warnings = bundle::briefs(loadProgram(path())->warnings, *this);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Catch::StartsWith("a/wrangler.jsonc:3:") && Catch::Contains("nmae"));
}

TEST_CASE_METHOD(OnDisk, "a program that is not there says so") {
  CHECK(faults().size() == 1);
}
