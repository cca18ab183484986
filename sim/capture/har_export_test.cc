#include "sim/capture/har_export.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/convert.h"
#include "sim/capture/har_import.h"
#include "sim/capture/testing.h"
#include "sim/capture/writer.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;
using nlohmann::json;

namespace {

// Through a file, as the command does it.
std::string harFileOf(const std::vector<net::Exchange>& exchanges) {
  TemporaryFolder folder;
  auto writer = CaptureWriter::create(folder / "a.cap", {});
  for (const auto& exchange : exchanges) writer->write(exchange);
  writer->close();
  auto reader = CaptureReader::open(folder / "a.cap").orThrow();
  convert(reader, folder / "a.har", ExportFormat::kHar);
  CHECK_FALSE(std::filesystem::exists(temporaryPath(folder / "a.har")));
  return slurp(folder / "a.har");
}

std::vector<net::Exchange> thereAndBack(const std::vector<net::Exchange>& exchanges) {
  return importHar(harFileOf(exchanges), "a.har").orThrow().exchanges;
}

std::string zlibbed(std::string_view text) {
  std::string out(compressBound(text.size()), '\0');
  auto size = uLongf(out.size());
  REQUIRE(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  out.resize(size);
  return out;
}

net::Effect subrequest(Time time) {
  return {.kind = net::EffectKind::kSubrequest,
          .worker = "ownership",
          .destination = "internet",
          .operation = "",
          .input = "",
          .output = "",
          .error = "",
          .start = time,
          .duration = std::chrono::milliseconds(3),
          .request = net::RecordedRequest{.method = "POST",
                                          .url = "http://origin.example/",
                                          .httpVersion = "HTTP/1.1",
                                          .headers = net::HeaderList({{"A", "b"}, {"L", "\xe9"}}),
                                          .body = std::string("\0\xff", 2)},
          .response = net::RecordedResponse{.status = 200, .body = "origin"}};
}

}  // namespace

TEST_CASE("har: a capture comes back from its HAR file as it was") {
  std::vector<net::Exchange> exchanges;
  for (uint64_t id = 1; id <= 8; ++id) exchanges.push_back(typicalExchange(id * 3));
  exchanges[0].request.headers.append("X-Two", "1");
  exchanges[0].request.headers.append("x-two", "2");
  exchanges[1].request.method = "POST";
  exchanges[1].request.body = std::string("\0\xff{", 3);
  exchanges[1].request.headers.append("Content-Length", "3");
  exchanges[2].outcome.response.body = std::string("\x1f\x8b\x00\xff", 4);
  exchanges[3].outcome.effects = {subrequest(exchanges[3].time),
                                  {.kind = net::EffectKind::kRpc,
                                   .worker = "ownership",
                                   .destination = "rrdns",
                                   .operation = "Rrdns.lookup",
                                   .input = "{\"spelling\" : 1.0}",
                                   .output = "\xff not JSON",
                                   .error = "overloaded",
                                   .start = exchanges[3].time,
                                   .duration = Duration(-1)}};
  exchanges[3].outcome.setBy = {{"status", "ownership"}, {"header:cf-ray", "rules"}};
  exchanges[4].outcome = unknownOutcome("a command line has no answer");
  exchanges[5].outcome.error = bodyNotKept("more than 8 MiB");
  exchanges[5].outcome.response.body = "";
  exchanges[6].outcome.kind = net::OutcomeKind::kDeclined;
  exchanges[6].request.httpVersion = "HTTP/2";
  exchanges[7].outcome.response = {.status = 204, .statusText = "No Content"};
  exchanges[7].client.ip = "";
  exchanges[7].request.url = "http://WWW.a.example:80/x?<y>";
  CHECK(thereAndBack(exchanges) == exchanges);
}

TEST_CASE("har: bodies stand decoded, and come back as they were") {
  auto exchange = typicalExchange(1);
  auto& response = exchange.outcome.response;
  response.headers = net::HeaderList(
      {{"Content-Type", "text/plain"}, {"Content-Encoding", "deflate"}, {"Content-Length", "13"}});
  SECTION("what can be decoded") {
    response.body = zlibbed("hello");
    auto har = json::parse(harFileOf({exchange}));
    auto& shown = har["log"]["entries"][0]["response"];
    CHECK(shown["content"]["text"] == "hello");
    CHECK(shown["content"]["size"] == 5);
    CHECK(shown["bodySize"] == response.body.size());
    CHECK(thereAndBack({exchange}).at(0) == exchange);
    // Who edits the text means the text.
    shown["content"]["text"] = "HELLO";
    auto edited = importHar(har.dump(), "a.har").orThrow().exchanges.at(0).outcome.response;
    CHECK(edited.body == "HELLO");
    CHECK(edited.headers == net::HeaderList({net::Header{"Content-Type", "text/plain"}}));
  }
  SECTION("what cannot be decoded stays as it was") {
    response.body = "no such thing";
    CHECK(thereAndBack({exchange}).at(0) == exchange);
  }
}

TEST_CASE("har: every member that HAR 1.2 asks for is there") {
  auto exchange = typicalExchange(1);
  exchange.request.url = "https://host1.example.com/item/1?a=b%20c&d";
  exchange.request.headers.append("Cookie", "s=1; t=a=b");
  exchange.outcome.response.headers.append("Set-Cookie", "s=2; Path=/; HttpOnly; Secure");
  exchange.outcome.response.headers.append("Location", "/next");
  auto har = json::parse(harFileOf({exchange, exchange}));
  auto& log = har["log"];
  CHECK(log["version"] == "1.2");
  CHECK(log["creator"].contains("name"));
  CHECK(log["creator"].contains("version"));
  REQUIRE(log["entries"].size() == 2);
  auto& entry = log["entries"][1];
  for (const char* name : {"startedDateTime", "time", "request", "response", "cache", "timings"}) {
    CHECK(entry.contains(name));
  }
  for (const char* name : {"method", "url", "httpVersion", "cookies", "headers", "queryString",
                           "headersSize", "bodySize"}) {
    CHECK(entry["request"].contains(name));
  }
  for (const char* name : {"status", "statusText", "httpVersion", "cookies", "headers", "content",
                           "redirectURL", "headersSize", "bodySize"}) {
    CHECK(entry["response"].contains(name));
  }
  for (const char* name : {"send", "wait", "receive"}) CHECK(entry["timings"][name] == 0);
  CHECK(entry["timings"]["connect"] == -1);
  CHECK(entry["startedDateTime"] == "2023-11-14T22:13:20.001Z");
  CHECK(entry["request"]["queryString"] ==
        json::parse(R"([{"name":"a","value":"b c"},{"name":"d","value":""}])"));
  CHECK(entry["request"]["cookies"] ==
        json::parse(R"([{"name":"s","value":"1"},{"name":"t","value":"a=b"}])"));
  CHECK(entry["response"]["cookies"] ==
        json::parse(R"([{"name":"s","value":"2","path":"/","httpOnly":true,"secure":true}])"));
  CHECK(entry["response"]["redirectURL"] == "/next");
}

TEST_CASE("har: _flamesim of somebody else is left aside, and makes no answer") {
  auto har = json::parse(harFileOf({typicalExchange(1), typicalExchange(2)}));
  auto& entries = har["log"]["entries"];
  entries[0]["_flamesim"] = {{"id", 7}};
  entries[1]["_flamesim"]["outcome"]["kind"] = "guessed";
  entries[1]["response"]["status"] = 0;
  auto imported = importHar(har.dump(), "a.har").orThrow();
  CHECK(imported.report.adjusted.at("_flamesim is not ours: left aside").count == 1);
  CHECK(imported.report.skipped.at("no response, and _flamesim is not ours").count == 1);
  REQUIRE(imported.exchanges.size() == 1);
  CHECK(imported.exchanges[0].id == 1);
  CHECK(imported.exchanges[0].client.ip.empty());
}

TEST_CASE("har: any exchange can be written, and what comes of it is a HAR file") {
  Random random(3);
  std::vector<net::Exchange> exchanges;
  for (uint64_t id = 1; id <= 200; ++id) exchanges.push_back(randomExchange(random, id));
  auto imported = importHar(harFileOf(exchanges), "a.har");
  REQUIRE(imported.ok());
  CHECK(imported.value().report.entries == 200);
}
