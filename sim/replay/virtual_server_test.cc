#include "sim/replay/virtual_server.h"

#include "sim/server/testing.h"

using namespace flamesim;
using namespace flamesim::replay;
using namespace flamesim::chain::testing;
using server::testing::exchangeOf;
using std::chrono::milliseconds;

namespace {

// A server whose worker waits for as many milliseconds as the URL says, and its ends: "index body".
struct World {
  explicit World(const std::string& answer, Duration patience = Duration::zero())
      : io(kj::setupAsyncIo()),
        outside(patience == Duration::zero()
                    ? nullptr
                    : std::make_shared<OutsideWork>(io.provider->getTimer(), patience)),
        server(io.waitScope, web::testEngine(),
               server::testing::program(
                   {worker("only",
                           "let running = 0;\n"
                           "export default { async fetch(request, env, ctx) {\n"
                           "  const millis = Number(new URL(request.url).pathname.slice(1));\n" +
                               answer + "} };")}),
               partsWith(outside),
               [this](uint64_t index, const net::Exchange&, net::Outcome outcome) {
                 ends.push_back(std::to_string(index) + " " + outcome.response.body);
               }) {}

  void arrive(uint64_t index, int waits, int at) {
    server.arrive(index, exchangeOf(index, "http://a.example/" + std::to_string(waits),
                                    kStart + milliseconds(at)));
  }

  static server::ServerParts partsWith(std::shared_ptr<OutsideWork> outside) {
    server::ServerParts parts;
    parts.outside = std::move(outside);
    return parts;
  }

  kj::AsyncIoContext io;
  std::shared_ptr<OutsideWork> outside;
  Strings ends;
  VirtualServer server;
};

constexpr char kWait[] =
    "  ++running;\n"
    "  const seen = running;\n"
    "  if (millis > 0) await scheduler.wait(millis);\n"
    "  --running;\n"
    "  return new Response(`${seen} ${Date.now() - 1700000000000}`);\n";

}  // namespace

TEST_CASE("virtual server: an exchange without a wait ends when it arrives, at its own time") {
  World world(kWait);
  world.arrive(0, 0, 0);
  CHECK(world.ends == Strings{"0 1 0"});
  world.arrive(1, 0, 3'600'000);
  CHECK(world.ends == Strings{"0 1 0", "1 1 3600000"});
}

TEST_CASE("virtual server: what is due before an arrival happens before it, at its own time") {
  World world(kWait);
  world.arrive(0, 50, 0);
  world.arrive(1, 5, 10);
  CHECK(world.ends.empty());
  world.arrive(2, 0, 49);
  // 1 is over, 0 still runs.
  CHECK(world.ends == Strings{"1 2 15", "2 2 49"});
  world.arrive(3, 0, 50);
  CHECK(world.ends == Strings{"1 2 15", "2 2 49", "0 1 50", "3 1 50"});
}

TEST_CASE("virtual server: advance() ends what is due by then, no more") {
  World world(kWait);
  world.arrive(0, 50, 0);
  world.arrive(1, 60, 0);
  world.server.advance(kStart + milliseconds(49));
  CHECK(world.ends.empty());
  world.server.advance(kStart + milliseconds(50));
  CHECK(world.ends == Strings{"0 1 50"});
  world.server.advance(kStart + milliseconds(60));
  CHECK(world.ends == Strings{"0 1 50", "1 2 60"});
}

TEST_CASE("virtual server: drain() ends everything in the order of virtual time") {
  World world(kWait);
  world.arrive(0, 3'000'000, 0);
  world.arrive(1, 20, 0);
  world.arrive(2, 10, 0);
  world.server.drain();
  CHECK(world.ends == Strings{"2 3 10", "1 2 20", "0 1 3000000"});
  world.server.drain();  // nothing is left
  CHECK(world.ends.size() == 3);
}

TEST_CASE("virtual server: an exchange has ended when its waitUntil() has") {
  World world(
      "  ctx.waitUntil(scheduler.wait(millis));\n"
      "  return new Response('answer');\n");
  world.arrive(0, 50, 0);
  CHECK(world.ends.empty());
  world.server.advance(kStart + milliseconds(50));
  CHECK(world.ends == Strings{"0 answer"});
}

TEST_CASE("virtual server: a hang ends at once, not at the end of time") {
  World world("  await new Promise(() => {});\n");
  world.arrive(0, 0, 0);
  CHECK(world.ends == Strings{"0 "});
}

TEST_CASE("virtual server: time stands still while something happens outside") {
  World world(kWait, std::chrono::hours(1));
  auto piece = kj::heap(world.outside->begin());
  Strings endsWhenItEnded{"not yet"};
  auto outside = world.io.provider->getTimer()
                     .afterDelay(2 * kj::MILLISECONDS)
                     .then([&] {
                       endsWhenItEnded = world.ends;
                       piece = nullptr;
                     })
                     .eagerlyEvaluate(nullptr);
  world.arrive(0, 1, 0);
  world.server.drain();
  CHECK(endsWhenItEnded.empty());
  CHECK(world.ends == Strings{"0 1 1"});
}

TEST_CASE("virtual server: time goes on when what happens outside never ends") {
  World world(kWait, milliseconds(1));
  auto piece = world.outside->begin();
  world.arrive(0, 50, 0);
  world.server.drain();
  CHECK(world.ends == Strings{"0 1 50"});
}
