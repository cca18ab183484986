// The HTML report and the parts that it is made of.
#include "sim/report/html.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/capture/testing.h"
#include "sim/capture/writer.h"
#include "sim/diff/testing.h"
#include "sim/report/body_view.h"
#include "sim/report/html_exchange.h"
#include "sim/report/html_text.h"
#include "sim/report/line_diff.h"
#include "sim/report/page_assets.h"
#include "sim/report/testing.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::capture::testing::TemporaryFolder;
using flamesim::report::testing::sampleSummary;

namespace {

constexpr const char* kHostile = "</script><script>x\"'&\x01\xff\t\xe2\x80\xae";
constexpr const char* kHarmless =
    "&lt;/script&gt;&lt;script&gt;x&quot;&#39;&amp;\\x01\\xff\t\\u{202e}";

size_t occurrences(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

KeptExchange withBody(std::string body, const char* type = "text/plain") {
  return KeptExchange(diff::testing::exchange(200, {{"Content-Type", type}}, std::move(body)));
}

// "= 0 0", "! 1 -": whether the lines are the same, and their indices.
std::string paired(const std::string& a, const std::string& b) {
  std::string out;
  for (const auto& pair : pairLines(linesOf(a), linesOf(b))) {
    auto index = [](std::optional<size_t> i) { return i ? std::to_string(*i) : "-"; };
    out += (pair.same ? "=" : "!") + index(pair.expected) + index(pair.got) + " ";
  }
  return out;
}

Examples examplesWith(net::Exchange reference, net::Exchange candidate) {
  Examples examples;
  examples.pairs[reference.id] = {KeptExchange(reference), KeptExchange(candidate)};
  return examples;
}

}  // namespace

TEST_CASE("Every byte of a capture can be seen and none is markup") {
  CHECK(htmlText(kHostile) == kHarmless);
  CHECK(htmlText("\xe2\x81\xa6 \xe2\x81\xa9 \xe2\x80\xaf") == "\\u{2066} \\u{2069} \xe2\x80\xaf");
  CHECK(htmlText(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("What differs within two values is marked") {
  auto pair = markedPair("text/html", "text/html; charset=utf-8");
  CHECK(pair.expected == "text/html");
  CHECK(pair.got == "text/html<mark>; charset=utf-8</mark>");
  pair = markedPair("a<b>c", "a<\xc3\xa4>c");
  CHECK(pair.expected == "a&lt;<mark>b</mark>&gt;c");
  CHECK(pair.got == "a&lt;<mark>\xc3\xa4</mark>&gt;c");
}

TEST_CASE("Lines are paired by a longest common subsequence") {
  CHECK(paired("a\nb\nc", "a\nb\nc") == "=00 =11 =22 ");
  CHECK(paired("a\nb\nc", "a\nx\nc") == "=00 !11 =22 ");
  CHECK(paired("a\nc", "a\nb\nc") == "=00 !-1 =12 ");
  CHECK(paired("a\nb\nc\nd", "b\nx\nd") == "!0- =10 !21 =32 ");
  CHECK(paired("", "a") == "!-0 ");
  CHECK(paired("a\n", "a") == "=00 !1- ");
  CHECK(paired("x\nx\nx", "x\nx") == "=00 =11 !2- ");
  // Beyond the table's bound each line still comes once.
  std::string a, b;
  for (int i = 0; i < 3000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  CHECK(pairLines(linesOf(a), linesOf(b)).size() == 3001);
}

TEST_CASE("JSON is laid out without a change of its tokens") {
  CHECK(layOutJson(R"({"b":[1.0,{"a":"x\"}, "}],"a":{ },"c":[],"d":1e2})", 1000) == R"({
  "b": [
    1.0,
    {
      "a": "x\"}, "
    }
  ],
  "a": {},
  "c": [],
  "d": 1e2
})");
  CHECK(layOutJson("[1,2,3,4]", 3).size() < 10);
  for (const char* text : {"[]", "{}", "1", "\"\\\\\"", "[[],[[]],{\"\":{}}]", "[\"[\",\"{\"]"}) {
    std::string out = layOutJson(text, 1000);
    CHECK(nlohmann::json::parse(out) == nlohmann::json::parse(text));
  }
}

TEST_CASE("Bodies are shown decoded, as text, JSON or bytes") {
  auto json = withBody(R"({"a":1})", "application/problem+json"), text = withBody("{\"a\":1}");
  auto views = viewBodies(&json, &text);
  CHECK(views.same);
  CHECK(views.expected.text == "{\n  \"a\": 1\n}");
  auto bytes = withBody(std::string("\x00\x01GIF", 5));
  views = viewBodies(&bytes, &text);
  CHECK_FALSE(views.same);
  CHECK(views.expected.text == "00000000  00 01 47 49 46                                   ..GIF");
  CHECK(views.got.text == "{\"a\":1}");
  auto broken = withBody("not gzip");
  broken.exchange.outcome.response.headers.set("content-encoding", "gzip");
  views = viewBodies(&text, &broken);
  REQUIRE(views.got.notes.size() == 1);
  CHECK(views.got.notes[0].starts_with("cannot be decoded: "));
  CHECK(viewBodies(&text, nullptr).got.text.empty());
}

TEST_CASE("Of a large body the part that differs is shown") {
  std::string same;
  while (same.size() < 100'000) same += "line " + std::to_string(same.size()) + "\n";
  auto a = withBody(same + "expected\n" + same), b = withBody(same + "got\n" + same);
  auto views = viewBodies(&a, &b);
  CHECK(views.expected.text.size() <= kShownBodyBytes);
  CHECK(contains(views.expected.text, "\nexpected\n"));
  CHECK(contains(views.got.text, "\ngot\n"));
  CHECK(views.expected.text.starts_with("line "));
  CHECK(views.expected.firstLine > 5000);
  REQUIRE(views.expected.notes.size() == 2);
  CHECK(contains(views.expected.notes[0], "bytes are left out"));
  // Of what is not read it is not known whether it differs.
  std::string large(kKeptBodyBytes + 1, 'x');
  auto c = withBody(large), d = withBody(large);
  CHECK_FALSE(viewBodies(&c, &d).same);
  std::string wide;
  while (wide.size() <= kKeptBodyBytes) wide += "\xe2\x82\xac";
  auto e = withBody(wide);
  CHECK(viewBodies(&e, &e).expected.text.size() > kShownBodyBytes - 4);
}

TEST_CASE("The page shows each cluster with its exchange, once") {
  auto reference =
      diff::testing::exchange(301, {{"Location", "http://a/"}, {"X-Old", "1"}}, "a\nb");
  reference.id = 17;
  auto candidate = diff::testing::exchange(302, {{"location", "http://a/b"}}, "a\nc");
  candidate.id = 17;
  candidate.outcome.effects.push_back(diff::testing::subrequest("GET", "http://origin/x"));
  candidate.outcome.effects[0].start = candidate.time + std::chrono::milliseconds(2);
  candidate.outcome.effects[0].duration = std::chrono::milliseconds(2);
  auto summary = sampleSummary();
  summary.clusters.push_back(summary.clusters[0]);
  std::string page = toHtml(summary, examplesWith(reference, candidate));
  CHECK(page == toHtml(summary, examplesWith(reference, candidate)));
  CHECK(occurrences(page, "<details class=\"cluster\"") == 6);
  CHECK(contains(page, "data-worker=\"redirects\" data-kind=\"changed\""));
  CHECK(contains(page,
                 "<code>$ flamesim replay examples/front-line --from "
                 "fixtures/front-line/traffic.cap --only 17</code>"));
  CHECK(contains(page,
                 "<tr class=\"differs\"><th scope=\"row\"><code>location</code></th><td>"
                 "<code>http://a/</code></td><td><code>http://a/<mark>b</mark></code></td>"));
  CHECK(contains(page,
                 "<code>x-old</code></th><td><code><mark>1</mark></code></td><td "
                 "class=\"none\">(none)</td>"));
  CHECK(contains(page,
                 "<td class=\"n\">2</td><td><code><mark>b</mark></code></td><td class=\"n\">2"
                 "</td><td><code><mark>c</mark></code></td>"));
  CHECK(contains(page,
                 "style=\"left:50.00%;width:50.00%\"></span></span><span class=\"when\">+2.000"
                 " ms, 2.000 ms</span> <code>subrequest internet GET http://origin/x</code>"));
  CHECK(contains(page, "The exchange is shown with <a href=\"#c2\">difference 2</a>"));
  CHECK(occurrences(page, "its captures are not here") == 4);
}

TEST_CASE("Lines far from a difference are folded away, and none is lost") {
  std::string same;
  for (int i = 0; i < 50; ++i) same += "line\n";
  auto reference = diff::testing::exchange(200, {}, same + "a\n" + same + "a\n" + "end");
  auto candidate = diff::testing::exchange(200, {}, same + "b\n" + same + "b\n" + "end");
  std::string html = exchangeHtml({KeptExchange(reference), KeptExchange(candidate)});
  // Above the first difference all but three, between the two all but three on each side.
  CHECK(contains(html, ">47 same lines</button>"));
  CHECK(contains(html, ">44 same lines</button>"));
  CHECK(occurrences(html, "<tbody class=\"fold\">") == 2);
  CHECK(occurrences(html, "<td class=\"n\">103</td>") == 2);
  CHECK(occurrences(html, "<td class=\"n\">") == 2 * 103);
}

TEST_CASE("Nothing of a capture becomes markup of the page") {
  auto exchange = diff::testing::exchange(200, {}, kHostile);
  exchange.id = 17;
  exchange.request.url = kHostile;
  exchange.request.method = kHostile;
  exchange.request.body = kHostile;
  exchange.request.headers.append(kHostile, kHostile);
  auto candidate = exchange;
  candidate.outcome.error = kHostile;
  candidate.outcome.response.body = std::string(kHostile) + "2";
  candidate.outcome.response.headers.append(kHostile, kHostile);
  auto effect = diff::testing::effect(net::EffectKind::kRpc, kHostile, kHostile, kHostile);
  effect.worker = effect.output = effect.error = kHostile;
  effect.request = exchange.request;
  candidate.outcome.effects = {effect};
  auto summary = sampleSummary();
  for (auto* text : {&summary.project, &summary.reference, &summary.clusters[0].field,
                     &summary.clusters[0].worker, &summary.clusters[0].expected,
                     &summary.clusters[0].got, &summary.clusters[0].example.url,
                     &summary.clusters[0].example.detail, &summary.rules[0].reason}) {
    *text = kHostile;
  }
  auto examples = examplesWith(exchange, candidate);
  examples.notes.emplace_back(kHostile);
  std::string page = toHtml(summary, examples);
  CHECK(occurrences(page, "<script>") == 1);
  CHECK(occurrences(page, "</script>") == 1);
  CHECK_FALSE(contains(page, "x\"'&"));
  CHECK(occurrences(page, "&lt;/script&gt;") > 20);
  for (char c : page) {
    if (uint8_t(c) < 0x20 && c != '\n' && c != '\t') FAIL("a control character");
  }
}

TEST_CASE("The page lets nothing but its own script run") {
  CHECK_FALSE(contains(pageScript(), "</script"));
  CHECK_FALSE(contains(pageStyle(), "</style"));
  std::string page = toHtml({}, {});
  CHECK(contains(page, "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"));
  CHECK_FALSE(contains(page, "src=\""));
  CHECK(contains(page, "nothing run"));
}

TEST_CASE("Examples are found in captures, bounded, and what is missing is noted") {
  TemporaryFolder folder;
  auto write = [&](const char* name, std::initializer_list<uint64_t> ids, size_t bytes) {
    auto writer = capture::CaptureWriter::create(folder / name, {});
    for (uint64_t id : ids) {
      auto exchange = diff::testing::exchange(200, {}, std::string(bytes, 'x'));
      exchange.id = id;
      writer->write(exchange);
    }
    writer->close();
  };
  write("reference.cap", {1, 3, 17, 40, 99, 100}, kKeptBodyBytes + 5);
  write("a.cap", {3, 40}, 1);
  write("b.cap", {17, 40}, 2);
  auto summary = sampleSummary();
  summary.reference = (folder / "reference.cap").string();
  auto examples = readExamples(summary, {folder / "a.cap", folder / "b.cap"});
  CHECK(examples.notes.empty());
  CHECK(examples.pairs.size() == 5);
  auto& pair = examples.pairs.at(40);
  CHECK(pair.reference->exchange.outcome.response.body.size() == kKeptBodyBytes);
  CHECK(pair.reference->responseBytes == kKeptBodyBytes + 5);
  CHECK(pair.candidate->responseBytes == 1);  // of the first that has it
  CHECK(examples.pairs.at(17).candidate->responseBytes == 2);
  CHECK_FALSE(examples.pairs.at(99).candidate);
  summary.reference = (folder / "none.cap").string();
  examples = readExamples(summary, {});
  REQUIRE(examples.notes.size() == 1);
  CHECK(contains(examples.notes[0], "none.cap"));
}
