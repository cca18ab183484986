#include "sim/capture/filter.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/testing.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;

namespace {

net::Exchange sample() {
  auto exchange = typicalExchange(7);
  exchange.request.url = "https://user@a.example:8443/items/7?q=1&r=x";
  exchange.request.headers.append("X-Many", "one");
  exchange.request.headers.append("x-many", "two");
  exchange.request.body = "caf\xe9 body";
  exchange.outcome.effects = {{.kind = net::EffectKind::kRpc, .destination = "rrdns"},
                              {.kind = net::EffectKind::kSubrequest, .destination = "internet"}};
  return exchange;
}

bool matches(const std::string& expression, const net::Exchange& exchange) {
  CAPTURE(expression);
  auto filter = Filter::parse(expression);
  if (!filter) UNSCOPED_INFO(filter.error().render());
  REQUIRE(filter.ok());
  return filter.value().matches(exchange);
}

// "column: message | help"
std::string filterFault(const std::string& expression) {
  auto filter = Filter::parse(expression);
  REQUIRE_FALSE(filter.ok());
  const auto& error = filter.error();
  CHECK(error.file == "filter");
  return std::to_string(error.column) + ": " + error.message +
         (error.help.empty() ? "" : " | " + error.help);
}

}  // namespace

TEST_CASE("filter: every field") {
  auto exchange = sample();
  for (const char* expression : {"id == 7",
                                 "id != 8",
                                 "id >= 7",
                                 "id <= 7.5",
                                 "id > 6",
                                 "id < 8",
                                 "method == 'GET'",
                                 "url =~ '^https://'",
                                 "host == \"a.example\"",
                                 "path == '/items/7'",
                                 "query == 'q=1&r=x'",
                                 "version == 'HTTP/1.1'",
                                 "scheme == 'https'",
                                 "ip == '203.0.113.7'",
                                 "country == 'PT'",
                                 "ray =~ 'SJC$'",
                                 "header('x-MANY') == 'two'",
                                 "header(\"X-Many\")",
                                 "body =~ '\\xe9 b'",
                                 "status == 200",
                                 "response.header('content-type') == 'application/json'",
                                 "response.body =~ '\"item\":7,'",
                                 "answered",
                                 "answered == true",
                                 "answered != false",
                                 "outcome == 'response'",
                                 "effects.count == 2",
                                 "effects.kind == 'rpc'",
                                 "effects.destination == 'internet'",
                                 "time == '2023-11-14T22:13:20.007Z'",
                                 "time == 1700000000007000000",
                                 "time < '2023-11-14T22:13:21Z'",
                                 "id in (1, 7)",
                                 "method in ('GET', \"HEAD\")"}) {
    CHECK(matches(expression, exchange));
    CHECK_FALSE(matches(std::string("not ") + expression, exchange));
  }
  for (const char* expression :
       {"header('absent')", "header('x-many') != 'one'", "error", "body == ''", "effects.operation",
        "method in ('PUT')", "host =~ '8443'", "status in (201, 404)"}) {
    CHECK_FALSE(matches(expression, exchange));
  }
}

TEST_CASE("filter: what is not known is not there") {
  auto exchange = sample();
  exchange.outcome = unknownOutcome("the file has no response");
  CHECK(matches("outcome == 'unknown'", exchange));
  CHECK(matches("error =~ 'no response'", exchange));
  CHECK_FALSE(matches("answered", exchange));
  CHECK_FALSE(matches("status < 999", exchange));
  CHECK(matches("status != 200", exchange));
}

TEST_CASE("filter: how parts are joined") {
  auto exchange = sample();
  CHECK(matches("id == 1 and id == 2 or id == 7", exchange));
  CHECK(matches("id == 7 || id == 1 && id == 2", exchange));
  CHECK_FALSE(matches("(id == 7 or id == 1) and id == 2", exchange));
  CHECK(matches("!(id == 1) and not id == 2", exchange));
  CHECK(matches("! ! answered", exchange));
  CHECK(matches(" id==7&&( answered )\n", exchange));
  CHECK(matches("(((((id == 7)))))", exchange));
}

TEST_CASE("filter: a regular expression cannot run without end") {
  auto exchange = sample();
  exchange.request.body = std::string(5000, 'a');
  CHECK_FALSE(matches("body =~ '^(a+)+$b'", exchange));
  CHECK_FALSE(matches("body =~ '^(a|aa)+$b'", exchange));
}

TEST_CASE("filter: faults have their place") {
  CHECK(filterFault("statsu == 200") ==
        "1: there is no field \"statsu\" | did you mean \"status\"?");
  CHECK(filterFault("zzz").find("there is id, time, method") != std::string::npos);
  CHECK(filterFault("") ==
        "1: expected the name of a field, found the end | a comparison is FIELD == VALUE");
  CHECK(filterFault("id == 7 id").starts_with("9: unexpected 'i'"));
  CHECK(filterFault("id = 7") == "4: unexpected '=' | equality is ==");
  CHECK(filterFault("(id == 7") ==
        "9: expected ')' here, found the end; the bracket was opened at column 1");
  CHECK(filterFault("host == a") == "9: \"host\" is text, which stands in quotes");
  CHECK(filterFault("id == 'a'") == "7: \"id\" cannot be compared with text");
  CHECK(filterFault("id == 1x") == "7: \"1x\" is no number");
  CHECK(filterFault("time > 'noon'").starts_with("8: that is no time"));
  CHECK(filterFault("host =~ '('").starts_with("9: \"(\" is not a regular expression"));
  CHECK(filterFault("host == 'a") == "9: the string is not ended");
  CHECK(filterFault("header == 'a'").starts_with("8: which header?"));
  CHECK(filterFault("header(a)").starts_with("8: expected the name of a header in quotes"));
  CHECK(filterFault("id in 7").starts_with("7: expected '(' here"));
  CHECK(filterFault("answered < true").find("== and != only") != std::string::npos);
  CHECK(filterFault("answered == 1") == "13: expected true or false");
  CHECK(filterFault(std::string(100, '(') + "id").find("nested too deeply") != std::string::npos);
  CHECK(filterFault(std::string(10001, ' ')).find("longer than") != std::string::npos);
}
