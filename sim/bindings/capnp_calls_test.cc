#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

const std::string kOtherRequest =
    "Error: Cannot perform I/O on behalf of a different request. I/O objects (such as streams, "
    "request/response bodies, and others) created in the context of one request handler cannot be "
    "accessed from a different request's handler. This is a limitation of Cloudflare Workers which "
    "allows us to improve overall performance. (I/O type: CapnpCapability)";

TEST_CASE("A call takes one object or undefined and promises an object") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const p = echo().say({ text: 'hi' });"
                  "return [p instanceof Promise, await p]") == "[true,{text:\"hi\"}]");
  CHECK(world.run("return await echo().say(undefined)") == "{}");
  CHECK(world.run("return await echo().say({ text: 'a' }, { text: 'b' })") == "{text:\"a\"}");
  for (auto* value : {"null", "5", "'text'", "true", "Symbol()"}) {
    CAPTURE(value);
    CHECK(world.run(std::string("const c = echo(); return thrown(() => c.say(") + value + "))") ==
          "TypeError: Argument to a capnp RPC call must be an object.");
  }
  CHECK(world.run("return await echo().later({ text: 'in time' })") == "{text:\"in time\"}");
  CHECK(world.run("const c = echo();"
                  "const all = await Promise.all(['a', 'b', 'c'].map((text) => c.later({ text })));"
                  "return all.map((r) => r.text)") == "[\"a\",\"b\",\"c\"]");
}

TEST_CASE("Classes: methods on prototypes, CapnpCapability above all") {
  CapnpWorld world;
  world.addService("derived", "Derived");
  CHECK(world.run(R"js(
    const c = echo();
    const Echo = types.Echo;
    const base = Object.getPrototypeOf(Echo.prototype);
    return [
      c instanceof Echo, c.constructor === Echo, Echo.name, base.constructor.name,
      Object.keys(c), typeof Object.getPrototypeOf(c).say,
      Object.hasOwn(base, "close"), Object.hasOwn(base, "unwrap"), Object.hasOwn(Echo.prototype, "close"),
    ];
  )js") == "[true,true,\"Echo\",\"CapnpCapability\",[],\"function\",true,true,false]");
  // Methods of super-interfaces are flattened in: there is no JavaScript class between.
  CHECK(world.run("return [Object.getPrototypeOf(types.Derived.prototype).constructor.name,"
                  "        derived() instanceof types.Base]") == "[\"CapnpCapability\",false]");
  // Methods want their own receiver.
  CHECK(world.run("const c = echo(); return thrown(() => types.Echo.prototype.say.call({}))") ==
        "TypeError: Illegal invocation");
  CHECK(world.run("const d = derived(); return thrown(() => types.Echo.prototype.say.call(d))") ==
        "TypeError: Illegal invocation");
  CHECK(world.run("const b = Object.getPrototypeOf(types.Echo.prototype).constructor;"
                  "return thrown(() => new b())") == "TypeError: Illegal constructor");
  CHECK(
      world.run("return thrown(() => new types.Echo.prototype.say({}))").starts_with("TypeError"));
}

TEST_CASE("Methods of super-interfaces: the first of a name wins") {
  CapnpWorld world;
  world.addService("derived", "Derived");
  world.addService("override", "Override");
  CHECK(world.run("const d = derived(); return [(await d.derived()).from, (await d.common()).from,"
                  " (await d.base()).from, (await d.side()).from]") ==
        "[\"Derived.derived\",\"Base.common\",\"Base.base\",\"Side.side\"]");
  CHECK(
      world.run("const o = override(); return [(await o.common()).from, (await o.base()).from]") ==
      "[\"Override.common\",\"Base.base\"]");
  // A capability passes where the schema has one of its super-interfaces, and nowhere else.
  CHECK(world.run("const d = derived(); return await d.takeBase({ base: d })") ==
        "{from:\"Base.base\"}");
  CHECK(world.run("return await derived().takeBase({ base: echo() })") ==
        "TypeError: Incorrect type for Cap'n Proto field: base");
}

TEST_CASE("Errors of the other side reject") {
  SECTION("directly") {
    CapnpWorld world;
    CHECK(world.run("return await echo().fail({ text: 'boom' })") ==
          "Error: capnp RPC exception: boom");
    CHECK(world.run("try { await echo().fail({ text: 'x' }) } catch (e) {"
                    "return [e.constructor === Error, e instanceof Error] }") == "[true,true]");
  }
  SECTION("over a socket") {
    CapnpWorld world(Transport::kSocket);
    CHECK(world.run("return await echo().fail({ text: 'boom' })") ==
          "Error: capnp RPC exception: remote exception: boom");
  }
  SECTION("a capability that cannot be had") {
    CapnpWorld world;
    world.ports["broken"] = factoryPort([]() -> capnp::Capability::Client {
      return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                           kj::heapString("connection refused"));
    });
    world.addService("broken", "Echo");
    CHECK(world.run("return await broken().say({ text: 'x' })") ==
          "Error: capnp RPC exception: connection refused");
  }
}

TEST_CASE("Streaming calls resolve undefined, and a failure comes out later") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const c = echo(); const r = [await c.feed({ chunk: 'a' }), "
                  "await c.feed({ chunk: 'b' })]; return [...r, (await c.fed()).text]") ==
        "[undefined,undefined,\"ab\"]");
  CHECK(world.run("const c = echo();"
                  "const first = await rejected(c.feed({ chunk: 'poison' }));"
                  // Over a connection a call ends when there is room for the next: that one fails.
                  "await rejected(c.say({})); const next = await rejected(c.feed({ chunk: 'c' }));"
                  "return first !== 'nothing' || next !== 'nothing'") == "true");
}

TEST_CASE("close() ends a capability; what it still has under way goes on") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const c = echo(); const p = c.later({ text: 'x' });"
                  "const r = [c.close(), thrown(() => c.say({})), c.close()];"
                  "return [...r, (await p).text, thrown(() => c.unwrap())]") ==
        "[undefined,\"Error: Capability has been closed.\",undefined,\"x\","
        "\"Error: Capability has been closed.\"]");
  CHECK(world.run("const c = echo(); c.close(); const d = echo();"
                  "try { return await d.giveBack({ echo: c }) } finally { d.close() }") ==
        "Error: Capability has been closed.");
  world.newRequest();
  CHECK(world.lines.empty());
}

TEST_CASE("Capabilities come in results and go in parameters") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const c = echo(); const r = await c.open();"
                  "return [r.echo instanceof types.Echo, (await r.echo.say({ text: '1' })).text,"
                  "  (await r.box.echo.say({ text: '2' })).text,"
                  "  (await r.box.box.echo.say({ text: '3' })).text, r.box.box.box,"
                  "  (await r.place.echo.say({ text: '4' })).text,"
                  "  (await r.either.say({ text: '5' })).text, r.count]") ==
        "[true,\"1\",\"2\",\"3\",undefined,\"4\",\"5\",5]");
  CHECK(world.run("const c = echo(); const { echo: back } = await c.giveBack({ echo: c });"
                  "return [back === c, (await back.say({ text: 'x' })).text]") == "[false,\"x\"]");
  CHECK(world.run("return await echo().giveBack({ echo: null })") == "{}");
}

TEST_CASE("Calls go to what a call will return, before it returns") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const c = echo(); const p = c.openLate(); let early = true;"
                  "p.then(() => early = false);"
                  "const q = p.echo.say({ text: 'piped' });"
                  "return [early, p.echo === p.echo, p.echo instanceof types.Echo,"
                  "        (await q).text]") == "[true,true,true,\"piped\"]");
  CHECK(world.run("const p = echo().open();"
                  "const calls = [p.echo.say({ text: '1' }), p.box.echo.say({ text: '2' }),"
                  "  p.box.box.echo.say({ text: '3' }), p.place.echo.say({ text: '4' })];"
                  "return (await Promise.all(calls)).map((r) => r.text)") ==
        "[\"1\",\"2\",\"3\",\"4\"]");
  // Results of pipelined calls pipeline too.
  CHECK(world.run(
            "return (await echo().openLate().echo.openLate().echo.say({ text: 'far' })).text") ==
        "far");
  // Only structs, groups and interfaces outside of unions.
  CHECK(world.run("const p = echo().open(); const keys = Object.getOwnPropertyNames(p);"
                  "await p; return keys.sort()") == "[\"box\",\"echo\",\"place\"]");
  CHECK(world.run("const p = echo().say({}); const keys = Object.getOwnPropertyNames(p);"
                  "await p; return keys") == "[]");
  // A pipelined capability can be passed on.
  CHECK(world.run("const c = echo();"
                  "const { echo: e } = await c.giveBack({ echo: c.openLate().echo });"
                  "return (await e.say({ text: 'passed' })).text") == "passed");
}

TEST_CASE("A pipelined call on what never came fails for the same reason") {
  CapnpWorld world;
  CHECK(world.run("const p = echo().failToOpen(); p.catch(() => {});"
                  "const early = p.echo.say({ text: 'x' }); const box = p.box;"
                  "const first = await rejected(early);"
                  "const after = await rejected(box.echo.say({}));"
                  "return [first, after, await rejected(p)]") ==
        "[\"Error: capnp RPC exception: not today\",\"Error: capnp RPC exception: not today\","
        "\"Error: capnp RPC exception: not today\"]");
}

TEST_CASE("After the answer the promise's properties are the results'") {
  CapnpWorld world;
  CHECK(world.run("const p = echo().open(); const r = await p;"
                  "return [p.echo === r.echo, p.box === r.box,"
                  "        (await p.echo.say({ text: 'x' })).text]") == "[true,true,\"x\"]");
}

TEST_CASE("Calls are work of their request and end with it") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("globalThis.c = echo(); globalThis.ran = false;"
                  "c.never().finally(() => ran = true); return 1") == "1");
  CHECK(world.scope->hasPendingTasks());
  world.turn();
  CHECK(world.state.pending == 1);
  world.newRequest();
  world.turn();
  CHECK(world.state.pending == 0);
  CHECK(world.run("return ran") == "false");
}

TEST_CASE("A capability is of no use in another request, nor in global scope") {
  CapnpWorld world;
  CHECK(world.run("globalThis.c = echo(); globalThis.p = c.never(); p.echo; return 1") == "1");
  world.newRequest();
  CHECK(world.run("return thrown(() => c.say({}))") == kOtherRequest);
  CHECK(world.run("return thrown(() => c.close())") == kOtherRequest);
  CHECK(world.run("return thrown(() => c.unwrap())") == kOtherRequest);
  CHECK(world.run("return thrown(() => echo().giveBack({ echo: c }))") == kOtherRequest);
  // Many slots later it is still not somebody else's capability.
  CHECK(world.run("for (let i = 0; i < 1000; ++i) echo().close();"
                  "const held = []; for (let i = 0; i < 50; ++i) held.push(echo());"
                  "const r = thrown(() => c.say({})); held.forEach((c) => c.close()); return r") ==
        kOtherRequest);
  std::string text;
  world.isolate.enter(nullptr, [&](js::Lock& js) {
    auto script = js::check(v8::Script::Compile(js.context, js.str("thrown(() => echo())")));
    text = js.text(js::check(script->Run(js.context)));
  });
  CHECK(text.starts_with("Error: Disallowed operation called within global scope."));
}

TEST_CASE("What is left open is dropped at the request's end, with one warning") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  world.turn();
  uint32_t before = world.state.live;
  CHECK(world.run("const c = echo(); const a = await c.open(); await c.open(); a.echo.close();"
                  "return (await c.live()).count > 5") == "true");
  CHECK(world.state.live > before);
  CHECK(world.lines.empty());
  world.newRequest();
  world.turn();
  CHECK(world.state.live == before);
  REQUIRE(world.lines.size() == 1);
  CHECK(
      world.lines[0] ==
      "warn: The request ended with 10 open Cap'n Proto capabilities (the first: Echo). Call "
      "close() on each as soon as you are done with it, so that the other side can let go of it.");
  world.lines.clear();
  CHECK(world.run("echo(); return 1") == "1");
  world.newRequest();
  CHECK(world.lines.size() == 1);
  // Who closes is not warned.
  world.lines.clear();
  CHECK(world.run("const c = echo(); await c.say({}); c.close(); return 1") == "1");
  world.newRequest();
  CHECK(world.lines.empty());
}

TEST_CASE("close() lets the other side go at once") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run("const c = echo(); const before = (await c.live()).count;"
                  "const { echo: e } = await c.openLate();"
                  "const during = (await c.live()).count; e.close();"
                  "const after = (await c.live()).count; c.close();"
                  "return [during - before, after - before]") == "[1,0]");
}

TEST_CASE("Many calls in one request keep nothing behind") {
  CapnpWorld world;
  CHECK(world.run("const c = echo(); for (let i = 0; i < 3000; ++i) {"
                  "  const { echo: e } = await c.openLate(); e.close(); }"
                  "const n = (await c.live()).count; c.close(); return n") == "1");
  world.turn();
  CHECK(world.state.live == 0);
}

TEST_CASE("Garbage collection neither drops a capability nor breaks one") {
  CapnpWorld world;
  CHECK(world.run("for (let i = 0; i < 200; ++i) echo().say({ text: 'x'.repeat(1000) });"
                  "return (await echo().later({ text: 'y' })).text") == "y");
  world.isolate.v8()->LowMemoryNotification();
  CHECK(world.run("return (await echo().say({ text: 'z' })).text") == "z");
  CHECK(world.state.live == 202);
}

}  // namespace
}  // namespace flamesim::bindings
