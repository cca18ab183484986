// What the Web Platform Tests' data (url_wpt_test.cc) does not say or says by the way; runs
// without it.
#include "sim/net/url.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/net/idna.h"
#include "sim/net/url_encode.h"

namespace flamesim::net {

namespace {

std::string hrefOf(std::string_view input) {
  const auto url = Url::parse(input);
  return url ? std::string(url->href()) : "failure";
}

std::string hrefOf(std::string_view input, std::string_view base) {
  const auto url = Url::parse(input, base);
  return url ? std::string(url->href()) : "failure";
}

std::string hostOf(const std::string& host) {
  const auto url = Url::parse("http://" + host + "/");
  return url ? std::string(url->hostname()) : "failure";
}

}  // namespace

TEST_CASE("a URL gives each of its components", "[url]") {
  const auto url = *Url::parse("HTTPS://us%65r:p:w@EXAMPLE.com:8443/a/./b/../c?x=1&y='#frag ment");
  CHECK(url.href() == "https://us%65r:p%3Aw@example.com:8443/a/c?x=1&y=%27#frag%20ment");
  CHECK(url.origin() == "https://example.com:8443");
  CHECK(url.protocol() == "https:");
  CHECK(url.username() == "us%65r");
  CHECK(url.password() == "p%3Aw");
  CHECK(url.host() == "example.com:8443");
  CHECK(url.hostname() == "example.com");
  CHECK(url.port() == "8443");
  CHECK(url.pathname() == "/a/c");
  CHECK(url.search() == "?x=1&y=%27");
  CHECK(url.hash() == "#frag%20ment");
  CHECK(url.scheme() == UrlScheme::kHttps);
  CHECK(url.hasCredentials());
  CHECK(url.query() == "x=1&y=%27");
  CHECK(url.fragment() == "frag%20ment");
  CHECK(url.hrefWithoutFragment() == "https://us%65r:p%3Aw@example.com:8443/a/c?x=1&y=%27");
}

TEST_CASE("empty and absent query and fragment differ in href and query(), not in search()",
          "[url]") {
  const auto empty = *Url::parse("http://h/?#");
  const auto absent = *Url::parse("http://h/");
  CHECK(empty.href() == "http://h/?#");
  CHECK(empty.search() == "");
  CHECK(empty.hash() == "");
  CHECK(empty.query() == "");
  CHECK(empty.fragment() == "");
  CHECK(absent.search() == "");
  CHECK_FALSE(absent.query().has_value());
  CHECK_FALSE(absent.fragment().has_value());
  CHECK_FALSE(empty == absent);
}

TEST_CASE("credentials appear only as far as they are not empty", "[url]") {
  CHECK(hrefOf("http://@h/") == "http://h/");
  CHECK(hrefOf("http://:@h/") == "http://h/");
  CHECK(hrefOf("http://u:@h/") == "http://u@h/");
  CHECK(hrefOf("http://:p@h/") == "http://:p@h/");
  CHECK(hrefOf("http://a@b@c:d@h/") == "http://a%40b%40c:d@h/");
  CHECK(hrefOf("http://u@/") == "failure");
  CHECK(hrefOf("foo://u@/") == "failure");
  CHECK(hrefOf("http://u@:80/") == "failure");
}

TEST_CASE("IPv4 in all its spellings", "[url]") {
  CHECK(hostOf("127.1") == "127.0.0.1");
  CHECK(hostOf("0x7f.1") == "127.0.0.1");
  CHECK(hostOf("0177.0.0.01") == "127.0.0.1");
  CHECK(hostOf("2130706433") == "127.0.0.1");
  CHECK(hostOf("0x") == "0.0.0.0");
  CHECK(hostOf("1.2.3.4.") == "1.2.3.4");
  CHECK(hostOf("255.65535.") == "255.0.255.255");
  CHECK(hostOf("%31.2.3.4") == "1.2.3.4");
  CHECK(hostOf("１２７.0.0.1") == "127.0.0.1");
  CHECK(hostOf("4294967295") == "255.255.255.255");
  CHECK(hostOf("4294967296") == "failure");
  CHECK(hostOf("99999999999999999999999999") == "failure");
  CHECK(hostOf("0xffffffffffffffffffffffff") == "failure");
  CHECK(hostOf("1.2.3.256") == "failure");
  CHECK(hostOf("256.2.3.4") == "failure");
  CHECK(hostOf("1.2.65536") == "failure");
  CHECK(hostOf("1.2.3.4.5") == "failure");
  CHECK(hostOf("1..2") == "failure");
  CHECK(hostOf("1.2.3.08") == "failure");
  CHECK(hostOf("a.0x1") == "failure");
  CHECK(hostOf("a.09") == "failure");
  CHECK(hostOf("1.2.3.4..") == "1.2.3.4..");
  CHECK(hostOf("1.2.3.0xg") == "1.2.3.0xg");
  CHECK(hostOf("1.2.3.a") == "1.2.3.a");
}

TEST_CASE("IPv6 is parsed strictly and compressed", "[url]") {
  CHECK(hostOf("[0:0:0:0:0:0:0:0]") == "[::]");
  CHECK(hostOf("[::1]") == "[::1]");
  CHECK(hostOf("[1::]") == "[1::]");
  CHECK(hostOf("[1:2:3:4:5:6:7::]") == "[1:2:3:4:5:6:7:0]");
  CHECK(hostOf("[::2:3:4:5:6:7:8]") == "[0:2:3:4:5:6:7:8]");
  CHECK(hostOf("[1:0:0:2:0:0:0:3]") == "[1:0:0:2::3]");
  CHECK(hostOf("[1:0:0:2:3:0:0:4]") == "[1::2:3:0:0:4]");
  CHECK(hostOf("[2001:DB8::00aB]") == "[2001:db8::ab]");
  CHECK(hostOf("[::ffff:192.168.0.1]") == "[::ffff:c0a8:1]");
  CHECK(hostOf("[1:2:3:4:5:6:1.2.3.4]") == "[1:2:3:4:5:6:102:304]");
  for (const char* bad : {"[]",
                          "[:]",
                          "[:::]",
                          "[1]",
                          "[1:2:3:4:5:6:7]",
                          "[1:2:3:4:5:6:7:8:9]",
                          "[:1::2]",
                          "[1:2:3:4:5:6:7:8::]",
                          "[1::2::3]",
                          "[12345::]",
                          "[g::]",
                          "[1:]",
                          "[::1:]",
                          "[::1.2.3]",
                          "[::1.2.3.4.5]",
                          "[::1.2.3.256]",
                          "[::1.2.3.04]",
                          "[::1.2.3.]",
                          "[::.1.2.3]",
                          "[::a.2.3.4]",
                          "[1:2:3:4:5:6:7:1.2.3.4]",
                          "[::1%eth0]",
                          "[::1",
                          "::1]",
                          "[::1]x",
                          "[%3a%3a1]"}) {
    INFO(bad);
    CHECK(hostOf(bad) == "failure");
  }
}

TEST_CASE("hosts of special schemes are domains, others are opaque", "[url]") {
  CHECK(hostOf("EXAMPLE.Com.") == "example.com.");
  CHECK(hostOf("Bücher.example") == "xn--bcher-kva.example");
  CHECK(hostOf("b%C3%BCcher.example") == "xn--bcher-kva.example");
  CHECK(hostOf("faß.de") == "xn--fa-hia.de");
  CHECK(hostOf("XN--BCHER-KVA.example") == "xn--bcher-kva.example");
  CHECK(hostOf("xn--") == "failure");
  CHECK(hostOf("a%00b") == "failure");
  CHECK(hostOf("a%zz") == "failure");
  CHECK(hostOf("%ff") == "failure");
  CHECK(hostOf("\xC2\xAD") == "failure");  // a soft hyphen alone: nothing is left
  CHECK(hostOf("a_b~!$&'()*+,;=") == "a_b~!$&'()*+,;=");
  for (const char c : std::string_view(" <>^|\x01\x1f\x7f")) {
    INFO("byte " << static_cast<int>(c));
    CHECK(hostOf(std::string("a") + c + "b") == "failure");
  }
  CHECK(hrefOf("foo://EXÄ%zz\x7f/") == "foo://EX%C3%84%zz%7F/");
  CHECK(hrefOf("foo://127.1/") == "foo://127.1/");
  CHECK(hrefOf("foo://a^b/") == "failure");
  CHECK(hasPunycodeLabel("a.Xn--b"));
  CHECK_FALSE(hasPunycodeLabel("axn--b.xn-"));
}

TEST_CASE("ports", "[url]") {
  CHECK(hrefOf("http://h:80/") == "http://h/");
  CHECK(hrefOf("https://h:80/") == "https://h:80/");
  CHECK(hrefOf("wss://h:443") == "wss://h/");
  CHECK(hrefOf("http://h:/") == "http://h/");
  CHECK(hrefOf("http://h:00000000000000008080") == "http://h:8080/");
  CHECK(hrefOf("http://h:65535") == "http://h:65535/");
  CHECK(hrefOf("http://h:65536") == "failure");
  CHECK(hrefOf("http://h:99999999999999999999") == "failure");
  CHECK(hrefOf("http://h:8a") == "failure");
  CHECK(hrefOf("http://h:0") == "http://h:0/");
  CHECK(hrefOf("http://:80") == "failure");
  CHECK(hrefOf("foo://:80") == "failure");
}

TEST_CASE("references resolve against a base", "[url]") {
  constexpr std::string_view kBase = "http://u:p@h:8080/a/b/c?q#f";
  CHECK(hrefOf("", kBase) == "http://u:p@h:8080/a/b/c?q");
  CHECK(hrefOf("#x", kBase) == "http://u:p@h:8080/a/b/c?q#x");
  CHECK(hrefOf("?x", kBase) == "http://u:p@h:8080/a/b/c?x");
  CHECK(hrefOf("d", kBase) == "http://u:p@h:8080/a/b/d");
  CHECK(hrefOf("../../../d", kBase) == "http://u:p@h:8080/d");
  CHECK(hrefOf(".", kBase) == "http://u:p@h:8080/a/b/");
  CHECK(hrefOf("..", kBase) == "http://u:p@h:8080/a/");
  CHECK(hrefOf("/d", kBase) == "http://u:p@h:8080/d");
  CHECK(hrefOf("\\d", kBase) == "http://u:p@h:8080/d");
  CHECK(hrefOf("//x", kBase) == "http://x/");
  CHECK(hrefOf("\\\\/x", kBase) == "http://x/");
  CHECK(hrefOf("http:d", kBase) == "http://u:p@h:8080/a/b/d");
  CHECK(hrefOf("https:d", kBase) == "https://d/");
  CHECK(hrefOf("foo:d", kBase) == "foo:d");
  CHECK(hrefOf("x", "not a url") == "failure");
  CHECK(hrefOf("x", "mailto:a@b") == "failure");
  CHECK(hrefOf("#x", "mailto:a@b?q#f") == "mailto:a@b?q#x");
  CHECK(hrefOf("../x", "foo:/a/b") == "foo:/x");
  CHECK(hrefOf("x", "foo://h") == "foo://h/x");
}

TEST_CASE("a path without a host that begins with // keeps its /. out of the pathname", "[url]") {
  for (const char* input : {"foo:/.//p?q#f", "foo:/..//p?q#f", "foo:/a/..//p?q#f"}) {
    const auto url = *Url::parse(input);
    CHECK(url.href() == "foo:/.//p?q#f");
    CHECK(url.pathname() == "//p");
    CHECK(url.search() == "?q");
    CHECK(url.hash() == "#f");
  }
  CHECK(hrefOf("#x", "foo:/.//p?q#f") == "foo:/.//p?q#x");
  CHECK(hrefOf("", "foo:/.//p?q#f") == "foo:/.//p?q");
  CHECK(hrefOf("?x", "foo:/.//p?q#f") == "foo:/.//p?x");
  CHECK(hrefOf("x", "foo:/.//p") == "foo:/.//x");
  CHECK(hrefOf("..", "foo:/.//p") == "foo:/");
  auto url = *Url::parse("foo:/.//p");
  url.setHost("h");
  CHECK(url.href() == "foo://h//p");
}

TEST_CASE("file URLs: drive letters and localhost", "[url]") {
  CHECK(hrefOf("file:") == "file:///");
  CHECK(hrefOf("file:c|\\x") == "file:///c:/x");
  CHECK(hrefOf("file://c|/x") == "file:///c:/x");
  CHECK(hrefOf("file://LOCALHOST/x") == "file:///x");
  CHECK(hrefOf("file://h/x") == "file://h/x");
  CHECK(hrefOf("file://h:80/x") == "failure");
  CHECK(hrefOf("file:///c:/..") == "file:///c:/");
  CHECK(hrefOf("/x", "file:///c:/a/b") == "file:///c:/x");
  CHECK(hrefOf("/x", "file://h/c:/a/b") == "file://h/c:/x");
  CHECK(hrefOf("d:/x", "file:///c:/a/b") == "d:/x");  // a scheme of its own
  CHECK(hrefOf("d|/x", "file:///c:/a/b") == "file:///d:/x");
  CHECK(hrefOf("?x", "file:///c:/a/b?q") == "file:///c:/a/b?x");
  CHECK(Url::parse("file://h/x")->origin() == "null");
}

TEST_CASE("white space, tabs and newlines", "[url]") {
  CHECK(hrefOf(" \x01\t\r\nhttp://h/a b\x1f ") == "http://h/a%20b");
  CHECK(hrefOf("ht\ttp://h\n/long enough to be looked at in words\r/x") ==
        "http://h/long%20enough%20to%20be%20looked%20at%20in%20words/x");
  CHECK(hrefOf("data: a  ?q") == "data: a  ?q");
  CHECK(hrefOf("") == "failure");
  CHECK(hrefOf("\t ") == "failure");
  // Every position within a word and past it.
  for (size_t at = 0; at <= 21; ++at) {
    std::string input = "http://example.com/ab";
    input.insert(at, "\n");
    CHECK(hrefOf(input) == "http://example.com/ab");
  }
}

TEST_CASE("origin of blob: URLs is that of an http URL within", "[url]") {
  CHECK(Url::parse("blob:https://h:443/x")->origin() == "https://h");
  CHECK(Url::parse("blob:ftp://h/x")->origin() == "null");
  CHECK(Url::parse("blob:blob:https://h/")->origin() == "null");
  CHECK(Url::parse("blob:")->origin() == "null");
  CHECK(Url::parse("http://u:p@h:81/")->origin() == "http://h:81");
}

TEST_CASE("setters leave the other components alone", "[url]") {
  auto url = *Url::parse("http://u:p@h:8080/a?q#f");
  url.setProtocol("https:");
  url.setUsername("ü");
  url.setPassword("a b");
  url.setHost("Other.example:443");
  url.setPathname("x y");
  url.setSearch("?a='");
  url.setHash("#g");
  CHECK(url.href() == "https://%C3%BC:a%20b@other.example/x%20y?a=%27#g");
  url.setUsername("");
  url.setPassword("");
  url.setSearch("");
  url.setHash("");
  url.setPort("81");
  CHECK(url.href() == "https://other.example:81/x%20y");
  CHECK_FALSE(url.setHref("nonsense"));
  CHECK(url.href() == "https://other.example:81/x%20y");
  CHECK(url.setHref("http://x"));
  CHECK(url.href() == "http://x/");
}

TEST_CASE("a setter takes a view of its own URL", "[url]") {
  auto url = *Url::parse("http://user:pass@host.example/path?query#fragment");
  url.setHash(url.search());
  url.setSearch(url.pathname());
  url.setPathname(url.hostname());
  url.setHostname(url.username());
  url.setUsername(url.password());
  CHECK(url.href() == "http://pass:pass@user/host.example?/path#?query");
  CHECK(url.setHref(url.href().substr(0, 11)));
  CHECK(url.href() == "http://pass/");
}

TEST_CASE("form decoding repairs UTF-8 as the Encoding standard does", "[url]") {
  const std::string fffd = "\xef\xbf\xbd";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"plain", "plain"},
      {"\xc3\xa9", "\xc3\xa9"},
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"\xff", fffd},
      {"\xc0\x80", fffd + fffd},                        // overlong
      {"\xe0\x80\x80", fffd + fffd + fffd},             // overlong
      {"\xed\xa0\x80", fffd + fffd + fffd},             // a surrogate
      {"\xf4\x90\x80\x80", fffd + fffd + fffd + fffd},  // past U+10FFFF
      {"\xe2\x82", fffd},                               // cut off: one for the whole of it
      {"\xf0\x9f\x98z", fffd + "z"},
      {"\x80z\xc3", fffd + "z" + fffd},
  };
  for (const auto& [input, expected] : cases) CHECK(toValidUtf8(input) == expected);
  CHECK(percentDecode("%41%4a%zz%4%") == "AJ%zz%4%");
}

}  // namespace flamesim::net
