// The volatile cache as the JavaScript of one request sees it.
#include "sim/bindings/volatile_cache.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <ctime>

#include "sim/bindings/volatile_cache_fixture.h"

namespace flamesim::bindings {

namespace {

using namespace vcache_test;

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
    const value = { n: null, u: undefined, b: 10n ** 30n, d: new Date(5),
                    m: new Map([[1, new Set([2])]]),
                    bytes: new Uint8Array([1, 2]), e: new RangeError('r'), s: 'ä€𝄞',
                    h: new Headers({ a: 'b' }), x: new DOMException('m', 'AbortError') };
    value.self = value;
    await CACHE.read('k', () => ({ value }));
    const v = await CACHE.read('k');
    await CACHE.read('nothing', () => ({}));
    return [v.n, 'u' in v, v.b === 10n ** 30n, v.d.getTime(), v.m.get(1).has(2), [...v.bytes],
            v.e instanceof RangeError, v.s, v.self === v, v.h.get('a'),
            v.x instanceof DOMException, v.x.name,
            await CACHE.read('nothing', () => 1) === undefined];
  )") == R"([null,true,true,5,true,[1,2],true,"ä€𝄞",true,"b",true,"AbortError",true])");
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
      {"() => ({ value: new URL('a:b') })", "DataCloneError: failed to serialize object"},
      {"() => ({ value: { a: [new Response('x')] } })",
       "DataCloneError: failed to serialize object"},
      {"() => ({ value: 1, expiration: NaN })", "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: 'soon' })", "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: new Date(NaN) })",
       "TypeError: Expiration time must not be NaN."},
      {"() => ({ value: 1, expiration: 1n })",
       "TypeError: Cannot convert a BigInt value to a number"},
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
        js.context,
        js.str("CACHE.read('k').catch((error) => { globalThis.caught = `${error}`; })")));
    js::check(script->Run(js.context));
  });
  CHECK(world.run("return caught.split('.')[0]") ==
        R"("Error: Disallowed operation called within global scope")");
}

TEST_CASE("volatile cache: expiration is absolute, a number or a Date", "[vcache]") {
  World world;
  auto* expiration =
      GENERATE("Date.now() + 100", "new Date(Date.now() + 100)", "`${Date.now() + 100}`");
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

TEST_CASE("volatile cache: its class is no way around its methods", "[vcache]") {
  World world;
  CHECK(world.run("return Object.create(CACHE).read('k')") == "TypeError: Illegal invocation");
  CHECK(world.run("const { read } = CACHE; return read('k')") == "TypeError: Illegal invocation");
  // Broke: an instance without an object behind it, whose methods read what `undefined` looks like.
  CHECK(world.run("return new CACHE.constructor()") == "TypeError: Illegal constructor");
  CHECK(world.run("class Own extends CACHE.constructor {}; return new Own()") ==
        "TypeError: Illegal constructor");
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
    globalThis.loop = async (count, read) => {
      for (let i = 0; i < count; ++i) await read('host');
    };
    globalThis.fallback = () => ({ value: 0 });
  )");
  auto nanos = [&](const std::string& read) {
    auto begin = cpuTime();
    CHECK(world.run("return loop(1e6, " + read + ")") == "undefined");
    return double((cpuTime() - begin).count()) / 1e6;
  };
  double empty = nanos("async () => 1");
  WARN("a hit of a small object: " << nanos("(key) => CACHE.read(key, fallback)") - empty << " ns");
  world.run("await CACHE.read('host2', () => ({ value: 12 }))");
  WARN("a hit of a number: " << nanos("(key) => CACHE.read('host2', fallback)") - empty << " ns");
}

}  // namespace flamesim::bindings
