// The volatile cache as JavaScript sees it: several workers, each with an isolate of its own, and
// several requests in them, on one thread and one virtual clock.
#include "sim/bindings/volatile_cache.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "sim/js/promise.h"
#include "sim/js/watchdog.h"
#include "sim/web/test_world.h"

namespace flamesim::bindings {

namespace {

constexpr int64_t kStartMillis = 1'700'000'000'000;
constexpr VolatileCacheLimits kRoomy{
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
      KJ_IF_MAYBE(next, clock.next()) { step = std::min(*next, target); }
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
                  VolatileCacheLimits limits = kRoomy, js::IsolateOptions options = {})
      : server(server), name(std::move(name)), isolate(web::testEngine(), web::webFaces(), options) {
    isolate.enter(nullptr, [&](js::Lock& js) {
      js.set(js.context->Global(), "CACHE",
             makeVolatileCache(js, server.caches.use(id, limits), "CACHE"));
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
  net::Fetcher& fetcher(web::FetcherSlot) override { throw std::logic_error("no network here"); }
  void console(std::string_view, std::string) override {}
  void responded(net::Response) override {}
  void failed(js::ErrorReport) override {}
  void passedThrough() override {}
  void passThroughOnException() override {}
  void waitUntil(kj::Promise<void> done) override { addTask(kj::mv(done)); }
  void waitUntilFailed(js::ErrorReport) override {}
  void unhandledRejection(js::Lock& js, v8::Local<v8::Value> reason) override {
    unhandled.push_back(isolate.report(js, reason).text());
  }
  const std::string& workerName() const override { return worker.name; }
  const std::shared_ptr<net::EffectLog>& effects() override { return log; }
  const net::Exchange* recorded() override { return nullptr; }

  std::vector<std::string> unhandled;

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

}  // namespace

TEST_CASE("volatile cache: a fallback fills it, hits do without", "[vcache]") {
  World world;
  CHECK(world.run("return await CACHE.read('k', (key) => ({ value: { of: key } }))") ==
        R"({"of":"k"})");
  CHECK(world.run("return await CACHE.read('k', () => { throw new Error('called'); })") ==
        R"({"of":"k"})");
  CHECK(world.run("return await CACHE.read('k')") == R"({"of":"k"})");
}

TEST_CASE("volatile cache: without a fallback an absent key reads as undefined", "[vcache]") {
  World world;
  CHECK(world.run("return await CACHE.read('k')") == "undefined");
  CHECK(world.run("return await CACHE.read('k', undefined)") == "undefined");
  auto owner = world.request.start(
      "return CACHE.read('k', async () => { await scheduler.wait(5); return { value: 1 }; })");
  CHECK(world.run("return await CACHE.read('k')") == "undefined");
  world.server.advance(5);
  CHECK(*owner == "1");
}

TEST_CASE("volatile cache: the owner gets its own object, hits get fresh copies", "[vcache]") {
  World world;
  CHECK(world.run(R"(
    class Point { x = 1; get twice() { return 2 * this.x; } }
    const made = new Point();
    const own = await CACHE.read('k', () => ({ value: made }));
    made.x = 5;
    const hit = await CACHE.read('k');
    hit.x = 7;
    const again = await CACHE.read('k');
    return [own === made, hit === made, hit.constructor === Object, hit.twice === undefined,
            again === hit, again.x];
  )") == "[true,false,true,true,false,1]");
}

TEST_CASE("volatile cache: values of many types survive", "[vcache]") {
  World world;
  CHECK(world.run(R"(
    const value = { n: null, u: undefined, b: 10n ** 30n, d: new Date(5), m: new Map([[1, new Set([2])]]),
                    bytes: new Uint8Array([1, 2]), e: new RangeError('r'), s: 'ä€𝄞' };
    value.self = value;
    await CACHE.read('k', () => ({ value }));
    const v = await CACHE.read('k');
    await CACHE.read('nothing', () => ({}));
    return [v.n, 'u' in v, v.b === 10n ** 30n, v.d.getTime(), v.m.get(1).has(2), [...v.bytes],
            v.e instanceof RangeError, v.s, v.self === v, await CACHE.read('nothing', () => 1) === undefined];
  )") == R"([null,true,true,5,true,[1,2],true,"ä€𝄞",true,true])");
}

TEST_CASE("volatile cache: a fallback runs after read() returned, with nothing but the key",
          "[vcache]") {
  World world;
  CHECK(world.run(R"(
    const order = [];
    class Strict {
      static fallback(...args) {
        order.push(this === undefined, args.length, args[0]);
        return { value: 1 };
      }
    }
    const read = CACHE.read('k', Strict.fallback);
    order.push('returned');
    await read;
    return order;
  )") == R"(["returned",true,1,"k"])");
}

TEST_CASE("volatile cache: a thenable is as good as a promise", "[vcache]") {
  World world;
  CHECK(world.run("return CACHE.read('k', () => ({ then(f) { f({ value: 3 }); } }))") == "3");
}

TEST_CASE("volatile cache: the error of a fallback is its caller's", "[vcache]") {
  World world;
  auto [body, error] = GENERATE(table<std::string, std::string>({
      {"() => { throw new RangeError('sync'); }", "RangeError: sync"},
      {"async () => { throw new RangeError('async'); }", "RangeError: async"},
      {"() => 5",
       "TypeError: Incorrect type for Promise: the Promise did not resolve to "
       "'CacheValueProduceResult'."},
      {"async () => {}",
       "TypeError: Incorrect type for Promise: the Promise did not resolve to "
       "'CacheValueProduceResult'."},
      {"() => ({ get value() { throw new Error('getter'); } })", "Error: getter"},
      {"() => ({ value: { get a() { throw new Error('inner'); } } })", "Error: inner"},
      {"() => ({ value: () => 1 })", "DataCloneError: failed to serialize function"},
      {"() => ({ value: Symbol('s') })", "DataCloneError: failed to serialize symbol"},
      {"() => ({ value: { f() {} } })", "DataCloneError: failed to serialize object"},
      {"() => ({ value: 1, expiration: NaN })", "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: 'soon' })", "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: new Date(NaN) })",
       "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: 1n })", "TypeError: Cannot convert a BigInt value to a number"},
  }));
  CHECK(world.run("return await CACHE.read('k', " + body + ")") == error);
  CHECK(world.run("return await CACHE.read('k')") == "undefined");
  CHECK(world.run("return await CACHE.read('k', () => ({ value: 'next' }))") == R"("next")");
  CHECK(world.request.scope->unhandled.empty());
}

TEST_CASE("volatile cache: what cannot be cloned is a DOMException", "[vcache]") {
  World world;
  CHECK(world.run(R"(
    try { await CACHE.read('k', () => ({ value: () => 1 })); }
    catch (error) { return [error instanceof DOMException, error.code]; }
  )") == "[true,25]");
}

TEST_CASE("volatile cache: arguments", "[vcache]") {
  World world;
  const std::string noString =
      "TypeError: Failed to execute 'read' on 'MemoryCache': parameter 1 is not of type 'string'.";
  CHECK(world.run("return CACHE.read()") == noString);
  CHECK(world.run("return CACHE.read(5, () => ({ value: 1 }))") == noString);
  CHECK(world.run("return CACHE.read(new String('k'))") == noString);
  for (auto* fallback : {"null", "{}", "'f'"}) {
    CHECK(world.run("return CACHE.read('k', " + std::string(fallback) + ")") ==
          "TypeError: Failed to execute 'read' on 'MemoryCache': parameter 2 is not of type "
          "'Function'.");
  }
  // Errors of read() are rejections, never thrown.
  CHECK(world.run("const p = CACHE.read(5); return p.catch(() => 'rejected')") == R"("rejected")");
  CHECK(world.run("return CACHE.read('k'.repeat(2048), () => ({ value: 1 }))") == "1");
  CHECK(world.run("return CACHE.read('ä'.repeat(1024), () => ({ value: 1 }))") == "1");
  CHECK(world.run("return CACHE.read('', (k) => ({ value: k }))") == R"("")");
  CHECK(world.run("return CACHE.read('k'.repeat(2049))") == "RangeError: Key too large.");
  CHECK(world.run("return CACHE.read('ä'.repeat(1025), () => ({ value: 1 }))") ==
        "RangeError: Key too large.");
  CHECK(world.run("return CACHE.delete(5)") ==
        "TypeError: Failed to execute 'delete' on 'MemoryCache': parameter 1 is not of type "
        "'string'.");
  CHECK(world.run("return CACHE.delete('k'.repeat(2049))") == "RangeError: Key too large.");
}

TEST_CASE("volatile cache: global scope may not use it", "[vcache]") {
  World world;
  world.worker.isolate.enter(nullptr, [&](js::Lock& js) {
    auto script = js::check(v8::Script::Compile(
        js.context, js.str("CACHE.read('k').catch((error) => { globalThis.caught = `${error}`; })")));
    js::check(script->Run(js.context));
  });
  CHECK(world.run("return caught.split('.')[0]") ==
        R"("Error: Disallowed operation called within global scope")");
}

TEST_CASE("volatile cache: expiration is absolute, a number or a Date", "[vcache]") {
  World world;
  auto* expiration = GENERATE("Date.now() + 100", "new Date(Date.now() + 100)",
                              "`${Date.now() + 100}`");
  world.run("return CACHE.read('k', () => ({ value: 1, expiration: " + std::string(expiration) +
            " }))");
  world.server.advance(100);
  CHECK(Request(world.worker).run("return CACHE.read('k')") == "1");
  world.server.advance(1);
  CHECK(Request(world.worker).run("return CACHE.read('k')") == "undefined");
}

TEST_CASE("volatile cache: undefined never expires, null has expired", "[vcache]") {
  World world;
  world.run("return CACHE.read('forever', () => ({ value: 1, expiration: undefined }))");
  CHECK(world.run("return CACHE.read('null', () => ({ value: 2, expiration: null }))") == "2");
  CHECK(world.run("return CACHE.read('null')") == "undefined");
  world.server.advance(1'000'000);
  CHECK(Request(world.worker).run("return CACHE.read('forever')") == "1");
}

TEST_CASE("volatile cache: what has expired is judged by the request's clock", "[vcache]") {
  World world;
  world.run("return CACHE.read('k', () => ({ value: 1, expiration: Date.now() + 10 }))");
  world.server.advance(50);
  // Time stands still for a request that has waited for nothing.
  CHECK(world.run("return CACHE.read('k')") == "1");
  CHECK(Request(world.worker).run("return CACHE.read('k', () => ({ value: 2 }))") == "2");
}

TEST_CASE("volatile cache: delete removes the entry, not what is in flight", "[vcache]") {
  World world;
  world.run("return CACHE.read('k', () => ({ value: 1 }))");
  CHECK(world.run("return CACHE.delete('k')") == "undefined");
  CHECK(world.run("return CACHE.read('k')") == "undefined");
  auto owner = world.request.start(
      "return CACHE.read('k', async () => { await scheduler.wait(5); return { value: 2 }; })");
  auto waiter = world.request.start("return CACHE.read('k', () => ({ value: 3 }))");
  world.run("CACHE.delete('k')");
  world.server.advance(5);
  CHECK(*owner == "2");
  CHECK(*waiter == "2");
  CHECK(world.run("return CACHE.read('k')") == "2");
}

TEST_CASE("volatile cache: keys do not wait for each other", "[vcache]") {
  World world;
  auto slow = world.request.start(
      "return CACHE.read('a', async () => { await scheduler.wait(5); return { value: 'a' }; })");
  CHECK(world.run("return CACHE.read('b', () => ({ value: 'b' }))") == R"("b")");
  CHECK(*slow == "pending");
  world.server.advance(5);
  CHECK(*slow == R"("a")");
}

TEST_CASE("volatile cache: a value too large to keep still answers", "[vcache]") {
  World world;
  CHECK(world.run("return (await CACHE.read('k', () => ({ value: 'x'.repeat(2000) }))).length") ==
        "2000");
  CHECK(world.run("return CACHE.read('k')") == "undefined");
}

// --- Several workers ----------------------------------------------------------------------------

namespace {
constexpr auto kSlow =
    "return CACHE.read('k', async () => { await scheduler.wait(10); return { value: made }; })";
std::string slow(std::string_view value) {
  return "const made = " + std::string(value) + ";" + kSlow;
}
std::string slowFailure(std::string_view message) {
  return "return CACHE.read('k', async () => { await scheduler.wait(10); throw new Error('" +
         std::string(message) + "'); })";
}
}  // namespace

TEST_CASE("volatile cache: workers that name the same id share it", "[vcache]") {
  Server server;
  Worker first(server, "first"), second(server, "second"), other(server, "other", "other");
  Worker mine(server, "mine", ""), yours(server, "yours", "");
  CHECK(Request(first).run("return CACHE.read('k', () => ({ value: { n: 1 } }))") == R"({"n":1})");
  CHECK(Request(second).run("return CACHE.read('k')") == R"({"n":1})");
  CHECK(Request(other).run("return CACHE.read('k')") == "undefined");
  CHECK(Request(mine).run("return CACHE.read('k', () => ({ value: 2 }))") == "2");
  CHECK(Request(yours).run("return CACHE.read('k')") == "undefined");
}

TEST_CASE("volatile cache: reads of one key meet, across isolates", "[vcache]") {
  Server server;
  Worker first(server, "first"), second(server, "second");
  Request owner(first), same(first), other(second);
  auto made = owner.start(slow("{ n: 1 }"));
  auto inSame = same.start("return CACHE.read('k', () => { throw new Error('called'); })");
  auto inOther = other.start("return CACHE.read('k', () => { throw new Error('called'); })");
  // Who waits for another request does not hang.
  CHECK(same.waits());
  CHECK(other.waits());
  server.advance(9);
  CHECK(*inOther == "pending");
  server.advance(1);
  CHECK(*made == R"({"n":1})");
  CHECK(*inSame == R"({"n":1})");
  CHECK(*inOther == R"({"n":1})");
  CHECK_FALSE(other.waits());
}

TEST_CASE("volatile cache: who waited sees the time at which it woke", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), other(second);
  owner.start(slow("1"));
  auto seen = other.start("await CACHE.read('k', () => {}); return Date.now()");
  server.advance(10);
  CHECK(*seen == std::to_string(kStartMillis + 10));
}

TEST_CASE("volatile cache: when the owner fails, the head runs its own fallback", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), head(second), tail(first);
  auto failed = owner.start(slowFailure("first"));
  auto failedToo = head.start(slowFailure("second"));
  auto made = tail.start(slow("'third'"));
  auto last = owner.start("return CACHE.read('k', () => { throw new Error('called'); })");
  server.advance(10);
  CHECK(*failed == "Error: first");
  CHECK(*failedToo == "pending");
  CHECK(tail.waits());
  server.advance(10);
  CHECK(*failedToo == "Error: second");
  CHECK(*made == "pending");
  server.advance(10);
  CHECK(*made == R"("third")");
  CHECK(*last == R"("third")");
}

TEST_CASE("volatile cache: what is no result passes the turn on, too", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), head(second);
  auto failed = owner.start(
      "return CACHE.read('k', async () => { await scheduler.wait(10); return { value: () => 1 }; })");
  auto made = head.start("return CACHE.read('k', () => ({ value: 2 }))");
  server.advance(10);
  CHECK(*failed == "DataCloneError: failed to serialize function");
  CHECK(*made == "2");
}

TEST_CASE("volatile cache: when the owner's request ends, the head takes over", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), head(second);
  auto lost = owner.start(slow("1"));
  auto made = head.start("return CACHE.read('k', () => ({ value: 2 }))");
  server.advance(5);
  owner.end();
  server.poll();
  CHECK(*made == "2");
  CHECK(*lost == "pending");
  server.advance(10);
  CHECK(Request(first).run("return CACHE.read('k')") == "2");
}

TEST_CASE("volatile cache: what a dead request's fallback returns is not kept", "[vcache]") {
  Server server;
  Worker worker(server);
  Request owner(worker), other(worker);
  owner.start(
      "return CACHE.read('k', () => new Promise((resolve) => { globalThis.finish = resolve; }))");
  owner.end();
  // JavaScript of another request settles the promise that was left behind.
  CHECK(other.run("finish({ value: 'late' }); await null; await null; return CACHE.read('k')") ==
        "undefined");
  CHECK(other.run("return CACHE.read('k', () => ({ value: 2 }))") == "2");
}

TEST_CASE("volatile cache: a fallback that never settles is not pending work", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), head(second);
  owner.start("return CACHE.read('k', () => new Promise(() => {}))");
  auto made = head.start("return CACHE.read('k', () => ({ value: 2 }))");
  // The owner's request hangs, and so it will be ended; the head just waits.
  CHECK_FALSE(owner.waits());
  CHECK(head.waits());
  owner.end();
  server.poll();
  CHECK(*made == "2");
}

TEST_CASE("volatile cache: a head whose request ended is skipped", "[vcache]") {
  Server server;
  Worker first(server), second(server), third(server);
  Request owner(first), head(second), tail(third);
  auto failed = owner.start(slowFailure("first"));
  head.start("return CACHE.read('k', () => { globalThis.called = true; return { value: 2 }; })");
  auto made = tail.start("return CACHE.read('k', () => ({ value: 3 }))");
  head.end();
  server.advance(10);
  CHECK(*failed == "Error: first");
  CHECK(*made == "3");
  CHECK(Request(second).run("return globalThis.called") == "undefined");
}

TEST_CASE("volatile cache: a whole queue may die at once", "[vcache]") {
  Server server;
  Worker first(server), second(server);
  Request owner(first), head(second), tail(first);
  owner.start(slow("1"));
  head.start("return CACHE.read('k', () => ({ value: 2 }))");
  tail.start("return CACHE.read('k', () => ({ value: 3 }))");
  owner.end();
  head.end();
  tail.end();
  server.advance(20);
  CHECK(Request(second).run("return CACHE.read('k', () => ({ value: 4 }))") == "4");
}

TEST_CASE("volatile cache: one request may hold several places in a queue", "[vcache]") {
  World world;
  auto all = world.request.start(R"(
    const reads = [
      CACHE.read('k', () => { throw new Error('one'); }),
      CACHE.read('k', async () => { await null; throw new Error('two'); }),
      CACHE.read('k', () => ({ value: 3 })),
      CACHE.read('k', () => ({ value: 4 })),
    ];
    return (await Promise.allSettled(reads)).map((r) => r.value ?? r.reason.message);
  )");
  CHECK(*all == R"(["one","two",3,3])");
  CHECK(world.request.scope->unhandled.empty());
}

TEST_CASE("volatile cache: a fallback sees the AsyncLocalStorage of its own read()", "[vcache]") {
  Server server;
  Worker worker(server);
  worker.isolate.enter(nullptr, [&](js::Lock& js) {
    auto builtins = js.get(worker.isolate.runtime(js), "builtins").As<v8::Object>();
    auto hooks = js.get(builtins, "node:async_hooks").As<v8::Object>();
    js.set(js.context->Global(), "AsyncLocalStorage", js.get(hooks, "AsyncLocalStorage"));
  });
  Request owner(worker), head(worker);
  CHECK(owner.run("globalThis.storage = new AsyncLocalStorage()") == "undefined");
  const std::string read = R"(
    return storage.run(name, () => CACHE.read('k', async () => {
      const before = storage.getStore();
      await scheduler.wait(10);
      if (name === 'owner') throw new Error(`${before} ${storage.getStore()}`);
      return { value: [before, storage.getStore()] };
    }));
  )";
  auto failed = owner.start("const name = 'owner';" + read);
  auto made = head.start("const name = 'head';" + read);
  server.advance(20);
  CHECK(*failed == "Error: owner owner");
  CHECK(*made == R"(["head","head"])");
}

TEST_CASE("volatile cache: a fallback that is ended by a limit passes the turn on", "[vcache]") {
  Server server;
  js::Watchdog watchdog(std::chrono::milliseconds(50));
  Worker first(server, "first", "shared", kRoomy, {.watchdog = &watchdog});
  Worker second(server);
  Request owner(first), head(second);
  // The head joins before the owner's fallback gets its turn on the event loop.
  first.isolate.enter(owner.scope.get(), [&](js::Lock& js) {
    auto script = js::check(v8::Script::Compile(
        js.context, js.str("CACHE.read('k', () => { for (;;); }); undefined")));
    js::check(script->Run(js.context));
  });
  auto made = head.start("return CACHE.read('k', () => ({ value: 2 }))");
  server.poll();
  CHECK(owner.scope->aborted() == "Worker exceeded CPU time limit.");
  CHECK(*made == "pending");
  owner.end();
  server.poll();
  CHECK(*made == "2");
}

TEST_CASE("volatile cache: limits go with their worker", "[vcache]") {
  Server server;
  Worker small(server, "small", "shared",
               {.maxKeys = 1, .maxValueSize = 100, .maxTotalValueSize = 100});
  {
    Worker large(server, "large");
    Request request(large);
    request.run("await CACHE.read('a', () => ({ value: 1 })); await CACHE.read('b', () => ({ value: 2 }))");
    CHECK(Request(small).run("return [await CACHE.read('a'), await CACHE.read('b')]") == "[1,2]");
  }
  CHECK(Request(small).run("return [await CACHE.read('a'), await CACHE.read('b')]") == "[null,2]");
}

// --- Effects ------------------------------------------------------------------------------------

TEST_CASE("volatile cache: operations are effects of their exchange", "[vcache]") {
  Server server;
  Worker first(server, "first"), second(server, "second", "shared");
  auto log = std::make_shared<net::EffectLog>();
  Request owner(first, log), waiter(second, log), silent(second);
  owner.start(slow("1"));
  waiter.start("return CACHE.read('k', () => ({ value: 2 }))");
  silent.start("return CACHE.read('k', () => ({ value: 2 }))");
  owner.start(R"(return CACHE.read('"ä', async () => { throw new TypeError('no'); }))");
  server.advance(10);
  waiter.run("await CACHE.read('k'); CACHE.delete('k'); await CACHE.read('k')");

  auto effects = log->take();
  std::vector<std::string> lines;
  for (auto& effect : effects) {
    CHECK(effect.kind == net::EffectKind::kCache);
    CHECK(effect.destination == "shared");
    lines.push_back(effect.worker + " " + effect.operation + " " + effect.input + " " +
                    effect.output + " " + effect.error);
  }
  CHECK(lines == std::vector<std::string>{
                     R"(first read "k" {"hit":false} )",
                     R"(second read "k" {"hit":false,"coalesced":true} )",
                     R"(first read "\"ä" {"hit":false} TypeError: no)",
                     R"(second read "k" {"hit":true} )",
                     R"(second delete "k"  )",
                     R"(second read "k" {"hit":false} )",
                 });
  REQUIRE(effects.size() == 6);
  CHECK(effects[0].duration == std::chrono::milliseconds(10));
  CHECK(effects[1].duration == std::chrono::milliseconds(10));
  CHECK(effects[3].start == server.clock.now());
}

TEST_CASE("volatile cache: effects may be taken away before a read ends", "[vcache]") {
  Server server;
  Worker worker(server, "worker", "");
  auto log = std::make_shared<net::EffectLog>();
  Request request(worker, log);
  auto made = request.start(slow("1"));
  auto effects = log->take();
  REQUIRE(effects.size() == 1);
  // A cache without an id goes by the name of its binding.
  CHECK(effects[0].destination == "CACHE");
  server.advance(10);
  CHECK(*made == "1");
}

TEST_CASE("volatile cache: its class is no way around its methods", "[vcache]") {
  World world;
  CHECK(world.run("return Object.create(CACHE).read('k')") == "TypeError: Illegal invocation");
  CHECK(world.run("const { read } = CACHE; return read('k')") == "TypeError: Illegal invocation");
  CHECK(world.run("return typeof new CACHE.constructor().read('k')").starts_with("TypeError"));
}

namespace {
std::chrono::nanoseconds cpuTime() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}
}  // namespace

// Run with `bindings_test "[.speed]"`.
TEST_CASE("volatile cache: time of a hit", "[.speed]") {
  World world;
  world.run("return CACHE.read('host', () => ({ value: { accountId: 12, zone: 'example.com' } }))");
  world.run(R"(
    globalThis.loop = async (count, read) => { for (let i = 0; i < count; ++i) await read('host'); };
    globalThis.fallback = () => ({ value: 0 });
  )");
  auto nanos = [&](const std::string& read) {
    auto begin = cpuTime();
    CHECK(world.run("return loop(1e6, " + read + ")") == "undefined");
    return double((cpuTime() - begin).count()) / 1e6;
  };
  double empty = nanos("async () => 1");
  WARN(nanos("(key) => CACHE.read(key, fallback)") - empty << " ns for a hit of a small object");
  world.run("await CACHE.read('host2', () => ({ value: 12 }))");
  WARN(nanos("(key) => CACHE.read('host2', fallback)") - empty << " ns for a hit of a number");
}

}  // namespace flamesim::bindings
