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

TEST_CASE("Capabilities and AnyPointers have a text that says what was there") {
  Message message("Values");
  // The fields that are always there come before these, and are tested above.
  auto set = [&] {
    auto json = message.json();
    return json.substr(json.find("\"any\":"));
  };
  auto any = [&] { return message.root.get("any").as<capnp::AnyPointer>(); };

  any().setAs<capnp::Text>("so\"");
  CHECK(set() == R"("any":{"$anyPointer":{"text":"so\""}}})");
  any().setAs<capnp::Data>(kj::StringPtr("a\0b", 3).asBytes());
  CHECK(set() == R"("any":{"$anyPointer":{"bytes":"YQBi"}}})");
  any().setAs<capnp::Data>(kj::StringPtr("\xff\0", 2).asBytes());
  CHECK(set() == R"("any":{"$anyPointer":{"bytes":"/wA="}}})");
  any().setAs<capnp::Data>(nullptr);
  CHECK(set() == R"("any":{"$anyPointer":{"bytes":""}}})");

  auto numbers = any().initAs<capnp::List<uint32_t>>(2);
  numbers.set(0, 1);
  CHECK(set() == R"("any":{"$anyPointer":{"bits":32,"count":2,"bytes":"AQAAAAAAAAA="}}})");
  auto flags = any().initAs<capnp::List<bool>>(3);
  flags.set(0, true);
  CHECK(set() == R"("any":{"$anyPointer":{"bits":1,"count":3,"bytes":"AQ=="}}})");
  any().initAs<capnp::List<capnp::Void>>(4);
  CHECK(set() == R"("any":{"$anyPointer":{"bits":0,"count":4,"bytes":""}}})");
  auto texts = any().initAs<capnp::List<capnp::Text>>(2);
  texts.set(1, "x");
  CHECK(set() == R"("any":{"$anyPointer":{"list":[null,{"text":"x"}]}}})");

  // What is zero at the end counts as not sent: equal values have equal texts.
  for (uint words : {1, 3}) {
    auto value = any().initAsAnyStruct(words, words + 1);
    value.getDataSection()[1] = 5;
    value.getPointerSection()[1].setAs<capnp::Text>("p");
    CHECK(set() == R"("any":{"$anyPointer":{"data":"AAU=","pointers":[null,{"text":"p"}]}}})");
  }
  auto structs = any().initAsListOfAnyStruct(1, 0, 2);
  structs[1].getDataSection()[0] = 1;
  CHECK(set() == R"("any":{"$anyPointer":{"structs":[{"data":"","pointers":[]},)"
                 R"({"data":"AQ==","pointers":[]}]}}})");
  // Broke: such a list takes one word, and its text took hundreds of megabytes.
  any().initAsListOfAnyStruct(0, 0, 8'000'000);
  CHECK(set() == R"("any":{"$anyPointer":{"bits":0,"count":8000000,"bytes":""}}})");
}

TEST_CASE("Capabilities and AnyPointers in a text do not come back") {
  for (auto json : {R"({"any":null,"service":null,"services":[null]})",
                    R"({"any":{"$anyPointer":{"text":"x"}},"service":{"$capability":"Echo"},)"
                    R"("services":[{"$capability":"Echo"}]})"}) {
    Message message("Values");
    structFromJson(json, message.root);
    CHECK_FALSE(message.root.has("any"));
    CHECK_FALSE(message.root.has("service"));
    CHECK(message.root.get("services").as<capnp::DynamicList>().size() == 1);
  }
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
