#include "sim/faults/fault_fetcher.h"

#include <catch2/catch.hpp>

namespace flamesim::faults {

namespace {

using bundle::FaultRule;
using bundle::FaultTarget;
using std::chrono::milliseconds;
using std::chrono::seconds;
using DropWhen = bundle::FaultDrop::When;

constexpr Time kStart{seconds(1000)};

class Origin final : public net::Fetcher {
 public:
  kj::Promise<net::Response> fetch(net::Request request) override {
    ++asked;
    net::Response response;
    auto text = "answer " + std::to_string(asked) + " for " + request.url;
    response.body = streams ? net::Body::fromStream(net::Body::fromBytes(text).takeStream())
                            : net::Body::fromBytes(text);
    return kj::mv(response);
  }
  int asked = 0;
  bool streams = false;
};

struct World {
  explicit World(FaultRule rule) {
    rule.target = FaultTarget::kEgress;
    rule.name = "fl";
    plans.add(std::move(rule), kStart);
  }

  // The body, "! error" where there is no response, or "body ! error" where it breaks off.
  std::string get(const std::string& url = "http://a.example/", const std::string& method = "GET") {
    net::Request request;
    request.method = method;
    request.url = url;
    std::string text;
    std::string read;
    bool done = false;
    auto asking = fetcher.fetch(kj::mv(request))
                      .then([&](net::Response response) {
                        stream = response.body.takeStream();
                        return readOn(text);
                      })
                      .then([&] { done = true; },
                            [&](kj::Exception&& error) {
                              text += std::string(text.empty() ? "! " : " ! ") +
                                      error.getDescription().cStr();
                              done = true;
                            })
                      .eagerlyEvaluate(nullptr);
    for (;;) {
      scope.poll();
      if (done) return text;
      KJ_IF_MAYBE (next, clock.next()) {
        clock.advanceTo(*next);
      } else {
        return "hangs";
      }
    }
  }

  kj::Promise<void> readOn(std::string& text) {
    return stream->tryRead(buffer, 1, sizeof(buffer))
        .then([this, &text](size_t count) -> kj::Promise<void> {
          text.append(buffer, count);
          if (count == 0) return kj::READY_NOW;
          return readOn(text);
        });
  }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{kStart};
  FaultPlans plans;
  Origin origin;
  FaultFetcher fetcher{origin, plans.of(FaultTarget::kEgress, "fl"), clock, 1};
  kj::Own<kj::AsyncInputStream> stream;
  char buffer[7];
};

const std::string kDropped = "injected fault: the connection to the egress fl broke";

}  // namespace

TEST_CASE("a latency holds a request up, by the clock") {
  World world({.latency = {bundle::Latency::Shape::kConstant, 250}});
  CHECK(world.get() == "answer 1 for http://a.example/");
  CHECK(world.clock.now() == kStart + milliseconds(250));
}

TEST_CASE("an error comes after its latency, and nothing was asked") {
  World world({.latency = {bundle::Latency::Shape::kConstant, 250},
               .error = bundle::FaultError{bundle::FaultType::kOverloaded, "too much"}});
  CHECK(world.get() == "! too much");
  CHECK(world.origin.asked == 0);
  CHECK(world.clock.now() == kStart + milliseconds(250));
}

TEST_CASE("a request is dropped before or after it was served") {
  bool after = GENERATE(false, true);
  World world({.drop = {after ? DropWhen::kAfter : DropWhen::kBefore}});
  CHECK(world.get() == "! " + kDropped);
  CHECK(world.origin.asked == (after ? 1 : 0));
}

TEST_CASE("a body breaks off") {
  bool streams = GENERATE(false, true);
  auto broken = [&](bundle::FaultDrop drop) {
    World world({.drop = drop});
    world.origin.streams = streams;
    return world.get("http://a.example/1");
  };
  // "answer 1 for http://a.example/1" has 31 bytes.
  CHECK(broken({DropWhen::kBody, 9}) == "answer 1  ! " + kDropped);
  CHECK(broken({DropWhen::kBody, 0}) == "! " + kDropped);
  CHECK(broken({DropWhen::kBody, std::nullopt, 0.5}) == "answer 1 for ht ! " + kDropped);
  CHECK(broken({DropWhen::kBody, std::nullopt, 1}) == "answer 1 for http://a.example/1");
}

TEST_CASE("rules are for methods, hosts and URLs") {
  auto fails = [](bundle::FaultWhen when, const std::string& url,
                  const std::string& method = "GET") {
    World world({.when = std::move(when), .error = bundle::FaultError{}});
    return world.get(url, method).starts_with("!");
  };
  CHECK(fails({.host = "*.Example.com"}, "http://a.example.com/x"));
  CHECK_FALSE(fails({.host = "*.example.com"}, "http://example.com/x"));
  CHECK_FALSE(fails({.host = "a.example"}, "http://b.example/a.example"));
  CHECK(fails({.url = "*/api/*"}, "http://a.example/api/x?y"));
  CHECK_FALSE(fails({.url = "*/api/*"}, "http://a.example/apix"));
  CHECK(fails({.methods = {"PUT", "POST"}}, "http://a.example/", "POST"));
  CHECK_FALSE(fails({.methods = {"PUT", "POST"}}, "http://a.example/"));
}

TEST_CASE("stale: the answer before") {
  FaultRule rule{.stale = {true}};
  rule.schedule = {.from = 10, .length = 10};
  World world(rule);
  world.origin.streams = GENERATE(false, true);
  CHECK(world.get() == "answer 1 for http://a.example/");
  CHECK(world.get("http://b.example/") == "answer 2 for http://b.example/");
  world.clock.advanceTo(kStart + seconds(11));
  CHECK(world.get() == "answer 1 for http://a.example/");
  CHECK(world.get() == "answer 1 for http://a.example/");
  // What was never asked before is asked now.
  CHECK(world.get("http://c.example/") == "answer 3 for http://c.example/");
  CHECK(world.get("http://a.example/", "POST") == "answer 4 for http://a.example/");
  world.clock.advanceTo(kStart + seconds(21));
  CHECK(world.get() == "answer 5 for http://a.example/");
}

TEST_CASE("stale: the answer as of some time ago") {
  World world({.stale = {true, 30}});
  CHECK(world.get() == "answer 1 for http://a.example/");
  world.clock.advanceTo(kStart + seconds(20));
  CHECK(world.get() == "answer 2 for http://a.example/");
  world.clock.advanceTo(kStart + seconds(49));
  CHECK(world.get() == "answer 1 for http://a.example/");
  world.clock.advanceTo(kStart + seconds(50));
  CHECK(world.get() == "answer 2 for http://a.example/");
}

TEST_CASE("without rules the way is open") {
  World world({.error = bundle::FaultError{}});
  world.plans.removeAdded();
  CHECK(world.get() == "answer 1 for http://a.example/");
}

}  // namespace flamesim::faults
