#include "sim/redact/text_scanner.h"

#include <catch2/catch.hpp>

using namespace flamesim::redact;

namespace {

// What is found, with '|' between.
std::string found(std::string_view text, DottedNumbers dotted = DottedNumbers::kByContext) {
  std::vector<Span> spans;
  scanText(text, dotted, spans);
  std::string out;
  size_t last = 0;
  for (const auto& span : spans) {
    REQUIRE(span.begin >= last);
    REQUIRE(span.end > span.begin);
    REQUIRE(span.end <= text.size());
    last = span.end;
    if (!out.empty()) out += "|";
    out += text.substr(span.begin, span.end - span.begin);
  }
  return out;
}

const std::string kJwt =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";

}  // namespace

TEST_CASE("e-mail addresses") {
  CHECK(found("write to jane.doe+x@mail.example.org, or not") == "jane.doe+x@mail.example.org");
  CHECK(found("<a@b.example>;c@d.example.") == "a@b.example|c@d.example");
  CHECK(found("jörg@bücher.example") == "jörg@bücher.example");
  CHECK(found("?to=a%40b.example&x") == "a%40b.example");
  CHECK(found("?to=joe%2Bx%40b.example&x") == "joe%2Bx%40b.example");
  CHECK(found("x%20a%40b.example") == "a%40b.example");
  CHECK(found("/img/logo@2x.png react@18.2.0 @media a@b me@localhost @ ").empty());
  CHECK(found("redacted-0123456789abcdef@redacted.example").empty());
}

TEST_CASE("user and password of a URL, not its host") {
  CHECK(found("https://joe:s3cret@www.a.example/x") == "joe:s3cret");
  CHECK(found("https://redacted-0123456789abcdef@www.a.example/x").empty());
  CHECK(found("see http://8.8.8.8:80/ and https://[2606:4700::1]/").empty());
}

TEST_CASE("IP addresses") {
  CHECK(found("from 8.8.4.4, 1.1.1.1:443 (9.9.9.9) 5.6.7.8/24") ==
        "8.8.4.4|1.1.1.1|9.9.9.9|5.6.7.8");
  CHECK(found("\"ip\":\"84.3.2.1\"") == "84.3.2.1");
  CHECK(found("/trace/84.3.2.1") == "84.3.2.1");
  CHECK(found("http://a.example/ip/84.3.2.1") == "84.3.2.1");
  CHECK(found("2606:4700:10::6814:1 fe80::1 ::1 2606:4700:10:0:0:0:6814:2") ==
        "2606:4700:10::6814:1|2606:4700:10:0:0:0:6814:2");
  CHECK(found("127.0.0.1 203.0.113.9 300.1.1.1 1.2.3 01.2.3.4 1.2.3.4.5 x1.2.3.4").empty());
  CHECK(found("12:34:56 00:11:22:33:44:55 std::string add::bee a::b").empty());
}

TEST_CASE("versions are no addresses") {
  CHECK(found("Chrome/120.0.0.0 Safari/537.36").empty());
  CHECK(found("version 1.2.3.4, ver=1.2.3.4, Version: \"1.2.3.4\"").empty());
  CHECK(found(R"({"appVersion": "1.2.3.4", "v":"8.0.0.0"})").empty());
  CHECK(found("1.2.3.4-beta v1.2.3.4").empty());
  CHECK(found("nginx 1.2.3.4", DottedNumbers::kVersions).empty());
  CHECK(found("for=1.2.3.4;by=x/5.6.7.8", DottedNumbers::kAddresses) == "1.2.3.4|5.6.7.8");
}

TEST_CASE("card numbers") {
  CHECK(found("card 4111111111111111, 5555-5555-5555-4444, 3782 822463 10005") ==
        "4111111111111111|5555-5555-5555-4444|3782 822463 10005");
  CHECK(found("no 12 4111 1111 1111 1111 34") == "4111 1111 1111 1111");
  // A wrong sum, no issuer, too short, a fraction, a word.
  CHECK(found("4111111111111112 1111111111111117 411111111111 0.4111111111111111 "
              "a4111111111111111 1732841234567890")
            .empty());
}

TEST_CASE("tokens that say what they are") {
  CHECK(found("t=" + kJwt + ";") == kJwt);
  CHECK(found("key AKIAIOSFODNN7EXAMPLE.") == "AKIAIOSFODNN7EXAMPLE");
  CHECK(found("ghp_0123456789abcdefghijABCDEFGHIJ012345") ==
        "ghp_0123456789abcdefghijABCDEFGHIJ012345");
  CHECK(found("glpat-0123456789abcdefghij x") == "glpat-0123456789abcdefghij");
  CHECK(found("Authorization: Bearer abc.DEF-123_456") == "abc.DEF-123_456");
  CHECK(found("'Basic dXNlcjpwYXNz'") == "dXNlcjpwYXNz");
  CHECK(found("the bearer of basic information; eyJhbGciOiJIUzI1NiJ9 alone, sk-learn").empty());
  CHECK(found("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n") ==
        "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----");
  CHECK(found("-----BEGIN CERTIFICATE-----\nMII\n").empty());
}

TEST_CASE("values behind the names of secrets") {
  CHECK(found("<a href=\"/x?access_token=abcd1&amp;sid=efgh2\">") == "abcd1|efgh2");
  CHECK(found(R"(<script>var a = {"csrfToken" : "abc\"d", "name": "x"}</script>)") == R"(abc\"d)");
  CHECK(found("var token=e.token;f(a&&key=b)").empty());
  CHECK(found("?token=redacted-0123456789abcdef").empty());
}
