#include "sim/net/url_search_params.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "sim/net/url.h"

namespace flamesim::net {

namespace {

using Pairs = std::vector<UrlSearchParams::Pair>;

std::string joined(const std::vector<std::string_view>& values) {
  std::string out;
  for (const auto value : values) out.append("[").append(value).append("]");
  return out;
}

}  // namespace

TEST_CASE("form decoding", "[search_params]") {
  struct Case {
    std::string input;
    Pairs expected;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {"&&&", {}},
      {"a", {{"a", ""}}},
      {"a=", {{"a", ""}}},
      {"=b", {{"", "b"}}},
      {"=", {{"", ""}}},
      {"a=b&c=d", {{"a", "b"}, {"c", "d"}}},
      {"&a=b&&c=d&", {{"a", "b"}, {"c", "d"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a=b&a=b", {{"a", "b"}, {"a", "b"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"a%2Bb=%20%26%3d", {{"a+b", " &="}}},
      {"%e2%98%83=%F0%9F%98%80", {{"\xe2\x98\x83", "\xf0\x9f\x98\x80"}}},
      {"a=%", {{"a", "%"}}},
      {"a=%4", {{"a", "%4"}}},
      {"a=%zz%41", {{"a", "%zzA"}}},
      {"a=%ff%c3", {{"a", "\xef\xbf\xbd\xef\xbf\xbd"}}},
      {"a=\xff", {{"a", "\xef\xbf\xbd"}}},
      {"%EF%BB%BFa=b",
       {{"\xef\xbb\xbf"
         "a",
         "b"}}},  // a byte order mark is text here
      {std::string("a\0=b%00", 7), {{std::string("a\0", 2), std::string("b\0", 2)}}},
      {"?a=b", {{"?a", "b"}}},
  };
  for (const auto& test : cases) {
    INFO(test.input);
    CHECK(UrlSearchParams::parse(test.input).all() == test.expected);
  }
  CHECK(UrlSearchParams::fromString("?a=b").all() == Pairs{{"a", "b"}});
  CHECK(UrlSearchParams::fromString("??a=b").all() == Pairs{{"?a", "b"}});
  CHECK(UrlSearchParams::fromString("a=b").all() == Pairs{{"a", "b"}});
}

TEST_CASE("form encoding", "[search_params]") {
  CHECK(UrlSearchParams(Pairs{}).toString() == "");
  CHECK(UrlSearchParams(Pairs{{"", ""}, {"", ""}}).toString() == "=&=");
  CHECK(UrlSearchParams(Pairs{{" a ", "b  c"}}).toString() == "+a+=b++c");
  CHECK(UrlSearchParams(Pairs{{"a", "é😀"}}).toString() == "a=%C3%A9%F0%9F%98%80");
  // All of printable ASCII: only letters, digits and *-._ stay.
  std::string ascii;
  for (char c = 0x20; c < 0x7f; ++c) ascii += c;
  CHECK(UrlSearchParams(Pairs{{"x", ascii}}).toString() ==
        "x=+%21%22%23%24%25%26%27%28%29*%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D%7E");
  const std::string controls("\0\n\r\x7f", 4);
  CHECK(UrlSearchParams(Pairs{{"x", controls}}).toString() == "x=%00%0A%0D%7F");
  // What is written reads back.
  const UrlSearchParams params(Pairs{{ascii, controls}, {"é", "+ %"}, {"", "="}, {"?", ""}});
  CHECK(UrlSearchParams::parse(params.toString()) == params);
}

TEST_CASE("reading the list", "[search_params]") {
  const auto params = UrlSearchParams::parse("a=1&b=2&a=3&c");
  CHECK(params.size() == 4);
  CHECK(params.get("a") == "1");
  CHECK(params.get("c") == "");
  CHECK_FALSE(params.get("A").has_value());
  CHECK(joined(params.getAll("a")) == "[1][3]");
  CHECK(params.getAll("d").empty());
  CHECK(params.has("b"));
  CHECK_FALSE(params.has("d"));
  CHECK(params.has("a", "3"));
  CHECK_FALSE(params.has("a", "2"));
  CHECK(params.has("c", ""));
}

TEST_CASE("changing the list", "[search_params]") {
  auto params = UrlSearchParams::parse("a=1&b=2&a=3&c=4&a=1");
  params.append("b", "5");
  CHECK(params.toString() == "a=1&b=2&a=3&c=4&a=1&b=5");
  params.set("b", "6");
  CHECK(params.toString() == "a=1&b=6&a=3&c=4&a=1");
  params.set("d", "7");
  CHECK(params.toString() == "a=1&b=6&a=3&c=4&a=1&d=7");
  params.remove("a", "1");
  CHECK(params.toString() == "b=6&a=3&c=4&d=7");
  params.remove("b", "no such value");
  params.remove("no such name");
  params.remove("a");
  CHECK(params.toString() == "b=6&c=4&d=7");
}

TEST_CASE("changes take views of the list itself", "[search_params]") {
  auto params = UrlSearchParams::parse("aaaaaaaaaaaaaaaaaaaa=1&b=2&aaaaaaaaaaaaaaaaaaaa=3");
  params.set(params.all()[0].first, params.all()[2].second);
  CHECK(params.toString() == "aaaaaaaaaaaaaaaaaaaa=3&b=2");
  params.append("aaaaaaaaaaaaaaaaaaaa", "3");
  params.remove(params.all()[0].first, params.all()[0].second);
  CHECK(params.toString() == "b=2");
  params.append(params.all()[0].first, params.all()[0].second);
  params.remove(params.all()[0].first);
  CHECK(params.size() == 0);
}

TEST_CASE("sorting is stable and by UTF-16 code units", "[search_params]") {
  const auto sorted = [](std::string_view text) {
    auto params = UrlSearchParams::parse(text);
    params.sort();
    return params.toString();
  };
  CHECK(sorted("z=b&a=b&z=a&a=a") == "a=b&a=a&z=b&z=a");
  CHECK(sorted("aa=1&a=2&=3&b=4&A=5") == "=3&A=5&a=2&aa=1&b=4");
  // U+1F308 is D83C DF08 in UTF-16: before U+FFFD, U+FB03 and U+E000, behind U+D7FF.
  CHECK(sorted("ﬃ&🌈&\xee\x80\x80&\xed\x9f\xbf") ==
        "%ED%9F%BF=&%F0%9F%8C%88=&%EE%80%80=&%EF%AC%83=");
  CHECK(sorted("a\xef\xbf\xbd"
               "b&a🌈&a\xf4\x8f\xbf\xbf") == "a%F0%9F%8C%88=&a%F4%8F%BF%BF=&a%EF%BF%BDb=");
  CHECK(sorted("é&e&\xcd\xbf") == "e=&%C3%A9=&%CD%BF=");
}

TEST_CASE("params written back to a URL", "[search_params]") {
  auto url = *Url::parse("http://h/?a=b%20c&?=1#f");
  auto params = UrlSearchParams::parse(url.query().value_or(""));
  params.append("?", "'");
  url.setSearch(params.toString());
  CHECK(url.href() == "http://h/?a=b+c&%3F=1&%3F=%27#f");
  url.setSearch(UrlSearchParams().toString());
  CHECK(url.href() == "http://h/#f");
}

}  // namespace flamesim::net
