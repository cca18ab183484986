// JUnit, TAP, annotations and Markdown of a run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/report/github.h"
#include "sim/report/junit.h"
#include "sim/report/tap.h"
#include "sim/report/test_cases.h"
#include "sim/report/testing.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::report::testing::sampleSummary;
using flamesim::report::testing::sampleWithExcuses;

namespace {

std::vector<std::string> textLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

size_t failures(const RunSummary& summary) {
  auto cases = testCasesOf(summary);
  return size_t(std::ranges::count(cases, TestCase::Outcome::kFailed, &TestCase::outcome));
}

// One difference with everything that must not be taken for markup or an order.
RunSummary hostileSummary() {
  RunSummary summary = sampleSummary();
  summary.clusters.resize(1);
  summary.rules.clear();
  diff::Cluster& cluster = summary.clusters[0];
  cluster.expected = "a\"<b>&'c' | `d` 100% # \\ ]]> \xef\xbf\xbf";
  cluster.got = "::set-env name=x::y";
  cluster.worker = "wörker, :x";
  cluster.example.url = "http://a.example/\x01\xff\n::error::";
  return summary;
}

}  // namespace

TEST_CASE("A run fails as test cases exactly where its result is not the same") {
  CHECK(failures(sampleSummary()) == 5);  // four clusters of behaviour, a rule that has expired
  // What the ledger has, and noise, are none; a stale deviation is.
  CHECK(failures(sampleWithExcuses()) == 6);
  RunSummary same;
  same.totals = {.exchanges = 3, .same = 2, .declined = 1, .framing = 3};
  same.clusters = {sampleSummary().clusters[4]};  // of framing
  CHECK(failures(same) == 0);
  CHECK(testCasesOf(same).size() == 2);
  CHECK(failures(RunSummary{}) == 1);
  same.totals.onlyReference = 1;
  CHECK(failures(same) == 1);
  same.totals.onlyCandidate = 1;
  CHECK(failures(same) == 2);
}

TEST_CASE("JUnit has a case for each cluster, with the worker as its class") {
  auto lines = textLines(toJunit(sampleSummary()));
  CHECK(lines[0] == R"(<?xml version="1.0" encoding="UTF-8"?>)");
  CHECK(lines[1] ==
        R"(<testsuites name="flamesim" tests="7" failures="5" errors="0" skipped="1">)");
  auto at = std::ranges::find(
      lines, R"(    <testcase classname="redirects" name="status: 301 -&gt; 302">)");
  REQUIRE(at != lines.end());
  CHECK(at[1] == R"(      <failure type="changed" message="expected 301, got 302">expected: 301)");
  CHECK(at[2] == "got: 302");
  CHECK(at[3] == "found in: 412 of 5,000 exchanges (8.2%) on 12 hosts");
  CHECK(at[4] == "example: GET http://shop.example/old");
  CHECK(at[6] ==
        "command: flamesim replay examples/front-line --from "
        "fixtures/front-line/traffic.cap --only 17");
}

TEST_CASE("Nothing in a capture is markup of JUnit's XML") {
  std::string xml = toJunit(hostileSummary());
  CHECK(xml.find("a&quot;&lt;b&gt;&amp;'c' | `d` 100% # \\ ]]&gt; \\xef\\xbf\\xbf") !=
        std::string::npos);
  CHECK(xml.find("http://a.example/\\x01\\xff\\n::error::") != std::string::npos);
  for (char c : xml) {
    if (c != '\n') CHECK(uint8_t(c) >= 0x20);
  }
}

TEST_CASE("TAP has a point for each cluster") {
  auto lines = textLines(toTap(sampleSummary()));
  CHECK(lines[0] == "TAP version 14");
  CHECK(lines[1] == "1..7");
  CHECK(lines[2] == "ok 1 - flamesim: exchanges that are the same");
  CHECK(std::ranges::count(lines,
                           "ok 2 - flamesim: exchanges that were handed on to FL # SKIP 8 "
                           "exchanges, nothing to judge") == 1);
  auto at = std::ranges::find(lines, "not ok 4 - redirects: status: 301 -> 302");
  REQUIRE(at != lines.end());
  CHECK(at[1] == "  ---");
  CHECK(at[2] == R"(  message: "expected 301, got 302")");
  CHECK(std::ranges::count(lines, "  ...") == 6);
}

TEST_CASE("Nothing in a capture is a directive of TAP, or ends a diagnostic") {
  auto lines = textLines(toTap(hostileSummary()));
  auto at = std::ranges::find_if(
      lines, [](const std::string& line) { return line.starts_with("not ok 3"); });
  REQUIRE(at != lines.end());
  CHECK(at->find("100% \\# \\\\ ]]>") != std::string::npos);
  for (++at; *at != "  ..."; ++at) {
    if (*at == "  ---") continue;
    size_t colon = at->find(": ");
    REQUIRE(colon != std::string::npos);
    CHECK(nlohmann::json::accept(at->substr(colon + 2)));
  }
  CHECK(++at == lines.end());
}

TEST_CASE("Annotations are ten at most, failures first, then by falling share, each one line") {
  RunSummary summary = sampleSummary();
  auto lines = textLines(githubAnnotations(summary));
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].starts_with("::error title=outcome%3A response 200"));
  CHECK(lines[1] ==
        "::error title=status%3A 301 -> 302 (by redirects)::expected: 301%0Agot: 302%0Afound in: "
        "412 of 5,000 exchanges (8.2%25) on 12 hosts%0Aexample: GET http://shop.example/old%0A"
        "exchange: 17%0A$ flamesim replay examples/front-line --from "
        "fixtures/front-line/traffic.cap --only 17");
  CHECK(
      lines[4].starts_with("::error title=rule rules.jsonc%3A9%3A body%3A$.t tolerance::the "
                           "rule was held until 2026-10-31"));
  for (int i = 0; i < 20; ++i) summary.clusters.push_back(summary.clusters[0]);
  CHECK(textLines(githubAnnotations(summary)).size() == kMaxAnnotations);
}

TEST_CASE("Nothing in a capture is an order to GitHub's runner") {
  auto lines = textLines(githubAnnotations(hostileSummary()));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("::error title=status%3A a\"<b>&'c' | `d` 100%25 # "));
  CHECK(lines[0].find("(by wörker%2C %3Ax)::expected: a") != std::string::npos);
  // The property ends at the first "::" that stands in it as such.
  CHECK(lines[0].find("::", 8) == lines[0].find("::expected: "));
}

TEST_CASE("The Markdown of a run") {
  std::string text = toMarkdown(sampleSummary());
  auto lines = textLines(text);
  CHECK(lines[0] == "## examples/front-line against fixtures/front-line/traffic.cap: different");
  CHECK(lines[4] == "| 5,000 | 4,578 | 412 | 8 | 2 | 0 | 0 |");
  CHECK(lines[9] ==
        "| 2 | <code>status</code> | <code>301</code> | <code>302</code> | redirects | "
        "412 (8.2%) | <code>GET http&#58;//shop.example/old</code> |");
  CHECK(text.find("- expired rule <code>rules.jsonc&#58;9&#58; body&#58;&#36;.t tolerance</code>, "
                  "held until 2026-10-31, owner edge-team") != std::string::npos);
  RunSummary many = sampleSummary();
  for (int i = 0; i < 20; ++i) many.clusters.push_back(many.clusters[0]);
  CHECK(toMarkdown(many).find("4 more groups of differences") != std::string::npos);
}

TEST_CASE("Nothing in a capture is markup of Markdown, and a table keeps its columns") {
  auto lines = textLines(toMarkdown(hostileSummary()));
  REQUIRE(lines[8].starts_with("| 1 | "));
  CHECK(std::ranges::count(lines[8], '|') == 8);
  CHECK(lines[8].find("a\"&#60;b&#62;&#38;'c' &#124; &#96;d&#96; 100% &#35; &#92;") !=
        std::string::npos);
}
