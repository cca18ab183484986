// Workers with a volatile cache for tests: several isolates, and several requests in each, on one
// thread and one virtual clock.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/bindings/volatile_cache.h"
#include "sim/js/promise.h"
#include "sim/web/test_world.h"

namespace flamesim::bindings::vcache_test {

inline constexpr int64_t kStartMillis = 1'700'000'000'000;
inline constexpr VolatileCacheLimits kRoomy{
    .maxKeys = 100, .maxValueSize = 1000, .maxTotalValueSize = 10'000};

// A simulated server, as far as these tests need one.
struct Server {
  kj::EventLoop loop;
  kj::WaitScope waitScope{loop};
  VirtualClock clock{timeFromNanos(kStartMillis * 1'000'000)};
  VolatileCaches caches;

  // Runs what is ready, and nothing that waits for time.
  void poll() { waitScope.poll(); }
  void advance(int millis) {
    Time target = clock.now() + std::chrono::milliseconds(millis);
    poll();
    while (true) {
      Time step = target;
      KJ_IF_MAYBE (next, clock.next()) {
        step = std::min(*next, target);
      }
      clock.advanceTo(step);
      poll();
      if (step == target) return;
    }
  }
};

// Its requests see the binding as the global CACHE.
class Worker {
 public:
  explicit Worker(Server& server, std::string name = "worker", std::string id = "shared",
                  VolatileCacheLimits limits = kRoomy, js::IsolateOptions options = {},
                  uint32_t refreshAhead = 0)
      : server(server),
        name(std::move(name)),
        isolate(web::testEngine(), web::webFaces(), options) {
    isolate.enter(nullptr, [&](js::Lock& js) {
      js.set(js.context->Global(), "CACHE",
             makeVolatileCache(
                 js, server.caches.use(id, limits, {.worker = this->name, .binding = "CACHE"}),
                 "CACHE", refreshAhead));
    });
  }

  Server& server;
  const std::string name;
  js::Isolate isolate;
};

class TestScope final : public RequestScope {
 public:
  TestScope(Worker& worker, std::shared_ptr<net::EffectLog> log)
      : RequestScope(worker.isolate), worker(worker), log(std::move(log)) {
    refreshTime();
  }
  Clock& clock() override { return worker.server.clock; }
  Random& random() override { return source; }
  Eventual<net::Response> fetch(web::FetcherSlot, net::Request) override {
    throw std::logic_error("no network here");
  }
  void console(std::string_view, std::string) override {}
  void responded(net::Response) override {}
  void failed(js::ErrorReport) override {}
  void passedThrough(net::Request) override {}
  void passThroughOnException(js::Lock&, v8::Local<v8::Object>) override {}
  void beginWait() override { ++waits; }
  void endWait() override { --waits; }
  kj::Own<void> holdOpen() override { return {}; }
  web::CacheStore& cacheStore() override { throw std::logic_error("no cache here"); }
  void waitUntilFailed(js::ErrorReport) override {}
  void unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) override {
    unhandled.push_back(isolate.report(js, reason).text());
  }
  const std::string& workerName() const override { return worker.name; }
  const std::shared_ptr<net::EffectLog>& effects() override { return log; }
  const net::Exchange* recorded() override { return nullptr; }

  std::vector<std::string> unhandled;
  int waits = 0;

 private:
  Worker& worker;
  std::shared_ptr<net::EffectLog> log;
  Random source{1};
};

class Request {
 public:
  explicit Request(Worker& worker, std::shared_ptr<net::EffectLog> log = nullptr)
      : worker(worker), scope(kj::refcounted<TestScope>(worker, std::move(log))) {}

  // Starts the body of an async function. What becomes of it: its value as JSON, "name: message" of
  // its error, or "pending".
  std::shared_ptr<std::string> start(const std::string& body) {
    auto outcome = std::make_shared<std::string>("pending");
    worker.isolate.enter(scope.get(), [&](js::Lock& js) {
      auto source = js.str("(async () => {" + body + "})()");
      auto script = js::check(v8::Script::Compile(js.context, source));
      js::whenSettled(
          js, js::check(script->Run(js.context)),
          [outcome](js::Lock& js, v8::Local<v8::Value> value) {
            *outcome = value->IsUndefined()
                           ? "undefined"
                           : js.text(v8::JSON::Stringify(js.context, value).ToLocalChecked());
          },
          [outcome](js::Lock& js, v8::Local<v8::Value> error) {
            *outcome = js.owner.report(js, error).text();
          });
    });
    worker.server.poll();
    return outcome;
  }
  // The same for what needs no time to pass.
  std::string run(const std::string& body) { return *start(body); }
  bool waits() { return scope->hasPendingTasks(); }
  void end() { scope = nullptr; }

  Worker& worker;
  kj::Own<TestScope> scope;
};

// A worker with one request.
struct World {
  Server server;
  Worker worker{server};
  Request request{worker};
  std::string run(const std::string& body) { return request.run(body); }
};

}  // namespace flamesim::bindings::vcache_test
