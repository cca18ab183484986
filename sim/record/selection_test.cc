#include "sim/record/selection.h"

#include <catch2/catch.hpp>

using namespace flamesim;
using namespace flamesim::record;

namespace {

net::Request requestFor(const std::string& url, const std::string& method = "GET") {
  net::Request request;
  request.url = url;
  request.method = method;
  return request;
}

net::ClientContext clientAt(const std::string& ip) {
  net::ClientContext client;
  client.ip = ip;
  return client;
}

}  // namespace

TEST_CASE("filters: all conditions of one, any of several") {
  Selection selection({.filters = {
                           parseFilter("host=*.Example.com,path=/api/*,method=GET").orThrow(),
                           parseFilter("method=PURGE").orThrow(),
                       }});
  auto keeps = [&](const std::string& url, const std::string& method = "GET") {
    return selection.keeps(requestFor(url, method), {});
  };
  CHECK(keeps("http://www.EXAMPLE.com:8080/api/x?y"));
  CHECK_FALSE(keeps("http://www.example.com/api/x", "POST"));
  CHECK_FALSE(keeps("http://www.example.com/other?/api/"));
  CHECK_FALSE(keeps("http://other.example/api/x"));
  CHECK(keeps("http://other.example/", "PURGE"));
  CHECK(Selection().keeps(requestFor("http://a.example"), {}));
}

TEST_CASE("a filter that is none says what it can be") {
  CHECK(parseFilter("hots=a").error().help == "did you mean \"host\"?");
  CHECK(parseFilter("host=a,").error().message == "--filter \"host=a,\": \"\" is no condition");
  CHECK(parseFilter("host=").error().message == "--filter \"host=\": \"host\" has no value");
  CHECK_FALSE(parseFilter("").ok());
}

TEST_CASE("a sample takes its share of clients, and all requests of one of them") {
  Selection selection({.sample = 0.25, .secret = "key"});
  int kept = 0;
  constexpr int kClients = 4000;
  for (int i = 0; i < kClients; ++i) {
    auto client = clientAt("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
    bool first = selection.keeps(requestFor("http://a.example/1"), client);
    CHECK(selection.keeps(requestFor("http://b.example/2", "POST"), client) == first);
    kept += int(first);
  }
  // 1000 are expected; the standard deviation is 27.
  CHECK(kept > 850);
  CHECK(kept < 1150);
  CHECK(Selection({.sample = 0, .secret = "key"}).keeps(requestFor("x"), {}) == false);
}

TEST_CASE("what to sample by") {
  auto differs = [](const char* by, const net::Request& a, const net::Request& b) {
    for (int key = 0; key < 64; ++key) {
      Selection selection(
          {.sample = 0.5, .key = parseSampleKey(by).orThrow(), .secret = std::to_string(key)});
      if (selection.keeps(a, {}) != selection.keeps(b, {})) return true;
    }
    return false;
  };
  auto a = requestFor("http://a.example/1");
  auto b = requestFor("http://a.example/2");
  auto c = requestFor("http://c.example/1");
  CHECK_FALSE(differs("client-ip", a, c));
  CHECK_FALSE(differs("host", a, b));
  CHECK(differs("host", a, c));
  CHECK(differs("url", a, b));
  CHECK_FALSE(differs("header:X-User", a, b));
  b.headers.append("x-user", "7");
  CHECK(differs("header:X-User", a, b));
  CHECK(parseSampleKey("clientip").error().help == "did you mean \"client-ip\"?");
  CHECK_FALSE(parseSampleKey("header:").ok());
}
