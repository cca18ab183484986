#include "mocks/logfwdr.h"

#include <capnp/serialize.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "mocks/json_capnp.h"
#include "mocks/log_reader.h"
#include "mocks/schema_source.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;
using testing::TemporaryFolder;

void logHttp(schemas::Logfwdr::Client client, const char* rayId, uint16_t status,
             kj::WaitScope& wait) {
  auto request = client.logRequest();
  auto message = request.initMessage();
  message.setTimestamp(1700000000123456789);
  message.setWorker("ownership");
  auto log = message.initHttplogs();
  log.setRayId(rayId);
  log.setEdgeResponseStatus(status);
  request.send().wait(wait);
}

struct Printed {
  std::string lines;  // of JSON
  LogExtent extent;
};

Printed print(const std::filesystem::path& path,
              capnp::StructSchema schema = capnp::Schema::from<schemas::LogMessage>()) {
  Printed printed;
  LogReader reader(path);
  reader.poll([&](capnp::MessageReader& message) {
    printed.lines += encodeText(message.getRoot<capnp::DynamicStruct>(schema)) + "\n";
    return true;
  });
  printed.extent = reader.extent();
  return printed;
}

std::string lines(const std::filesystem::path& path) {
  return print(path).lines;
}

size_t countLines(const std::string& text) {
  return size_t(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("messages go to the file and come back as JSON lines") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  TemporaryFolder folder;
  auto path = folder.path / "logs.capnp";
  {
    auto client = newLogfwdr(FileLogSink::open(path));
    logHttp(client, "230b030023ae2822-SJC", 409, wait);
    // It is in the file as soon as the call is answered.
    CHECK(countLines(lines(path)) == 1);
    auto request = client.logRequest();
    auto event = request.initMessage().initEvents();
    event.setName("slow");
    event.setLevel(schemas::EventLog::Level::WARNING);
    auto field = event.initFields(1)[0];
    field.setName("ms");
    field.setValue("31");
    request.send().wait(wait);
  }
  auto client = newLogfwdr(FileLogSink::open(path));
  logHttp(client, "second-run", 200, wait);

  std::istringstream stream(lines(path));
  std::string line;
  std::vector<nlohmann::json> messages;
  while (std::getline(stream, line)) messages.push_back(nlohmann::json::parse(line));
  REQUIRE(messages.size() == 3);
  CHECK(messages[0]["timestamp"] == "1700000000123456789");
  CHECK(messages[0]["worker"] == "ownership");
  CHECK(messages[0]["httplogs"]["rayId"] == "230b030023ae2822-SJC");
  CHECK(messages[0]["httplogs"]["edgeResponseStatus"] == 409);
  CHECK_FALSE(messages[0]["httplogs"].contains("clientIp"));
  CHECK_FALSE(messages[0].contains("events"));
  CHECK(messages[1]["events"]["level"] == "warning");
  CHECK(messages[1]["events"]["fields"] ==
        nlohmann::json::parse(R"([{"name": "ms", "value": "31"}])"));
  CHECK(messages[2]["httplogs"]["rayId"] == "second-run");
}

TEST_CASE("a message that is cut off is left out and counted; the file is not touched again") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  TemporaryFolder folder;
  auto path = folder.path / "logs.capnp";
  logHttp(newLogfwdr(FileLogSink::open(path)), "one", 200, wait);
  std::string first = testing::readFile(path);
  logHttp(newLogfwdr(FileLogSink::open(path)), "two", 200, wait);
  std::string both = testing::readFile(path);

  for (size_t size = first.size() + 1; size < both.size(); size++) {
    folder.write("logs.capnp", both.substr(0, size));
    auto printed = print(path);
    REQUIRE(printed.extent.messages == 1);
    REQUIRE(printed.extent.cutOffBytes == size - first.size());
    REQUIRE(countLines(printed.lines) == 1);
  }
  CHECK_THAT(inputErrorOf([&] { FileLogSink::open(path); }).problems[0].message,
             Catch::Matchers::Contains("does not end with a whole message"));
  CHECK(testing::readFile(path).size() == both.size() - 1);
}

TEST_CASE("what is no log file is neither read nor appended to") {
  TemporaryFolder folder;
  auto path =
      folder.write("notes.txt", "this is a text that someone needs, more than one line of it");
  CHECK(inputErrorOf([&] { FileLogSink::open(path); }).problems[0].message ==
        "this is not a file of log messages");
  CHECK(inputErrorOf([&] { lines(path); }).problems[0].message ==
        "this is not a file of log messages");
  CHECK_THAT(inputErrorOf([&] { lines(folder.path / "missing"); }).problems[0].message,
             Catch::Matchers::Contains("No such file"));
  CHECK_THAT(
      inputErrorOf([&] { FileLogSink::open(folder.path / "no" / "folder"); }).problems[0].message,
      Catch::Matchers::Contains("cannot be opened"));
  CHECK(lines(folder.write("empty", "")) == "");
}

TEST_CASE("event loops on several threads share a sink, and messages stay whole") {
  TemporaryFolder folder;
  auto path = folder.path / "logs.capnp";
  auto sink = FileLogSink::open(path);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([sink] {
      kj::EventLoop loop;
      kj::WaitScope wait(loop);
      auto client = newLogfwdr(sink);
      for (uint16_t i = 0; i < 250; i++) logHttp(client, "ray", i, wait);
    });
  }
  for (auto& thread : threads) thread.join();
  auto extent = print(path).extent;
  CHECK(extent.messages == 1000);
  CHECK(extent.cutOffBytes == 0);
  CHECK(sink->counts().written == 1000);
}

TEST_CASE("a sink in memory keeps what it gets") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto sink = std::make_shared<MemoryLogSink>();
  auto client = newLogfwdr(sink);
  logHttp(client, "a", 200, wait);
  logHttp(client, "b", 500, wait);
  REQUIRE(sink->size() == 2);
  CHECK(sink->get<schemas::LogMessage>(0).getHttplogs().getRayId() == "a");
  CHECK(sink->get<schemas::LogMessage>(1).getHttplogs().getEdgeResponseStatus() == 500);
}

TEST_CASE("a team's own log schema is served without C++ of its own") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  TemporaryFolder folder;
  auto schema = SchemaSource::fromFile(folder.write("own.capnp", R"(
@0xd6a2c1d9f2f7b0a1;
interface Sink { write @0 (m :Message) -> (); writeAll @1 (a :Text, b :Int8) -> (); }
struct Message { union { hits @0 :Hit; none @1 :Void; } struct Hit { count @0 :UInt64; raw @1 :Data; } }
)"));
  auto path = folder.path / "own.log";
  auto client = newLogfwdr(FileLogSink::open(path), schema->findInterface("Sink"), schema);
  auto request = client.newRequest("write");
  auto hit = request.init("m").as<capnp::DynamicStruct>().init("hits").as<capnp::DynamicStruct>();
  hit.set("count", 7);
  hit.set("raw", capnp::Data::Reader(reinterpret_cast<const capnp::byte*>("abc"), 3));
  request.send().wait(wait);
  CHECK(print(path, schema->findStruct("Message")).lines ==
        "{\"hits\":{\"count\":\"7\",\"raw\":\"YWJj\"}}\n");
}

}  // namespace
}  // namespace flamesim::mocks
