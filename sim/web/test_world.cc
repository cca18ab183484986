#include "sim/web/test_world.h"

#include <stdexcept>

#include "sim/js/promise.h"
#include "sim/web/snapshot_blob.h"

namespace flamesim::web {

const js::Engine& testEngine() {
  static const js::Engine engine(embeddedSnapshot());
  return engine;
}

TestIoContext::TestIoContext(js::Isolate& isolate, Clock& clock, uint64_t seed)
    : IoContext(isolate), httpCache(clock), time(clock), source(seed) {
  refreshTime();
}

Eventual<net::Response> TestIoContext::fetch(FetcherSlot slot, net::Request request) {
  if (slot >= std::size(fetchers) || fetchers[slot] == nullptr) {
    throw std::runtime_error("the test set no fetcher for slot " + std::to_string(slot));
  }
  return fetchers[slot]->fetch(kj::mv(request));
}

void TestIoContext::console(std::string_view level, std::string text) {
  lines.push_back(std::string(level) + ": " + text);
}

kj::Own<void> TestIoContext::holdOpen() {
  ++heldOpen;
  return kj::heap(kj::defer([keep = kj::addRef(*this)]() mutable { --keep->heldOpen; }));
}

void TestIoContext::unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) {
  failures.push_back("unhandled: " + isolate.report(js, reason).text());
}

TestWorld::TestWorld(js::IsolateOptions options, js::Faces faces)
    : clock(timeFromNanos(kStartMillis * 1'000'000)), isolate(testEngine(), faces, options) {
  newRequest();
}

TestWorld::~TestWorld() noexcept(false) {
  request = nullptr;
}

void TestWorld::newRequest(uint64_t seed) {
  request = nullptr;
  request = kj::refcounted<TestIoContext>(isolate, clock, seed);
}

void TestWorld::run(kj::Function<bool()> done) {
  // Real I/O of a test gets this long when neither the loop nor virtual time has anything to do.
  constexpr int kMostIdleTurns = 5000;
  for (int idle = 0; !done();) {
    io.waitScope.poll();
    if (done()) return;
    KJ_IF_MAYBE (next, clock.next()) {
      clock.advanceTo(*next);
      continue;
    }
    if (!request->hasPendingTasks() || ++idle > kMostIdleTurns) return;
    io.provider->getTimer().afterDelay(1 * kj::MILLISECONDS).wait(io.waitScope);
  }
}

std::string TestWorld::settle(kj::Function<v8::Local<v8::Value>(js::Lock&)> make) {
  std::optional<std::string> result;
  std::optional<js::ErrorReport> failure;
  request->refreshTime();
  isolate.enter(request.get(), [&](js::Lock& js) {
    js::whenSettled(
        js, make(js), [&](js::Lock& js, v8::Local<v8::Value> value) { result = js.text(value); },
        [&](js::Lock& js, v8::Local<v8::Value> error) { failure = isolate.report(js, error); });
  });
  run([&] { return result || failure; });
  if (failure) throw js::Uncaught(*failure);
  if (!result) throw std::runtime_error("the promise never settles");
  return *result;
}

namespace {
v8::Local<v8::Value> runScript(js::Lock& js, std::string_view script, std::string_view fileName) {
  v8::ScriptOrigin origin(js.isolate, js.str(fileName));
  auto compiled = js::check(v8::Script::Compile(js.context, js.str(script), &origin));
  return js::check(compiled->Run(js.context));
}
}  // namespace

std::string TestWorld::eval(std::string_view script, std::string_view fileName) {
  return settle([&](js::Lock& js) { return runScript(js, script, fileName); });
}

std::string TestWorld::evalInGlobalScope(std::string_view script) {
  return isolate.enter(nullptr,
                       [&](js::Lock& js) { return js.text(runScript(js, script, "global.js")); });
}

}  // namespace flamesim::web
