#include "mocks/universal.h"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <catch2/catch.hpp>
#include <thread>

#include "mocks/schema_source.h"
#include "mocks/testing.h"
#include "schemas/rrdns.capnp.h"

namespace flamesim::mocks {
namespace {

using capnp::DynamicCapability;
using capnp::DynamicList;
using capnp::DynamicStruct;
using testing::inputErrorOf;
using testing::rejectionOf;
using testing::TemporaryFolder;

// An interface with everything that a schema can hold.
constexpr const char* kSchema = R"(
@0xcc2a4f5e8b0d9f31;
interface Base { ping @0 () -> (text :Text); }
interface Everything extends(Base) {
  take @0 (value :Value) -> (value :Value);
  open @1 (name :Text) -> (session :Session, sessions :List(Session), inner :Holder);
  feed @2 (chunk :Data) -> stream;
  nothing @3 () -> ();
}
interface Session { read @0 (key :Text) -> (value :Text); whoami @1 () -> (name :Text); }
struct Holder { session @0 :Session; }
enum Color { red @0; green @1; }
struct Value {
  void @0 :Void; bool @1 :Bool; i8 @2 :Int8; i16 @3 :Int16; i32 @4 :Int32; i64 @5 :Int64;
  u8 @6 :UInt8; u16 @7 :UInt16; u32 @8 :UInt32; u64 @9 :UInt64; f32 @10 :Float32; f64 @11 :Float64;
  text @12 :Text; data @13 :Data; color @14 :Color; list @15 :List(Int32); names @16 :List(Text);
  nested @17 :Value; values @18 :List(Value); matrix @19 :List(List(UInt8)); any @20 :AnyPointer;
  session @21 :Session;
  group :group { a @22 :Int32; b @23 :Text; }
  union { none @24 :Void; number @25 :Int64; word @26 :Text; }
}
)";

struct Fixture {
  Fixture()
      : wait(loop), schema(SchemaSource::fromFile(folder.write("everything.capnp", kSchema))) {}

  DynamicCapability::Client client(const std::string& table) {
    return newUniversal(
        UniversalTable::parse(table, "table.json", schema->findInterface("Everything"), schema));
  }
  // What `take` answers to `params`, both as JSON.
  std::string take(DynamicCapability::Client client, const std::string& value) {
    auto request = client.newRequest("take");
    JsonInput input = JsonInput::parse(value, "params.json");
    decodeStruct(input, input.root(), "$", request.init("value").as<DynamicStruct>(),
                 [](auto&, auto&, auto&, auto) {});
    input.throwProblems();
    auto promise = request.send();
    std::string result;
    promise
        .then([&](capnp::Response<DynamicStruct>&& response) { result = encodeText(response); },
              [&](kj::Exception&& e) { result = std::string("! ") + e.getDescription().cStr(); })
        .wait(wait);
    return result;
  }
  std::vector<Problem> problems(const std::string& table) {
    return inputErrorOf([&] { client(table); }).problems;
  }

  TemporaryFolder folder;
  kj::EventLoop loop;
  kj::WaitScope wait;
  std::shared_ptr<const SchemaSource> schema;
};

TEST_CASE_METHOD(Fixture, "the first row that matches answers") {
  auto mock = client(R"({"Everything.take": [
    {"when": {"value": {"text": "*.example.com", "i32": -3}}, "then": {"value": {"text": "both"}}},
    {"when": {"value": {"text": "*.example.com"}}, "then": {"value": {"text": "wildcard"}}},
    {"when": {"value": {"text": "a*b*c"}}, "then": {"value": {"text": "inner"}}},
    {"when": {"value": {"text": "1\\*2"}}, "then": {"value": {"text": "star"}}},
    {"when": {"value": {"number": "*"}}, "then": {"value": {"text": "member of the union"}}},
    {"when": {"value": {"word": "*"}}, "then": {"value": {"text": "other member"}}},
    {"when": {"value": {"color": "green"}}, "then": {"value": {"text": "enum"}}},
    {"when": {"value": {"i64": "-9223372036854775808"}}, "then": {"value": {"text": "i64"}}},
    {"when": {"value": {"u64": 18446744073709551615}}, "then": {"value": {"text": "u64"}}},
    {"when": {"value": {"data": "AAH/"}}, "then": {"value": {"text": "data"}}},
    {"when": {"value": {"f32": 0.1}}, "then": {"value": {"text": "f32"}}},
    {"when": {"value": {"bool": true}}, "then": {"value": {"text": "bool"}}},
    {"when": {"value": {"values": [{"i8": 1}, "*"]}}, "then": {"value": {"text": "list"}}},
    {"when": {"value": {"nested": {"nested": {"u8": 9}}}}, "then": {"value": {"text": "nested"}}},
    {"when": {"value": {"group": {"a": 5}}}, "then": {"value": {"text": "group"}}},
    {"when": {"value": {"names": ["x*", "y"]}}, "then": {"value": {"text": "names"}}},
    {"when": {"value": {"list": null}}, "then": {"value": {"text": "list not set"}}},
    {"then": {"value": {"text": "default"}}}
  ]})");
  auto answer = [&](const std::string& value) {
    return nlohmann::json::parse(take(mock, value))["value"]["text"].get<std::string>();
  };
  CHECK(answer(R"({"text": "www.example.com", "i32": -3})") == "both");
  CHECK(answer(R"({"text": "www.example.com"})") == "wildcard");
  CHECK(answer(R"({"text": "abc"})") == "inner");
  CHECK(answer(R"({"text": "a--b--c"})") == "inner");
  CHECK(answer(R"({"text": "acb"})") == "list not set");
  CHECK(answer(R"({"text": "1*2"})") == "star");
  CHECK(answer(R"({"text": "1x2"})") == "list not set");
  CHECK(answer(R"({"number": 0})") == "member of the union");
  CHECK(answer(R"({"word": ""})") == "other member");
  CHECK(answer(R"({"color": "green"})") == "enum");
  CHECK(answer(R"({"i64": "-9223372036854775808"})") == "i64");
  CHECK(answer(R"({"u64": "18446744073709551615"})") == "u64");
  CHECK(answer(R"({"data": [0, 1, 255]})") == "data");
  CHECK(answer(R"({"f32": 0.1})") == "f32");
  CHECK(answer(R"({"bool": true})") == "bool");
  CHECK(answer(R"({"values": [{"i8": 1}, {}]})") == "list");
  CHECK(answer(R"({"values": [{"i8": 1}]})") == "list not set");
  CHECK(answer(R"({"nested": {"nested": {"u8": 9}}})") == "nested");
  CHECK(answer(R"({"group": {"a": 5}})") == "group");
  CHECK(answer(R"({"names": ["xyz", "y"]})") == "names");
  CHECK(answer(R"({"list": []})") == "default");
}

TEST_CASE_METHOD(Fixture, "results of every type arrive as they were written") {
  const std::string value = R"({"void":null,"bool":true,"i8":-128,"i16":-32768,"i32":-2147483648,)"
                            R"("i64":"-9223372036854775808","u8":255,"u16":65535,"u32":4294967295,)"
                            R"("u64":"18446744073709551615","f32":1.5,"f64":"-Infinity",)"
                            R"("text":"gr\u00fcn","data":"AAH/","color":"green","list":[1,2],)"
                            R"("names":["a",""],"matrix":[[1],[],[2,3]],"group":{"a":7,"b":"g"},)"
                            R"("word":"w"})";
  auto mock = client(R"({"take": [{"then": {"value": )" + value + "}}]}");
  auto result = nlohmann::json::parse(take(mock, "{}"))["value"];
  CHECK(result == nlohmann::json::parse(value));
  // The same again: an answer is not used up.
  CHECK(nlohmann::json::parse(take(mock, "{}"))["value"] == result);
}

TEST_CASE_METHOD(Fixture, "a row may be an error of each type") {
  auto mock = client(R"({"take": [
    {"when": {"value": {"i8": 1}}, "error": {"type": "overloaded", "message": "too much"}},
    {"when": {"value": {"i8": 2}}, "error": {"type": "disconnected", "message": "gone"}},
    {"when": {"value": {"i8": 3}}, "error": {"type": "unimplemented", "message": "not here"}},
    {"when": {"value": {"i8": 4}}, "error": {"message": "broken"}}
  ]})");
  using Type = kj::Exception::Type;
  const std::pair<Type, const char*> expected[] = {{Type::OVERLOADED, "too much"},
                                                   {Type::DISCONNECTED, "gone"},
                                                   {Type::UNIMPLEMENTED, "not here"},
                                                   {Type::FAILED, "broken"}};
  for (int i = 0; i < 4; i++) {
    auto request = mock.newRequest("take");
    request.init("value").as<DynamicStruct>().set("i8", i + 1);
    bool failed = false;
    request.send()
        .ignoreResult()
        .catch_([&](kj::Exception&& e) {
          failed = true;
          CHECK(e.getType() == expected[i].first);
          CHECK(e.getDescription() == expected[i].second);
        })
        .wait(wait);
    CHECK(failed);
  }
  CHECK(take(mock, R"({"i8": 5, "text": "t"})")
            .starts_with("! no row of the table table.json answers Everything.take({\"value\":{"));
  CHECK_THAT(rejectionOf(mock.newRequest("ping").send().ignoreResult(), wait),
             Catch::Matchers::Contains("answers Base.ping({})"));
}

TEST_CASE_METHOD(Fixture, "methods of a super-interface and of streams are answered") {
  auto mock = client(R"({
    "Base.ping": [{"then": {"text": "pong"}}],
    "feed": [{"when": {"chunk": "YmFk"}, "error": {"message": "bad chunk"}}, {"then": {}}],
    "nothing": [{"then": {}}]
  })");
  CHECK(mock.newRequest("ping").send().wait(wait).get("text").as<capnp::Text>() == "pong");
  auto feed = [&](const char* bytes) {
    auto request = mock.newRequest("feed");
    request.set("chunk", capnp::Data::Reader(reinterpret_cast<const capnp::byte*>(bytes), 3));
    return request.sendStreaming();
  };
  feed("abc").wait(wait);
  mock.newRequest("nothing").send().wait(wait);
  // A streaming call that fails breaks the capability: Cap'n Proto's rule, not this mock's.
  CHECK(rejectionOf(feed("bad"), wait) == "bad chunk");
  CHECK(rejectionOf(mock.newRequest("nothing").send().ignoreResult(), wait) == "bad chunk");
}

TEST_CASE_METHOD(Fixture, "results may hold capabilities, each with a table of its own") {
  auto mock = client(R"({
    "open": [
      {"when": {"name": "a"}, "then": {
        "session": {"whoami": [{"then": {"name": "session a"}}]},
        "sessions": [{}, null, {"read": [{"when": {"key": "k"}, "then": {"value": "list"}}]}],
        "inner": {"session": {"Session.whoami": [{"then": {"name": "inner"}}]}}}}
    ],
    "Session.whoami": [{"then": {"name": "any session"}}],
    "Session.read": [{"then": {"value": "from the outermost table"}}]
  })");
  auto request = mock.newRequest("open");
  request.set("name", "a");
  auto promise = request.send();
  // Pipelined: before the answer is there.
  auto pipelined = promise.get("session").releaseAs<DynamicCapability>();
  CHECK(pipelined.newRequest("whoami").send().wait(wait).get("name").as<capnp::Text>() ==
        "session a");
  auto response = promise.wait(wait);
  auto whoami = [&](DynamicCapability::Client session) {
    return std::string(
        session.newRequest("whoami").send().wait(wait).get("name").as<capnp::Text>().cStr());
  };
  auto read = [&](DynamicCapability::Client session, const char* key) {
    auto request = session.newRequest("read");
    request.set("key", key);
    return std::string(request.send().wait(wait).get("value").as<capnp::Text>().cStr());
  };
  auto sessions = response.get("sessions").as<DynamicList>();
  CHECK(whoami(sessions[0].as<DynamicCapability>()) == "any session");
  CHECK(read(sessions[2].as<DynamicCapability>(), "k") == "list");
  CHECK(read(sessions[2].as<DynamicCapability>(), "other") == "from the outermost table");
  CHECK(whoami(response.get("inner").as<DynamicStruct>().get("session").as<DynamicCapability>()) ==
        "inner");
}

TEST_CASE("each problem of a table has its path, its line and the nearest name") {
  auto error = inputErrorOf([] {
    UniversalTable::parse(R"({
  "lookupOwnership": [
    {"when": {"request": {"queryName": 5}}, "then": {"response": {"accountId": 1}}},
    {"when": {"request": {"queryNam": "*"}}, "then": {"response": {"accountId": "one"}}},
    {"when": {"request": {"queryName": "x"}},
     "then": {"response": {"acountId": 3}}},
    {"when": {"request": {"queryName": "y"}}, "then": {"response": {"kind": "zon"}}},
    {"when": {"request": "x"}, "them": {}},
    {"then": {"response": null}, "error": {"type": "slow", "message": 1}},
    {"when": {"request": {"queryName": "z"}}, "then": {}}
  ],
  "lookupOwner": [],
  "Rrdn.lookupOwnership": [],
  "Rrdns.lookupOwnership": {}
})",
                          "table.json", capnp::Schema::from<schemas::Rrdns>());
  });
  struct Expected {
    const char* path;
    uint32_t line;
    const char* message;
    const char* help;
  };
  const Expected expected[] = {
      {"$.lookupOwnership[0].when.request.queryName", 3,
       "expected a string (Text) or \"*\", found an integer", ""},
      {"$.lookupOwnership[1].when.request.queryNam", 4,
       "\"queryNam\" is not a field of OwnershipRequest", "did you mean \"queryName\"?"},
      {"$.lookupOwnership[1].then.response.accountId", 4,
       "expected an integer from -9223372036854775808 to 9223372036854775807 (Int64), found a "
       "string "
       "\"one\"",
       ""},
      {"$.lookupOwnership[2].then.response.acountId", 6,
       "\"acountId\" is not a field of OwnershipResponse", "did you mean \"accountId\"?"},
      {"$.lookupOwnership[3].then.response.kind", 7, "\"zon\" is not a value of enum OwnershipKind",
       "did you mean \"zone\"?"},
      {"$.lookupOwnership[4]", 8, "the row has neither \"then\" nor \"error\"", ""},
      {"$.lookupOwnership[4].when.request", 8,
       "expected an object (OwnershipRequest) or \"*\", found a string", ""},
      {"$.lookupOwnership[4].them", 8, "unknown key \"them\"", "did you mean \"then\"?"},
      {"$.lookupOwnership[5]", 9, "the row has both \"then\" and \"error\"", ""},
      {"$.lookupOwnership[5].error.type", 9, "\"slow\" is not a type of error",
       "there is failed, overloaded, disconnected, unimplemented"},
      {"$.lookupOwnership[5].error.message", 9, "expected a string, found an integer", ""},
      {"$.lookupOwnership[6]", 10,
       "this row is never reached: $.lookupOwnership[5] answers every call",
       "put the row that answers everything last"},
      {"$.lookupOwner", 12, "\"lookupOwner\" is not a method of Rrdns",
       "did you mean \"lookupOwnership\"?"},
      {"$[\"Rrdn.lookupOwnership\"]", 13, "no interface \"Rrdn\" is reached from Rrdns",
       "did you mean \"Rrdns\"?"},
      {"$[\"Rrdns.lookupOwnership\"]", 14,
       "the rows of this method are given twice, with and without the interface's name", ""},
  };
  INFO(error.what());
  REQUIRE(error.problems.size() == std::size(expected));
  for (size_t i = 0; i < std::size(expected); i++) {
    CHECK(error.problems[i].path == expected[i].path);
    CHECK(error.problems[i].line == expected[i].line);
    CHECK(error.problems[i].message == expected[i].message);
    CHECK(error.problems[i].help == expected[i].help);
  }
}

TEST_CASE_METHOD(Fixture, "values that do not fit their type are refused") {
  auto problem = [&](const std::string& value) {
    auto all = problems(R"({"take": [{"then": {"value": )" + value + "}}]}");
    return all.size() == 1 ? all[0].path.substr(std::string("$.take[0].then.value").size()) + " " +
                                 all[0].message
                           : std::to_string(all.size()) + " problems";
  };
  CHECK(problem(R"({"i8": 128})") ==
        ".i8 expected an integer from -128 to 127 (Int8), found an integer 128");
  CHECK(problem(R"({"u8": -1})") ==
        ".u8 expected an integer from 0 to 255 (UInt8), found an integer -1");
  CHECK(problem(R"({"u64": "18446744073709551616"})") ==
        ".u64 expected an integer from 0 to 18446744073709551615 (UInt64), found a string "
        "\"18446744073709551616\"");
  CHECK(
      problem(R"({"i64": 1.5})") ==
      ".i64 expected an integer from -9223372036854775808 to 9223372036854775807 (Int64), found a "
      "number 1.5");
  CHECK(problem(R"({"i64": 9223372036854775808})").starts_with(".i64 expected an integer from"));
  CHECK(problem(R"({"bool": 1})") == ".bool expected true or false (Bool), found an integer 1");
  CHECK(problem(R"({"void": 0})") == ".void expected null (Void), found an integer 0");
  CHECK(problem(R"({"text": []})") == ".text expected a string (Text), found an array");
  CHECK(problem(R"({"i32": null})").starts_with(".i32 expected an integer"));
  CHECK(problem(R"({"data": "a"})") ==
        ".data expected base64 or an array of bytes (Data), found a string \"a\"");
  CHECK(problem(R"({"data": [1, 256]})") ==
        ".data[1] expected an integer from 0 to 255 (UInt8), found an integer 256");
  CHECK(problem(R"({"list": {}})") == ".list expected an array (List(Int32)), found an object");
  CHECK(problem(R"({"matrix": [[1], 2]})") ==
        ".matrix[1] expected an array (List(UInt8)), found an integer 2");
  CHECK(problem(R"({"any": {}})") == ".any AnyPointer has no form in JSON: leave it out");
  CHECK(problem(R"({"number": 1, "word": "x"})") ==
        ".word \"word\" and \"number\" are members of one union, which holds only one at a time");
  CHECK(problem(R"({"group": []})") == ".group expected an object (Value.group), found an array");
  CHECK(problem(R"({"session": {"reed": []}})") ==
        ".session.reed \"reed\" is not a method of Session");
  CHECK(problem(R"({"nested": {"values": [{}, {"colour": 1}]}})") ==
        ".nested.values[1].colour \"colour\" is not a field of Value");
  CHECK(problems("[]")[0].message ==
        "expected a table of \"Everything\", which is an object of method: rows; found an array");
}

TEST_CASE_METHOD(Fixture, "threads share a table") {
  auto table = UniversalTable::parse(R"({"take": [{"then": {"value": {"text": "t"}}}]})", "t.json",
                                     schema->findInterface("Everything"), schema);
  std::vector<std::thread> threads;
  std::atomic<int> answers = 0;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&] {
      kj::EventLoop loop;
      kj::WaitScope wait(loop);
      auto mock = newUniversal(table);
      for (int i = 0; i < 200; i++) {
        auto response = mock.newRequest("take").send().wait(wait);
        if (response.get("value").as<DynamicStruct>().get("text").as<capnp::Text>() == "t")
          answers++;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(answers == 800);
}

TEST_CASE("schemas are found in .capnp files and in compiled form") {
  TemporaryFolder folder;
  auto path = folder.write("own.capnp", kSchema);
  auto fromFile = SchemaSource::fromFile(path);
  CHECK(fromFile->findInterface("Session").getMethods().size() == 2);
  CHECK(fromFile->findStruct("Holder").getFields().size() == 1);
  auto missing = inputErrorOf([&] { fromFile->findInterface("Sesion"); });
  CHECK(missing.problems[0].message == "no interface \"Sesion\" in this schema");
  CHECK(missing.problems[0].help == "did you mean \"Session\"?");
  CHECK(inputErrorOf([&] { fromFile->findInterface("Holder"); }).problems[0].message ==
        "no interface \"Holder\" in this schema");

  // The project's own schemas import /capnp/c++.capnp, which the capnp tool finds by itself.
  std::filesystem::path rrdns = std::filesystem::path(FLAMESIM_SOURCE_DIR) / "schemas/rrdns.capnp";
  auto own = SchemaSource::fromFile(rrdns);
  CHECK(own->findInterface("Rrdns").getProto().getId() ==
        capnp::Schema::from<schemas::Rrdns>().getProto().getId());

  auto compiled = folder.path / "compiled";
  std::string command = "capnp compile -o- --src-prefix=" + rrdns.parent_path().string() + " " +
                        rrdns.string() + " > " + compiled.string();
  REQUIRE(system(command.c_str()) == 0);
  auto request = SchemaSource::fromRequest(testing::readFile(compiled), "bundle");
  CHECK(request->findInterface("Rrdns").findMethodByName("lookupOwnership") != nullptr);
  auto mock = newUniversal(
      UniversalTable::parse(R"({"lookupOwnership": [{"then": {"response": {"accountId": 7}}}]})",
                            "t.json", request->findInterface("Rrdns"), request));
  // A typed client with the compiled-in schema speaks with it: the ids are the same.
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto typed = capnp::Capability::Client(mock).castAs<schemas::Rrdns>();
  CHECK(typed.lookupOwnershipRequest().send().wait(wait).getResponse().getAccountId() == 7);
}

TEST_CASE("a schema that does not compile says where") {
  TemporaryFolder folder;
  auto path = folder.write("bad.capnp", "@0xcc2a4f5e8b0d9f32;\nstruct A {\n  x @0 :Txt;\n}\n");
  auto error = inputErrorOf([&] { SchemaSource::fromFile(path); });
  INFO(error.what());
  CHECK(error.file == path.string());
  CHECK(error.problems[0].line == 3);
  CHECK_THAT(error.problems[0].message, Catch::Matchers::Contains("Txt"));

  CHECK(
      inputErrorOf([&] { SchemaSource::fromFile(folder.path / "no.capnp"); }).problems[0].message ==
      "the schema file does not exist");
  CHECK_THAT(
      inputErrorOf([&] {
        SchemaSource::fromFile(folder.write(
            "import.capnp",
            "@0xcc2a4f5e8b0d9f33;\nusing B = import \"b.capnp\";\nstruct A { x @0 :B.C; }\n"));
      })
          .problems[0]
          .message,
      Catch::Matchers::Contains("Import failed"));
  for (const std::string& bytes :
       {std::string(), std::string("short"), std::string(64, '\xff'), std::string(64, '\0'),
        std::string("\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16)}) {
    CHECK(inputErrorOf([&] { SchemaSource::fromRequest(bytes, "bundle"); }).file == "bundle");
  }
}

TEST_CASE("a compiled schema with a damaged name is refused") {
  // Broke: SchemaLoader used up the stack over a field whose name is no text.
  capnp::MallocMessageBuilder message;
  auto node = message.initRoot<capnp::schema::CodeGeneratorRequest>().initNodes(1)[0];
  node.setId(0xcc2a4f5e8b0d9f34);
  node.setDisplayName("a.capnp:A");
  auto field = node.initStruct().initFields(1)[0];
  capnp::AnyStruct::Builder(kj::mv(field)).getPointerSection()[0].setAs<capnp::List<uint64_t>>({1});
  auto words = capnp::messageToFlatArray(message);
  std::string bytes(words.asChars().begin(), words.asChars().size());
  auto error = inputErrorOf([&] { SchemaSource::fromRequest(bytes, "bundle"); });
  CHECK_THAT(error.problems[0].message, Catch::Matchers::StartsWith("not a compiled schema: "));
}

}  // namespace
}  // namespace flamesim::mocks
