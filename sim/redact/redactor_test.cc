#include "sim/redact/redactor.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/net/content_coding.h"
#include "sim/net/content_encoder.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

struct Fixture {
  Redactor redactor{{.key = "key"}};
  std::string p(std::string_view secret) { return redactor.pseudonyms.token(secret); }
  std::string mail(std::string_view address) { return redactor.pseudonyms.email(address); }
  std::string ip(std::string_view address) { return redactor.pseudonyms.address(address); }

  std::string header(const char* name, std::string value) {
    net::Exchange exchange;
    exchange.request.url = "http://a.example/";
    exchange.request.headers.append(name, value);
    redactor.redact(exchange);
    REQUIRE(exchange.request.headers.size() == 1);
    REQUIRE(exchange.request.headers.all()[0].name == name);
    return exchange.request.headers.all()[0].value;
  }
  std::string url(std::string url) {
    net::Exchange exchange;
    exchange.request.url = std::move(url);
    redactor.redact(exchange);
    return exchange.request.url;
  }
  std::string body(std::string text, const char* type = "application/json") {
    net::Exchange exchange;
    exchange.outcome.response.headers.append("Content-Type", type);
    exchange.outcome.response.body = std::move(text);
    redactor.redact(exchange);
    return exchange.outcome.response.body;
  }
};

RedactionRules rulesOf(const std::string& text) {
  return RedactionRules::parse(text, "redact.jsonc").orThrow();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "credentials and cookies go, names and attributes stay") {
  CHECK(header("Authorization", "Bearer abc.def") == "Bearer " + p("abc.def"));
  CHECK(header("authorization", "abcdef") == p("abcdef"));
  CHECK(header("Proxy-Authorization", "Basic  dTpw") == "Basic  " + p("dTpw"));
  CHECK(header("Cookie", "sid=s3cret; theme=dark;empty=; bare") ==
        "sid=" + p("s3cret") + "; theme=" + p("dark") + ";empty=; " + p("bare"));
  CHECK(header("cookie", "a=b=c") == "a=" + p("b=c"));
  CHECK(header("Set-Cookie", "sid=s3cret; Path=/; Max-Age=60; HttpOnly") ==
        "sid=" + p("s3cret") + "; Path=/; Max-Age=60; HttpOnly");
  CHECK(header("Set-Cookie", "sid=") == "sid=");
  CHECK(header("Cookie", "").empty());
  CHECK(header("X-Api-Key", "k") == p("k"));
  CHECK(header("X-My-Secret", "k") == p("k"));
  CHECK(header("X-Other", "plain") == "plain");
}

TEST_CASE_METHOD(Fixture,
                 "addresses in headers that hold addresses, versions in those that do not") {
  CHECK(header("X-Forwarded-For", "8.8.8.8, 127.0.0.1, 2606:4700::1") ==
        ip("8.8.8.8") + ", 127.0.0.1, " + ip("2606:4700::1"));
  CHECK(header("CF-Connecting-IP", "8.8.8.8") == ip("8.8.8.8"));
  CHECK(header("Forwarded", "for=\"[2606:4700::1]:47\";by=8.8.8.8") ==
        "for=\"[" + ip("2606:4700::1") + "]:47\";by=" + ip("8.8.8.8"));
  for (auto name : {"User-Agent", "Sec-CH-UA-Full-Version-List", "Server"}) {
    CHECK(header(name, "Thing 1.2.3.4") == "Thing 1.2.3.4");
  }
  CHECK(header("Host", "10.1.2.3:80") == "10.1.2.3:80");
}

TEST_CASE_METHOD(Fixture, "URLs") {
  CHECK(url("http://a.example/x?token=abc&q=1#id_token=z9") ==
        "http://a.example/x?token=" + p("abc") + "&q=1#id_token=" + p("z9"));
  CHECK(url("http://a.example/?q=%2Fx%3Ftoken%3Dabcd") ==
        "http://a.example/?q=%2Fx%3Ftoken%3D" + p("abcd"));
  CHECK(url("http://a.example/?mail=a%40b.example") ==
        "http://a.example/?mail=" + mail("a@b.example"));
  CHECK(url("http://u:p@10.0.0.1/a%40b.example/c;jsessionid=1F?x") ==
        "http://" + p("u:p") + "@10.0.0.1/" + mail("a@b.example") + "/c;jsessionid=" + p("1F") +
            "?x");
  CHECK(url("http://a.example/ip/8.8.8.8") == "http://a.example/ip/" + ip("8.8.8.8"));
  for (auto same : {"http://a.example", "http://a.example/?", "http://a.example/%zz?a=%&b+c&&=",
                    "http://a.example/?code=404&key=de", "http://a.example/#"}) {
    CHECK(url(same) == same);
  }
  CHECK(url("http://a.example/cb?code=4/0AY0e-g7abcdef") ==
        "http://a.example/cb?code=" + p("4/0AY0e-g7abcdef"));
  CHECK(header("Referer", "http://b.example/?sid=abc") == "http://b.example/?sid=" + p("abc"));
  CHECK(header("Location", "/next?sid=abc") == "/next?sid=" + p("abc"));
}

TEST_CASE_METHOD(Fixture, "JSON: what is no secret stays to the byte") {
  CHECK(body("{ \"a\" : 1.50, \"password\":\"x\\u0079\",\n\"mail\":\"a@b.example\" }") ==
        "{ \"a\" : 1.50, \"password\":\"" + p("xy") + "\",\n\"mail\":\"" + mail("a@b.example") +
            "\" }");
  CHECK(body(R"({"token":12345,"secret":null,"auth":true,"session":{"x":"y"}})") ==
        "{\"token\":\"" + p("12345") + R"(","secret":null,"auth":true,"session":{"x":"y"}})");
  CHECK(body(R"({"apiKey":["a","b"],"key":"zone:x","code":"E404"})") ==
        "{\"apiKey\":[\"" + p("a") + "\",\"" + p("b") + R"("],"key":"zone:x","code":"E404"})");
  CHECK(body("[4111111111111111]") == "[" + redactor.pseudonyms.card("4111111111111111") + "]");
  CHECK(body(R"({"a@b.example":1,"in":"{\"password\":\"xyz\"}"})") ==
        "{\"" + mail("a@b.example") + "\":1,\"in\":\"{\\\"password\\\":\\\"" + p("xyz") +
            "\\\"}\"}");
  CHECK(body(R"(["\ud83d\ude00 a@b.example \q \ud800 \/"])") ==
        "[\"\xf0\x9f\x98\x80 " + mail("a@b.example") + R"( \\q \\ud800 /"])");
  for (auto same : {"{\"password\":", "{\"a\":\"b", "[[[", "}}]]", "{\"a\" \"b\" : : ,, }", "\""}) {
    CHECK(body(same) == same);
  }
}

TEST_CASE_METHOD(Fixture, "forms and multipart bodies") {
  CHECK(body("user=a%40b.example&password=s+3&x=1", "application/x-www-form-urlencoded") ==
        "user=" + mail("a@b.example") + "&password=" + p("s 3") + "&x=1");
  auto multipart = [](const std::string& password, const std::string& file) {
    return "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + password +
           "\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n"
           "Content-Type: text/plain\r\n\r\n" +
           file + "\r\n--B--\r\n";
  };
  CHECK(body(multipart("s3", "by a@b.example"), "multipart/form-data; boundary=B") ==
        multipart(p("s3"), "by " + mail("a@b.example")));
}

TEST_CASE_METHOD(Fixture, "binary bodies stay") {
  std::string png("\x89PNG a@b.example \0\xff", 20);
  CHECK(body(png, "image/png") == png);
  CHECK(body(png, "application/octet-stream") == png);
  CHECK(body("by a@b.example", "application/octet-stream") == "by " + mail("a@b.example"));
}

TEST_CASE_METHOD(Fixture,
                 "content-coded bodies are coded again, and Content-Length tells their size") {
  for (std::string coding : {"gzip", "deflate", "br", "zstd", "deflate, gzip"}) {
    CAPTURE(coding);
    net::Exchange exchange;
    auto& response = exchange.outcome.response;
    response.headers = net::HeaderList(
        {{"Content-Type", "text/html"}, {"Content-Encoding", coding}, {"content-length", "1"}});
    response.body = *net::encodeContent(coding, "write to a@b.example");
    redactor.redact(exchange);
    CHECK(net::decodeContent(coding, response.body, 1000).orThrow() ==
          "write to " + mail("a@b.example"));
    CHECK(response.headers.get("content-length") == std::to_string(response.body.size()));
    // What has no secret is not touched.
    auto plain = *net::encodeContent(coding, "nothing");
    response.body = plain;
    response.headers.set("content-length", "99");
    redactor.redact(exchange);
    CHECK(response.body == plain);
    CHECK(response.headers.get("content-length") == "99");
  }
}

TEST_CASE_METHOD(Fixture, "a body that cannot be decoded is not kept") {
  net::Exchange exchange;
  exchange.outcome.response.headers =
      net::HeaderList(std::vector<net::Header>{{"Content-Encoding", "gzip"}});
  exchange.outcome.response.body = "\x1f\x8b\x08\x01";  // a part of gzip's header
  redactor.redact(exchange);
  CHECK(exchange.outcome.response.body.size() == 4);
  CHECK(capture::bodiesComplete(exchange.outcome));
  exchange.outcome.response.body = "jane@b.example";
  redactor.redact(exchange);
  CHECK(exchange.outcome.response.body.empty());
  CHECK_FALSE(capture::bodiesComplete(exchange.outcome));
}

TEST_CASE_METHOD(Fixture, "equal values stay equal, in every place") {
  net::Exchange exchange;
  exchange.client.ip = "8.8.8.8";
  exchange.client.connectedAddress = "9.9.9.9";
  exchange.request.url = "http://a.example/?token=abc123def456ghi";
  exchange.request.headers = net::HeaderList(
      {{"Authorization", "Bearer abc123def456ghi"}, {"Cookie", "s=abc123def456ghi"}});
  exchange.outcome.response.headers.append("Content-Type", "text/html");
  // Without a name beside it, and where an address looks like a version.
  exchange.outcome.response.body = "<p>abc123def456ghi x/8.8.8.8 xabc123def456ghi</p>";
  auto& effect = exchange.outcome.effects.emplace_back();
  effect.input = R"({"token":"abc123def456ghi","ip":"8.8.8.8"})";
  effect.request.emplace().url = "http://8.8.4.4/";
  effect.request->headers.append("Authorization", "Bearer abc123def456ghi");
  effect.response.emplace().headers.append("set-cookie", "a=b");
  redactor.redact(exchange);
  auto token = p("abc123def456ghi");
  CHECK(exchange.request.url == "http://a.example/?token=" + token);
  CHECK(exchange.request.headers.get("authorization") == "Bearer " + token);
  CHECK(exchange.request.headers.get("cookie") == "s=" + token);
  CHECK(exchange.outcome.response.body ==
        "<p>" + token + " x/" + ip("8.8.8.8") + " xabc123def456ghi</p>");
  CHECK(effect.input == "{\"token\":\"" + token + "\",\"ip\":\"" + ip("8.8.8.8") + "\"}");
  CHECK(effect.request->url == "http://8.8.4.4/");
  CHECK(effect.request->headers.get("authorization") == "Bearer " + token);
  CHECK(effect.response->headers.get("set-cookie") == "a=" + p("b"));
  CHECK(exchange.client.ip == ip("8.8.8.8"));
  CHECK(exchange.client.connectedAddress == "9.9.9.9");
}

TEST_CASE("rules: headers, cookies, parameters, JSON and expressions") {
  Redactor redactor({.key = "key", .rules = rulesOf(R"~({"rules": [
    {"header": "X-Internal-*", "action": "remove", "reason": "r"},
    {"header": "x-id", "action": "pseudonym", "reason": "r"},
    {"header": "authorization", "action": "keep", "reason": "r"},
    {"cookie": "theme", "action": "keep", "reason": "r"},
    {"parameter": "q", "action": "pseudonym", "reason": "r"},
    {"parameter": "token", "action": "keep", "reason": "r", "host": "a.example", "path": "/open/*"},
    {"json": "$.user.*", "action": "pseudonym", "reason": "r"},
    {"json": "$.items[*].gone", "action": "remove", "reason": "r"},
    {"regex": "order ([0-9]+)", "action": "pseudonym", "reason": "r"},
    {"regex": "info@a\\.example", "action": "keep", "reason": "r"}
  ]})~")});
  auto p = [&](std::string_view secret) { return redactor.pseudonyms.token(secret); };
  net::Exchange exchange;
  exchange.request.url = "http://a.example/open/x?q=words&token=abcd";
  exchange.request.headers = net::HeaderList({{"X-Internal-A", "1"},
                                              {"X-Id", "7"},
                                              {"Authorization", "Bearer x"},
                                              {"Cookie", "theme=dark; sid=x"}});
  auto& response = exchange.outcome.response;
  response.headers.append("Content-Type", "application/json");
  response.body =
      R"({"user":{"name":"N","age":7,"x":null},"items":[{"gone":"g"}],"t":"order 12 info@a.example j@a.example"})";
  auto given = exchange;
  redactor.redact(exchange);
  CHECK(exchange.request.url == "http://a.example/open/x?q=" + p("words") + "&token=abcd");
  CHECK(exchange.request.headers == net::HeaderList({{"X-Id", p("7")},
                                                     {"Authorization", "Bearer x"},
                                                     {"Cookie", "theme=dark; sid=" + p("x")}}));
  CHECK(response.body == "{\"user\":{\"name\":\"" + p("N") + "\",\"age\":\"" + p("7") +
                             R"(","x":null},"items":[{"gone":null}],"t":"order )" + p("12") +
                             " info@a.example " + redactor.pseudonyms.email("j@a.example") + "\"}");
  auto once = exchange;
  redactor.redact(exchange);
  CHECK(exchange == once);
  // Elsewhere the rule with a path does not hold.
  given.request.url = "http://a.example/?token=abcd";
  redactor.redact(given);
  CHECK(given.request.url == "http://a.example/?token=" + p("abcd"));
}

TEST_CASE("kinds can be kept, and the note says which were redacted") {
  Redactor redactor({.key = "key", .rules = rulesOf(R"({"keep": ["emails", "cards"]})")});
  net::Exchange exchange;
  exchange.outcome.response.body = "a@b.example 4111111111111111 8.8.8.8";
  redactor.redact(exchange);
  CHECK(exchange.outcome.response.body ==
        "a@b.example 4111111111111111 " + redactor.pseudonyms.address("8.8.8.8"));
  CHECK(redactor.note() ==
        "redacted: credentials, cookies, tokens, addresses; rules of redact.jsonc; pseudonyms "
        "under a given key");
}

TEST_CASE("an expression that takes too long costs the text, not the secret") {
  Redactor redactor({.key = "key", .rules = rulesOf(R"({"rules": [
    {"regex": "(a+)+b", "action": "pseudonym", "reason": "r"}]})")});
  net::Exchange exchange;
  exchange.outcome.response.body = std::string(5000, 'a') + " secret";
  auto expected = redactor.pseudonyms.token(exchange.outcome.response.body);
  redactor.redact(exchange);
  CHECK(exchange.outcome.response.body == expected);
}
