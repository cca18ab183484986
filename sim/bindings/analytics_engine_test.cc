#include "sim/bindings/analytics_engine.h"

#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"
#include "sim/bindings/log_fixture.h"

namespace flamesim::bindings {
namespace {

struct PointWorld {
  PointWorld() {
    world.ports["points"] = clientPort(kj::heap<TestLogfwdr>(messages));
    world.effects = std::make_shared<net::EffectLog>();
    world.newRequest();
    world.isolate.enter(nullptr, [&](js::Lock& js) {
      auto global = js.context->Global();
      js.set(global, "points", makeAnalyticsEngine(js, "clicks", world.ports["points"].get()));
      js.set(global, "nowhere", makeAnalyticsEngine(js, "void", nullptr));
    });
  }
  std::string thrown(const std::string& argument) {
    world.newRequest();
    return world.run("return thrown(() => points.writeDataPoint(" + argument + "))");
  }
  std::vector<std::string> messages;
  CapnpWorld world;
};

TEST_CASE("writeDataPoint() sends the point, with time and worker") {
  PointWorld points;
  CHECK(points.world.run("return points.writeDataPoint({ indexes: ['user'], doubles: [1.5, -2],"
                         "  blobs: ['GET', null, new Uint8Array([255])] })") == "undefined");
  points.world.turn();
  REQUIRE(points.messages.size() == 1);
  auto& message = points.messages[0];
  for (auto* part : {"timestamp = 1700000000000000000, worker = \"tester\"", "dataset = \"clicks\"",
                     "index1 = \"user\"", "double1 = 1.5, double2 = -2", "blob1 = \"GET\"",
                     "blob3 = \"\\377\""}) {
    CHECK_THAT(message, Catch::Contains(part));
  }
  CHECK(message.find("blob2") == std::string::npos);
  REQUIRE(points.world.effects->all().size() == 1);
  auto& effect = points.world.effects->at(0);
  CHECK(effect.kind == net::EffectKind::kLog);
  CHECK(effect.worker == "tester");
  CHECK(effect.destination == "analytics:clicks");
  CHECK(effect.operation == "writeDataPoint");
  CHECK(effect.input ==
        "{\"indexes\":[\"user\"],\"blobs\":[\"GET\",null,{\"$base64\":\"/w==\"}],"
        "\"doubles\":[1.5,-2]}");
  CHECK(effect.error.empty());
}

TEST_CASE("a point may be empty, and go nowhere") {
  PointWorld points;
  CHECK(points.world.run("points.writeDataPoint(); points.writeDataPoint({}); "
                         "points.writeDataPoint(null); nowhere.writeDataPoint({ doubles: [NaN] });"
                         "return 1") == "1");
  points.world.turn();
  CHECK(points.messages.size() == 3);
  auto& effects = points.world.effects->all();
  REQUIRE(effects.size() == 4);
  CHECK(effects[0].input == "{}");
  CHECK(effects[3].destination == "analytics:void");
  CHECK(effects[3].input == "{\"doubles\":[\"NaN\"]}");
}

TEST_CASE("values are converted as by the runtime") {
  PointWorld points;
  CHECK(points.world.run("points.writeDataPoint({ indexes: [5], doubles: ['3', null, true],"
                         "  blobs: [7, false, new Uint8Array([65]).buffer] }); return 1") == "1");
  CHECK(points.world.effects->at(0).input ==
        "{\"indexes\":[\"5\"],\"blobs\":[\"7\",\"false\",\"A\"],\"doubles\":[3,0,1]}");
}

TEST_CASE("limits and their texts") {
  PointWorld points;
  CHECK(points.thrown("{ blobs: Array(21).fill('') }") ==
        "TypeError: writeDataPoint(): Maximum of 20 blobs supported.");
  CHECK(points.thrown("{ blobs: Array(20).fill('') }") == "nothing");
  CHECK(points.thrown("{ doubles: Array(21).fill(0) }") ==
        "TypeError: writeDataPoint(): Maximum of 20 doubles supported.");
  CHECK(points.thrown("{ doubles: Array(1e9) }") ==
        "TypeError: writeDataPoint(): Maximum of 20 doubles supported.");
  CHECK(points.thrown("{ indexes: ['a', 'b'] }") ==
        "TypeError: writeDataPoint(): Maximum of 1 indexes supported.");
  CHECK(points.thrown("{ indexes: ['\u00e4'.repeat(48)] }") == "nothing");
  CHECK(points.thrown("{ indexes: ['\u00e4'.repeat(48) + 'x'] }") ==
        "TypeError: writeDataPoint(): Size of indexes[0] exceeds 96 bytes).");
  CHECK(points.thrown("{ blobs: ['x'.repeat(8000), 'x'.repeat(8000)] }") == "nothing");
  CHECK(points.thrown("{ blobs: ['x'.repeat(8000), 'x'.repeat(8001)] }") ==
        "TypeError: writeDataPoint(): Cumulative size of blobs exceeds 16000 bytes).");
  CHECK(points.thrown("5") ==
        "TypeError: Failed to execute 'writeDataPoint' on 'AnalyticsEngine': "
        "parameter 1 is not of type 'AnalyticsEngineEvent'.");
  CHECK(points.thrown("{ blobs: 'x' }") ==
        "TypeError: Incorrect type for the 'blobs' field on 'AnalyticsEngineEvent': the provided "
        "value is not of type 'Array'.");
}

TEST_CASE("a request writes 25 points, over all data sets") {
  PointWorld points;
  CHECK(points.world.run("return thrown(() => { for (let i = 0; i < 13; ++i) {"
                         "  points.writeDataPoint(); nowhere.writeDataPoint(); } })") ==
        "Error: Analytics Engine write limit exceeded.");
  CHECK(points.world.effects->all().size() == 25);
  // The next request has its own.
  CHECK(points.thrown("") == "nothing");
}

}  // namespace
}  // namespace flamesim::bindings
