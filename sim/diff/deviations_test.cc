// The ledger: what it covers, what is wrong in it, and how entries are written into it.
#include "sim/diff/deviations.h"

#include <catch2/catch.hpp>

#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

Deviations ledger(const std::string& entries) {
  return Deviations::parse("{\"deviations\": [" + entries + "]}", "d.jsonc");
}

std::string entry(const std::string& more) {
  return R"({"decision": "mend", "reason": "r", )" + more + "}";
}

// The verdict on a status that should be 301 and is 302, under a header that differs as well.
std::string judged(const Deviations& deviations) {
  auto reference = exchange(301, {{"x-a", "1"}}, "", "GET", "http://shop.example/old/page?x=1");
  auto comparison = compare(reference, exchange(302, {{"x-a", "2"}}));
  REQUIRE(comparison.differences.size() == 2);
  deviations.judge(reference, comparison);
  return std::string(verdictName(comparison.verdict));
}

// What is wrong with a ledger of this one entry.
std::string fault(const std::string& text) {
  try {
    ledger(text);
  } catch (const UserError& error) {
    return error.diagnostic.render();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("deviations: an exchange is known when entries cover every difference") {
  CHECK(judged(Deviations()) == "different");
  std::string status = entry(R"("field": "status")");
  CHECK(judged(ledger(status)) == "different");
  CHECK(judged(ledger(status + "," + entry(R"("field": "header:X-A")"))) == "known");
  CHECK(judged(ledger(entry(R"("field": "*")"))) == "known");
}

TEST_CASE("deviations: an entry covers what all of its members say") {
  auto covered = [](const std::string& more) {
    return judged(ledger(entry(R"("field": "header:x-a")") + "," +
                         entry(R"("field": "status", )" + more))) == "known";
  };
  CHECK(covered(R"("expected": "301", "got": "302", "kind": "changed", "worker": "shaper")"));
  CHECK(covered(R"("host": "SHOP.example", "path": "/old/*", "method": "GET", "status": "3xx")"));
  CHECK(covered(R"("status": 301)"));
  CHECK_FALSE(covered(R"("expected": "302")"));
  CHECK_FALSE(covered(R"("got": "303")"));
  CHECK_FALSE(covered(R"("kind": "missing")"));
  CHECK_FALSE(covered(R"("worker": "router")"));
  CHECK_FALSE(covered(R"("host": "example")"));
  CHECK_FALSE(covered(R"("path": "/new/*")"));
  CHECK_FALSE(covered(R"("method": "POST")"));
  CHECK_FALSE(covered(R"("status": "2xx")"));
}

TEST_CASE("deviations: values are compared as clusters show them") {
  auto reference = exchange(200, {{"x-id", "550e8400-e29b-41d4-a716-446655440000 a"}});
  auto comparison =
      compare(reference, exchange(200, {{"x-id", "550e8400-e29b-41d4-a716-446655440001 b"}}));
  ledger(entry(R"("field": "header:x-id", "expected": "<uuid> a", "got": "<uuid> b")"))
      .judge(reference, comparison);
  CHECK(comparison.verdict == Verdict::kKnown);
}

TEST_CASE("deviations: more differences than are kept cannot all be known") {
  auto reference = exchange();
  Comparison comparison{.verdict = Verdict::kDifferent,
                        .differences = {{.field = "status"}},
                        .omitted = 1,
                        .rulesUsed = {}};
  ledger(entry(R"("field": "*")")).judge(reference, comparison);
  CHECK(comparison.verdict == Verdict::kDifferent);
  CHECK(comparison.differences[0].deviation == 0);
}

TEST_CASE("deviations: framing alone is not what they are for") {
  auto reference = exchange(200, {{"connection", "keep-alive"}});
  auto comparison = compare(reference, exchange(200));
  REQUIRE(comparison.differences.size() == 1);
  ledger(entry(R"("field": "*")")).judge(reference, comparison);
  CHECK(comparison.verdict == Verdict::kSame);
  CHECK_FALSE(comparison.differences[0].deviation);
}

TEST_CASE("deviations: clusters and uses tell what is known") {
  Deviations known = ledger(entry(R"("field": "header:x-a", "host": "a.example")"));
  Aggregator first;
  Aggregator second;
  uint64_t id = 0;
  for (std::string host : {"a.example", "b.example", "a.example"}) {
    auto reference = exchange(200, {{"x-a", "1"}}, "", "GET", "http://" + host + "/");
    reference.id = ++id;
    auto comparison = compare(reference, exchange(200, {{"x-a", "2"}}));
    known.judge(reference, comparison);
    (id % 2 == 0 ? first : second).add(reference, comparison);
  }
  first.merge(std::move(second));
  CHECK(first.totals().known == 2);
  CHECK(first.totals().different == 1);
  auto clusters = first.clusters();
  REQUIRE(clusters.size() == 2);
  CHECK_FALSE(clusters[0].deviation);  // what is new comes first, whatever its count
  CHECK(clusters[1].deviation == 0);
  CHECK(clusters[1].exchanges == 2);
  CHECK(first.useOf(0).exchanges == 2);
  CHECK(first.useOf(0).hosts == 1);
  CHECK(first.useOf(1).exchanges == 0);
}

TEST_CASE("deviations: an earlier run's clusters are known") {
  auto reference = exchange(200, {{"x-a", "1"}});
  auto candidate = exchange(200, {{"x-a", "2"}, {"x-b", "3"}, {"connection", "close"}});
  Aggregator before;
  before.add(reference, compare(reference, candidate));
  Deviations known;
  known.addBaseline(before.clusters(), "old/report.json");
  CHECK(known.list().size() == 2);  // framing is none
  CHECK(known.list()[0].where() == "old/report.json");
  auto again = compare(reference, candidate);
  known.judge(reference, again);
  CHECK(again.verdict == Verdict::kKnown);
  auto more = compare(reference, exchange(200, {{"x-a", "2"}, {"x-b", "4"}}));
  known.judge(reference, more);
  CHECK(more.verdict == Verdict::kDifferent);
}

TEST_CASE("deviations: what is wrong is said, with its place") {
  CHECK_THAT(fault(R"({"decision": "mend", "reason": "r"})"),
             Catch::Contains("field") && Catch::Contains("d.jsonc:1:17"));
  CHECK_THAT(fault(entry(R"("field": "stats")")), Catch::Contains("no difference has the field"));
  CHECK_THAT(fault(R"({"field": "status", "reason": "r", "decision": "acept"})"),
             Catch::Contains("no decision") && Catch::Contains("did you mean \"accept\"?"));
  CHECK_THAT(fault(R"({"field": "status", "decision": "accept"})"), Catch::Contains("reason"));
  CHECK_THAT(fault(R"({"field": "status", "reason": "r", "decision": "baseline"})"),
             Catch::Contains("no decision"));
  CHECK_THAT(fault(entry(R"("field": "status", "date": "2026-02-30")")),
             Catch::Contains("not a day"));
  CHECK_THAT(fault(entry(R"("field": "status", "kind": "gone")")), Catch::Contains("no kind"));
  CHECK_THAT(fault(entry(R"("field": "status", "status": "40")")), Catch::Contains("not a status"));
  CHECK_THAT(fault("7"), Catch::Contains("deviations[0]"));
  CHECK_THAT(fault(entry(R"("field": "status", "exepcted": "1")")),
             Catch::Contains("did you mean \"expected\"?"));
  CHECK_THROWS_AS(Deviations::parse("[]", "d.jsonc"), UserError);
}

TEST_CASE("deviations: entries are written at the top, and nothing else changes") {
  Deviation added{.field = "header:location",
                  .kind = DifferenceKind::kChanged,
                  .worker = "rules",
                  .expected = "/a\"b",
                  .got = "/a",
                  .scope = {.host = "*.example", .path = "*", .method = "*", .status = "*"},
                  .decision = Decision::kAcceptAndWarn,
                  .reason = "told on 1 May",
                  .owner = "edge",
                  .date = "2026-05-01",
                  .hosts = 3,
                  .origin = {}};
  std::string empty = withDeviations("", "d.jsonc", {added});
  std::string text = "// Ours.\n{\"deviations\": [ // newest first\n    " +
                     entry(R"("field": "status")") + ",\n  ]}\n";
  std::string longer = withDeviations(text, "d.jsonc", {added, added});
  CHECK_THAT(longer, Catch::StartsWith("// Ours.\n{\"deviations\": [\n    {\"field\""));
  CHECK_THAT(longer, Catch::EndsWith(text.substr(text.find(" // newest"))));
  for (auto& [written, count] : {std::pair(empty, 1u), std::pair(longer, 3u)}) {
    auto read = Deviations::parse(written, "d.jsonc");
    REQUIRE(read.list().size() == count);
    auto& first = read.list()[0];
    CHECK(first.field == added.field);
    CHECK(first.kind == added.kind);
    CHECK(first.worker == added.worker);
    CHECK(first.expected == added.expected);
    CHECK(first.got == added.got);
    CHECK(first.scope == added.scope);
    CHECK(first.decision == added.decision);
    CHECK(first.reason == added.reason);
    CHECK(first.owner == added.owner);
    CHECK(first.date == added.date);
    CHECK(first.hosts == added.hosts);
  }
  CHECK(withDeviations(text, "d.jsonc", {}) == text);
  CHECK_THROWS_AS(withDeviations("{}", "d.jsonc", {added}), UserError);
  for (size_t start = 0; start < longer.size();) {  // lines fit a screen
    size_t end = longer.find('\n', start);
    CHECK(end - start <= 100);
    start = end + 1;
  }
}
