#include "sim/capture/gor.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/raw_http.h"
#include "sim/capture/testing.h"
#include "sim/net/content_encoder.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;

namespace {

const std::string kEnd = "\n🐵🙈🙉\n";
const std::string kGet = "GET /x?y=1 HTTP/1.1\r\nHost: a.example\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

std::string payload(char type, const std::string& id, const std::string& bytes,
                    const std::string& time = "1700000000000000123") {
  return std::string(1, type) + " " + id + " " + time + " 7\n" + bytes + kEnd;
}

Import importText(const std::string& text, const GorOptions& options = {}) {
  return importGor({{"t.gor", text}}, options).orThrow();
}

// The one reason why the one request of `bytes` is left out.
std::string skippedFor(const std::string& bytes) {
  auto report = importText(payload('1', "a", bytes)).report;
  CHECK(report.entries == 1);
  REQUIRE(report.skipped.size() == 1);
  CHECK(report.skipped.begin()->second.example.find("t.gor payload 1") == 0);
  return report.skipped.begin()->first;
}

net::Outcome outcomeOf(const std::string& response, const std::string& request = kGet) {
  auto imported = importText(payload('1', "a", request) + payload('2', "a", response));
  REQUIRE(imported.exchanges.size() == 1);
  return imported.exchanges[0].outcome;
}

std::string gzipped(const std::string& text) {
  return *net::encodeContent("gzip", text);
}

}  // namespace

TEST_CASE("gor: requests find their responses by id, in any order and across files") {
  std::string first = payload('1', "b", "GET /b HTTP/1.1\r\nHost: b.example\r\n\r\n", "2000") +
                      payload('1', "a", kGet, "1000") + payload('2', "a", kOk, "1000");
  std::string second =
      payload('2', "b", "HTTP/1.0 404 Not Found\r\nX-One: 1\r\nx-one: 2\r\n\r\ngone", "2000");
  auto imported = importGor({{"1.gor", first}, {"2.gor", gzipped(second)}}, {}).orThrow();
  CHECK(imported.report.entries == 2);
  CHECK(imported.report.skipped.empty());
  CHECK(imported.report.adjusted.empty());
  REQUIRE(imported.exchanges.size() == 2);
  auto& a = imported.exchanges[0];
  CHECK(a.id == 1);
  CHECK(nanosOf(a.time) == 1000);
  CHECK(a.request.url == "http://a.example/x?y=1");
  CHECK(a.request.headers == net::HeaderList({net::Header{"Host", "a.example"}}));
  CHECK(a.client == net::ClientContext{});
  CHECK(a.outcome.response.body == "hello");
  auto& b = imported.exchanges[1];
  CHECK(b.outcome.response.status == 404);
  CHECK(b.outcome.response.statusText == "Not Found");
  CHECK(b.outcome.response.httpVersion == "HTTP/1.0");
  CHECK(b.outcome.response.headers == net::HeaderList({{"X-One", "1"}, {"x-one", "2"}}));
  CHECK(b.outcome.response.body == "gone");
}

TEST_CASE("gor: what is of the connection goes, chunks are joined") {
  auto imported = importText(
      payload('1', "a",
              "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\nConnection: "
              "close\r\nX-Fold: a\r\n  b\r\n\r\n3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\nT: "
              "1\r\n\r\n") +
      payload('2', "a",
              "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: "
              "x\r\nTransfer-Encoding: chunked\r\nCF-Ray: 1-SJC\r\n\r\n2\r\nok\r\n0\r\n\r\n"));
  REQUIRE(imported.exchanges.size() == 1);
  auto& exchange = imported.exchanges[0];
  CHECK(exchange.request.headers ==
        net::HeaderList({{"Host", "a.example"}, {"Connection", "close"}, {"X-Fold", "a b"}}));
  CHECK(exchange.request.body == "abc0123456789");
  CHECK(exchange.outcome.response.headers == net::HeaderList({net::Header{"CF-Ray", "1-SJC"}}));
  CHECK(exchange.outcome.response.body == "ok");
  CHECK(exchange.client.rayId == "1-SJC");
}

TEST_CASE("gor: requests that cannot be used are counted with their reason") {
  CHECK(skippedFor("\x16\x03\x01") == "the request cannot be read: the request line is cut off");
  CHECK(skippedFor("GET /\r\n\r\n") == "the request cannot be read: no HTTP request line");
  CHECK(skippedFor("GET / HTTP/1.1\r\nHost: a\r\n") ==
        "the request cannot be read: the headers are cut off");
  CHECK(skippedFor("GET / HTTP/1.1\r\nHost a\r\n\r\n") ==
        "the request cannot be read: a header line without a colon");
  CHECK(skippedFor("GET / HTTP/1.1\r\nbad name: a\r\n\r\n") ==
        "the request cannot be read: a header that HTTP does not allow");
  CHECK(skippedFor("GET / HTTP/1.1\r\n\r\n") == "no Host header; --host names one");
  CHECK(skippedFor("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n") == "CONNECT is for proxies");
  CHECK(skippedFor("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == "target or host is not valid");
  CHECK(skippedFor("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel") ==
        "the request's body cannot be used: it is cut off: 3 of 5 bytes");
  CHECK(
      skippedFor("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n") ==
      "the request's body cannot be used: its Content-Length is no length");
  CHECK(skippedFor("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab") ==
        "the request's body cannot be used: its chunks are cut off");
}

TEST_CASE("gor: payloads that are no part of an exchange are counted") {
  auto imported =
      importText(payload('1', "a", kGet) + payload('1', "a", kGet) + payload('2', "orphan", kOk) +
                 payload('3', "a", kOk) + "nonsense" + kEnd);
  auto& report = imported.report;
  CHECK(report.entries == 5);
  CHECK(report.imported == 1);
  CHECK(report.skipped.at("a second request of the same id").example == "t.gor payload 2");
  CHECK(report.skipped.at("a response without its request").example == "t.gor payload 3");
  CHECK(report.skipped.at("a response of a replay, not of FL").count == 1);
  CHECK(report.skipped.at("a payload without its line \"TYPE ID TIME\"").count == 1);
  CHECK_FALSE(outcomeKnown(imported.exchanges[0].outcome));
}

TEST_CASE("gor: what is not known of an answer is marked") {
  CHECK_FALSE(outcomeKnown(outcomeOf("junk\r\n\r\n")));
  auto cut = outcomeOf("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello");
  CHECK(outcomeKnown(cut));
  CHECK_FALSE(bodiesComplete(cut));
  CHECK(cut.response.body == "hello");
  auto chunks = outcomeOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  CHECK_FALSE(bodiesComplete(chunks));
  CHECK(chunks.response.body == "hello");
  CHECK(bodiesComplete(outcomeOf("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
                                 "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")));
  CHECK(bodiesComplete(outcomeOf("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n")));
}

TEST_CASE("gor: scheme and host where the file has none") {
  auto imported = importText(payload('1', "a", "GET /x HTTP/1.0\r\n\r\n"),
                             {.scheme = "https", .host = "a.example"});
  REQUIRE(imported.exchanges.size() == 1);
  CHECK(imported.exchanges[0].request.url == "https://a.example/x");
  CHECK(imported.exchanges[0].request.headers ==
        net::HeaderList({net::Header{"Host", "a.example"}}));
  CHECK(imported.exchanges[0].client.scheme == "https");
  auto proxied =
      importText(payload('1', "a", "GET http://b.example/y HTTP/1.1\r\nHost: c\r\n\r\n"));
  CHECK(proxied.exchanges.at(0).request.url == "http://b.example/y");
}

TEST_CASE("gor: compressed files come in members, and break off where gor was killed") {
  std::string whole = gzipped(payload('1', "a", kGet)) + gzipped(payload('1', "b", kGet));
  CHECK(importText(whole).exchanges.size() == 2);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += payload('1', std::to_string(i * 7919), kGet);
  auto cut = gzipped(many);
  cut.resize(cut.size() / 2);
  auto imported = importText(cut);
  CHECK(imported.exchanges.size() > 100);
  CHECK(imported.exchanges.size() < 2000);
  CHECK(imported.report.skipped.size() == 1);
  CHECK(imported.report.skipped.at("the compressed file is cut off").count == 1);
}

TEST_CASE("gor: what is no such file is refused") {
  for (const char* text : {"hello", "{\"log\":{}}", "1 a\nGET"}) {
    auto imported = importGor({{"x.gor", text}}, {});
    REQUIRE_FALSE(imported.ok());
    CHECK(imported.error().message.find("no file of GoReplay") != std::string::npos);
  }
  auto damaged = gzipped(payload('1', "a", kGet));
  damaged[20] ^= 0x40;
  auto imported = importGor({{"x.gor", damaged}}, {});
  REQUIRE_FALSE(imported.ok());
  CHECK(imported.error().message.find("damaged") != std::string::npos);
  CHECK(imported.error().file == "x.gor");
}

TEST_CASE("gor: what is exported comes back, but for what the format cannot hold") {
  std::string text;
  ImportReport exported;
  std::vector<net::Exchange> exchanges;
  for (uint64_t id = 1; id <= 4; ++id) {
    auto exchange = typicalExchange(id);
    exchange.seed = seedFor(id);
    auto& response = exchange.outcome.response;
    response.headers.set("Content-Length", std::to_string(response.body.size()));
    exchanges.push_back(std::move(exchange));
  }
  exchanges[1].request.method = "POST";
  exchanges[1].request.body = std::string("a\0\xff", 3);
  exchanges[1].request.headers.append("Content-Length", "3");
  exchanges[2].outcome = unknownOutcome("the file has no response");
  exchanges[2].client.rayId = "";
  exchanges[3].request.headers.set("Host", "another.example");  // the target says it all then
  for (auto& exchange : exchanges) text += gorPayloads(exchange, exported);
  CHECK(exported.adjusted.at("the client's address dropped").count == 4);
  CHECK(exported.adjusted.at("the scheme dropped: https").count == 4);
  CHECK(text.starts_with(
      "1 000000000000000000000001 1700000000001000000 0\nGET /item/1 HTTP/1.1\r\n"));

  auto imported = importText(text, {.scheme = "https"});
  REQUIRE(imported.exchanges.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    auto expected = exchanges[i];
    auto ray = expected.client.rayId;
    expected.client = {.scheme = "https", .rayId = ray};
    expected.outcome.answeredBy = "";
    CHECK(imported.exchanges[i] == expected);
  }
}
