#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/capture/body_note.h"
#include "sim/capture/show.h"
#include "sim/capture/testing.h"
#include "sim/capture/text.h"
#include "sim/capture/writer.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;
using nlohmann::json;

TEST_CASE("UTF-8 is told from other bytes") {
  CHECK(isUtf8(""));
  CHECK(isUtf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa5"));
  CHECK_FALSE(isUtf8("caf\xe9"));
  CHECK_FALSE(isUtf8("\xc0\xaf"));          // overlong
  CHECK_FALSE(isUtf8("\xe0\x80\xaf"));      // overlong
  CHECK_FALSE(isUtf8("\xed\xa0\x80"));      // a surrogate
  CHECK_FALSE(isUtf8("\xf4\x90\x80\x80"));  // behind U+10FFFF
  CHECK_FALSE(isUtf8("\xe2\x82"));          // cut off
}

TEST_CASE("bytes survive base64, and what is not base64 is refused") {
  std::string bytes("\x00\xff\x10 abc", 7);
  CHECK(fromBase64(toBase64(bytes)) == bytes);
  CHECK(fromBase64("YQ") == "a");
  CHECK(fromBase64("Y Q=\n=") == "a");
  CHECK_FALSE(fromBase64("Y*Q=").has_value());
}

TEST_CASE("text that goes to a terminal holds no control characters") {
  CHECK(printable("a\x1b[31m\n\xff\xc3\xa9") == "a\\x1b[31m\\x0a\\xff\xc3\xa9");
}

TEST_CASE("one line tells what an exchange was") {
  auto exchange = typicalExchange(7);
  CHECK(textLine(exchange) ==
        "7 2023-11-14T22:13:20.007Z GET https://host7.example.com/item/7 -> 200 100B");
  exchange.request.httpVersion = "HTTP/1.0";
  CHECK(textLine(exchange).ends_with("/item/7 HTTP/1.0 -> 200 100B"));
  exchange.outcome.effects.resize(2);
  exchange.outcome.kind = net::OutcomeKind::kDeclined;
  CHECK(textLine(exchange).ends_with("-> declined 200 100B 2 effects"));
  exchange.outcome.error = bodyNotKept("more than 8 MiB");
  CHECK(textLine(exchange).ends_with("100B (body not kept: more than 8 MiB) 2 effects"));
  exchange.outcome.kind = net::OutcomeKind::kFailed;
  exchange.outcome.error = "connection refused\n";
  exchange.outcome.effects.clear();
  CHECK(textLine(exchange).ends_with("-> failed (connection refused\\x0a)"));
}

TEST_CASE("JSON holds everything of an exchange") {
  auto exchange = typicalExchange(7);
  exchange.request.body = "caf\xc3\xa9";
  exchange.request.headers.append("X-Latin", "caf\xe9");
  exchange.outcome.response.body = std::string("\x1f\x8b\x00", 3);
  exchange.outcome.effects.push_back({.kind = net::EffectKind::kRpc,
                                      .worker = "ownership",
                                      .destination = "rrdns",
                                      .operation = "Rrdns.lookupOwnership",
                                      .input = R"({"queryName":"a.example"})",
                                      .output = "not JSON",
                                      .error = "",
                                      .start = exchange.time,
                                      .duration = std::chrono::milliseconds(3),
                                      .request = std::nullopt,
                                      .response = exchange.outcome.response});
  exchange.outcome.setBy = {{"status", "rules"}};
  auto shown = json::parse(jsonLine(exchange));
  CHECK(shown["outcome"]["setBy"]["status"] == "rules");
  CHECK(shown["id"] == 7);
  CHECK(shown["timeNanos"] == nanosOf(exchange.time));
  CHECK(shown["seed"] == exchange.seed);
  CHECK(shown["client"]["rayId"] == "230b037-SJC");
  CHECK(shown["request"]["headers"][0] == json::array({"Host", "host7.example.com"}));
  CHECK(shown["request"]["headers"].back() == json::array({"X-Latin", "Y2Fm6Q==", "base64"}));
  CHECK(shown["request"]["body"] == "caf\xc3\xa9");
  CHECK(shown["outcome"]["response"]["bodyBase64"] == "H4sA");
  CHECK(shown["outcome"]["response"]["bodyBytes"] == 3);
  auto& effect = shown["outcome"]["effects"][0];
  CHECK(effect["kind"] == "rpc");
  CHECK(effect["input"]["queryName"] == "a.example");
  CHECK(effect["output"] == "not JSON");
  CHECK(effect["durationNanos"] == 3000000);
  CHECK(effect["response"]["bodyBase64"] == "H4sA");
  auto omitted = json::parse(jsonLine(exchange, ShowBodies::kOmit));
  CHECK_FALSE(omitted["outcome"]["response"].contains("bodyBase64"));
  CHECK(omitted["outcome"]["response"]["bodyBytes"] == 3);
}

TEST_CASE("any exchange can be shown") {
  Random random(5);
  for (uint64_t id = 1; id <= 200; ++id) {
    auto exchange = randomExchange(random, id);
    std::string line = jsonLine(exchange);
    REQUIRE(line.find('\n') == std::string::npos);
    REQUIRE(json::parse(line)["id"] == id);
    REQUIRE(textLine(exchange).find('\n') == std::string::npos);
  }
}

TEST_CASE("a file is shown line by line, with what was cut off") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto writer = CaptureWriter::create(path, {});
  for (uint64_t id = 1; id <= 3; ++id) writer->write(typicalExchange(id));
  writer->flush();
  uint64_t whole = writer->bytes();
  writer->write(typicalExchange(4));
  writer->close();
  std::filesystem::resize_file(path, whole + 33);

  std::ostringstream text;
  auto reader = CaptureReader::open(path).orThrow();
  CHECK(show(reader, text) == 3);
  CHECK(text.str().find("1 2023-") == 0);
  CHECK(text.str().find("# cut off: the last 33 bytes") != std::string::npos);

  std::ostringstream lines;
  auto second = CaptureReader::open(path).orThrow();
  CHECK(show(second, lines, {.format = ShowFormat::kJson, .limit = 2}) == 2);
  std::string out = lines.str();
  CHECK(std::count(out.begin(), out.end(), '\n') == 2);
}

TEST_CASE("stat counts by host, method, status, outcome and effect") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto writer = CaptureWriter::create(path, {});
  for (uint64_t id = 1; id <= 10; ++id) {
    auto exchange = typicalExchange(id % 2);
    if (id == 10) {
      exchange.outcome = {.kind = net::OutcomeKind::kFailed, .response = {}, .error = "refused"};
      exchange.request.method = "POST";
      exchange.request.body = "12345";
    } else {
      exchange.outcome.effects.push_back(
          {.kind = net::EffectKind::kSubrequest, .destination = "internet"});
    }
    writer->write(exchange);
  }
  writer->close();
  auto reader = CaptureReader::open(path).orThrow();
  auto counted = stat(reader);
  CHECK(counted.exchanges == 10);
  CHECK(counted.requestBytes == 5);
  CHECK(counted.byHost ==
        std::map<std::string, uint64_t>{{"host0.example.com", 5}, {"host1.example.com", 5}});
  CHECK(counted.byMethod == std::map<std::string, uint64_t>{{"GET", 9}, {"POST", 1}});
  CHECK(counted.byStatus == std::map<uint16_t, uint64_t>{{200, 9}});
  CHECK(counted.byOutcome == std::map<std::string, uint64_t>{{"failed", 1}, {"response", 9}});
  CHECK(counted.byEffect == std::map<std::string, uint64_t>{{"subrequest internet", 9}});
  std::ostringstream text;
  print(counted, text);
  CHECK(text.str().find("10 exchanges, 9 effects") == 0);
  std::ostringstream asJson;
  print(counted, asJson, ShowFormat::kJson);
  CHECK(json::parse(asJson.str())["byStatus"]["200"] == 9);
}
