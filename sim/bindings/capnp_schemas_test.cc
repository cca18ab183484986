#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

TEST_CASE("Schema modules: the file's scope, top-level types, nested types as properties") {
  CapnpWorld world;
  CHECK(world.run(R"js(
    const d = types.default;
    return [
      Object.keys(types).sort(),
      d.Echo === types.Echo, d.Choice === types.Choice, d.default === undefined,
      typeof types.Echo, typeof types.Choice, Object.keys(types.Choice).sort(),
      Object.keys(types.Choice.Inner), typeof types.Choice.Tool, types.Choice.Tool.name,
    ];
  )js") ==
        "[[\"Base\",\"Box\",\"Callback\",\"Choice\",\"Defaults\",\"Derived\",\"Echo\",\"Generic\","
        "\"Opened\",\"Override\",\"Pair\",\"Side\",\"UsesOther\",\"Values\",\"default\"],"
        "true,true,true,\"function\",\"object\",[\"Inner\",\"Tool\"],[\"Innermost\"],"
        "\"function\",\"Tool\"]");
  CHECK(world.run("const t = new types.Choice.Tool({ use: () => {} });"
                  "const r = await t.use(); t.close(); return r") == "{}");
}

TEST_CASE("A module is found by its path or by the end of it, and is the same each time") {
  CapnpWorld world;
  auto exports = [&](const char* name) {
    std::string text = "none";
    world.isolate.enter(nullptr, [&](js::Lock& js) {
      if (auto found = capnpModuleExports(js, *world.schemas, name)) {
        bool same = js.get(*found, "Echo")
                        ->StrictEquals(
                            js.get(js.get(js.context->Global(), "types").As<v8::Object>(), "Echo"));
        text = same ? "same" : "other";
      }
    });
    return text;
  };
  CHECK(exports("everything.capnp") == "same");
  CHECK(exports("./everything.capnp") == "same");
  CHECK(exports("thing.capnp") == "none");
  CHECK(exports("nothing.capnp") == "none");
  CHECK(exports("") == "none");
}

TEST_CASE("Types by name") {
  auto schemas = CapnpSchemas::load(everythingSchema());
  CHECK(schemas->findInterface("Echo") != nullptr);
  CHECK(schemas->findInterface("Choice.Tool") != nullptr);
  CHECK(schemas->findInterface("Choice") == nullptr);
  CHECK(schemas->findInterface("Tool") == nullptr);
  CHECK(schemas->findInterface("") == nullptr);
  CHECK(schemas->findStruct("Choice.Inner.Innermost") != nullptr);
  CHECK(schemas->findStruct("Echo") == nullptr);
  CHECK(schemas->findStruct("Colour") == nullptr);
}

TEST_CASE("What is no schema is refused") {
  for (const auto& bytes : {std::string(), std::string("abc"), std::string(64, '\0'),
                            std::string(64, '\xff'), everythingSchema().substr(0, 4096)}) {
    CAPTURE(bytes.size());
    try {
      CapnpSchemas::load(bytes);
      FAIL("was taken");
    } catch (const UserError& error) {
      CHECK(error.diagnostic.message.starts_with(
          "the Cap'n Proto schema is no CodeGeneratorRequest"));
    }
  }
  // Wherever one byte is wrong, it is refused or it is some schema; it does no harm.
  const std::string& bytes = everythingSchema();
  for (size_t i = 0; i < bytes.size(); i += 97) {
    std::string wrong = bytes;
    wrong[i] = char(wrong[i] ^ 0x55);
    try {
      CapnpSchemas::load(wrong);
    } catch (const UserError&) {
    }
  }
}

TEST_CASE("Types of other files pass, and are in no export") {
  CapnpWorld world;
  world.addService("uses", "UsesOther");
  CHECK(world.run("return (await uses().use({ thing: { name: 'n' } })).thing") == "{name:\"n\"}");
  CHECK(world.run("return types.Thing") == "undefined");
}

}  // namespace
}  // namespace flamesim::bindings
