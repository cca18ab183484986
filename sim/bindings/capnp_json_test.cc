#include "sim/bindings/capnp_json.h"

#include <capnp/message.h>
#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

struct Message {
  explicit Message(const char* type)
      : root(
            message.initRoot<capnp::DynamicStruct>(KJ_REQUIRE_NONNULL(schemas->findStruct(type)))) {
  }
  std::string json() {
    StructLayouts layouts;
    std::string out;
    appendJson(out, layouts.of(root.getSchema()), root.asReader());
    return out;
  }
  std::shared_ptr<CapnpSchemas> schemas = CapnpSchemas::load(everythingSchema());
  capnp::MallocMessageBuilder message;
  capnp::DynamicStruct::Builder root;
};

constexpr char kFull[] =
    R"({"void":null,"flag":true,"int8":-1,"int16":-2,"int32":-3,"int64":"-9007199254740993",)"
    R"("uint8":1,"uint16":2,"uint32":3,"uint64":"18446744073709551615","float32":0.1,)"
    R"("float64":"Infinity","text":"a\"\\\n\u0001é","data":"AQL/","colour":"green",)"
    R"("nested":{"void":null,"flag":false,"int8":0,"int16":0,"int32":0,"int64":"0","uint8":0,)"
    R"("uint16":0,"uint32":0,"uint64":"0","float32":0,"float64":0,"text":"","colour":"red",)"
    R"("place":{"x":0}},"place":{"x":7,"y":"why"},"flags":[true,false],"numbers":[1,-1],)"
    R"("bigs":["5"],"unsignedBigs":["6"],"floats":[1.5,"NaN","-Infinity"],"texts":["a",""],)"
    R"("blobs":["","AA==","AAA="],"colours":["red",9],"structs":[{"key":"k","value":1},{"value":0}],)"
    R"("matrix":[[1],[]],"voids":[null]})";

TEST_CASE("A value has one text, and the text gives the value back") {
  Message message("Values");
  structFromJson(kFull, message.root);
  CHECK(message.json() == kFull);
  Message empty("Values");
  CHECK(empty.json() ==
        R"({"void":null,"flag":false,"int8":0,"int16":0,"int32":0,"int64":"0","uint8":0,)"
        R"("uint16":0,"uint32":0,"uint64":"0","float32":0,"float64":0,"colour":"red",)"
        R"("place":{"x":0}})");
}

TEST_CASE("Defaults, unions and capabilities in JSON") {
  Message defaults("Defaults");
  CHECK(defaults.json() ==
        R"({"flag":true,"int8":-5,"uint16":500,"int64":"-9000000000","float32":1.5,)"
        R"("float64":-2.25,"colour":"darkBlue"})");
  Message choice("Choice");
  CHECK(choice.json() == R"({"shape":{"circle":0},"nothing":null})");
  choice.root.set("text", "x");
  CHECK(choice.json() == R"({"shape":{"circle":0},"text":"x"})");
  choice.root.clear("text");
  CHECK(choice.json() == R"({"shape":{"circle":0},"text":null})");
  Message other("Choice");
  structFromJson(R"({"spot":{"x":1,"y":2},"label":"l","shape":{"square":3}})", other.root);
  CHECK(other.json() == R"({"label":"l","shape":{"square":3},"spot":{"x":1,"y":2}})");
  structFromJson(R"({"service":null})", other.root);
  CHECK(other.json() == R"({"label":"l","shape":{"square":3},"service":null})");
}

TEST_CASE("Bytes that are not UTF-8 become U+FFFD") {
  Message pair("Pair");
  for (auto& [bytes, text] :
       std::vector<std::pair<std::string, std::string>>{{"a\xff"
                                                         "b",
                                                         "a\ufffd"
                                                         "b"},
                                                        {"\xc3", "\ufffd"},
                                                        {"\xc0\x80", "\ufffd\ufffd"},
                                                        {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
                                                        {"\xf0\x9f\x98\x80", "\U0001f600"},
                                                        {"\xe2\x82\xac", "\u20ac"}}) {
    pair.root.set("key", capnp::Text::Reader(bytes.c_str(), bytes.size()));
    CHECK(pair.json() == "{\"key\":\"" + text + "\",\"value\":0}");
  }
}

TEST_CASE("A text that does not fit says where") {
  Message message("Values");
  auto fault = [&](const char* json) {
    auto error = kj::runCatchingExceptions([&] { structFromJson(json, message.root); });
    KJ_IF_MAYBE (thrown, error) {
      return std::string(thrown->getDescription().cStr());
    }
    return std::string("none");
  };
  CHECK(fault("{") == "recorded value is not JSON");
  CHECK(fault("[]") == "recorded value at $: expected an object");
  CHECK(fault(R"({"nope":1})") == "recorded value at $.nope: the schema has no such field");
  CHECK(fault(R"({"nested":{"int8":"x"}})") ==
        "recorded value at $.nested.int8: expected an integer");
  CHECK(fault(R"({"structs":[{},{"key":5}]})") ==
        "recorded value at $.structs[1].key: expected a string");
  CHECK(fault(R"({"colour":"blue"})") ==
        "recorded value at $.colour: the enum has no value \"blue\"");
  CHECK(fault(R"({"data":"*"})") == "recorded value at $.data: expected base64");
  CHECK(fault(R"({"flag":1})") == "recorded value at $.flag: expected true or false");
  CHECK(fault(R"({"numbers":{}})") == "recorded value at $.numbers: expected an array");
  CHECK(fault(R"({"uint64":-1})") == "recorded value at $.uint64: expected an integer");
  CHECK(fault(R"({"int8":300})") != "none");
  // Broke: a value nested a hundred thousand times used up the stack.
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"nested":)";
  CHECK(fault((deep + "{}" + std::string(100'000, '}')).c_str()) ==
        "recorded value is nested too deeply");
}

}  // namespace
}  // namespace flamesim::bindings
