#include "mocks/serve.h"

#include <capnp/dynamic.h>
#include <kj/async-io.h>

#include <catch2/catch.hpp>

#include "mocks/connect.h"
#include "mocks/logfwdr.h"
#include "mocks/quicksilver.h"
#include "mocks/quicksilver_testing.h"
#include "mocks/rrdns.h"
#include "mocks/testing.h"
#include "mocks/universal.h"

namespace flamesim::mocks {
namespace {

using testing::rejectionOf;
using testing::TemporaryFolder;

constexpr const char* kZones = R"({
  "accounts": [{"id": 1, "tag": "t"}],
  "zones": [{"name": "example.com", "account": 1,
             "records": [{"name": "@", "type": "A", "proxied": true}]}]})";

struct Fixture {
  Fixture() : io(kj::setupAsyncIo()) {}

  schemas::Rrdns::Client rrdns() { return newRrdns(RrdnsZones::parse(kZones, "zones.json")); }
  kj::Own<Listener> serveAt(const std::string& address, capnp::Capability::Client service) {
    return serve(io.provider->getNetwork(), address, kj::mv(service)).wait(io.waitScope);
  }
  capnp::Capability::Client connectTo(const std::string& address) {
    return connect(io.provider->getNetwork(), address);
  }
  kj::Promise<int64_t> owner(schemas::Rrdns::Client client, const char* name) {
    auto request = client.lookupOwnershipRequest();
    request.initRequest().setQueryName(name);
    return request.send().then([](auto&& r) { return r.getResponse().getAccountId(); });
  }
  std::string refusal(const std::string& address) {
    return rejectionOf(serve(io.provider->getNetwork(), address, rrdns()), io.waitScope);
  }
  // Gives the loop the turns that it needs to notice what happened on its sockets.
  void settle() { io.provider->getTimer().afterDelay(20 * kj::MILLISECONDS).wait(io.waitScope); }

  TemporaryFolder folder;
  kj::AsyncIoContext io;
};

TEST_CASE_METHOD(Fixture, "a service is reached over a Unix socket and over TCP") {
  auto onUnix = serveAt(folder.socket("rrdns.sock"), rrdns());
  auto onTcp = serveAt("127.0.0.1:0", rrdns());
  CHECK(onUnix->port() == 0);
  CHECK(onTcp->port() != 0);
  CHECK(onTcp->address() == "127.0.0.1:" + std::to_string(onTcp->port()));
  for (const std::string& address : {onUnix->address(), onTcp->address()}) {
    auto client = connectTo(address).castAs<schemas::Rrdns>();
    CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
    CHECK(owner(client, "nobody.test").wait(io.waitScope) == 0);
    // Many at once, over one connection.
    auto calls = kj::heapArrayBuilder<kj::Promise<int64_t>>(100);
    for (int i = 0; i < 100; i++) calls.add(owner(client, i % 2 ? "example.com" : "no.test"));
    auto results = kj::joinPromises(calls.finish()).wait(io.waitScope);
    CHECK(std::count(results.begin(), results.end(), 1) == 50);
  }
}

TEST_CASE_METHOD(Fixture, "every mock is served, to dynamic clients too") {
  auto store = QuicksilverStore::openTemporary();
  store->put("k", "v");
  auto sink = std::make_shared<MemoryLogSink>();
  auto table =
      UniversalTable::parse(R"({"lookupOwnership": [{"then": {"response": {"accountId": 9}}}]})",
                            "t.json", capnp::Schema::from<schemas::Rrdns>());
  auto quicksilver = serveAt(folder.socket("qs"), newQuicksilver(testing::following(store)));
  auto logfwdr = serveAt(folder.socket("log"), newLogfwdr(sink));
  auto universal = serveAt(folder.socket("any"), newUniversal(table));

  auto get = connectTo(quicksilver->address())
                 .castAs<capnp::DynamicCapability>(capnp::Schema::from<schemas::Quicksilver>())
                 .newRequest("get");
  get.set("key", "k");
  auto response = get.send().wait(io.waitScope);
  auto value = response.get("value").as<capnp::Data>();
  CHECK(std::string(value.asChars().begin(), value.size()) == "v");

  auto log = connectTo(logfwdr->address()).castAs<schemas::Logfwdr>().logRequest();
  log.initMessage().initHttplogs().setRayId("r");
  log.send().wait(io.waitScope);
  CHECK(sink->get<schemas::LogMessage>(0).getHttplogs().getRayId() == "r");

  auto rrdns = connectTo(universal->address()).castAs<schemas::Rrdns>();
  CHECK(owner(rrdns, "x").wait(io.waitScope) == 9);
}

TEST_CASE_METHOD(Fixture, "a client that does not speak RPC harms nobody else") {
  auto listener = serveAt(folder.socket("s"), rrdns());
  auto client = connectTo(listener->address()).castAs<schemas::Rrdns>();
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
  const std::string garbage[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      std::string(4096, '\xff'),
      std::string(4096, '\0'),
      std::string("\0\0\0\0\2\0\0\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", 24),
      "x",
      "",
  };
  for (const std::string& bytes : garbage) {
    auto stream = io.provider->getNetwork()
                      .parseAddress(listener->address().c_str())
                      .wait(io.waitScope)
                      ->connect()
                      .wait(io.waitScope);
    stream->write(bytes.data(), bytes.size()).wait(io.waitScope);
    settle();
    CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
    stream = nullptr;
    settle();
  }
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
  CHECK(owner(connectTo(listener->address()).castAs<schemas::Rrdns>(), "example.com")
            .wait(io.waitScope) == 1);
}

TEST_CASE_METHOD(Fixture, "a socket that nobody listens on is replaced, anything else is not") {
  std::string address = folder.socket("s");
  {
    // What a server that was killed leaves behind: a socket file without a listener.
    auto dead =
        io.provider->getNetwork().parseAddress(address.c_str()).wait(io.waitScope)->listen();
    CHECK(refusal(address) == "cannot listen on " + address + ": Address already in use");
  }
  REQUIRE(std::filesystem::exists(folder.path / "s"));
  auto listener = serveAt(address, rrdns());
  CHECK(owner(connectTo(address).castAs<schemas::Rrdns>(), "example.com").wait(io.waitScope) == 1);
  CHECK(refusal(address) == "cannot listen on " + address + ": Address already in use");
  listener = nullptr;
  CHECK_FALSE(std::filesystem::exists(folder.path / "s"));

  folder.write("file", "precious");
  std::string file = folder.socket("file");
  CHECK(refusal(file) == "cannot listen on " + file + ": there is a file which is not a socket");
  CHECK(testing::readFile(folder.path / "file") == "precious");
}

TEST_CASE_METHOD(Fixture, "an address that cannot be used is named") {
  auto listener = serveAt("127.0.0.1:0", rrdns());
  CHECK(refusal(listener->address()) ==
        "cannot listen on " + listener->address() + ": Address already in use");
  CHECK(refusal("4000") == "cannot listen on 4000: expected unix:/path or host:port");
  std::string missing = folder.socket("no/folder/s");
  CHECK(refusal(missing) == "cannot listen on " + missing + ": No such file or directory");
  std::string tooLong = "unix:/" + std::string(200, 'x');
  CHECK(refusal(tooLong) ==
        "cannot listen on " + tooLong + ": the path of a Unix socket has at most 107 bytes");
  CHECK(refusal("unix:") == "cannot listen on unix:: the path is empty");
}

TEST_CASE_METHOD(Fixture, "a service that is not there gives DISCONNECTED, and is tried again") {
  std::string address = folder.socket("s");
  auto client = connectTo(address).castAs<schemas::Rrdns>();
  for (int i = 0; i < 2; i++) {
    bool failed = false;
    owner(client, "example.com")
        .then([](int64_t) {},
              [&](kj::Exception&& e) {
                failed = true;
                CHECK(e.getType() == kj::Exception::Type::DISCONNECTED);
                CHECK(e.getDescription() == kj::str("the service at ", address.c_str(),
                                                    " cannot be used: No such file or directory"));
              })
        .wait(io.waitScope);
    CHECK(failed);
  }
  auto listener = serveAt(address, rrdns());
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
  // A restart of the service: the first call may meet the old connection, none is lost after that.
  for (int i = 0; i < 3; i++) {
    listener = nullptr;
    CHECK_THAT(rejectionOf(owner(client, "example.com"), io.waitScope),
               Catch::Matchers::StartsWith("the service at " + address + " cannot be used: "));
    listener = serveAt(address, rrdns());
    CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
  }
  // A restart between two calls goes unnoticed.
  listener = nullptr;
  listener = serveAt(address, rrdns());
  settle();
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
}

class SlowRrdns final : public schemas::Rrdns::Server {
 public:
  kj::Promise<void> lookupOwnership(LookupOwnershipContext) override { return kj::NEVER_DONE; }
};

TEST_CASE_METHOD(Fixture, "calls in flight fail when the connection breaks") {
  auto listener = serveAt(folder.socket("s"), kj::heap<SlowRrdns>());
  auto client = connectTo(listener->address()).castAs<schemas::Rrdns>();
  auto first = owner(client, "example.com");
  auto second = owner(client, "example.com");
  CHECK_FALSE(first.poll(io.waitScope));
  settle();
  listener = nullptr;
  std::string prefix =
      "the service at " + folder.socket("s") + " cannot be used: the connection was lost";
  CHECK_THAT(rejectionOf(kj::mv(first), io.waitScope), Catch::Matchers::StartsWith(prefix));
  CHECK_THAT(rejectionOf(kj::mv(second), io.waitScope), Catch::Matchers::StartsWith(prefix));
}

TEST_CASE_METHOD(Fixture, "what the service itself says is not taken for a broken connection") {
  auto table = UniversalTable::parse(
      R"({"lookupOwnership": [
        {"when": {"request": {"queryName": "gone"}},
         "error": {"type": "disconnected", "message": "my own upstream is gone"}},
        {"when": {"request": {"queryName": "bad"}}, "error": {"message": "no such thing"}},
        {"then": {"response": {"accountId": 3}}}]})",
      "t.json", capnp::Schema::from<schemas::Rrdns>());
  auto listener = serveAt(folder.socket("s"), newUniversal(table));
  auto client = connectTo(listener->address()).castAs<schemas::Rrdns>();
  CHECK(rejectionOf(owner(client, "gone"), io.waitScope) ==
        "remote exception: my own upstream is gone");
  CHECK(rejectionOf(owner(client, "bad"), io.waitScope) == "remote exception: no such thing");
  CHECK(owner(client, "x").wait(io.waitScope) == 3);
}

TEST_CASE_METHOD(Fixture, "a remote capability passes through another service") {
  auto behind = serveAt(folder.socket("behind"), rrdns());
  // The front serves a capability that lives elsewhere, as a simulator that forwards a binding
  // does.
  auto front = serveAt(folder.socket("front"), connectTo(behind->address()));
  auto client = connectTo(front->address()).castAs<schemas::Rrdns>();
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
  behind = nullptr;
  CHECK_THAT(rejectionOf(owner(client, "example.com"), io.waitScope),
             Catch::Matchers::Contains(folder.socket("behind")));
  behind = serveAt(folder.socket("behind"), rrdns());
  CHECK(owner(client, "example.com").wait(io.waitScope) == 1);
}

TEST_CASE_METHOD(Fixture, "a client may go away at any moment") {
  auto listener = serveAt(folder.socket("s"), rrdns());
  // Before it has connected, with a call under way, with the promise alone left.
  { auto client = connectTo(listener->address()); }
  {
    auto client = connectTo(listener->address()).castAs<schemas::Rrdns>();
    auto call = owner(client, "example.com");
  }
  settle();
  auto call = owner(connectTo(listener->address()).castAs<schemas::Rrdns>(), "example.com");
  CHECK(call.wait(io.waitScope) == 1);
  // The same once more where the client is dropped while the connection is still being made.
  auto request = connectTo(listener->address()).castAs<schemas::Rrdns>().lookupOwnershipRequest();
  auto dropped = request.send().dropPipeline();
  CHECK(dropped.wait(io.waitScope).getResponse().getAccountId() == 0);
}

}  // namespace
}  // namespace flamesim::mocks
