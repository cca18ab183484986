// What counts as a difference between FL and the chain, and what does not.
#include "sim/diff/compare.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

Lines headerDifferences(const HeaderPairs& reference, const HeaderPairs& candidate,
                        const Rules& rules = {}) {
  return describe(compare(exchange(200, reference), exchange(200, candidate), rules));
}

net::Exchange withOutcome(net::OutcomeKind kind, std::string error = "") {
  net::Exchange result = exchange();
  result.outcome.kind = kind;
  result.outcome.error = std::move(error);
  return result;
}

}  // namespace

TEST_CASE("Equal answers have no difference") {
  auto answer = exchange(200, {{"Content-Type", "text/html"}, {"Content-Length", "5"}}, "hello");
  CHECK(compare(answer, answer) == Comparison{});
}

TEST_CASE("The status is compared; reason phrase and HTTP version are not") {
  auto reference = exchange(301), candidate = exchange(302);
  CHECK(describe(compare(reference, candidate)) == Lines{"status: 301 -> 302"});
  CHECK(compare(reference, candidate).verdict == Verdict::kDifferent);
  candidate = reference;
  candidate.outcome.response.statusText = "Moved";
  candidate.outcome.response.httpVersion = "HTTP/2";
  CHECK(compare(reference, candidate).verdict == Verdict::kSame);
}

TEST_CASE("What is not known of the reference is not compared") {
  auto reference = exchange(200, {{"Content-Type", "text/html"}}, "hel");
  auto candidate = exchange(200, {{"Content-Type", "text/css"}}, "hello");
  CHECK(describe(compare(reference, candidate)).size() == 2);
  reference.outcome.error = capture::bodyNotKept("it is cut off");
  CHECK(describe(compare(reference, candidate)) ==
        Lines{"header:content-type: text/html -> text/css"});
  reference.outcome.error = std::string(capture::kHeadersNotKept) + "an access log has neither";
  CHECK(compare(reference, candidate) == Comparison{});
  candidate.outcome.response.status = 404;
  CHECK(describe(compare(reference, candidate)) == Lines{"status: 200 -> 404"});
}

TEST_CASE("Outcomes: declined is no difference, failed always is one") {
  auto response = exchange();
  auto declined = withOutcome(net::OutcomeKind::kDeclined);
  auto failed = withOutcome(net::OutcomeKind::kFailed, "worker \"a\" threw");

  CHECK(compare(response, declined).verdict == Verdict::kDeclined);
  CHECK(compare(response, declined).differences.empty());
  CHECK(compare(declined, declined).verdict == Verdict::kDeclined);
  CHECK(compare(failed, declined).verdict == Verdict::kDeclined);

  auto result = compare(response, failed);
  CHECK(result.verdict == Verdict::kFailed);
  CHECK(describe(result) == Lines{"outcome: response 200 -> failed: worker \"a\" threw"});
  CHECK(compare(failed, failed).verdict == Verdict::kFailed);

  CHECK(describe(compare(declined, response)) == Lines{"outcome: declined -> response 200"});
  CHECK(compare(declined, response).verdict == Verdict::kDifferent);
  CHECK(compare(failed, response).verdict == Verdict::kDifferent);
}

TEST_CASE("Headers: what is the same") {
  CHECK(headerDifferences({{"Server", "fl"}}, {{"server", "fl"}}).empty());
  CHECK(headerDifferences({{"A", "1"}, {"B", "2"}}, {{"b", "2"}, {"a", "1"}}).empty());
  CHECK(headerDifferences({{"Vary", "a"}, {"Vary", "b"}}, {{"vary", "a, b"}}).empty());
  CHECK(headerDifferences({{"Age", "3"}, {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}},
                          {{"age", "400"}, {"date", "Tue, 24 Nov 2026 04:16:14 GMT"}})
            .empty());
  CHECK(headerDifferences({{"CF-Ray", "230b030023ae2822-SJC"}, {"X", "1"}},
                          {{"x", "1"}, {"cf-ray", "330b030023ae2822-AMS"}})
            .empty());
}

TEST_CASE("Headers: what differs") {
  CHECK(headerDifferences({{"Server", "fl"}}, {{"Server", "oxy"}}) ==
        Lines{"header:server: fl -> oxy"});
  CHECK(headerDifferences({{"Server", "fl"}, {"X", "1"}}, {{"x", "1"}}) ==
        Lines{"header:server missing fl"});
  CHECK(headerDifferences({}, {{"X-Id", "1"}}) == Lines{"header:x-id additional 1"});
  CHECK(headerDifferences({}, {{"X-Id", ""}}) == Lines{"header:x-id additional "});
  CHECK(headerDifferences({{"Vary", "a"}, {"Vary", "b"}}, {{"Vary", "b"}, {"Vary", "a"}}) ==
        Lines{"header:vary: a, b -> b, a"});
  CHECK(headerDifferences({{"X", "a"}, {"Y", "b"}}, {{"X", "b"}, {"Y", "a"}}) ==
        Lines{"header:x: a -> b", "header:y: b -> a"});
  CHECK(headerDifferences({{"X", "caf\xe9"}}, {{"X", "café"}}) ==
        Lines{"header:x: caf\\xe9 -> café"});
}

TEST_CASE("Volatile headers: presence and syntax count") {
  auto result = compare(exchange(200, {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
                        exchange(200, {{"Date", "yesterday"}}));
  CHECK(describe(result) == Lines{"header:date: Sun, 06 Nov 1994 08:49:37 GMT -> yesterday"});
  CHECK(result.differences[0].detail == "not an HTTP date (IMF-fixdate)");
  CHECK(headerDifferences({{"Age", "3"}}, {}) == Lines{"header:age missing 3"});
  CHECK(headerDifferences({}, {{"CF-Ray", "230b030023ae2822-SJC"}}) ==
        Lines{"header:cf-ray additional 230b030023ae2822-SJC"});
  CHECK(headerDifferences({{"Age", "3"}}, {{"Age", "4"}},
                          rule(R"("field": "header:age", "action": "exact")")) ==
        Lines{"header:age: 3 -> 4"});
}

TEST_CASE("Entity tags: weak and strong ones of the same value differ") {
  auto result = compare(exchange(200, {{"ETag", "\"a\""}}), exchange(200, {{"ETag", "W/\"a\""}}));
  CHECK(describe(result) == Lines{"header:etag: \"a\" -> W/\"a\""});
  CHECK(result.differences[0].detail == "the tag became weak");
}

TEST_CASE("Set-Cookie is a list of its own, lined up by the cookies' names") {
  CHECK(headerDifferences({{"Set-Cookie", "a=1"}, {"X", "1"}, {"Set-Cookie", "b=2"}},
                          {{"set-cookie", "a=1"}, {"set-cookie", "b=2"}, {"x", "1"}})
            .empty());
  CHECK(headerDifferences({{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}},
                          {{"Set-Cookie", "a=1, b=2"}}) ==
        Lines{"header:set-cookie[0]: a=1 -> a=1, b=2", "header:set-cookie[1] missing b=2"});
  CHECK(headerDifferences({{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"Set-Cookie", "c=3"}},
                          {{"Set-Cookie", "b=9"}, {"Set-Cookie", "c=3"}}) ==
        Lines{"header:set-cookie[0] missing a=1", "header:set-cookie[1]: b=2 -> b=9"});
  CHECK(headerDifferences({{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}},
                          {{"Set-Cookie", "b=2"}, {"Set-Cookie", "a=1"}}) ==
        Lines{"header:set-cookie order a, b -> b, a"});
  CHECK(headerDifferences({}, {{"Set-Cookie", "a=1"}}) ==
        Lines{"header:set-cookie[0] additional a=1"});
}

TEST_CASE("Framing is set apart and does not make an exchange different") {
  auto reference = exchange(200, {{"Content-Length", "5"}, {"Connection", "keep-alive"}}, "hello");
  auto candidate = exchange(200, {{"Transfer-Encoding", "chunked"}}, "hello");
  auto result = compare(reference, candidate);
  CHECK(describe(result) == Lines{"~header:connection missing keep-alive",
                                  "~header:content-length missing 5",
                                  "~header:transfer-encoding additional chunked"});
  CHECK(result.verdict == Verdict::kSame);
}

TEST_CASE("Content-Length counts where it is untrue or tells of a body that is not sent") {
  // The body's difference is reported as such.
  auto reference = exchange(200, {{"Content-Length", "5"}}, "hello");
  CHECK(describe(compare(reference, exchange(200, {{"Content-Length", "4"}}, "hell"))) ==
        Lines{"body: hello -> hell(end)"});
  auto result = compare(reference, exchange(200, {{"Content-Length", "6"}}, "hello"));
  CHECK(describe(result) == Lines{"header:content-length: 5 -> 6"});
  CHECK(result.differences[0].detail == "contradicts the body of 5 bytes");
  CHECK(result.verdict == Verdict::kDifferent);
  CHECK(describe(compare(exchange(200, {}, "hello"),
                         exchange(200, {{"Content-Length", "5, 5"}}, "hello"))) ==
        Lines{"header:content-length: 5 -> 5, 5"});
  // Both were cut off in the same way: not the candidate's doing.
  auto cut = exchange(200, {{"Content-Length", "900"}}, "hello");
  CHECK(compare(cut, cut).differences.empty());

  auto head = exchange(200, {{"Content-Length", "5"}}, "", "HEAD");
  CHECK(describe(compare(head, exchange(200, {{"Content-Length", "7"}}, "", "HEAD"))) ==
        Lines{"header:content-length: 5 -> 7"});
  CHECK(describe(compare(head, exchange(200, {}, "", "HEAD"))) ==
        Lines{"~header:content-length missing 5"});
}

TEST_CASE("HEAD, 204 and 304 have no body") {
  for (uint16_t status : {uint16_t(204), uint16_t(304), uint16_t(103)}) {
    CHECK(compare(exchange(status, {}, "a"), exchange(status, {}, "b")).differences.empty());
  }
  CHECK(compare(exchange(200, {}, "a", "HEAD"), exchange(200, {}, "", "HEAD")).differences.empty());
  CHECK(describe(compare(exchange(200, {}, "a"), exchange(204, {}, "a"))) ==
        Lines{"status: 200 -> 204", "body missing a"});
}

TEST_CASE("Differences are attributed to the worker that set the part, else to who answered") {
  auto reference = exchange(200, {{"Server", "fl"}, {"Set-Cookie", "a=1"}}, "one");
  auto candidate = exchange(404, {{"Server", "x"}, {"Set-Cookie", "a=2"}}, "two");
  candidate.outcome.setBy = {
      {"header:server", "headers"}, {"body", "pages"}, {"header:set-cookie", "session"}};
  std::map<std::string, std::string> workers;
  for (auto& difference : compare(reference, candidate).differences) {
    workers[difference.field] = difference.worker;
  }
  CHECK(workers == std::map<std::string, std::string>{{"status", "shaper"},
                                                      {"header:server", "headers"},
                                                      {"header:set-cookie[0]", "session"},
                                                      {"body", "pages"}});
}

TEST_CASE("Very many differences of one pair are counted, not kept") {
  HeaderPairs many;
  for (int i = 0; i < 150; ++i) many.emplace_back("x-" + std::to_string(i), "1");
  auto result = compare(exchange(200, many), exchange());
  CHECK(result.differences.size() == 100);
  CHECK(result.omitted == 50);
}
