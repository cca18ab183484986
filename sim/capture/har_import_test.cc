#include <catch2/catch.hpp>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/har_import.h"
#include "sim/capture/testing.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;
using nlohmann::json;

namespace {

json entryOf(const char* url, const char* started = "2024-05-01T12:00:00.000Z") {
  return {{"startedDateTime", started},
          {"time", 12},
          {"serverIPAddress", "192.0.2.7"},
          {"request",
           {{"method", "GET"},
            {"url", url},
            {"httpVersion", "HTTP/1.1"},
            {"headers", {{{"name", "Host"}, {"value", "a.example"}}}}}},
          {"response",
           {{"status", 200},
            {"statusText", "OK"},
            {"httpVersion", "HTTP/1.1"},
            {"headers", {{{"name", "Content-Type"}, {"value", "text/plain"}}}},
            {"content", {{"size", 5}, {"text", "hello"}}}}}};
}

std::string harOf(json entries) {
  return json{{"log", {{"version", "1.2"}, {"entries", std::move(entries)}}}}.dump(1);
}

Import import(json entries) {
  return importHar(harOf(std::move(entries)), "t.har").orThrow();
}

void addHeader(json& message, const char* name, const char* value) {
  message["headers"].push_back({{"name", name}, {"value", value}});
}

std::filesystem::path sharedHar(const char* name) {
  const char* shared = std::getenv("FLAMESIM_SHARED");
  std::filesystem::path folder = shared ? shared : FLAMESIM_SOURCE_DIR "/../shared";
  return folder / "data" / "har" / name;
}

// The browsers' files are public test data that stays outside of the repository.
std::optional<Import> importShared(const char* name) {
  if (!std::filesystem::exists(sharedHar(name))) {
    WARN("left out: " << name
                      << " is not there; set FLAMESIM_SHARED to the folder that holds data/");
    return std::nullopt;
  }
  return importHarFile(sharedHar(name)).orThrow();
}

uint64_t sumOf(const Reasons& reasons) {
  uint64_t sum = 0;
  for (auto& [reason, entry] : reasons) sum += entry.count;
  return sum;
}

void checkOrder(const Import& imported) {
  for (size_t i = 0; i < imported.exchanges.size(); ++i) {
    auto& exchange = imported.exchanges[i];
    REQUIRE(exchange.id == i + 1);
    REQUIRE(exchange.seed == seedFor(i + 1));
    if (i > 0) REQUIRE(exchange.time >= imported.exchanges[i - 1].time);
    for (auto& header : exchange.request.headers.all()) REQUIRE_FALSE(header.name.starts_with(':'));
    REQUIRE(exchange.request.headers.has("host"));
    // True in itself: no coding is claimed that the body does not have.
    REQUIRE_FALSE((exchange.outcome.response.headers.has("content-encoding") &&
                   !exchange.outcome.response.body.empty()));
  }
  CHECK(imported.report.imported == imported.exchanges.size());
  CHECK(imported.report.entries == imported.report.imported + sumOf(imported.report.skipped));
}

}  // namespace

TEST_CASE("an entry becomes an exchange") {
  auto entry = entryOf("https://a.example/x?y=1#fragment", "2024-05-01T14:00:00.5+02:00");
  addHeader(entry["request"], "X-Two", "1");
  addHeader(entry["request"], "x-two", "2");
  addHeader(entry["response"], "CF-Ray", "230b030023ae2822-SJC");
  auto imported = import({entry});
  REQUIRE(imported.exchanges.size() == 1);
  auto& exchange = imported.exchanges[0];
  CHECK(exchange.id == 1);
  CHECK(nanosOf(exchange.time) == 1714564800500000000);
  CHECK(exchange.request.url == "https://a.example/x?y=1");
  CHECK(exchange.request.headers ==
        net::HeaderList({{"Host", "a.example"}, {"X-Two", "1"}, {"x-two", "2"}}));
  CHECK(exchange.client == net::ClientContext{.connectedAddress = "192.0.2.7",
                                              .scheme = "https",
                                              .rayId = "230b030023ae2822-SJC"});
  CHECK(exchange.outcome.kind == net::OutcomeKind::kResponse);
  CHECK(exchange.outcome.response.status == 200);
  CHECK(exchange.outcome.response.body == "hello");
  CHECK(exchange.outcome.error.empty());
  CHECK(imported.report.adjusted.empty());
  CHECK(imported.report.skipped.empty());
}

TEST_CASE("entries are put in order of time") {
  auto imported = import({entryOf("http://a.example/3", "2024-05-01T12:00:02Z"),
                          entryOf("http://a.example/1", "2024-05-01T13:00:00+02:00"),
                          entryOf("http://a.example/2", "2024-05-01T12:00:00Z"),
                          entryOf("http://a.example/2b", "2024-05-01T12:00:00Z")});
  REQUIRE(imported.exchanges.size() == 4);
  CHECK(imported.exchanges[0].request.url == "http://a.example/1");
  CHECK(imported.exchanges[1].request.url == "http://a.example/2");
  CHECK(imported.exchanges[2].request.url == "http://a.example/2b");
  CHECK(imported.exchanges[3].request.url == "http://a.example/3");
  checkOrder(imported);
}

TEST_CASE("a byte order mark is passed over") {
  auto imported = importHar("\xef\xbb\xbf" + harOf({entryOf("http://a.example/")}), "bom.har");
  REQUIRE(imported.ok());
  CHECK(imported.value().exchanges.size() == 1);
}

TEST_CASE("a file that is cut off names line, column and byte") {
  std::string text = harOf({entryOf("http://a.example/")});
  size_t checked = 0;
  for (size_t length = 0; length < text.size(); ++length) {
    auto imported = importHar(std::string_view(text).substr(0, length), "cut.har");
    REQUIRE_FALSE(imported.ok());
    auto& error = imported.error();
    REQUIRE(error.file == "cut.har");
    REQUIRE(error.line >= 1);
    REQUIRE(error.column >= 1);
    REQUIRE(error.message.find("at byte ") != std::string::npos);
    ++checked;
  }
  CHECK(checked > 500);
  auto error = importHar("{\n  \"log\": {\n    \"entries\": [", "cut.har").error();
  CHECK(error.line == 3);
  CHECK(error.column == 17);
  CHECK(error.message.find("cut off at byte 29") != std::string::npos);
}

TEST_CASE("what is not JSON names the place and shows the line") {
  auto error = importHar("\xef\xbb\xbf{\n  \"log\": nonsense\n}", "bad.har").error();
  CHECK(error.line == 2);
  CHECK(error.column == 11);
  CHECK(error.sourceLine == "  \"log\": nonsense");
  CHECK(error.message.find("not valid JSON at byte 15") != std::string::npos);
}

TEST_CASE("JSON that is no HAR file is refused") {
  for (auto text : {"[]", "{}", "3", "null", "{\"log\":[]}", "{\"log\":{\"entries\":{}}}"}) {
    CAPTURE(text);
    auto imported = importHar(text, "x.har");
    REQUIRE_FALSE(imported.ok());
    CHECK(imported.error().message.find("log.entries") != std::string::npos);
  }
}

TEST_CASE("what no front line answered is left out, with its reason") {
  auto broken = [](auto change) {
    auto entry = entryOf("http://a.example/broken");
    change(entry);
    auto report = import({entryOf("http://a.example/fine"), entry}).report;
    CHECK(report.entries == 2);
    CHECK(report.imported == 1);
    REQUIRE(report.skipped.size() == 1);
    CHECK(report.skipped.begin()->second.count == 1);
    CHECK(report.skipped.begin()->second.example.find("entries[1]") == 0);
    return report.skipped.begin()->first;
  };
  CHECK(broken([](json& e) { e = 3; }) == "not an object");
  CHECK(broken([](json& e) { e.erase("request"); }) == "no request");
  CHECK(broken([](json& e) { e.erase("response"); }) == "no response");
  CHECK(broken([](json& e) { e.erase("startedDateTime"); }) == "startedDateTime is no date");
  CHECK(broken([](json& e) { e["request"].erase("method"); }) == "no method");
  CHECK(broken([](json& e) { e["request"]["url"] = 5; }) == "no URL");
  CHECK(broken([](json& e) { e["request"]["url"] = "http://"; }) == "URL is not valid");
  CHECK(broken([](json& e) { e["request"]["url"] = "data:text/plain,x"; }) ==
        "scheme is not http or https");
  CHECK(broken([](json& e) { e["request"]["url"] = "wss://a.example/"; }) ==
        "scheme is not http or https");
  CHECK(broken([](json& e) { e["response"]["status"] = 0; }).find("status 0") != std::string::npos);
  CHECK(broken([](json& e) { e["response"].erase("status"); }).find("status 0") !=
        std::string::npos);
  CHECK(broken([](json& e) { e["response"]["status"] = 1e9; }) == "impossible status");
  CHECK(broken([](json& e) { e["_fromCache"] = "memory"; }) == "answered from the browser's cache");
  CHECK(broken([](json& e) { e["response"]["_fetchedViaServiceWorker"] = true; }) ==
        "answered by a service worker");
  CHECK(broken([](json& e) { e["request"]["bodySize"] = 12; }) ==
        "the request's body is not in the file");
  CHECK(broken([](json& e) { addHeader(e["request"], "Content-Length", "12"); }) ==
        "the request's body is not in the file");
}

TEST_CASE("a decoded body loses the headers that say it is coded") {
  auto entry = entryOf("http://a.example/");
  addHeader(entry["response"], "Content-Encoding", "gzip");
  addHeader(entry["response"], "Content-Length", "3");
  addHeader(entry["response"], "Transfer-Encoding", "chunked");
  addHeader(entry["response"], "Vary", "Accept-Encoding");
  SECTION("decoded, as browsers write it") {
    auto imported = import({entry});
    auto& response = imported.exchanges[0].outcome.response;
    CHECK(response.headers ==
          net::HeaderList({{"Content-Type", "text/plain"}, {"Vary", "Accept-Encoding"}}));
    CHECK(response.body == "hello");
    CHECK(imported.report.adjusted.count(
              "response body stands decoded: Content-Encoding and Content-Length dropped") == 1);
  }
  SECTION("still coded, as some proxies write it") {
    entry["response"]["content"] = {{"size", 3}, {"encoding", "base64"}, {"text", "H4sA"}};
    auto imported = import({entry});
    auto& response = imported.exchanges[0].outcome.response;
    CHECK(response.headers.get("content-encoding") == "gzip");
    CHECK(response.headers.get("content-length") == "3");
    CHECK(response.body == std::string("\x1f\x8b\x00", 3));
  }
}

TEST_CASE("bodies in base64, missing bodies and bodies that are not on the wire") {
  auto entry = entryOf("http://a.example/");
  auto& content = entry["response"]["content"];
  SECTION("base64") {
    content = {{"size", 3}, {"encoding", "base64"}, {"text", "AP8Q"}};
    auto imported = import({entry});
    CHECK(imported.exchanges[0].outcome.response.body == std::string("\x00\xff\x10", 3));
  }
  SECTION("missing: marked, not taken for empty") {
    content = {{"size", 4096}, {"mimeType", "image/png"}};
    auto imported = import({entry});
    auto& outcome = imported.exchanges[0].outcome;
    CHECK(outcome.kind == net::OutcomeKind::kResponse);
    CHECK_FALSE(bodiesComplete(outcome));
    CHECK(outcome.response.body.empty());
  }
  SECTION("an encoding nobody knows") {
    content = {{"size", 3}, {"encoding", "rot13"}, {"text", "abc"}};
    CHECK_FALSE(bodiesComplete(import({entry}).exchanges[0].outcome));
  }
  SECTION("bytes that are not base64") {
    content = {{"size", 3}, {"encoding", "base64"}, {"text", "%%%"}};
    CHECK_FALSE(bodiesComplete(import({entry}).exchanges[0].outcome));
  }
  SECTION("empty") {
    content = {{"size", 0}};
    auto imported = import({entry});
    CHECK(bodiesComplete(imported.exchanges[0].outcome));
    CHECK(imported.exchanges[0].outcome.response.body.empty());
  }
  SECTION("304: browsers show the cached body") {
    entry["response"]["status"] = 304;
    auto imported = import({entry});
    CHECK(imported.exchanges[0].outcome.response.body.empty());
    CHECK(bodiesComplete(imported.exchanges[0].outcome));
  }
  SECTION("HEAD keeps the length of what it does not send") {
    entry["request"]["method"] = "HEAD";
    addHeader(entry["response"], "Content-Length", "123");
    content = {{"size", 123}};
    auto imported = import({entry});
    CHECK(bodiesComplete(imported.exchanges[0].outcome));
    CHECK(imported.exchanges[0].outcome.response.headers.get("content-length") == "123");
  }
}

TEST_CASE("request bodies from text and from params") {
  auto entry = entryOf("http://a.example/form");
  auto& request = entry["request"];
  request["method"] = "POST";
  SECTION("text") {
    request["postData"] = {{"mimeType", "application/json"}, {"text", "{\"a\":1}"}};
    addHeader(request, "Content-Length", "7");
    auto imported = import({entry});
    CHECK(imported.exchanges[0].request.body == "{\"a\":1}");
    CHECK(imported.report.adjusted.empty());
  }
  SECTION("text of another length than was sent") {
    request["postData"] = {{"mimeType", "text/plain"}, {"text", "caf\xc3\xa9"}};
    addHeader(request, "content-length", "4");
    auto imported = import({entry});
    CHECK(imported.exchanges[0].request.headers.get("content-length") == "5");
    CHECK(sumOf(imported.report.adjusted) == 1);
  }
  SECTION("params, url-encoded") {
    request["postData"] = {{"mimeType", "application/x-www-form-urlencoded"},
                           {"text", ""},
                           {"params",
                            {{{"name", "a b"}, {"value", "1&2"}},
                             {{"name", "c"}, {"value", "\xc3\xa9*"}},
                             {{"name", "d"}}}}};
    CHECK(import({entry}).exchanges[0].request.body == "a+b=1%262&c=%C3%A9*&d=");
  }
  SECTION("params, multipart") {
    addHeader(request, "Content-Type", "multipart/form-data; boundary=\"XyZ\"");
    request["postData"] = {{"mimeType", "multipart/form-data"},
                           {"params",
                            {{{"name", "a"}, {"value", "1"}},
                             {{"name", "f"},
                              {"fileName", "x.txt"},
                              {"contentType", "text/plain"},
                              {"value", "content"}}}}};
    CHECK(import({entry}).exchanges[0].request.body ==
          "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
          "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n"
          "Content-Type: text/plain\r\n\r\ncontent\r\n--XyZ--\r\n");
  }
  SECTION("multipart without its boundary cannot be made") {
    request["postData"] = {{"mimeType", "multipart/form-data"},
                           {"params", {{{"name", "a"}, {"value", "1"}}}}};
    CHECK(import({entry}).report.skippedCount() == 1);
  }
}

TEST_CASE("headers that HTTP/1.1 does not know in this form") {
  auto entry = entryOf("https://a.example:8443/");
  entry["request"]["httpVersion"] = "h2";
  entry["request"]["headers"] = {{{"name", ":method"}, {"value", "GET"}},
                                 {{"name", ":authority"}, {"value", "a.example:8443"}},
                                 {{"name", "accept"}, {"value", " */* "}},
                                 {{"name", "bad name"}, {"value", "x"}},
                                 {{"value", "x"}},
                                 "x"};
  addHeader(entry["response"], "Set-Cookie", "a=1\nb=2\r\nc=3");
  auto imported = import({entry});
  auto& exchange = imported.exchanges.at(0);
  CHECK(exchange.request.httpVersion == "HTTP/2");
  CHECK(exchange.request.headers ==
        net::HeaderList({{"Host", "a.example:8443"}, {"accept", "*/*"}}));
  CHECK(exchange.outcome.response.headers.getAll("set-cookie") ==
        std::vector<std::string>{"a=1", "b=2", "c=3"});
  CHECK(imported.report.adjusted.size() == 3);
  CHECK(imported.report.render().find("imported 1 of 1 entries") == 0);
}

TEST_CASE("HAR of Chrome") {
  auto imported = importShared("chrome.har");
  if (!imported) return;
  checkOrder(*imported);
  CHECK(imported->report.entries == 3);
  CHECK(imported->report.imported == 2);  // one was blocked: status 0
  CHECK(imported->exchanges[0].request.httpVersion == "HTTP/2");
  CHECK(imported->exchanges[0].outcome.response.status == 304);
  CHECK(imported->exchanges[0].outcome.response.body.empty());
  CHECK(imported->exchanges[1].request.httpVersion == "HTTP/3");
  CHECK(imported->exchanges[1].outcome.response.body.size() > 1000);
}

TEST_CASE("HAR of Firefox") {
  auto imported = importShared("firefox.har");
  if (!imported) return;
  checkOrder(*imported);
  CHECK(imported->report.entries == 14);
  CHECK(imported->report.imported == 14);
  std::map<int, int> statuses;
  for (auto& exchange : imported->exchanges) ++statuses[exchange.outcome.response.status];
  CHECK(statuses == std::map<int, int>{{200, 10}, {304, 4}});
}

TEST_CASE("HAR 1.1 of Firebug: 145 entries, bodies missing") {
  auto imported = importShared("cnn.har");
  if (!imported) return;
  checkOrder(*imported);
  CHECK(imported->report.entries == 145);
  CHECK(imported->report.imported == 144);
  uint64_t notKept = 0;
  for (auto& exchange : imported->exchanges) {
    if (!bodiesComplete(exchange.outcome)) ++notKept;
  }
  CHECK(notKept > 0);
  CHECK(notKept ==
        imported->report.adjusted.at("response body not in the file: marked as not kept").count);
}

TEST_CASE("HAR of a HEAD request") {
  auto imported = importShared("head-content-length.har");
  if (!imported) return;
  checkOrder(*imported);
  REQUIRE(imported->exchanges.size() == 1);
  CHECK(imported->exchanges[0].request.method == "HEAD");
  CHECK(imported->exchanges[0].outcome.response.headers.has("content-length"));
  CHECK(imported->exchanges[0].outcome.response.body.empty());
}
