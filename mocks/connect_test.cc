// Services that misbehave, as their clients see them: each in an error of its own.
#include "mocks/connect.h"

#include <capnp/dynamic.h>
#include <capnp/rpc.capnp.h>
#include <capnp/serialize.h>

#include <catch2/catch.hpp>

#include "mocks/schema_source.h"
#include "mocks/serve.h"
#include "mocks/testing.h"
#include "mocks/universal.h"
#include "schemas/rrdns.capnp.h"

namespace flamesim::mocks {
namespace {

using capnp::DynamicCapability;
using testing::TemporaryFolder;

using RpcMessage = capnp::rpc::Message;

struct World {
  World() : io(kj::setupAsyncIo()), network(io.provider->getNetwork()) {}

  // A service that does to its one connection what `behave` says.
  using Behaviour = kj::Function<kj::Promise<void>(kj::AsyncIoStream&)>;
  void service(Behaviour behave) {
    auto receiver = network.parseAddress(address.c_str()).wait(io.waitScope)->listen();
    serving = receiver->accept()
                  .then([behave = kj::mv(behave)](kj::Own<kj::AsyncIoStream> stream) mutable {
                    auto done = behave(*stream);
                    return done.attach(kj::mv(stream), kj::mv(behave));
                  })
                  .attach(kj::mv(receiver))
                  .eagerlyEvaluate(nullptr);
  }
  kj::Promise<int64_t> ask(schemas::Rrdns::Client client) {
    auto request = client.lookupOwnershipRequest();
    request.initRequest().setQueryName("a.example");
    return request.send().then([](auto&& r) { return r.getResponse().getAccountId(); });
  }
  schemas::Rrdns::Client client() {
    return connect(network, address, "rrdns").castAs<schemas::Rrdns>();
  }
  // What comes of a call, and its type.
  std::string failureOf(kj::Promise<int64_t> call) {
    std::string text = "answered";
    call.then([](int64_t) {},
              [&](kj::Exception&& error) {
                text = error.getDescription().cStr();
                CHECK(error.getType() == kj::Exception::Type::DISCONNECTED);
              })
        .wait(io.waitScope);
    return text;
  }
  void settle() { io.provider->getTimer().afterDelay(20 * kj::MILLISECONDS).wait(io.waitScope); }

  TemporaryFolder folder;
  std::string address = folder.socket("s");
  std::string lost = "the service \"rrdns\" at " + address +
                     " cannot be used: the connection was lost: the service ";
  kj::AsyncIoContext io;
  kj::Network& network;
  kj::Promise<void> serving = nullptr;
};

kj::Promise<void> writeAll(kj::AsyncIoStream& stream, std::string bytes) {
  auto held = kj::heap<std::string>(std::move(bytes));
  auto done = stream.write(held->data(), held->size());
  return done.attach(kj::mv(held)).then([]() -> kj::Promise<void> { return kj::NEVER_DONE; });
}

// The Return of an empty answer to `question`, as bytes.
std::string returnOf(uint32_t question) {
  capnp::MallocMessageBuilder message;
  auto answer = message.initRoot<RpcMessage>().initReturn();
  answer.setAnswerId(question);
  auto content = answer.initResults().getContent();
  content.initAs<schemas::Rrdns::LookupOwnershipResults>().initResponse().setAccountId(7);
  auto words = capnp::messageToFlatArray(message);
  return std::string(words.asChars().begin(), words.asChars().size());
}

}  // namespace

TEST_CASE_METHOD(World, "a service that sends what is no RPC") {
  auto garbage =
      GENERATE(std::string(4096, '\xff'), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"),
               // A message whose root is a list, and one with a pointer out of bounds.
               std::string("\0\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0", 16),
               std::string("\0\0\0\0\1\0\0\0\xfc\xff\0\0\1\0\1\0", 16));
  service([=](kj::AsyncIoStream& stream) { return writeAll(stream, garbage); });
  CHECK_THAT(failureOf(ask(client())),
             Catch::StartsWith(lost + "sent what is no Cap'n Proto RPC, or too large ("));
}

TEST_CASE_METHOD(World, "a service that sends a message beyond the limit") {
  // One segment of 2 GiB is announced.
  service([](kj::AsyncIoStream& stream) {
    return writeAll(stream, std::string("\0\0\0\0\0\0\0\x10", 8));
  });
  CHECK_THAT(failureOf(ask(client())),
             Catch::StartsWith(lost + "sent what is no Cap'n Proto RPC, or too large ("));
}

TEST_CASE_METHOD(World, "a service that closes during a call") {
  service([](kj::AsyncIoStream& stream) {
    auto buffer = kj::heapArray<char>(1);
    auto read = stream.read(buffer.begin(), 1);
    return read.attach(kj::mv(buffer));
  });
  auto client = this->client();
  CHECK_THAT(failureOf(ask(client)), Catch::StartsWith(lost + "closed it ("));
  // Nothing has remembered it: the next call finds another service.
  serving = nullptr;
  std::filesystem::remove(folder.path / "s");
  auto table =
      UniversalTable::parse(R"({"lookupOwnership": [{"then": {"response": {"accountId": 3}}}]})",
                            "t.json", capnp::Schema::from<schemas::Rrdns>());
  auto listener = serve(network, address, newUniversal(table)).wait(io.waitScope);
  CHECK(ask(client).wait(io.waitScope) == 3);
}

TEST_CASE_METHOD(World, "a service that answers twice") {
  // Question 0 is the bootstrap, 1 the call. A second call is under way when the double comes.
  service([](kj::AsyncIoStream& stream) { return writeAll(stream, returnOf(1) + returnOf(1)); });
  auto client = this->client();
  auto first = ask(client);
  auto second = ask(client);
  CHECK(first.wait(io.waitScope) == 7);
  CHECK_THAT(failureOf(kj::mv(second)),
             Catch::StartsWith(lost + "sent what is no Cap'n Proto RPC, or too large ("));
}

namespace {

struct Counts {
  int calls = 0;
  int servers = 0;
};

class Silent final : public schemas::Rrdns::Server {
 public:
  explicit Silent(Counts& counts) : counts(counts) { counts.servers++; }
  ~Silent() noexcept(false) { counts.servers--; }
  kj::Promise<void> lookupOwnership(LookupOwnershipContext context) override {
    context.allowCancellation();
    counts.calls++;
    kj::Promise<void> never = kj::NEVER_DONE;
    return never.attach(kj::defer([this] { counts.calls--; }));
  }

 private:
  Counts& counts;
};

}  // namespace

TEST_CASE_METHOD(World, "nothing of a call stays behind that is given up or cut off") {
  Counts counts;
  auto listener = serveEach(network, address, kj::Function<capnp::Capability::Client()>([&] {
                              return schemas::Rrdns::Client(kj::heap<Silent>(counts));
                            }))
                      .wait(io.waitScope);
  {
    auto client = this->client();
    {
      auto first = ask(client);
      auto second = ask(client);
      settle();
      CHECK(counts.calls == 2);
    }
    settle();
    CHECK(counts.calls == 0);
    CHECK(counts.servers == 1);
  }
  settle();
  CHECK(counts.servers == 0);
  auto client = this->client();
  auto cutOff = ask(client);
  settle();
  CHECK(counts.calls == 1);
  listener = nullptr;
  CHECK_THAT(failureOf(kj::mv(cutOff)), Catch::StartsWith(lost));
  CHECK(counts.calls == 0);
  CHECK(counts.servers == 0);
}

namespace {

constexpr const char* kOld = R"(
@0xcc2a4f5e8b0d9f50;
interface Store @0xcc2a4f5e8b0d9f51 { get @0 (name :Text) -> (value :Text); }
)";
constexpr const char* kNew = R"(
@0xcc2a4f5e8b0d9f50;
interface Store @0xcc2a4f5e8b0d9f51 {
  get @0 (name :Text, limit :UInt32 = 10) -> (value :Text, unit :Text = "ms");
  more @1 () -> ();
}
)";

}  // namespace

TEST_CASE_METHOD(World, "a worker and a service of different ages") {
  auto oldSchema = SchemaSource::fromFile(folder.write("old.capnp", kOld));
  auto newSchema = SchemaSource::fromFile(folder.write("new.capnp", kNew));
  auto serveTable = [&](const std::shared_ptr<const SchemaSource>& schema, const char* text) {
    auto table = UniversalTable::parse(text, "t.json", schema->findInterface("Store"), schema);
    return serve(network, address, newUniversal(table)).wait(io.waitScope);
  };
  auto clientOf = [&](const std::shared_ptr<const SchemaSource>& schema) {
    return connect(network, address, "store")
        .castAs<DynamicCapability>(schema->findInterface("Store"));
  };
  {
    INFO("a newer worker, an older service");
    auto listener = serveTable(oldSchema, R"({"get": [{"then": {"value": "v"}}]})");
    auto client = clientOf(newSchema);
    auto request = client.newRequest("get");
    request.set("limit", 5u);
    auto response = request.send().wait(io.waitScope);
    CHECK(response.get("value").as<capnp::Text>() == "v");
    CHECK(response.get("unit").as<capnp::Text>() == "ms");
    kj::Exception::Type type = kj::Exception::Type::FAILED;
    client.newRequest("more")
        .send()
        .ignoreResult()
        .catch_([&](kj::Exception&& error) { type = error.getType(); })
        .wait(io.waitScope);
    CHECK(type == kj::Exception::Type::UNIMPLEMENTED);
  }
  INFO("an older worker, a newer service");
  auto listener = serveTable(newSchema, R"({"get": [
      {"when": {"limit": 10}, "then": {"value": "v", "unit": "s"}}]})");
  auto response = clientOf(oldSchema).newRequest("get").send().wait(io.waitScope);
  CHECK(response.get("value").as<capnp::Text>() == "v");
}

}  // namespace flamesim::mocks
