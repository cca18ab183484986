#include "sim/capture/nginx_log.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"

using namespace flamesim;
using namespace flamesim::capture;

namespace {

Import importLines(std::string_view format, std::string_view log,
                   const NginxLogOptions& options = {.host = "a.example"},
                   LogEscape escape = LogEscape::kDefault) {
  auto parsed = LogFormat::parse(format, escape).orThrow();
  return importNginxLog(log, "access.log", parsed, options).orThrow();
}

net::Exchange oneOf(std::string_view format, std::string_view log,
                    const NginxLogOptions& options = {.host = "a.example"}) {
  auto imported = importLines(format, log, options);
  CAPTURE(imported.report.render());
  REQUIRE(imported.exchanges.size() == 1);
  return imported.exchanges[0];
}

std::string skipOf(std::string_view format, std::string_view log,
                   const NginxLogOptions& options = {.host = "a.example"}) {
  auto report = importLines(format, log, options).report;
  REQUIRE(report.skipped.size() == 1);
  CHECK(report.skipped.begin()->second.example.starts_with("access.log:1"));
  return report.skipped.begin()->first;
}

std::string formatFault(std::string_view format) {
  auto parsed = LogFormat::parse(format);
  REQUIRE_FALSE(parsed.ok());
  return std::to_string(parsed.error().column) + ": " + parsed.error().message;
}

}  // namespace

TEST_CASE("nginx: a line of the combined format") {
  auto exchange = oneOf(kCombinedLog,
                        "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET /a?b=%20 HTTP/1.1\" 200 "
                        "2326 \"http://r.example/\" \"Mozilla/5.0 \\x22x\\x22 \\xC3\\xA9\"\n");
  CHECK(exchange.id == 1);
  CHECK(nanosOf(exchange.time) == 971211336000000000);
  CHECK(exchange.client == net::ClientContext{.ip = "192.0.2.1"});
  CHECK(exchange.request.url == "http://a.example/a?b=%20");
  CHECK(exchange.request.headers ==
        net::HeaderList({{"Host", "a.example"},
                         {"Referer", "http://r.example/"},
                         {"User-Agent", "Mozilla/5.0 \"x\" \xc3\xa9"}}));
  CHECK(exchange.outcome.kind == net::OutcomeKind::kResponse);
  CHECK(exchange.outcome.response == net::RecordedResponse{.status = 200});
  CHECK_FALSE(headersKnown(exchange.outcome));
  CHECK_FALSE(bodiesComplete(exchange.outcome));
}

TEST_CASE("nginx: a directive of the configuration, in JSON") {
  auto exchange = oneOf(
      "log_format  edge  escape=json\n  '{\"t\":$msec,\"d\":$request_time,'\n"
      "'\"r\":\"$request_method $scheme://${host}$request_uri\",\"v\":\"$server_protocol\",'\n"
      "'\"s\":$status,\"p\":$remote_port,\"to\":\"$server_addr\",\"x\":\"$upstream_addr\",'\n"
      "'\"ua\":\"$http_user_agent\",\"ray\":\"$http_cf_ray\",\"ck\":\"$cookie_session\",'\n"
      "'\"ct\":\"$sent_http_content_type\",\"b\":\"$request_body\",\"c\":\"$geoip_country_code\"}'"
      ";",
      "{\"t\":1700000001.500,\"d\":0.250,\"r\":\"POST https://b.example/x?y=1\",\"v\":\"HTTP/2.0\","
      "\"s\":201,\"p\":4711,\"to\":\"198.51.100.1\",\"x\":\"10.0.0.1:80, 10.0.0.2:80\","
      "\"ua\":\"a \\\"b\\\" \\u0009c\",\"ray\":\"1-SJC\",\"ck\":\"s1\",\"ct\":\"text/html\","
      "\"b\":\"x=1\\n\",\"c\":\"PT\"}\n",
      {});
  CHECK(nanosOf(exchange.time) == 1700000001250000000);
  CHECK(exchange.request.method == "POST");
  CHECK(exchange.request.url == "https://b.example/x?y=1");
  CHECK(exchange.request.httpVersion == "HTTP/2");
  CHECK(exchange.request.body == "x=1\n");
  CHECK(exchange.request.headers == net::HeaderList({{"Host", "b.example"},
                                                     {"User-Agent", "a \"b\" \tc"},
                                                     {"Cf-Ray", "1-SJC"},
                                                     {"Cookie", "session=s1"}}));
  CHECK(exchange.client == net::ClientContext{.port = 4711,
                                              .connectedAddress = "198.51.100.1",
                                              .scheme = "https",
                                              .country = "PT",
                                              .rayId = "1-SJC"});
  CHECK(exchange.outcome.response.headers ==
        net::HeaderList({net::Header{"Content-Type", "text/html"}}));
}

TEST_CASE("nginx: where the log lacks the host, options say it") {
  std::string_view line = "2026-11-29T12:00:00+00:00 GET /x HTTP/1.0 404";
  auto exchange =
      oneOf("$time_iso8601 $request $status", line, {.host = "c.example", .scheme = "https"});
  CHECK(exchange.request.url == "https://c.example/x");
  CHECK(exchange.request.httpVersion == "HTTP/1.0");
  CHECK(nanosOf(exchange.time) == 1795953600000000000);
  auto format = LogFormat::parse("$time_iso8601 $request $status").orThrow();
  CHECK(importNginxLog(line, "x", format, {}).error().message == "the log format has no host");
  CHECK(oneOf("$http_host $server_name $msec $request", "d.example s.example 1.0 GET / HTTP/1.1")
            .request.url == "http://d.example/");
  CHECK(oneOf("$server_name $msec $request", "s.example 1.0 GET / HTTP/1.1").request.url ==
        "http://s.example/");
  CHECK(oneOf("$server_name $msec $request", "_ 1.0 GET / HTTP/1.1").request.url ==
        "http://a.example/");
}

TEST_CASE("nginx: lines that are no use are counted with their reason") {
  CHECK(skipOf("$msec $request", "no number GET") == "no time in the line");
  CHECK(skipOf("$msec \"$request\" $status", "1.0 \"\\x16\\x03\" 400") ==
        "$request is no HTTP request");
  CHECK(skipOf("$msec \"$request\" $status", "1.0 \"-\" 400") == "no method or no URL in the line");
  CHECK(skipOf("$msec [$request]", "1.0 GET / HTTP/1.1") == "a line that is not of the log format");
  CHECK(skipOf("$msec $request", "1.0 CONNECT a:1 HTTP/1.1") == "CONNECT is for proxies");
  CHECK(skipOf("$msec $request", "1.0 POST / HTTP/1.1") ==
        "a request with a body, which the log does not have");
  CHECK(skipOf("$msec $content_length $request", "1.0 5 DELETE / HTTP/1.1") ==
        "a request with a body, which the log does not have");
  CHECK(skipOf("$msec \"$request\" \"$scheme://$host$request_uri\" $status",
               "1.0 \"\\x16\" \"http://\" 400") == "$request is no HTTP request");
  CHECK(skipOf("$host $msec $request", "- 1.0 GET / HTTP/1.1", {}) ==
        "no host in the line; --host names one");
  CHECK(skipOf("$msec [$http_x] $request", "1.0 [a\\x0Ab] GET / HTTP/1.1") ==
        "a header that HTTP does not allow");
  auto report = importLines("$msec $request", "\n1.0 GET / HTTP/1.1\n\nx\n").report;
  CHECK(report.entries == 2);
  CHECK(report.skipped.begin()->second.example == "access.log:4");
}

TEST_CASE("nginx: answers that nobody saw are not known") {
  for (auto [status, known] : {std::pair{"499", false},
                               {"444", false},
                               {"000", false},
                               {"-", false},
                               {"500", true},
                               {"101", true}}) {
    CAPTURE(status);
    auto exchange =
        oneOf("$msec $status $request", std::string("1.0 ") + status + " GET / HTTP/1.1");
    CHECK(outcomeKnown(exchange.outcome) == known);
  }
}

TEST_CASE("nginx: values with spaces of their own need no quotes where their shape is known") {
  auto exchange = oneOf("$time_local $request $status $http_user_agent",
                        "10/Oct/2000:13:55:36 -0700 GET /a HTTP/1.1 404 x HTTP/2 y");
  CHECK(exchange.request.url == "http://a.example/a");
  CHECK(exchange.outcome.response.status == 404);
  CHECK(exchange.request.headers.get("user-agent") == "x HTTP/2 y");
  // Within quotes they end where the quote does.
  CHECK(skipOf("$msec \"$request\" \"$http_user_agent\"", "1.0 \"\\x16\" \"a HTTP/1.1\"") ==
        "$request is no HTTP request");
}

TEST_CASE("nginx: formats that cannot be used have the place of the fault") {
  CHECK(formatFault("$msec$status") == "6: nothing between $msec and $status tells where one ends");
  CHECK(formatFault("a $ b") == "3: '$' without the name of a variable");
  CHECK(formatFault("${msec") == "1: '$' without the name of a variable");
  CHECK(formatFault("plain") == "1: the format has no variable");
  CHECK(formatFault("log_format a escape=xml '$msec';") == "14: escape= is default, json or none");
  CHECK(formatFault("log_format a '$msec;") == "14: the quote is not ended");
  auto lacks = [](std::string_view format) {
    auto parsed = LogFormat::parse(format).orThrow();
    return importNginxLog("", "x", parsed, {.host = "a"}).error().message;
  };
  CHECK(lacks("$request") == "the log format has no time");
  CHECK(lacks("$msec $status") == "the log format has no request");
}

TEST_CASE("nginx: without escapes a value is what stands there") {
  auto imported = importLines("$msec \"$http_x\" $request", "1.0 \"a\\x41\" GET / HTTP/1.1",
                              {.host = "a"}, LogEscape::kNone);
  CHECK(imported.exchanges.at(0).request.headers.get("x") == "a\\x41");
}
