// What a call costs, hidden from the ordinary run: bindings_test "[.speed]" prints microseconds.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "schemas/logfwdr.capnp.h"
#include "sim/bindings/capnp_fixture.h"
#include "sim/bindings/logfwdr.h"

namespace flamesim::bindings {
namespace {

// A server that costs as little as one can: it answers lookups with a small struct.
class Fixed final : public capnp::DynamicCapability::Server {
 public:
  explicit Fixed(capnp::InterfaceSchema type)
      : Server(type),
        pair(KJ_REQUIRE_NONNULL(
            type.getMethodByName("choice").getResultType().findFieldByName("pair"))) {}
  kj::Promise<void> call(capnp::InterfaceSchema::Method, EchoServer::Context context) override {
    auto value =
        context.getResults(capnp::MessageSize{32, 0}).init(pair).as<capnp::DynamicStruct>();
    value.set("key", "example.com");
    value.set("value", 7u);
    return kj::READY_NOW;
  }

 private:
  capnp::StructSchema::Field pair;
};

class NoLog final : public schemas::Logfwdr::Server {
 public:
  kj::Promise<void> log(LogContext) override { return kj::READY_NOW; }
};

double microseconds(kj::Function<void()> body, int count) {
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    auto start = std::chrono::steady_clock::now();
    body();
    std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / count);
  }
  return best;
}

TEST_CASE("The cost of a call", "[.speed]") {
  constexpr int kCalls = 20000;
  CapnpWorld world;
  auto type = KJ_REQUIRE_NONNULL(world.schemas->findInterface("Echo"));
  capnp::DynamicCapability::Client fixed = kj::heap<Fixed>(type);
  world.ports["fixed"] = clientPort(fixed);
  world.ports["noted"] = recordingPort("fixed", net::EffectKind::kRpc, clientPort(fixed));
  world.addService("fixed", "Echo");
  world.addService("noted", "Echo");

  auto method = type.getMethodByName("choice");
  auto field = KJ_REQUIRE_NONNULL(method.getParamType().findFieldByName("pair"));
  double native = microseconds(
      [&] {
        for (int i = 0; i < kCalls; ++i) {
          auto request = fixed.newRequest(method, capnp::MessageSize{64, 0});
          auto pair = request.init(field).as<capnp::DynamicStruct>();
          pair.set("key", "example.com");
          pair.set("value", 7u);
          auto response = request.send().wait(world.io.waitScope);
          KJ_ASSERT(response.get(field).as<capnp::DynamicStruct>().get("value").as<uint32_t>() ==
                    7);
        }
      },
      kCalls);
  auto loop = [&](const std::string& body) {
    return microseconds(
        [&] {
          auto text = world.run(body);
          KJ_ASSERT(text == "7", text.c_str());
        },
        kCalls);
  };
  std::string count = std::to_string(kCalls);
  double script = loop("const c = fixed(); let r; for (let i = 0; i < " + count +
                       "; ++i)"
                       "  r = await c.choice({ pair: { key: 'example.com', value: 7 } });"
                       "c.close(); return r.pair.value");
  double opening = loop("let r; for (let i = 0; i < " + count +
                        "; ++i) { const c = fixed();"
                        "  r = await c.choice({ pair: { key: 'example.com', value: 7 } });"
                        "  c.close(); } return r.pair.value");
  // Effects are kept for one request at a time.
  constexpr int kOfRequest = 200;
  double recorded = microseconds(
      [&] {
        for (int i = 0; i < kCalls / kOfRequest; ++i) {
          world.effects = std::make_shared<net::EffectLog>();
          world.newRequest();
          world.run("const c = noted(); for (let i = 0; i < " + std::to_string(kOfRequest) +
                    "; ++i)"
                    "  await c.choice({ pair: { key: 'example.com', value: 7 } }); c.close();");
        }
      },
      kCalls);
  printf(
      "C++ alone %.2f us, JavaScript %.2f us, with getCapability and close %.2f us, "
      "recorded %.2f us\n",
      native, script, opening, recorded);
  CHECK(script < native * 3);
}

TEST_CASE("The cost of a log message", "[.speed]") {
  constexpr int kMessages = 20000;
  constexpr int kOfRequest = 100;
  CapnpWorld world;
  world.ports["logs"] = clientPort(kj::heap<NoLog>());
  world.isolate.enter(nullptr, [&](js::Lock& js) {
    js.set(js.context->Global(), "logs", makeLogfwdr(js, "httplogs", *world.ports["logs"]));
  });
  auto measure = [&](bool keep) {
    return microseconds(
        [&] {
          for (int i = 0; i < kMessages / kOfRequest; ++i) {
            world.effects = keep ? std::make_shared<net::EffectLog>() : nullptr;
            world.newRequest();
            world.run(
                "for (let i = 0; i < " + std::to_string(kOfRequest) +
                "; ++i) logs.log({"
                "  rayId: '230b030023ae2822-SJC', accountId: 12345, zoneName: 'example.com',"
                "  clientIp: '192.0.2.1', country: 'DE', clientRequestMethod: 'GET',"
                "  clientRequestHost: 'www.example.com', clientRequestUri: '/a/path?with=query',"
                "  edgeResponseStatus: 200, edgeResponseBytes: 1234, workerStatus: 'ok' });");
            world.turn();
          }
        },
        kMessages);
  };
  double alone = measure(false);
  printf("log() %.2f us, with its effect %.2f us\n", alone, measure(true));
}

}  // namespace
}  // namespace flamesim::bindings
