// What the Web APIs owe to C++: pending work, the request's seed, values outside of an isolate.
#include <catch2/catch.hpp>

#include "sim/js/face.h"
#include "sim/web/structured_clone.h"
#include "sim/web/test_world.h"

namespace flamesim::web {

TEST_CASE("a script's value, or what it promises", "[web]") {
  TestWorld world;
  CHECK(world.eval("1 + 1") == "2");
  CHECK(world.eval("scheduler.wait(86400000).then(() => Date.now())") ==
        std::to_string(TestWorld::kStartMillis + 86'400'000));
  CHECK(world.evalInGlobalScope("Date.now()") == "0");
  CHECK_THROWS_WITH(world.eval("new URL('x')"), "TypeError: Invalid URL string.");
  CHECK_THROWS_WITH(world.eval("Promise.reject(new RangeError('r'))"), "RangeError: r");
  CHECK_THROWS_WITH(world.eval("new Promise(() => {})"), "the promise never settles");
}

TEST_CASE("a timer is pending work until it ran or is cleared", "[web]") {
  TestWorld world;
  world.eval("globalThis.id = setTimeout(() => {}, 1000)");
  CHECK(world.request->hasPendingTasks());
  world.eval("clearTimeout(id)");
  world.run([&] { return !world.request->hasPendingTasks(); });
  CHECK_FALSE(world.request->hasPendingTasks());
  CHECK(nanosOf(world.clock.now()) == TestWorld::kStartMillis * 1'000'000);

  world.eval("void setTimeout(() => globalThis.ran = true, 1000)");
  world.run([&] { return !world.request->hasPendingTasks(); });
  CHECK(world.eval("ran") == "true");
  CHECK(nanosOf(world.clock.now()) == (TestWorld::kStartMillis + 1000) * 1'000'000);
}

TEST_CASE("timers end with their request, and cannot be cleared from another", "[web]") {
  TestWorld world;
  world.eval("globalThis.runs = 0; globalThis.id = setInterval(() => runs++, 10); 0");
  world.newRequest();
  CHECK(world.eval("clearInterval(id); scheduler.wait(50).then(() => runs)") == "0");
}

TEST_CASE("an unhandled rejection is the request's", "[web]") {
  TestWorld world;
  world.eval("Promise.reject(new TypeError('lost')); 0");
  CHECK(world.request->failures == std::vector<std::string>{"unhandled: TypeError: lost"});
}

TEST_CASE("equal seeds draw equal values", "[web]") {
  constexpr std::string_view kDraw =
      "`${crypto.randomUUID()} ${Math.random()} ${crypto.getRandomValues(new Uint32Array(2))}`";
  std::string drawn;
  {
    TestWorld world;
    world.eval("Math.random()");
    world.newRequest(7);
    drawn = world.eval(kDraw);
  }
  TestWorld world;
  world.newRequest(7);
  CHECK(world.eval(kDraw) == drawn);
  world.newRequest(8);
  CHECK(world.eval(kDraw) != drawn);
}

TEST_CASE("values are serialized in one isolate and read in another", "[web]") {
  std::string bytes;
  {
    TestWorld world;
    bytes = world.isolate.enter(nullptr, [](js::Lock& js) {
      auto value = v8::Object::New(js.isolate);
      js.set(value, "text", js.str("é"));
      js.set(value, "list", v8::Array::New(js.isolate, 2));
      return serialize(js, value);
    });
  }
  TestWorld world;
  CHECK(world.settle([&](js::Lock& js) {
    auto value = deserialize(js, bytes);
    return js::check(v8::JSON::Stringify(js.context, value)).As<v8::Value>();
  }) == R"({"text":"é","list":[null,null]})");
  auto serializeSymbol = [](js::Lock& js) { return serialize(js, v8::Symbol::New(js.isolate)); };
  CHECK_THROWS_WITH(world.isolate.enter(nullptr, serializeSymbol),
                    "DataCloneError: Symbol() could not be cloned.");
}

TEST_CASE("an error report names the worker's call of the API that threw", "[web]") {
  TestWorld world;
  js::ErrorReport report;
  try {
    world.eval("const bad = 'a b';\n  new Headers([[bad, 'c']]);", "worker.js");
  } catch (const js::Uncaught& error) {
    report = error.report;
  }
  CHECK(report.text() == "TypeError: Invalid header name.");
  CHECK(report.file == "worker.js");
  CHECK(report.line == 2);
  CHECK(report.column == 3);
  CHECK(report.sourceLine == "  new Headers([[bad, 'c']]);");
  CHECK(report.stack == "TypeError: Invalid header name.\n    at worker.js:2:3");
}

TEST_CASE("bytes that are no serialized value are refused", "[web]") {
  TestWorld world;
  for (std::string bytes : {std::string(), std::string("\xff\x0f"), std::string("garbage")}) {
    CHECK_THROWS_AS(
        world.isolate.enter(nullptr, [&](js::Lock& js) { return js.text(deserialize(js, bytes)); }),
        js::Uncaught);
  }
}

}  // namespace flamesim::web
