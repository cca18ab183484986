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

namespace {

// Never has anything, and notes whether it was destroyed while it was being read.
class Silent final : public kj::AsyncInputStream {
 public:
  explicit Silent(bool& goneWhileRead) : goneWhileRead(goneWhileRead) {}
  ~Silent() noexcept(false) { goneWhileRead = beingRead; }
  kj::Promise<size_t> tryRead(void*, size_t, size_t) override {
    beingRead = true;
    auto never = kj::Promise<size_t>(kj::NEVER_DONE);
    return never.attach(kj::defer([this] { beingRead = false; }));
  }

 private:
  bool& goneWhileRead;
  bool beingRead = false;
};

}  // namespace

// The read was left with a stream that was gone.
TEST_CASE("a body may be cancelled while it is being read") {
  struct SilentServer final : net::Fetcher {
    kj::Promise<net::Response> fetch(net::Request) override {
      net::Response response;
      response.body = net::Body::fromStream(kj::heap<Silent>(goneWhileRead));
      return kj::mv(response);
    }
    bool goneWhileRead = true;
  } server;
  TestWorld world;
  world.request->fetchers[kGlobalFetch] = &server;
  CHECK(world.eval(R"(
          (async () => {
            const reader = (await fetch("http://a.example/")).body.getReader();
            const read = reader.read();
            await null;
            await reader.cancel();
            return `${(await read).done}`;
          })())") == "true");
  CHECK(!server.goneWhileRead);
  CHECK(!world.request->hasPendingTasks());
}

}  // namespace flamesim::web
