#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

// What comes back of a struct that is sent: `object` is JavaScript.
std::string sent(CapnpWorld& world, const std::string& method, const std::string& object) {
  return world.run("const c = echo(); try { return await c." + method + "(" + object +
                   "); } finally { c.close(); }");
}
// The same, of one field.
std::string field(CapnpWorld& world, const std::string& name, const std::string& value) {
  return world.run("const c = echo(); try { return (await c.values({ " + name + ": " + value +
                   " }))." + name + "; } finally { c.close(); }");
}

TEST_CASE("A struct that is not set has its numbers and groups, and no pointers") {
  CapnpWorld world;
  CHECK(sent(world, "values", "{}") ==
        "{void:null,flag:false,int8:0,int16:0,int32:0,int64:0n,uint8:0,uint16:0,uint32:0,"
        "uint64:0n,float32:0,float64:0,colour:\"red\",place:{x:0}}");
  CHECK(sent(world, "values", "") == sent(world, "values", "{}"));
}

TEST_CASE("A number below zero fits an Int64 where production's bugs are mended") {
  CapnpWorld world(Transport::kDirect, ProductionBugs::kMended);
  CHECK(field(world, "int64", "-5") == "-5n");
}

TEST_CASE("Where production's bugs are kept, only a BigInt below zero fits an Int64") {
  CapnpWorld world(Transport::kDirect, ProductionBugs::kKept);
  CHECK(field(world, "int64", "-5") == "TypeError: Incorrect type for Cap'n Proto field: int64");
  CHECK(field(world, "int64", "-5n") == "-5n");
  CHECK(field(world, "int64", "5") == "5n");
}

TEST_CASE("Every type passes both ways, directly and over a socket") {
  auto transport = GENERATE(Transport::kDirect, Transport::kSocket);
  CapnpWorld world(transport);
  CHECK(
      sent(world, "values",
           "{ void: null, flag: true, int8: -128, int16: -32768, int32: -2147483648,"
           "  int64: -9223372036854775808n, uint8: 255, uint16: 65535, uint32: 4294967295,"
           "  uint64: 18446744073709551615n, float32: 0.5, float64: 1e300, text: "
           "'h\\u00e9\\ud83d\\ude00',"
           "  data: new Uint8Array([1, 255]), colour: 'darkBlue',"
           "  nested: { text: 'inside', nested: { uint8: 1 } }, place: { x: -7, y: 'there' } }") ==
      "{void:null,flag:true,int8:-128,int16:-32768,int32:-2147483648,"
      "int64:-9223372036854775808n,uint8:255,uint16:65535,uint32:4294967295,"
      "uint64:18446744073709551615n,float32:0.5,float64:1e+300,text:\"h\u00e9\U0001f600\","
      "data:<01 ff>,colour:\"darkBlue\","
      "nested:{void:null,flag:false,int8:0,int16:0,int32:0,int64:0n,uint8:0,uint16:0,uint32:0,"
      "uint64:0n,float32:0,float64:0,text:\"inside\",colour:\"red\","
      "nested:{void:null,flag:false,int8:0,int16:0,int32:0,int64:0n,uint8:1,uint16:0,uint32:0,"
      "uint64:0n,float32:0,float64:0,colour:\"red\",place:{x:0}},place:{x:0}},"
      "place:{x:-7,y:\"there\"}}");
}

TEST_CASE("Lists of every type pass both ways") {
  CapnpWorld world;
  CHECK(field(world, "flags", "[true, 0, 'x']") == "[true,false,true]");
  CHECK(field(world, "numbers", "[1, '2', -3.7]") == "[1,2,-3]");
  CHECK(field(world, "bigs", "[-1, 2n]") == "[-1n,2n]");
  CHECK(field(world, "unsignedBigs", "[1, 18446744073709551615n]") == "[1n,18446744073709551615n]");
  CHECK(field(world, "floats", "[1.25, NaN, -Infinity]") == "[1.25,NaN,-Infinity]");
  CHECK(field(world, "float32s", "[0.5]") == "[0.5]");
  CHECK(field(world, "texts", "['a', 1, '']") == "[\"a\",\"1\",\"\"]");
  CHECK(field(world, "blobs", "[new ArrayBuffer(1), new Uint8Array([7])]") == "[<00>,<07>]");
  CHECK(field(world, "colours", "['green', 2, 7]") == "[\"green\",\"darkBlue\",7]");
  CHECK(field(world, "structs", "[{ key: 'a' }, { value: 2 }]") ==
        "[{key:\"a\",value:0},{value:2}]");
  CHECK(field(world, "matrix", "[[1, 2], [], [3]]") == "[[1,2],[],[3]]");
  CHECK(field(world, "voids", "[null, null]") == "[null,null]");
  CHECK(field(world, "int8s", "[-128, 127]") == "[-128,127]");
  CHECK(field(world, "int16s", "[-32768]") == "[-32768]");
  CHECK(field(world, "uint8s", "[255]") == "[255]");
  CHECK(field(world, "uint16s", "[65535]") == "[65535]");
  CHECK(field(world, "uint32s", "[4294967295]") == "[4294967295]");
  CHECK(field(world, "numbers", "[]") == "[]");
  CHECK(
      world.run("const c = echo(); const { services } = await c.values({ services: [c, null, c] });"
                "return [services.length, services[1],"
                "        (await services[2].say({ text: 'x' })).text]") == "[3,null,\"x\"]");
  // null and undefined are skipped where the elements are pointers.
  CHECK(field(world, "texts", "['a', null, undefined]") == "[\"a\",\"\",\"\"]");
  CHECK(field(world, "blobs", "[null]") == "[<>]");
  CHECK(field(world, "matrix", "[null, [1]]") == "[[],[1]]");
}

TEST_CASE("Numbers and booleans are coerced as JavaScript does") {
  CapnpWorld world;
  CHECK(field(world, "flag", "'no'") == "true");
  CHECK(field(world, "flag", "0") == "false");
  CHECK(field(world, "int32", "'12'") == "12");
  CHECK(field(world, "int32", "2.9") == "2");
  CHECK(field(world, "int32", "true") == "1");
  CHECK(field(world, "int32", "NaN") == "0");
  CHECK(field(world, "int32", "null") == "0");
  CHECK(field(world, "uint32", "-1") == "4294967295");
  CHECK(field(world, "float64", "'1.5'") == "1.5");
  CHECK(field(world, "float32", "0.1") == "0.10000000149011612");
  CHECK(field(world, "text", "12") == "12");
  CHECK(field(world, "text", "null") == "null");
  CHECK(field(world, "text", "{ toString: () => 'said' }") == "said");
  CHECK(field(world, "text", "'\\ud800'") == "\ufffd");
  CHECK(field(world, "text", "'x'.repeat(100000)") == std::string(100000, 'x'));
  CHECK(field(world, "text", "'a\\0b'") == std::string("a\0b", 3));
  CHECK(field(world, "int8", "{ valueOf() { throw new RangeError('mine'); } }") ==
        "RangeError: mine");
  // Beyond the type there is nothing to coerce to.
  CHECK(field(world, "int8", "128") == "TypeError: Incorrect type for Cap'n Proto field: int8");
  CHECK(field(world, "uint16", "65536") ==
        "TypeError: Incorrect type for Cap'n Proto field: uint16");
}

TEST_CASE("64 bits: numbers that are integers in range, or BigInts") {
  CapnpWorld world;
  CHECK(field(world, "int64", "5") == "5n");
  CHECK(field(world, "int64", "-5") == "-5n");  // production refuses this one
  CHECK(field(world, "int64", "-5n") == "-5n");
  CHECK(field(world, "int64", "-9223372036854775808") == "-9223372036854775808n");
  CHECK(field(world, "uint64", "9007199254740993n") == "9007199254740993n");
  for (auto* value : {"1.5", "9223372036854775808", "9223372036854775808n", "NaN", "Infinity",
                      "'5'", "null", "true", "{}"}) {
    CAPTURE(value);
    CHECK(field(world, "int64", value) == "TypeError: Incorrect type for Cap'n Proto field: int64");
  }
  for (auto* value : {"-1", "-1n", "18446744073709551616", "18446744073709551616n", "0.5"}) {
    CAPTURE(value);
    CHECK(field(world, "uint64", value) ==
          "TypeError: Incorrect type for Cap'n Proto field: uint64");
  }
}

TEST_CASE("Data takes buffers and every view, and comes as a copy of its own") {
  CapnpWorld world;
  CHECK(field(world, "data", "new Uint8Array([1, 2]).buffer") == "<01 02>");
  CHECK(field(world, "data", "new Uint8Array([1, 2, 3, 4]).subarray(1, 3)") == "<02 03>");
  CHECK(field(world, "data", "new Uint16Array([258])") == "<02 01>");
  CHECK(field(world, "data", "new DataView(new ArrayBuffer(1))") == "<00>");
  CHECK(field(world, "data", "new ArrayBuffer(0)") == "<>");
  for (auto* value : {"'text'", "[1, 2]", "null", "5"}) {
    CAPTURE(value);
    CHECK(field(world, "data", value) == "TypeError: Incorrect type for Cap'n Proto field: data");
  }
}

TEST_CASE("Enums are names, or numbers where no name is known") {
  CapnpWorld world;
  CHECK(field(world, "colour", "'green'") == "green");
  CHECK(field(world, "colour", "1") == "green");
  CHECK(field(world, "colour", "300") == "300");
  for (auto* value : {"'Green'", "''", "-1", "1.5", "70000", "null", "{}"}) {
    CAPTURE(value);
    CHECK(field(world, "colour", value) ==
          "TypeError: Incorrect type for Cap'n Proto field: colour");
  }
  CHECK(world.run("return (await echo().newer()).colour") == "99");
}

TEST_CASE("What has no place in the schema is refused by name") {
  CapnpWorld world;
  CHECK(sent(world, "values", "{ txt: 'x' }") ==
        "TypeError: No such field in Cap'n Proto struct: txt");
  CHECK(sent(world, "values", "{ 5: 'x' }") == "TypeError: No such field in Cap'n Proto struct: 5");
  CHECK(sent(world, "values", "{ place: { z: 1 } }") ==
        "TypeError: No such field in Cap'n Proto struct: z");
  CHECK(field(world, "void", "0") == "TypeError: Incorrect type for Cap'n Proto field: void");
  CHECK(field(world, "nested", "'x'") == "TypeError: Incorrect type for Cap'n Proto field: nested");
  CHECK(field(world, "nested", "null") ==
        "TypeError: Incorrect type for Cap'n Proto field: nested");
  CHECK(field(world, "place", "3") == "TypeError: Incorrect type for Cap'n Proto field: place");
  CHECK(field(world, "any", "{}") == "TypeError: Incorrect type for Cap'n Proto field: any");
  CHECK(field(world, "numbers", "{ length: 1, 0: 1 }") ==
        "TypeError: Incorrect type for Cap'n Proto field: numbers");
  CHECK(field(world, "numbers", "new Uint8Array(2)") ==
        "TypeError: Incorrect type for Cap'n Proto field: numbers");
  for (auto* list :
       {"structs: [null]", "structs: [1]", "matrix: [5]", "bigs: ['1']", "colours: ['x']",
        "blobs: ['x']", "voids: [1]", "int8s: [200]", "services: ['x']"}) {
    CAPTURE(list);
    CHECK(sent(world, "values", std::string("{") + list + "}") ==
          "TypeError: Incorrect type for Cap'n Proto value.");
  }
}

TEST_CASE("Own enumerable properties are read, undefined ones are skipped") {
  CapnpWorld world;
  CHECK(sent(world, "say", "Object.create({ text: 'inherited' })") == "{}");
  CHECK(sent(world, "say", "{ text: undefined }") == "{}");
  CHECK(sent(world, "say", "{ get text() { return 'got'; } }") == "{text:\"got\"}");
  CHECK(sent(world, "say", "{ get text() { throw new Error('mine'); } }") == "Error: mine");
  CHECK(sent(world, "say", "Object.defineProperty({}, 'text', { value: 'hidden' })") == "{}");
  CHECK(sent(world, "say", "{ [Symbol.iterator]: 1, text: 'x' }") == "{text:\"x\"}");
  CHECK(
      sent(world, "say",
           "new Proxy({}, { ownKeys: () => ['text', 'length', 'te'.concat('xt', 'x'.slice(1))]"
           ".slice(2), getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),"
           "get: (t, key) => 'of ' + key })") == "{text:\"of text\"}");
  // Whatever the worker did to the language.
  CHECK(world.run("const keys = Object.keys; Object.keys = () => ['nope']; const c = echo();"
                  "let p; try { p = c.say({ text: 'x' }) } finally { Object.keys = keys }"
                  "return await p") == "{text:\"x\"}");
  CHECK(sent(world, "say", "new (class { text = 'instance'; })()") == "{text:\"instance\"}");
}

TEST_CASE("Defaults of the schema hold where nothing is sent") {
  CapnpWorld world;
  CHECK(sent(world, "defaults", "{}") ==
        "{flag:true,int8:-5,uint16:500,int64:-9000000000n,float32:1.5,float64:-2.25,"
        "colour:\"darkBlue\"}");
  CHECK(sent(world, "defaults",
             "{ flag: false, int8: 0, uint16: 1, int64: 0, float32: 0, float64: 3, colour: 'red',"
             "  text: 'set' }") ==
        "{flag:false,int8:0,uint16:1,int64:0n,float32:0,float64:3,colour:\"red\",text:\"set\"}");
}

TEST_CASE("Unions: only the active member, the last key written wins") {
  CapnpWorld world;
  CHECK(sent(world, "choice", "{}") == "{shape:{circle:0},nothing:null}");
  CHECK(sent(world, "choice", "{ label: 'l', number: 5 }") ==
        "{label:\"l\",shape:{circle:0},number:5}");
  CHECK(sent(world, "choice", "{ number: 5, text: 'x' }") == "{shape:{circle:0},text:\"x\"}");
  CHECK(sent(world, "choice", "{ text: 'x', number: 5 }") == "{shape:{circle:0},number:5}");
  CHECK(sent(world, "choice", "{ text: 'x', nothing: null }") == "{shape:{circle:0},nothing:null}");
  CHECK(sent(world, "choice", "{ text: 'x', number: undefined }") ==
        "{shape:{circle:0},text:\"x\"}");
  // Nothing of another member is left in a group.
  CHECK(sent(world, "choice", "{ number: 5, spot: { y: 2 } }") ==
        "{shape:{circle:0},spot:{x:0,y:2}}");
  CHECK(sent(world, "choice", "{ spot: { x: 1, y: 2 }, pair: { key: 'k' } }") ==
        "{shape:{circle:0},pair:{key:\"k\",value:0}}");
  CHECK(sent(world, "choice", "{ shape: { square: 2 } }") == "{shape:{square:2},nothing:null}");
  CHECK(sent(world, "choice", "{ list: [1, 2] }") == "{shape:{circle:0},list:[1,2]}");
  CHECK(world.run("const r = await echo().newer(); return r.choice") ==
        "{label:\"new\",shape:{circle:0}}");
}

TEST_CASE("An active member that is null is there") {
  CapnpWorld world;
  CHECK(sent(world, "choice", "{ service: null }") == "{shape:{circle:0},service:null}");
  auto set = [&](const char* member) {
    capnp::MallocMessageBuilder message;
    auto type = KJ_REQUIRE_NONNULL(world.schemas->findStruct("Choice"));
    auto choice = message.initRoot<capnp::DynamicStruct>(type);
    choice.clear(member);
    // As a service's answer it would come like this.
    auto server = [&] {
      struct Constant final : capnp::DynamicCapability::Server {
        Constant(capnp::InterfaceSchema type, capnp::DynamicStruct::Reader value)
            : Server(type), value(value) {}
        kj::Promise<void> call(capnp::InterfaceSchema::Method,
                               EchoServer::Context context) override {
          context.setResults(value);
          return kj::READY_NOW;
        }
        capnp::DynamicStruct::Reader value;
      };
      auto echo = KJ_REQUIRE_NONNULL(world.schemas->findInterface("Echo"));
      return capnp::DynamicCapability::Client(kj::heap<Constant>(echo, choice.asReader()));
    };
    world.ports["fixed"] = factoryPort([&] { return server(); });
    world.addService("fixed", "Echo");
    return world.run("const c = fixed(); try { return await c.choice() } finally { c.close() }");
  };
  CHECK(set("text") == "{shape:{circle:0},text:\"\"}");
  CHECK(set("named") == "{shape:{circle:0},named:\"by default\"}");
  CHECK(set("list") == "{shape:{circle:0},list:[]}");
  CHECK(set("pair") == "{shape:{circle:0},pair:{value:0}}");
}

TEST_CASE("An AnyPointer is null in JavaScript, and absent where it is not set") {
  CapnpWorld world;
  CHECK(world.run("return (await echo().values({})).any") == "undefined");
  world.ports["generic"] = factoryPort([&]() -> capnp::Capability::Client {
    struct Any final : capnp::DynamicCapability::Server {
      using Server::Server;
      kj::Promise<void> call(capnp::InterfaceSchema::Method, EchoServer::Context context) override {
        context.getResults().get("value").as<capnp::AnyPointer>().setAs<capnp::Text>("x");
        return kj::READY_NOW;
      }
    };
    auto type = KJ_REQUIRE_NONNULL(world.schemas->findInterface("Generic"));
    return capnp::DynamicCapability::Client(kj::heap<Any>(type));
  });
  world.addService("generic", "Generic");
  CHECK(world.run("return await generic().get()") == "{value:null}");
}

TEST_CASE("structFromJs fills a message of the worker's schema") {
  CapnpWorld world;
  capnp::MallocMessageBuilder message;
  auto pair =
      message.initRoot<capnp::DynamicStruct>(KJ_REQUIRE_NONNULL(world.schemas->findStruct("Pair")));
  world.isolate.enter(world.scope.get(), [&](js::Lock& js) {
    auto object = v8::Object::New(js.isolate);
    js.set(object, "key", js.str("k"));
    js.set(object, "value", js.str("7"));
    structFromJs(js, *world.schemas, pair, object);
    CHECK_THROWS_AS(structFromJs(js, *world.schemas, pair, js.undefined()), js::Throw);
  });
  CHECK(kj::str(pair) == "(key = \"k\", value = 7)");
}

}  // namespace
}  // namespace flamesim::bindings
