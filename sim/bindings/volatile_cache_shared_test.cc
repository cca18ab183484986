// The volatile cache between requests and workers: who makes a value, who waits, what happens when
// one of them ends; and the effects that are left behind.
#include <catch2/catch.hpp>

#include "sim/bindings/volatile_cache_fixture.h"
#include "sim/js/watchdog.h"

namespace flamesim::bindings {

namespace {

using namespace vcache_test;

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
      "return CACHE.read('k', async () => { await scheduler.wait(10); return { value: () => 1 }; "
      "})");
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
  js::Watchdog watchdog;
  Worker first(server, "first", "shared", kRoomy,
               {.watchdog = &watchdog, .cpuLimit = std::chrono::milliseconds(50)});
  Worker second(server);
  Request owner(first), head(second);
  // The head joins before the owner's fallback gets its turn on the event loop.
  first.isolate.enter(owner.scope.get(), [&](js::Lock& js) {
    auto script = js::check(
        v8::Script::Compile(js.context, js.str("CACHE.read('k', () => { for (;;); }); undefined")));
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
    request.run(
        "await CACHE.read('a', () => ({ value: 1 })); await CACHE.read('b', () => ({ value: 2 }))");
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

}  // namespace flamesim::bindings
