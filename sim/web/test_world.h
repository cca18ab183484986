// A worker's whole world for tests, in one line: engine, isolate with the Web APIs, a request with
// virtual time and a fixed seed, and what drives promises.
//
//   TestWorld world;
//   CHECK(world.eval("`${new URL('http://a/b').pathname}`") == "/b");
#pragma once

#include <kj/async-io.h>

#include <optional>
#include <string>
#include <vector>

#include "sim/js/engine.h"
#include "sim/js/isolate.h"
#include "sim/net/fetcher.h"
#include "sim/web/faces.h"
#include "sim/web/http_cache_store.h"
#include "sim/web/io_context.h"

namespace flamesim::web {

// V8 of this test process, with the snapshot of the build.
const js::Engine& testEngine();

class TestIoContext final : public IoContext {
 public:
  TestIoContext(js::Isolate& isolate, Clock& clock, uint64_t seed);
  Clock& clock() override { return time; }
  Random& random() override { return source; }
  Eventual<net::Response> fetch(FetcherSlot slot, net::Request request) override;
  CacheStore& cacheStore() override { return store; }
  void console(std::string_view level, std::string text) override;
  void responded(net::Response answer) override { response = std::move(answer); }
  void failed(js::ErrorReport report) override { failure = std::move(report); }
  void passedThrough(net::Request) override { passed = true; }
  void passThroughOnException(js::Lock&, v8::Local<v8::Object>) override { passOnException = true; }
  void beginWait() override { ++waits; }
  void endWait() override { --waits; }
  kj::Own<void> holdOpen() override;
  void waitUntilFailed(js::ErrorReport report) override { failures.push_back(report.text()); }
  void unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) override;

  std::vector<std::string> lines;         // "log: text"
  std::vector<std::string> failures;      // of waitUntil, and unhandled rejections
  std::optional<net::Response> response;  // what the handler came to
  std::optional<js::ErrorReport> failure;
  int waits = 0;     // waitUntil() promises that have not settled
  int heldOpen = 0;  // connections that keep the request
  bool passed = false;
  bool passOnException = false;
  net::Fetcher* fetchers[4] = {};  // by slot
  cache::HttpCache httpCache;
  HttpCacheStore store{httpCache};

 private:
  Clock& time;
  Random source;
};

class TestWorld {
 public:
  // Milliseconds since the epoch at which virtual time begins.
  static constexpr int64_t kStartMillis = 1'700'000'000'000;

  explicit TestWorld(js::IsolateOptions options = {}, js::Faces faces = webFaces());
  ~TestWorld() noexcept(false);

  // The string that the script's value, or what it promises, has; run in the request, or in global
  // scope. Throws js::Uncaught, and std::runtime_error where a promise never settles.
  std::string eval(std::string_view script, std::string_view fileName = "test.js");
  std::string evalInGlobalScope(std::string_view script);
  // The same for a value that some C++ made inside the isolate.
  std::string settle(kj::Function<v8::Local<v8::Value>(js::Lock&)> make);
  // Runs the event loop, and virtual time, until `done` or nothing is left to happen.
  void run(kj::Function<bool()> done);
  // Ends the request and begins another.
  void newRequest(uint64_t seed = 1);

  kj::AsyncIoContext io = kj::setupAsyncIo();
  VirtualClock clock;
  js::Isolate isolate;
  kj::Own<TestIoContext> request;
};

}  // namespace flamesim::web
