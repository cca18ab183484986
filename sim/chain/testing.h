// For tests of chains and what stands above them: workers from their source, ways out that answer
// from a function, and a chain on virtual time with its answers as values.
#pragma once

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/chain/chain.h"
#include "sim/web/test_world.h"

namespace flamesim::chain::testing {

inline bundle::Binding binding(std::string name, std::string type,
                               nlohmann::json fields = nlohmann::json::object()) {
  return {.name = std::move(name), .type = std::move(type), .fields = std::move(fields)};
}

// A worker of one ES module.
inline WorkerPart worker(const std::string& name, std::string source,
                         std::vector<bundle::Binding> bindings = {}) {
  auto made = std::make_shared<bundle::Bundle>();
  made->name = name;
  made->mainModule = "index.js";
  made->modules.push_back({.name = "index.js", .content = std::move(source)});
  made->bindings = std::move(bindings);
  made->compatibilityDate = "2026-01-01";
  return {.name = name, .bundle = std::move(made)};
}

// One whose fetch handler has this body.
inline WorkerPart handler(const std::string& name, const std::string& body,
                          std::vector<bundle::Binding> bindings = {}) {
  return worker(name, "export default { async fetch(request, env, ctx) {\n" + body + "\n} };",
                std::move(bindings));
}

inline net::Response textResponse(std::string body, uint16_t status = 200) {
  net::Response response;
  response.status = status;
  response.body = net::Body::fromBytes(std::move(body));
  return response;
}

inline net::Request request(const std::string& url, const std::string& method = "GET") {
  net::Request made;
  made.method = method;
  made.url = url;
  return made;
}

// A way out: keeps what it is asked, "METHOD url host body", and answers "NAME answers".
class WayOut final : public net::Fetcher {
 public:
  explicit WayOut(std::string name) : name(std::move(name)) {}
  kj::Promise<net::Response> fetch(net::Request request) override {
    auto line = request.method + " " + request.url + " " + request.headers.get("host").value_or("");
    auto bytes = request.body.isNull() ? kj::Promise<std::string>("") : request.body.takeBytes();
    return bytes.then([this, line](std::string body) -> kj::Promise<net::Response> {
      asked.push_back(body.empty() ? line : line + " " + body);
      if (!failure.empty()) return KJ_EXCEPTION(DISCONNECTED, failure);
      return textResponse(name + " answers");
    });
  }

  const std::string name;
  std::vector<std::string> asked;
  std::string failure;  // not empty: rejects with this
};

// A request's answer, or why there is none.
struct Answer {
  uint16_t status = 0;
  std::string statusText;
  net::HeaderList headers;
  std::string body;
  std::string rejection;
};

// Runs the loop, and virtual time, until `done` or nothing is left to happen.
inline void settle(kj::WaitScope& scope, VirtualClock& clock, const std::function<bool()>& done) {
  for (;;) {
    scope.poll();
    if (done()) return;
    KJ_IF_MAYBE (next, clock.next()) {
      clock.advanceTo(*next);
    } else {
      return;
    }
  }
}

constexpr Time kStart{std::chrono::milliseconds(web::TestWorld::kStartMillis)};

// A chain with "fl", "internet" and "cache" behind it. Set `parts`, then ask.
struct ChainWorld {
  ChainWorld() {
    for (auto* way : {&fl, &internet, &cache}) parts.network[way->name] = way;
    parts.egress = "fl";
    parts.cacheStore = &cacheStore;
    console = [this](const std::string& worker, std::string_view level, const std::string& text) {
      lines.push_back(worker + " " + std::string(level) + ": " + text);
    };
  }

  // Adds workers that stand in the chain, in order.
  void inChain(std::vector<WorkerPart> workers) {
    for (auto& part : workers) parts.order.push_back(part.name);
    outside(std::move(workers));
  }
  void outside(std::vector<WorkerPart> workers) {
    for (auto& part : workers) parts.workers.push_back(std::move(part));
  }

  Answer ask(net::Request given) {
    if (chain == nullptr) chain = std::make_unique<Chain>(web::testEngine(), std::move(parts));
    exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
    exchange->console = &console;
    exchange->effects = effects;
    exchange->recorded = recorded;
    Answer answer;
    bool done = false;
    auto asking =
        chain->handle(kj::mv(given), *exchange)
            .promise()
            .then([&answer](net::Response response) {
              answer.status = response.status;
              answer.statusText = response.statusText;
              answer.headers = response.headers;
              return response.body.isNull() ? kj::Promise<std::string>("")
                                            : response.body.takeBytes();
            })
            .then([&](std::string body) { answer.body = std::move(body); },
                  [&](kj::Exception&& error) { answer.rejection = error.getDescription().cStr(); })
            .then([&] { done = true; })
            .eagerlyEvaluate(nullptr);
    settle([&] { return done; });
    REQUIRE(done);
    return answer;
  }
  Answer get(const std::string& url = "http://a.example/") { return ask(request(url)); }

  void settle(const std::function<bool()>& done) { testing::settle(scope, clock, done); }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{kStart};
  WayOut fl{"fl"};
  WayOut internet{"internet"};
  WayOut cache{"cache"};
  cache::HttpCache httpCache{clock};
  web::HttpCacheStore cacheStore{httpCache};
  ChainParts parts;
  ConsoleSink console;
  std::vector<std::string> lines;  // "worker level: text"
  std::shared_ptr<net::EffectLog> effects;
  const net::Exchange* recorded = nullptr;
  kj::Own<ExchangeScope> exchange;  // of the last request
  std::unique_ptr<Chain> chain;     // made by the first
  Endings endings;
};

using Strings = std::vector<std::string>;

}  // namespace flamesim::chain::testing
