// Tables beyond one answer a row: sequences, defaults, delays, values of the request.
#include <capnp/dynamic.h>

#include <catch2/catch.hpp>

#include "mocks/schema_source.h"
#include "mocks/testing.h"
#include "mocks/universal.h"

namespace flamesim::mocks {
namespace {

using capnp::DynamicCapability;
using capnp::DynamicStruct;
using testing::inputErrorOf;
using testing::TemporaryFolder;

constexpr const char* kSchema = R"(
@0xcc2a4f5e8b0d9f36;
struct Point { x @0 :Int32; y @1 :Int32; union { plain @2 :Void; label @3 :Text; } }
interface Counter {
  next @0 (name :Text, point :Point, callback :Counter) -> (value :UInt32, name :Text, x :Int32,
      points :List(Point), names :List(Text), point :Point, counter :Counter);
  other @1 () -> (text :Text = "as in the schema", list :List(UInt8));
  open @2 () -> (counter :Counter);
}
interface Odd { default @0 () -> (text :Text); more @1 () -> (text :Text); }
)";

struct Fixture {
  Fixture() : wait(loop), schema(SchemaSource::fromFile(folder.write("s.capnp", kSchema))) {}

  DynamicCapability::Client client(const std::string& table, Delay delay = nullptr,
                                   const char* interfaceName = "Counter") {
    return newUniversal(
        UniversalTable::parse(table, "t.json", schema->findInterface(interfaceName), schema),
        std::move(delay));
  }
  // What the method answers, as JSON, or "! " and the error.
  std::string call(DynamicCapability::Client client, const char* method = "next",
                   const std::string& params = "{}") {
    auto request = client.newRequest(method);
    JsonInput input = JsonInput::parse(params, "params.json");
    decodeStruct(input, input.root(), "$", request, [](auto&, auto&, auto&, auto) {});
    input.throwProblems();
    std::string result;
    auto promise = request.send();
    promise
        .then([&](capnp::Response<DynamicStruct>&& response) { result = encodeText(response); },
              [&](kj::Exception&& e) { result = std::string("! ") + e.getDescription().cStr(); })
        .wait(wait);
    return result;
  }
  std::string text(DynamicCapability::Client client) {
    auto response = client.newRequest("other").send().wait(wait);
    return response.get("text").as<capnp::Text>().cStr();
  }
  // "path:line message [help]" of each problem.
  std::vector<std::string> problems(const std::string& table) {
    std::vector<std::string> lines;
    for (auto& problem : inputErrorOf([&] { client(table); }).problems) {
      lines.push_back(problem.path + ":" + std::to_string(problem.line) + " " + problem.message +
                      (problem.help.empty() ? "" : " [" + problem.help + "]"));
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  TemporaryFolder folder;
  kj::EventLoop loop;
  kj::WaitScope wait;
  std::shared_ptr<const SchemaSource> schema;
};

std::string value(int number) {
  return "{\"value\":" + std::to_string(number) + ",\"x\":0}";
}

TEST_CASE_METHOD(Fixture, "a sequence gives its answers one after the other") {
  auto table = [](const std::string& then) {
    return R"({"next": [{"sequence": [{"then": {"value": 1}}, {"error": {"message": "two"}},
                                      {"then": {"value": 3}}])" +
           then + "}]}";
  };
  auto next = [&](DynamicCapability::Client mock) {
    std::vector<std::string> all;
    for (int i = 0; i < 5; i++) all.push_back(call(mock));
    return all;
  };
  CHECK(next(client(table(""))) == Lines{value(1), "! two", value(3), value(3), value(3)});
  CHECK(next(client(table(R"(, "then": "repeat-last")"))) ==
        Lines{value(1), "! two", value(3), value(3), value(3)});
  CHECK(next(client(table(R"(, "then": "cycle")"))) ==
        Lines{value(1), "! two", value(3), value(1), "! two"});
  std::string atEnd =
      "! the sequence of $.next[0] in the table t.json has 3 answers, and all are given";
  CHECK(next(client(table(R"(, "then": "fail")"))) ==
        Lines{value(1), "! two", value(3), atEnd, atEnd});
}

TEST_CASE_METHOD(Fixture,
                 "each server of a table begins its sequences anew, each row has its own") {
  std::string table = R"({"next": [
    {"when": {"name": "a"}, "sequence": [{"then": {"value": 1}}, {"then": {"value": 2}}]},
    {"sequence": [{"then": {"value": 11}}, {"then": {"value": 12}}]}]})";
  auto first = client(table);
  CHECK(call(first, "next", R"({"name": "a"})") == value(1));
  CHECK(call(first) == value(11));
  CHECK(call(first, "next", R"({"name": "a"})") == value(2));
  CHECK(call(first) == value(12));
  CHECK(call(client(table)) == value(11));
}

TEST_CASE_METHOD(Fixture, "a default answers the methods that are not listed") {
  auto mock = client(R"({"default": true, "next": [{"when": {"name": "a"}, "then": {}}]})");
  CHECK(text(mock) == "as in the schema");
  // A method that is listed has rows to match.
  CHECK(call(mock).starts_with("! no row of the table t.json answers Counter.next("));
  CHECK(call(client(R"({"default": false})"), "other").starts_with("! no row of the table"));
  CHECK(call(client(R"({"default": {"error": {"message": "not here"}}})"), "other") ==
        "! not here");
  // It may be the name of a method.
  auto odd = client(R"({"default": [{"then": {"text": "mine"}}]})", nullptr, "Odd");
  CHECK(call(odd, "default") == "{\"text\":\"mine\"}");
  CHECK(problems(R"({"default": 5})") ==
        Lines{"$.default:1 expected true or {\"error\": ...}, found an integer [true: methods that "
              "are not listed answer with the schema's defaults]"});
}

TEST_CASE_METHOD(Fixture, "a delay is waited for on whatever time the server runs on") {
  std::vector<int64_t> waited;
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> pending;
  Delay delay = [&](std::chrono::milliseconds time) {
    waited.push_back(time.count());
    auto paf = kj::newPromiseAndFulfiller<void>();
    pending.push_back(kj::mv(paf.fulfiller));
    return kj::mv(paf.promise);
  };
  auto mock = client(R"({"next": [{"delayMs": 250, "then": {"value": 1}}],
                         "other": [{"delayMs": 0, "then": {"text": "now"}}]})",
                     delay);
  auto slow = mock.newRequest("next").send();
  CHECK_FALSE(slow.poll(wait));
  CHECK(call(mock, "other") == "{\"text\":\"now\"}");
  CHECK(waited == std::vector<int64_t>{250});
  pending[0]->fulfill();
  CHECK(slow.wait(wait).get("value").as<uint32_t>() == 1);
  CHECK(problems(R"({"next": [{"delayMs": -1, "then": {}}]})") ==
        Lines{"$.next[0].delayMs:1 expected milliseconds, a whole number from 0 to 3600000, found "
              "-1"});
}

TEST_CASE_METHOD(Fixture, "results take values of the request") {
  auto mock = client(R"({"next": [{"then": {
    "name": {"$from": "name"}, "x": {"$from": "point.x"}, "names": ["a", {"$from": "name"}],
    "points": [{"x": {"$from": "point.y"}}, {"$from": "point"}], "point": {"$from": "point"},
    "value": 7}}]})");
  CHECK(call(mock, "next", R"({"name": "n", "point": {"x": 3, "y": 4}})") ==
        R"({"value":7,"name":"n","x":3,"points":[{"x":4,"y":0,"plain":null},)"
        R"({"x":3,"y":4,"plain":null}],"names":["a","n"],"point":{"x":3,"y":4,"plain":null}})");
  // What the request does not have is left unset.
  CHECK(call(mock).starts_with(R"({"value":7,"x":0,"points":)"));
  auto label = client(R"({"next": [{"then": {"name": {"$from": "point.label"}}}]})");
  CHECK(call(label, "next", R"({"point": {"label": "l"}})").find("\"name\":\"l\"") !=
        std::string::npos);
  CHECK(call(label, "next", R"({"point": {"x": 1}})") == value(0));
}

TEST_CASE_METHOD(Fixture, "what cannot be taken from the request is found at load") {
  CHECK(problems(R"({
  "next": [{"then": {
    "value": {"$from": "name"},
    "name": {"$from": "nme"},
    "x": {"$from": "name.length"},
    "names": [{"$from": 5}]}}]})") ==
        Lines{"$.next[0].then.value.$from:3 \"name\" is of type Text, wanted is UInt32 [no "
              "field of the request is of that type]",
              "$.next[0].then.name.$from:4 \"nme\" is not a field of Counter.next$Params [did "
              "you mean \"name\"?]",
              "$.next[0].then.x.$from:5 a value of type Text has no field \"length\"",
              "$.next[0].then.names[0].$from:6 expected the path of a field of the request, "
              "such as \"request.name\", found an integer"});
  CHECK(problems(R"({"next": [{"then": {"x": {"$from": "name"}}}]})") ==
        Lines{"$.next[0].then.x.$from:1 \"name\" is of type Text, wanted is Int32 [of that "
              "type: point.x point.y]"});
}

TEST_CASE_METHOD(Fixture, "a sequence that is written wrongly") {
  CHECK(problems(R"({"next": [{"sequence": []}]})") ==
        Lines{"$.next[0].sequence:1 expected an array of one or more answers, found none"});
  CHECK(problems(R"({"next": [{"sequence": [{}], "then": "cicle"}]})") ==
        Lines{"$.next[0].sequence[0]:1 the row has neither \"then\" nor \"error\"",
              "$.next[0].then:1 what follows a sequence is \"repeat-last\", \"cycle\" or \"fail\" "
              "[did you mean \"cycle\"?]"});
  CHECK(problems(R"({"next": [{"sequence": [{"then": {}}], "then": {"value": 1}}]})") ==
        Lines{"$.next[0].then:1 what follows a sequence is \"repeat-last\", \"cycle\" or \"fail\" "
              "[an answer belongs into the sequence]"});
  CHECK(problems(R"({"next": [{"sequence": [{"then": {}, "when": {}}]}]})").size() == 1);
}

TEST_CASE_METHOD(Fixture, "a capability in the answers of a sequence keeps its own table") {
  auto mock = client(R"({"open": [{"sequence": [
    {"then": {"counter": {"next": [{"sequence": [{"then": {"value": 1}}, {"then": {"value": 2}}]}]}}},
    {"then": {"counter": {"default": true}}}]}]})");
  auto open = [&] {
    return mock.newRequest("open").send().wait(wait).get("counter").as<DynamicCapability>();
  };
  auto first = open();
  auto second = open();
  CHECK(call(first) == value(1));
  CHECK(call(first) == value(2));
  CHECK(text(second) == "as in the schema");
}

}  // namespace
}  // namespace flamesim::mocks
