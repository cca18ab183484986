#include <catch2/catch.hpp>

#include "sim/record/redaction.h"

using namespace flamesim;
using namespace flamesim::record;

namespace {

std::string redacted(const Redactor& redactor, const char* name, const char* value) {
  net::HeaderList headers(std::vector<net::Header>{{name, value}});
  redactor.redact(headers);
  REQUIRE(headers.size() == 1);
  REQUIRE(headers.all()[0].name == name);
  return headers.all()[0].value;
}

}  // namespace

TEST_CASE("a pseudonym is HMAC-SHA256 under the key") {
  // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
  CHECK(Redactor("Jefe").pseudonym("what do ya want for nothing?") == "redacted-5bdcc146bf60754e");
  CHECK(Redactor("Jefe").pseudonym("") == "");
  CHECK(Redactor("a").pseudonym("x") != Redactor("b").pseudonym("x"));
  CHECK(Redactor("").pseudonym("x") != Redactor("").pseudonym("x"));  // keys of their own
}

TEST_CASE("secrets go, names and attributes stay") {
  Redactor redactor("key");
  auto p = [&](const char* secret) { return redactor.pseudonym(secret); };
  CHECK(redacted(redactor, "Authorization", "Bearer abc.def") == "Bearer " + p("abc.def"));
  CHECK(redacted(redactor, "authorization", "abcdef") == p("abcdef"));
  CHECK(redacted(redactor, "Proxy-Authorization", "Basic  dTpw") == "Basic  " + p("dTpw"));
  CHECK(redacted(redactor, "Cookie", "sid=s3cret; theme=dark;empty=; bare") ==
        "sid=" + p("s3cret") + "; theme=" + p("dark") + ";empty=; " + p("bare"));
  CHECK(redacted(redactor, "cookie", "a=b=c") == "a=" + p("b=c"));
  CHECK(redacted(redactor, "Set-Cookie", "sid=s3cret; Path=/; Max-Age=60; HttpOnly") ==
        "sid=" + p("s3cret") + "; Path=/; Max-Age=60; HttpOnly");
  CHECK(redacted(redactor, "Set-Cookie", "sid=") == "sid=");
  CHECK(redacted(redactor, "Cookie", "") == "");
  CHECK(redacted(redactor, "X-Other", "Bearer abc") == "Bearer abc");
}

TEST_CASE("equal secrets stay equal, across requests and responses") {
  Redactor redactor("key");
  std::string given = redacted(redactor, "Set-Cookie", "sid=s3cret; Secure");
  std::string sent = redacted(redactor, "Cookie", "theme=dark; sid=s3cret");
  CHECK(given.substr(0, given.find(';')) == sent.substr(sent.find("sid=")));
}

TEST_CASE("subrequests are redacted, too, and nothing else changes") {
  Redactor redactor("key");
  net::Exchange exchange;
  exchange.request.url = "http://a.example/?token=stays";
  exchange.request.headers = net::HeaderList({{"A", "1"}, {"COOKIE", "a=b"}, {"B", "2"}});
  auto& effect = exchange.outcome.effects.emplace_back();
  effect.request.emplace().headers.append("Authorization", "Bearer x");
  effect.response.emplace().headers.append("set-cookie", "a=b");
  redactor.redact(exchange);
  CHECK(exchange.request.headers ==
        net::HeaderList({{"A", "1"}, {"COOKIE", "a=" + redactor.pseudonym("b")}, {"B", "2"}}));
  CHECK(effect.request->headers.get("authorization") == "Bearer " + redactor.pseudonym("x"));
  CHECK(effect.response->headers.get("set-cookie") == "a=" + redactor.pseudonym("b"));
  CHECK(exchange.request.url == "http://a.example/?token=stays");
}
