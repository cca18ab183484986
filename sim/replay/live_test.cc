// A running FL: what it is asked, in what order, and what is kept of its answers.
#include "sim/replay/live.h"

#include <kj/debug.h>

#include <catch2/catch.hpp>

#include "sim/capture/testing.h"
#include "sim/capture/writer.h"

using namespace flamesim;
using namespace flamesim::replay;

namespace {

// Answers with the URL; "/no" breaks the connection, "/never" hangs.
class Fl final : public net::Fetcher {
 public:
  explicit Fl(kj::Timer& timer) : timer(timer) {}
  kj::Promise<net::Response> fetch(net::Request request) override {
    most = std::max(most, ++underWay);
    auto url = request.url;
    asked.push_back(request.method + " " + url);
    if (url.ends_with("/never")) return kj::NEVER_DONE;
    // Later requests are answered earlier.
    auto wait = (20 - int64_t(asked.size() % 20)) * kj::MILLISECONDS / 4;
    return timer.afterDelay(wait).then([this, url]() -> kj::Promise<net::Response> {
      --underWay;
      if (url.ends_with("/no")) return KJ_EXCEPTION(DISCONNECTED, "the connection broke");
      net::Response response;
      response.status = 201;
      response.headers.append("Connection", "close");
      response.headers.append("X-Now", "yes");
      response.body = net::Body::fromBytes("now " + url);
      return kj::mv(response);
    });
  }
  kj::Timer& timer;
  std::vector<std::string> asked;
  int underWay = 0;
  int most = 0;
};

struct Live {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  Fl fl{io.provider->getTimer()};
  capture::testing::TemporaryFolder folder;
  std::vector<net::Exchange> kept;
  std::unique_ptr<capture::CaptureWriter> writer =
      capture::CaptureWriter::create(folder / "x.cap", {});
  uint64_t lastId = 0;

  void add(const std::string& path, const std::string& method = "GET") {
    net::Exchange exchange;
    exchange.id = ++lastId;
    exchange.request.method = method;
    exchange.request.url = "http://a.example" + path;
    exchange.outcome.response.status = 200;
    exchange.outcome.response.body = "then";
    exchange.outcome.effects.push_back({.kind = net::EffectKind::kSubrequest});
    if (path == "/socket") exchange.request.headers.append("Upgrade", "websocket");
    writer->write(exchange);
  }
  LiveTotals ask(LiveOptions options = {}) {
    writer->close();
    auto reader = capture::CaptureReader::open(folder / "x.cap").orThrow();
    return askLive(io, fl, reader, options,
                   [this](const net::Exchange& exchange) { kept.push_back(exchange); });
  }
};

}  // namespace

TEST_CASE("live: answers of now stand in the place of those that were recorded, in their order") {
  Live live;
  for (int i = 0; i < 50; i++) live.add("/" + std::to_string(i));
  auto totals = live.ask({.concurrency = 8});
  CHECK(totals.sent == 50);
  CHECK(totals.failed == 0);
  CHECK(live.fl.most == 8);
  REQUIRE(live.kept.size() == 50);
  for (uint64_t i = 0; i < 50; i++) {
    auto& exchange = live.kept[i];
    CHECK(exchange.id == i + 1);
    CHECK(exchange.outcome.response.status == 201);
    CHECK(exchange.outcome.response.body == "now http://a.example/" + std::to_string(i));
    CHECK(exchange.outcome.response.headers.all() == std::vector<net::Header>{{"X-Now", "yes"}});
    CHECK(exchange.outcome.effects.size() == 1);
  }
}

TEST_CASE("live: one at a time keeps the order of the capture") {
  Live live;
  std::vector<std::string> expected;
  for (int i = 0; i < 10; i++) {
    live.add("/" + std::to_string(i));
    expected.push_back("GET http://a.example/" + std::to_string(i));
  }
  live.ask({.concurrency = 1});
  CHECK(live.fl.asked == expected);
  CHECK(live.fl.most == 1);
}

TEST_CASE("live: requests that change something are sent only when that is wanted") {
  bool all = GENERATE(false, true);
  Live live;
  for (auto* method : {"GET", "POST", "DELETE", "HEAD", "OPTIONS"}) live.add("/", method);
  live.add("/socket");
  auto totals = live.ask({.methods = all ? LiveMethods::kAll : LiveMethods::kSafe});
  CHECK(totals.sent == (all ? 5 : 3));
  CHECK(totals.leftOut == (all ? 1 : 3));
  CHECK(live.kept.size() == totals.sent);
}

TEST_CASE("live: only what the run has is sent") {
  Live live;
  for (auto* path : {"/a", "/b", "/c"}) live.add(path);
  auto totals =
      live.ask({.wanted = [](const net::Exchange& exchange) { return exchange.id == 2; }});
  CHECK(totals.sent == 1);
  CHECK(totals.leftOut == 0);
  CHECK(live.fl.asked == std::vector<std::string>{"GET http://a.example/b"});
}

TEST_CASE("live: no answer is a failure of that exchange alone") {
  Live live;
  for (auto* path : {"/a", "/no", "/never", "/b"}) live.add(path);
  auto totals = live.ask({.timeout = std::chrono::milliseconds(50)});
  CHECK(totals.sent == 4);
  CHECK(totals.failed == 2);
  REQUIRE(live.kept.size() == 4);
  CHECK(live.kept[0].outcome.kind == net::OutcomeKind::kResponse);
  CHECK(live.kept[1].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(live.kept[1].outcome.error == "FL: the connection broke");
  CHECK(live.kept[2].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(live.kept[3].outcome.kind == net::OutcomeKind::kResponse);
}

TEST_CASE("live: a pace is kept") {
  Live live;
  for (int i = 0; i < 6; i++) live.add("/");
  auto& clock = kj::systemPreciseMonotonicClock();
  auto begin = clock.now();
  live.ask({.perSecond = 100});
  CHECK(clock.now() - begin >= 50 * kj::MILLISECONDS);
}
