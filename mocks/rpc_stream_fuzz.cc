// Fuzz target: any bytes where Cap'n Proto RPC is expected. As a client's they end that client's
// connection and nothing else; as a service's they fail the call, or answer it.
#include <kj/debug.h>

#include <capnp/rpc-twoparty.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mocks/connect.h"
#include "mocks/rrdns.h"
#include "mocks/serve.h"

using namespace flamesim::mocks;

namespace {

// Hands out what it was given, one connection after the other.
class Receiver final : public kj::ConnectionReceiver {
 public:
  explicit Receiver(std::vector<kj::Own<kj::AsyncIoStream>>& connections)
      : connections(connections) {}
  kj::Promise<kj::Own<kj::AsyncIoStream>> accept() override {
    if (next == connections.size()) return kj::NEVER_DONE;
    return kj::mv(connections[next++]);
  }
  uint getPort() override { return 0; }

 private:
  std::vector<kj::Own<kj::AsyncIoStream>>& connections;
  size_t next = 0;
};

// A network in which everything leads to one connection.
class OneConnection final : public kj::Network, private kj::NetworkAddress {
 public:
  explicit OneConnection(kj::Own<kj::AsyncIoStream> stream) : stream(kj::mv(stream)) {}
  kj::Promise<kj::Own<kj::NetworkAddress>> parseAddress(kj::StringPtr, uint) override {
    return clone();
  }
  kj::Own<kj::NetworkAddress> getSockaddr(const void*, uint) override { return clone(); }
  kj::Own<kj::Network> restrictPeers(kj::ArrayPtr<const kj::StringPtr>,
                                     kj::ArrayPtr<const kj::StringPtr>) override {
    KJ_UNIMPLEMENTED("nobody asks for it");
  }

 private:
  kj::Promise<kj::Own<kj::AsyncIoStream>> connect() override {
    KJ_REQUIRE(stream.get() != nullptr, "nobody listens");
    return kj::mv(stream);
  }
  kj::Own<kj::ConnectionReceiver> listen() override { KJ_UNIMPLEMENTED("nobody listens"); }
  kj::Own<kj::NetworkAddress> clone() override {
    return kj::Own<kj::NetworkAddress>(this, kj::NullDisposer::instance);
  }
  kj::String toString() override { return kj::str("memory"); }

  kj::Own<kj::AsyncIoStream> stream;
};

kj::Promise<void> lookup(flamesim::schemas::Rrdns::Client client) {
  auto request = client.lookupOwnershipRequest();
  request.initRequest().setQueryName("a.example");
  return request.send().ignoreResult();
}

// Sends the bytes, reads what comes until nothing more does, and closes.
void talk(kj::AsyncIoStream& stream, std::string_view bytes, kj::WaitScope& wait) {
  auto written = stream.write(bytes.data(), bytes.size())
                     .catch_([](kj::Exception&&) {})
                     .eagerlyEvaluate(nullptr);
  char buffer[4096];
  for (;;) {
    auto read = stream.tryRead(buffer, 1, sizeof(buffer))
                    .catch_([](kj::Exception&&) { return size_t{0}; })
                    .eagerlyEvaluate(nullptr);
    if (!read.poll(wait) || read.wait(wait) == 0) return;
  }
}

void asClient(std::string_view bytes, kj::WaitScope& wait) {
  auto rude = kj::newTwoWayPipe();
  auto polite = kj::newTwoWayPipe();
  std::vector<kj::Own<kj::AsyncIoStream>> connections;
  connections.push_back(kj::mv(rude.ends[0]));
  connections.push_back(kj::mv(polite.ends[0]));
  auto listener =
      serve(kj::heap<Receiver>(connections), "memory", newRrdns(RrdnsZones::parse("{}", "none")));
  talk(*rude.ends[1], bytes, wait);
  rude.ends[1] = nullptr;
  capnp::TwoPartyClient client(*polite.ends[1]);
  auto answer = lookup(client.bootstrap().castAs<flamesim::schemas::Rrdns>());
  if (!answer.poll(wait)) std::abort();  // one client harmed another
  answer.wait(wait);
}

void asService(std::string_view bytes, kj::WaitScope& wait) {
  auto pipe = kj::newTwoWayPipe();
  OneConnection network(kj::mv(pipe.ends[0]));
  bool over = false;
  auto client = connect(network, "memory", "rrdns").castAs<flamesim::schemas::Rrdns>();
  auto answer = lookup(client)
                    .then([] {},
                          [](kj::Exception&& error) {
                            if (error.getDescription().size() == 0) std::abort();
                          })
                    .then([&over] { over = true; })
                    .eagerlyEvaluate(nullptr);
  talk(*pipe.ends[1], bytes, wait);
  pipe.ends[1] = nullptr;
  wait.poll();
  if (!over) std::abort();  // a call that waits for a service that has gone
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  asClient(bytes, wait);
  asService(bytes, wait);
  return 0;
}
