// The terminal report, word for word.
#include "sim/report/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "sim/report/testing.h"
#include "sim/report/text.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::report::testing::sampleSummary;
using flamesim::report::testing::sampleWithExcuses;

namespace {

std::string print(const RunSummary& summary, const TerminalOptions& options) {
  std::ostringstream out;
  printTerminal(out, summary, options);
  return out.str();
}

}  // namespace

TEST_CASE("The report of a run with differences") {
  CHECK("\n" + print(sampleSummary(), {.width = 90}) == R"(
 1  outcome                                                                      by shaper
    expected  response 200
    got       failed: Error: no such binding
    2 of 5,000 exchanges (<0.1%) on 1 host
    GET http://a.example/  (exchange 3)
    $ flamesim replay examples/front-line --from fixtures/front-line/traffic.cap --only 3

 2  status                                                                    by redirects
    expected  301
    got       302
    412 of 5,000 exchanges (8.2%) on 12 hosts
    GET http://shop.example/old  (exchange 17)
    $ flamesim replay examples/front-line --from fixtures/front-line/traffic.cap --only 17

 3  header:set-cookie[*]                                                        by session
    expected  id=<uuid>; Path=/
    got       (missing)
    9 of 5,000 exchanges (0.2%) on more than 100 hosts, 12 differences in them
    POST http://shop.example/login  (exchange 40)
    at header:set-cookie[1]
    $ flamesim replay examples/front-line --from fixtures/front-line/traffic.cap --only 40

 4  body                                                                          by pages
    expected  <hr><center>nginx</center>
    got       <hr><center>flamesim</center>
                          ^
    first difference at byte 107, line 5
    5 of 5,000 exchanges (0.1%) on 1 host
    GET http://a.example/missing  (exchange 99)
    $ flamesim replay examples/front-line --from fixtures/front-line/traffic.cap --only 99

framing differs in 4,000 exchanges (says nothing of behaviour, does not count):
    4,000 x header:connection missing

unused rule rules.jsonc:7: header:x-* presence
expired rule rules.jsonc:9: body:$.t tolerance, held until 2026-10-31, owner edge-team
rules: 1 used, 1 unused, 1 expired
5,000 exchanges: 4,578 same, 412 different, 8 declined, 2 failed
result: different
)");
}

TEST_CASE("What the ledger, the baseline and noise excuse is told in a line each") {
  std::string report = print(sampleWithExcuses(), {.width = 110});
  CHECK_THAT(report, Catch::EndsWith(R"(rules: 1 used, 1 unused, 1 expired
known: deviations.jsonc:4: mend, 9 exchanges on 2 hosts: header:location
stale deviation deviations.jsonc:7: status: its difference is gone, remove it
1 difference of the baseline
noise: the chain in 4,975 of 5,000 (99.5%), FL itself in 1,990 of 2,000 (99.5%): header:x-id changed
not noise: the chain in 412 of 5,000 (8.2%), FL itself in 1 of 2,000 (<0.1%): status changed
part 3/8: 5,000 exchanges: 4,578 same, 400 different, 8 declined, 2 failed, 12 known, 7 noise
result: different
)"));
  auto part = sampleWithExcuses();
  part.deviations[1].stale = false;
  CHECK_THAT(print(part, {.width = 90}),
             Catch::Contains("\n1 deviation not met: a part of the capture was run\n"));
}

TEST_CASE("Framing that differs in its values alone is one line") {
  RunSummary summary;
  summary.totals = {.exchanges = 9, .same = 9, .framing = 9};
  auto missing = [](const char* value, uint64_t exchanges) {
    return diff::Cluster{.field = "header:content-length",
                         .kind = diff::DifferenceKind::kMissing,
                         .weight = diff::Weight::kFraming,
                         .expected = value,
                         .exchanges = exchanges};
  };
  auto changed = missing("1", 2);
  changed.kind = diff::DifferenceKind::kChanged;
  changed.got = "2";
  summary.clusters = {missing("133", 4), changed, missing("570", 3)};
  CHECK(print(summary, {})
            .starts_with(
                R"(framing differs in 9 exchanges (says nothing of behaviour, does not count):
    7 x header:content-length missing
    2 x header:content-length 1 -> 2
)"));
}

TEST_CASE("The report of a run without differences is two lines") {
  RunSummary summary;
  summary.totals = {.exchanges = 1, .same = 1};
  CHECK(print(summary, {}) ==
        "1 exchange: 1 same, 0 different, 0 declined, 0 failed\n"
        "result: same\n");
  CHECK(print(RunSummary{}, {}) ==
        "0 exchanges: 0 same, 0 different, 0 declined, 0 failed\n"
        "result: nothing run\n");
}

TEST_CASE("Values that vary are shown by the example's") {
  auto summary = sampleSummary();
  summary.clusters = {summary.clusters[0]};
  summary.clusters[0].expected = summary.clusters[0].got = "<uuid>";
  CHECK_THAT(print(summary, {}), Catch::Contains("expected  301") &&
                                     Catch::Contains("the values vary; these are the example's"));
  summary.clusters[0].varied = true;
  summary.clusters[0].expected = summary.clusters[0].got = "";
  CHECK_THAT(print(summary, {}), Catch::Contains("expected  301"));
}

TEST_CASE("What is left out is said") {
  auto summary = sampleSummary();
  summary.totals.omitted = 7;
  summary.totals.unclustered = 1;
  summary.totals.onlyReference = 2;
  summary.totals.onlyCandidate = 1;
  CHECK_THAT(print(summary, {.clusters = 1}),
             Catch::Contains("3 more groups of differences are not shown: see the JSON report\n") &&
                 Catch::Contains("7 more differences in exchanges with very many of them") &&
                 Catch::Contains("1 difference in other fields are counted") &&
                 Catch::Contains("2 exchanges only in the reference\n") &&
                 Catch::Contains("1 exchange only in the candidate\n"));
}

TEST_CASE("No line but the command is wider than the terminal") {
  auto summary = sampleSummary();
  for (auto& cluster : summary.clusters) {
    cluster.expected += std::string(300, 'x') + "1";
    if (cluster.kind != diff::DifferenceKind::kMissing) {
      cluster.got = cluster.expected + std::string(300, 'y');
    }
    cluster.example.url += std::string(300, 'u');
    cluster.example.detail = std::string(300, 'd');
  }
  for (size_t width : {40, 61, 90, 200}) {
    std::istringstream lines(print(summary, {.width = width}));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("    $ ")) continue;
      CAPTURE(line, width);
      CHECK(columns(line) <= width);
    }
  }
}

TEST_CASE("No byte of a capture steers the terminal") {
  auto summary = sampleSummary();
  summary.clusters[0].example.url = "http://a.example/\x1b[2J";
  summary.clusters[0].worker = "a\nb";
  std::string text = print(summary, {});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_THAT(text, Catch::Contains("http://a.example/\\x1b[2J") && Catch::Contains("by a\\nb"));
}

TEST_CASE("Colours mark what differs") {
  auto summary = sampleSummary();
  std::string text = print(summary, {.colour = true});
  CHECK_THAT(text,
             Catch::Contains("30\x1b[31m2\x1b[0m") && Catch::Contains("\x1b[1mstatus\x1b[0m"));
}

TEST_CASE("Colours are for terminals only") {
  int pipeEnds[2];
  REQUIRE(pipe(pipeEnds) == 0);
  unsetenv("COLUMNS");
  auto options = terminalOptionsFor(pipeEnds[1]);
  CHECK_FALSE(options.colour);
  CHECK(options.width == 100);
  setenv("COLUMNS", "72", 1);
  CHECK(terminalOptionsFor(pipeEnds[1]).width == 72);
  setenv("COLUMNS", "wide", 1);
  CHECK(terminalOptionsFor(pipeEnds[1]).width == 100);
  unsetenv("COLUMNS");
  close(pipeEnds[0]);
  close(pipeEnds[1]);

  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  setenv("TERM", "xterm", 1);
  unsetenv("NO_COLOR");
  CHECK(terminalOptionsFor(terminal).colour);
  setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(terminalOptionsFor(terminal).colour);
  setenv("NO_COLOR", "", 1);
  CHECK(terminalOptionsFor(terminal).colour);
  setenv("TERM", "dumb", 1);
  CHECK_FALSE(terminalOptionsFor(terminal).colour);
  close(terminal);
}

TEST_CASE("Numbers for people") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(counted(1, "host") == "1 host");
  CHECK(counted(0, "host") == "0 hosts");
  CHECK(percent(0) == "0%");
  CHECK(percent(0.0004) == "<0.1%");
  CHECK(percent(0.0824) == "8.2%");
  CHECK(percent(0.9999) == ">99.9%");
  CHECK(percent(1) == "100%");
}

TEST_CASE("Two long values are cut alike, around the place where they part") {
  std::string common(100, 'a');
  auto values = alignValues(common + "1" + common, common + "2" + common, 30);
  CHECK(values.expected == "...aaaaaaaaaa1aaaaaaaaaaaaa...");
  CHECK(values.got == "...aaaaaaaaaa2aaaaaaaaaaaaa...");
  CHECK(values.partAt == 13);
  values = alignValues("short", "shorter", 30);
  CHECK(values.expected == "short");
  CHECK(values.partAt == 5);
  values = alignValues(common, common + "b", 30);
  CHECK(columns(values.got) <= 30);
  CHECK(values.expected.substr(0, values.partAt) == values.got.substr(0, values.partAt));
  CHECK(values.got.substr(values.partAt) == "b");
  values = alignValues("caf\xc3\xa9", "caf\xc3\xa8", 30);
  CHECK(values.commonStart == 3);
}
