// Effects: lined up by kind and destination, and only where the reference records such effects.
#include "sim/diff/compare_effects.h"

#include <catch2/catch.hpp>

#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;
using net::EffectKind;

namespace {

net::Exchange with(std::vector<net::Effect> effects) {
  net::Exchange result = exchange();
  result.outcome.effects = std::move(effects);
  return result;
}

Lines effectDifferences(std::vector<net::Effect> reference, std::vector<net::Effect> candidate,
                        const Rules& rules = {}, const EffectScope* scope = nullptr) {
  return describe(compare(with(std::move(reference)), with(std::move(candidate)), rules, scope));
}

const Rules kStrict = rules(R"({"effects": "strict"})");

}  // namespace

TEST_CASE("Effects that the reference does not record are no differences") {
  std::vector<net::Effect> candidate{
      effect(EffectKind::kRpc, "rrdns", "Rrdns.lookupOwnership", "{}"),
      subrequest("GET", "http://o.example/x")};
  CHECK(effectDifferences({}, candidate).empty());
  CHECK(effectDifferences({subrequest("GET", "http://o.example/x")}, candidate).empty());
  CHECK(effectDifferences({}, candidate, kStrict) ==
        Lines{"effect:rpc rrdns Rrdns.lookupOwnership additional Rrdns.lookupOwnership {}",
              "effect:subrequest internet GET /x additional GET http://o.example/x"});
  CHECK(effectDifferences({subrequest("GET", "http://o.example/x")}, {},
                          rules(R"({"effects": "off"})"))
            .empty());
}

TEST_CASE("A scope says what the reference's capture records at all") {
  EffectScope scope;
  scope.observe(with({subrequest("GET", "http://o.example/x")}));
  CHECK(effectDifferences({}, {subrequest("GET", "http://o.example/y")}, {}, &scope) ==
        Lines{"effect:subrequest internet GET /y additional GET http://o.example/y"});
  CHECK(effectDifferences({}, {subrequest("GET", "http://o.example/y", {}, "", "fl")}, {}, &scope)
            .empty());
}

TEST_CASE("Subrequests: method, URL, headers and body, normalised as responses are") {
  auto reference =
      subrequest("POST", "http://o.example/x?a=1",
                 {{"Host", "o.example"}, {"X-A", "1"}, {"Connection", "close"}}, R"({"a":1})");
  // The Host header is implied by the URL.
  CHECK(effectDifferences({reference},
                          {subrequest("POST", "http://o.example/x?a=1",
                                      {{"x-a", "1"}, {"Connection", "close"}}, R"({"a":1})")})
            .empty());
  CHECK(effectDifferences({reference}, {subrequest("POST", "http://o.example/x?a=2",
                                                   {{"Host", "p.example"}}, R"({"a":2})")}) ==
        Lines{"effect:subrequest internet POST /x url: http://o.example/x?a=1 -> "
              "http://o.example/x?a=2",
              "~effect:subrequest internet POST /x header:connection missing close",
              "effect:subrequest internet POST /x header:host: o.example -> p.example",
              "effect:subrequest internet POST /x header:x-a missing 1",
              R"(effect:subrequest internet POST /x body: {"a":1} -> {"a":2})"});
}

TEST_CASE("Subrequests: what came back is input and is not compared") {
  auto reference = subrequest("GET", "http://o.example/x");
  auto candidate = reference;
  candidate.response = net::RecordedResponse{.status = 500};
  candidate.start = timeFromNanos(5);
  candidate.duration = Duration(7);
  CHECK(effectDifferences({reference}, {candidate}).empty());
}

TEST_CASE("Missing and additional effects are named, the others stay lined up") {
  auto a = subrequest("GET", "http://o.example/a"), b = subrequest("GET", "http://o.example/b"),
       c = subrequest("GET", "http://o.example/c"), d = subrequest("PUT", "http://o.example/d");
  CHECK(effectDifferences({a, b, c}, {a, c}) ==
        Lines{"effect:subrequest internet GET /b missing GET http://o.example/b"});
  CHECK(effectDifferences({a, c}, {a, b, c}) ==
        Lines{"effect:subrequest internet GET /b additional GET http://o.example/b"});
  // One for one of the same method: its URL changed.
  CHECK(effectDifferences({a, b, c}, {a, subrequest("GET", "http://o.example/B"), c}) ==
        Lines{"effect:subrequest internet GET /b url: http://o.example/b -> http://o.example/B"});
  CHECK(effectDifferences({a, b, c}, {a, d, c}) ==
        Lines{"effect:subrequest internet PUT /d additional PUT http://o.example/d",
              "effect:subrequest internet GET /b missing GET http://o.example/b"});
}

TEST_CASE("Order counts within one destination, not across destinations") {
  auto a = subrequest("GET", "http://o.example/a"), b = subrequest("GET", "http://o.example/b"),
       fl = subrequest("GET", "http://f.example/f", {}, "", "fl");
  CHECK(effectDifferences({a, b}, {b, a}) ==
        Lines{"effect:subrequest internet order order GET /a, GET /b -> GET /b, GET /a"});
  CHECK(effectDifferences({a, fl, b}, {fl, a, b}).empty());
}

TEST_CASE("Calls and log messages are compared by the structure of their input") {
  auto call = [](const char* input) {
    return effect(EffectKind::kRpc, "rrdns", "Rrdns.lookup", input);
  };
  CHECK(effectDifferences({call(R"({"a":1,"b":2})")}, {call(R"({"b":2,"a":1})")}).empty());
  CHECK(effectDifferences({call(R"({"name":"a.example"})")}, {call(R"({"name":"b.example"})")}) ==
        Lines{R"(effect:rpc rrdns Rrdns.lookup input:$.name: "a.example" -> "b.example")"});
  auto line = [](const char* text) { return effect(EffectKind::kConsole, "", "log", text); };
  CHECK(effectDifferences({line("one"), line("[2]")}, {line("one"), line("[3]")}) ==
        Lines{"effect:console log input: [2] -> [3]"});
  CHECK(effectDifferences({line("one"), line("two")}, {line("two")}) ==
        Lines{"effect:console log missing log one"});
}

TEST_CASE("An effect's difference is its worker's; a missing one is who answered") {
  auto a = subrequest("GET", "http://o.example/a", {{"X", "1"}});
  auto b = subrequest("GET", "http://o.example/a");
  CHECK(compare(with({a}), with({b})).differences.at(0).worker == "router");
  EffectScope scope;
  scope.observe(with({a}));
  CHECK(compare(with({}), with({b}), {}, &scope).differences.at(0).worker == "router");
  CHECK(compare(with({a}), with({}), {}, &scope).differences.at(0).worker == "shaper");
}
