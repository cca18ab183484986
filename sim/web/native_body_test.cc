// Bodies that stream from the network into JavaScript.
#include <catch2/catch.hpp>

#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

// Answers with a body of which a part comes when it is written to.
struct StreamServer final : net::Fetcher {
  explicit StreamServer(TestWorld& world) { world.request->fetchers[kGlobalFetch] = this; }
  kj::Promise<net::Response> fetch(net::Request) override {
    auto pipe = kj::newOneWayPipe();
    out = kj::mv(pipe.out);
    net::Response response;
    response.body = net::Body::fromStream(kj::mv(pipe.in));
    return kj::mv(response);
  }
  kj::Own<kj::AsyncOutputStream> out;
};

}  // namespace

// What came later than the read went to where the buffer had been when it was that small.
TEST_CASE("a read of a few bytes gets what comes later") {
  TestWorld world;
  StreamServer server(world);
  kj::Promise<void> writing = nullptr;
  auto later = world.clock.after(std::chrono::seconds(1)).then([&] {
    return server.out->write("abcdefgh", 8);
  });
  writing = later.eagerlyEvaluate(nullptr);
  CHECK(world.eval(R"(
          (async () => {
            const reader = (await fetch("http://a.example/")).body.getReader({ mode: "byob" });
            const { value } = await reader.read(new Uint8Array(4));
            return new TextDecoder().decode(value);
          })())") == "abcd");
}

// The read was left with a stream that was gone.
TEST_CASE("a body may be cancelled while it is being read") {
  TestWorld world;
  StreamServer server(world);
  CHECK(world.eval(R"(
          (async () => {
            const reader = (await fetch("http://a.example/")).body.getReader();
            const read = reader.read();
            await null;
            await reader.cancel();
            return `${(await read).done}`;
          })())") == "true");
  CHECK(!world.request->hasPendingTasks());
}

}  // namespace flamesim::web
