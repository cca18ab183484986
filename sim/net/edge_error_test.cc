// What FL answers in the place of an origin: pages, failures as errors, and the end of loops.
#include "sim/net/edge_error.h"

#include <kj/debug.h>

#include <catch2/catch.hpp>

#include "sim/net/origin_errors.h"
#include "sim/net/passes.h"

namespace flamesim::net {

namespace {

HeaderList headersOf(std::vector<Header> list) {
  return HeaderList(std::move(list));
}

// Fails, answers or stays silent.
class Origin final : public Fetcher {
 public:
  kj::Promise<Response> fetch(Request request) override {
    KJ_IF_MAYBE (error, failure) return kj::cp(*error);
    if (silent) return kj::NEVER_DONE;
    return Response{.status = 204};
  }
  kj::Maybe<kj::Exception> failure;
  bool silent = false;
};

struct World {
  kj::EventLoop loop;
  kj::WaitScope wait{loop};
  kj::TimerImpl timer{kj::origin<kj::TimePoint>()};
  Origin origin;
  std::vector<std::string> told;
  OriginErrors fetcher{origin, timer, std::chrono::seconds(100),
                       [this](const std::string& line) { told.push_back(line); }};

  Request request() {
    Request request;
    request.url = "http://a.test/";
    request.headers.append("cf-ray", "230b030023ae2822-SJC");
    return request;
  }
  // Status and body.
  std::string answer() {
    auto response = fetcher.fetch(request()).wait(wait);
    std::string body = response.body.bytes() == nullptr ? "" : " " + *response.body.bytes();
    return std::to_string(response.status) + body;
  }
};

}  // namespace

TEST_CASE("edge error: what each failure of an origin becomes", "[edge]") {
  World world;
  auto [kind, expected] = GENERATE(table<FetchFailure, std::string>({
      {FetchFailure::kName, "530 error code: 1016"},
      {FetchFailure::kRefused, "521 error code: 521"},
      {FetchFailure::kConnectTimeout, "522 error code: 522"},
      {FetchFailure::kUnreachable, "523 error code: 523"},
      {FetchFailure::kTimeout, "524 error code: 524"},
      {FetchFailure::kHandshake, "525 error code: 525"},
      {FetchFailure::kCertificate, "526 error code: 526"},
      {FetchFailure::kClosed, "520 error code: 520"},
      {FetchFailure::kNotHttp, "520 error code: 520"},
      {FetchFailure::kOther, "520 error code: 520"},
  }));
  world.origin.failure = fetchFailure(kind, "why");
  CHECK(world.answer() == expected);
  REQUIRE(world.told.size() == 1);
  CHECK_THAT(world.told[0], Catch::EndsWith(" for GET http://a.test/: why"));
}

TEST_CASE("edge error: an origin that says nothing is a 524 in the end", "[edge]") {
  World world;
  world.origin.silent = true;
  auto promise = world.fetcher.fetch(world.request());
  world.timer.advanceTo(kj::origin<kj::TimePoint>() + 99 * kj::SECONDS);
  CHECK_FALSE(promise.poll(world.wait));
  world.timer.advanceTo(kj::origin<kj::TimePoint>() + 100 * kj::SECONDS);
  CHECK(promise.wait(world.wait).status == 524);
}

TEST_CASE("edge error: answers pass, and what could not be sent still rejects", "[edge]") {
  World world;
  CHECK(world.answer() == "204");
  CHECK(world.told.empty());
  world.origin.failure = KJ_EXCEPTION(FAILED, "no such method");
  CHECK_THROWS_AS(world.answer(), kj::Exception);
}

TEST_CASE("edge error: a failure's kind survives copies and other exceptions have none", "[edge]") {
  auto failure = fetchFailure(FetchFailure::kCertificate, "why");
  auto copy = kj::cp(failure);
  copy.wrapContext("elsewhere", 1, kj::str("while asking"));
  CHECK(fetchFailureOf(copy) == FetchFailure::kCertificate);
  CHECK(std::string(copy.getDescription().cStr()) == "why");
  CHECK(fetchFailureOf(KJ_EXCEPTION(DISCONNECTED, "why")) == FetchFailure::kOther);
}

TEST_CASE("edge error: a page for browsers, a line for others", "[edge]") {
  auto& error = *findEdgeError(1016);
  auto page = edgeErrorResponse(error, headersOf({{"Accept", "text/html,*/*"}}), "23ab-SJC");
  CHECK(page.status == 530);
  CHECK(page.headers.get("content-type") == "text/html; charset=UTF-8");
  CHECK(page.headers.get("cf-ray") == "23ab-SJC");
  CHECK_THAT(*page.body.bytes(), Catch::Contains("Error 1016") && Catch::Contains("23ab-SJC"));
  auto line = edgeErrorResponse(error, headersOf({{"Accept", "*/*"}}), "");
  CHECK(*line.body.bytes() == "error code: 1016");
  CHECK_FALSE(line.headers.has("cf-ray"));
  CHECK(findEdgeError(1001)->status == 409);
  CHECK(findEdgeError(999) == nullptr);
}

TEST_CASE("passes: what a request says of the ways it came", "[edge]") {
  CHECK(passesOf({}) == Passes{});
  auto [value, loops, others] = GENERATE(table<std::string, uint32_t, std::string>({
      {"cloudflare", 1, ""},
      {"cloudflare; loops=3", 3, ""},
      {"Cloudflare;x=1; loops=3", 3, ""},
      {"cloudflare; loops=many", 1, ""},
      {"other.example; v=1, cloudflare; loops=2 ,,third", 2, "other.example; v=1, third"},
      {"cloudflare; loops=2, cloudflare", 3, ""},
  }));
  auto passes = passesOf(headersOf({{"CDN-Loop", value}}));
  CHECK(passes.loops == loops);
  CHECK(passes.otherCdns == others);
}

TEST_CASE("passes: each way out counts, and the sixteenth is the last", "[edge]") {
  HeaderList headers = headersOf({{"cdn-loop", "other.example"}});
  uint32_t count = 0;
  for (auto passes = passesOf(headers); !passes.spent(); passes = passesOf(headers)) {
    markPass(headers, passes);
    ++count;
    REQUIRE(count < 100);
  }
  CHECK(count == 15);
  CHECK(headers.get("cdn-loop") == "other.example, cloudflare; loops=15");
  CHECK(headers.get("cf-ew-via") == "1");
  CHECK(passesOf(headersOf({{"CF-EW-Via", "1"}})).spent());
  CHECK_FALSE(passesOf(headersOf({{"CF-EW-Via", "none"}})).spent());
  CHECK(passesOf(headersOf({{"CF-EW-Via", "4294967296"}})).left == 16);
}

}  // namespace flamesim::net
