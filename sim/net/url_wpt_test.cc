// The URL tests of the Web Platform Tests (web-platform-tests/wpt, url/resources), every case of
// them. The data is not part of this repository: it lies in ../shared/data/wpt-url, or where
// FLAMESIM_SHARED says; without it these tests are left out with a warning.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/net/idna.h"
#include "sim/net/url.h"
#include "sim/net/url_search_params.h"

namespace flamesim::net {

namespace {

using nlohmann::json;

// Cases that are known to fail, by their input, with the reason. None is.
const std::map<std::string, std::string> kExceptions = {};

// The four hexadecimal digits of a \uXXXX escape at `pos`, or nothing.
std::optional<unsigned> escapedUnit(const std::string& text, size_t pos) {
  if (text.compare(pos, 2, "\\u") != 0 || pos + 6 > text.size()) return {};
  return static_cast<unsigned>(std::stoul(text.substr(pos + 2, 4), nullptr, 16));
}

// JSON may escape a lone surrogate, which UTF-8 cannot hold: as in the bindings, U+FFFD takes its
// place before the URL parser sees it.
std::string replaceLoneSurrogates(std::string text) {
  const auto isHigh = [](std::optional<unsigned> unit) { return unit && *unit >> 10 == 0x36; };
  const auto isLow = [](std::optional<unsigned> unit) { return unit && *unit >> 10 == 0x37; };
  for (size_t pos = 0; (pos = text.find('\\', pos)) != std::string::npos;) {
    const auto unit = escapedUnit(text, pos);
    if (!unit) {
      pos += 2;
    } else if (isHigh(unit) && isLow(escapedUnit(text, pos + 6))) {
      pos += 12;
    } else {
      if (isHigh(unit) || isLow(unit)) text.replace(pos + 2, 4, "FFFD");
      pos += 6;
    }
  }
  return text;
}

std::optional<json> load(const std::string& name) {
  const char* shared = std::getenv("FLAMESIM_SHARED");
  const std::string folder = shared != nullptr ? shared : FLAMESIM_SOURCE_DIR "/../shared";
  const std::string path = folder + "/data/wpt-url/" + name;
  std::ifstream file(path);
  if (!file) {
    WARN("left out: no Web Platform Tests data at " << path);
    return {};
  }
  std::string text(std::istreambuf_iterator<char>(file), {});
  return json::parse(replaceLoneSurrogates(std::move(text)));
}

std::string getMember(const Url& url, const std::string& name) {
  static const std::map<std::string, std::function<std::string(const Url&)>> kGetters = {
      {"href", [](const Url& u) { return std::string(u.href()); }},
      {"origin", [](const Url& u) { return u.origin(); }},
      {"protocol", [](const Url& u) { return std::string(u.protocol()); }},
      {"username", [](const Url& u) { return std::string(u.username()); }},
      {"password", [](const Url& u) { return std::string(u.password()); }},
      {"host", [](const Url& u) { return std::string(u.host()); }},
      {"hostname", [](const Url& u) { return std::string(u.hostname()); }},
      {"port", [](const Url& u) { return std::string(u.port()); }},
      {"pathname", [](const Url& u) { return std::string(u.pathname()); }},
      {"search", [](const Url& u) { return std::string(u.search()); }},
      {"hash", [](const Url& u) { return std::string(u.hash()); }},
      {"searchParams",
       [](const Url& u) { return UrlSearchParams::parse(u.query().value_or("")).toString(); }},
  };
  return kGetters.at(name)(url);
}

void setMember(Url& url, const std::string& name, const std::string& value) {
  static const std::map<std::string, std::function<void(Url&, const std::string&)>> kSetters = {
      {"href", [](Url& u, const std::string& v) { u.setHref(v); }},
      {"protocol", [](Url& u, const std::string& v) { u.setProtocol(v); }},
      {"username", [](Url& u, const std::string& v) { u.setUsername(v); }},
      {"password", [](Url& u, const std::string& v) { u.setPassword(v); }},
      {"host", [](Url& u, const std::string& v) { u.setHost(v); }},
      {"hostname", [](Url& u, const std::string& v) { u.setHostname(v); }},
      {"port", [](Url& u, const std::string& v) { u.setPort(v); }},
      {"pathname", [](Url& u, const std::string& v) { u.setPathname(v); }},
      {"search", [](Url& u, const std::string& v) { u.setSearch(v); }},
      {"hash", [](Url& u, const std::string& v) { u.setHash(v); }},
  };
  kSetters.at(name)(url, value);
}

// Compares every member that the case names; all but these keys are members.
void checkMembers(const Url& url, const json& expected) {
  static const std::vector<std::string> kNotMembers = {"input", "base", "comment"};
  for (const auto& [name, value] : expected.items()) {
    if (std::find(kNotMembers.begin(), kNotMembers.end(), name) != kNotMembers.end()) continue;
    INFO("member " << name);
    CHECK(getMember(url, name) == value.get<std::string>());
  }
}

// What a case that fails without a base does with one: "relativeTo" says which bases save it. An
// input with a special scheme is relative only to a base of that scheme.
void checkFailureWithBases(const std::string& input, const std::string& relativeTo) {
  const bool isHttps = input.substr(0, 6) == "https:";
  const auto base = isHttps ? "https://base.example/a/b" : "http://base.example/a/b";
  CHECK(Url::parse(input, base).has_value() == !relativeTo.empty());
  CHECK(Url::parse(input, "about:blank").has_value() == (relativeTo == "any-base"));
}

}  // namespace

TEST_CASE("WPT urltestdata.json: parsing", "[url][wpt]") {
  const auto data = load("urltestdata.json");
  if (!data) return;
  size_t cases = 0;
  for (const json& test : *data) {
    if (!test.is_object()) continue;  // a comment
    const auto input = test.at("input").get<std::string>();
    const bool hasBase = !test.at("base").is_null();
    INFO("input " << test.at("input") << " base " << test.at("base"));
    ++cases;
    if (kExceptions.count(input) != 0) continue;
    const auto url =
        hasBase ? Url::parse(input, test.at("base").get<std::string>()) : Url::parse(input);
    if (test.value("failure", false)) {
      CHECK(!url);
      if (!hasBase) checkFailureWithBases(input, test.value("relativeTo", ""));
      continue;
    }
    CHECK(url.has_value());
    if (!url) continue;
    checkMembers(*url, test);
    // What is serialized parses to itself, so the offsets of both must give the same members.
    const auto again = Url::parse(url->href());
    CHECK(again.has_value());
    if (again) checkMembers(*again, test);
  }
  CHECK(cases > 700);
}

TEST_CASE("WPT setters_tests.json: setters", "[url][wpt]") {
  const auto data = load("setters_tests.json");
  if (!data) return;
  size_t cases = 0;
  for (const auto& [name, tests] : data->items()) {
    if (name == "comment") continue;
    for (const json& test : tests) {
      INFO(name << " of " << test.at("href") << " to " << test.at("new_value"));
      ++cases;
      auto url = Url::parse(test.at("href").get<std::string>());
      CHECK(url.has_value());
      if (!url) continue;
      setMember(*url, name, test.at("new_value").get<std::string>());
      checkMembers(*url, test.at("expected"));
    }
  }
  CHECK(cases > 200);
}

TEST_CASE("WPT toascii.json: internationalized domain names", "[url][wpt]") {
  const auto data = load("toascii.json");
  if (!data) return;
  for (const json& test : *data) {
    if (!test.is_object()) continue;
    const auto input = test.at("input").get<std::string>();
    const json& output = test.at("output");
    INFO("input " << test.at("input"));
    const auto url = Url::parse("https://" + input + "/x");
    auto viaHost = *Url::parse("https://x/x");
    auto viaHostname = viaHost;
    viaHost.setHost(input);
    viaHostname.setHostname(input);
    if (output.is_null()) {
      CHECK(!url);
      CHECK(viaHost.hostname() == "x");
      CHECK(viaHostname.hostname() == "x");
      continue;
    }
    const auto expected = output.get<std::string>();
    CHECK(domainToAscii(input) == expected);
    CHECK(url.has_value());
    if (!url) continue;
    CHECK(url->href() == "https://" + expected + "/x");
    CHECK(viaHost.host() == expected);
    CHECK(viaHostname.hostname() == expected);
  }
}

// The other encodings of this file are those of legacy documents, whose queries a browser encodes
// in the document's encoding. A worker has no document: UTF-8 is all there is.
TEST_CASE("WPT percent-encoding.json: UTF-8", "[url][wpt]") {
  const auto data = load("percent-encoding.json");
  if (!data) return;
  for (const json& test : *data) {
    if (!test.is_object()) continue;
    const auto input = test.at("input").get<std::string>();
    const auto expected = test.at("output").at("utf-8").get<std::string>();
    INFO("input " << test.at("input"));
    const auto url = Url::parse("https://doesnotmatter.invalid/?" + input + "#" + input);
    CHECK(url.has_value());
    if (!url) continue;
    CHECK(url->search() == "?" + expected);
    CHECK(url->hash() == "#" + expected);
  }
}

}  // namespace flamesim::net
