#include <catch2/catch.hpp>

#include "sim/bindings/capnp_fixture.h"

namespace flamesim::bindings {
namespace {

TEST_CASE("A plain object in parameters becomes a server that the other side calls") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run(R"js(
    const c = echo();
    const callback = {
      prefix: "got ",
      async called({ text, echo: e }) {
        const said = await e.say({ text: text + "!" });
        e.close();
        return { text: this.prefix + said.text };
      },
    };
    const { text } = await c.callBack({ callback, text: "hi" });
    c.close();
    return text;
  )js") == "got hi!");
  world.newRequest();
  CHECK(world.lines.empty());
}

TEST_CASE("new Iface(object) makes a capability") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run(R"js(
    const callback = new types.Callback({ called: ({ text }) => ({ text: text.toUpperCase() }) });
    const c = echo();
    const r = [callback instanceof types.Callback, callback.constructor.name,
               (await c.callBack({ callback, text: "a" })).text,
               // ... which can be called from here as well.
               (await callback.called({ text: "b" })).text];
    callback.close(); c.close();
    return r;
  )js") == "[true,\"Callback\",\"A\",\"B\"]");
  CHECK(world.run("return thrown(() => types.Callback({}))") ==
        "TypeError: Failed to construct 'Callback': Please use the 'new' operator, this object "
        "constructor cannot be called as a function.");
  for (auto* value : {"", "null", "5", "'x'"}) {
    CAPTURE(value);
    CHECK(world.run(std::string("return thrown(() => new types.Callback(") + value + "))") ==
          "TypeError: Constructor argument for 'Callback' must be an object implementing the "
          "interface.");
  }
  CHECK(world.run("class Mine extends types.Callback { extra() { return 1; } }"
                  "const m = new Mine({ called: () => ({ text: 'x' }) });"
                  "const r = [m.extra(), (await m.called()).text]; m.close(); return r") ==
        "[1,\"x\"]");
}

TEST_CASE("What a method may return") {
  CapnpWorld world;
  auto returns = [&](const char* result) {
    return world.run(std::string("const s = new types.Callback({ called: () => (") + result +
                     ") }); try { return await s.called({}) } finally { s.close() }");
  };
  CHECK(returns("{ text: 'x' }") == "{text:\"x\"}");
  CHECK(returns("undefined") == "{}");
  CHECK(returns("Promise.resolve({ text: 'x' })") == "{text:\"x\"}");
  CHECK(returns("Promise.resolve()") == "{}");
  for (auto* value : {"5", "'x'", "null", "Promise.resolve(1)"}) {
    CAPTURE(value);
    CHECK(returns(value) ==
          "Error: capnp RPC exception: RPC method server implementation returned a non-object.");
  }
  CHECK(returns("{ nope: 1 }") ==
        "Error: capnp RPC exception: TypeError: No such field in Cap'n Proto struct: nope");
  CHECK(returns("Promise.resolve({ get text() { throw new RangeError('mine') } })") ==
        "Error: capnp RPC exception: RangeError: mine");
}

TEST_CASE("What a method throws reaches the caller") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world
            .run("const c = echo();"
                 "const callback = { called() { throw new TypeError('not so'); } };"
                 "return await rejected(c.callBack({ callback }))")
            .ends_with("TypeError: not so"));
  CHECK(
      world
          .run("const c = echo(); const callback = { async called() { throw new Error('late'); } };"
               "return await rejected(c.callBack({ callback }))")
          .ends_with("Error: late"));
  CHECK(world.run("return await rejected(echo().callBack({ callback: {} }))")
            .ends_with("RPC method not implemented: called"));
  CHECK(world.run("return await rejected(echo().callBack({ callback: { called: 5 } }))")
            .ends_with("RPC method not implemented: called"));
  CHECK(world
            .run("const callback = { get called() { throw new Error('getter'); } };"
                 "return await rejected(echo().callBack({ callback }))")
            .ends_with("Error: getter"));
}

TEST_CASE("An unimplemented method is UNIMPLEMENTED to C++") {
  CapnpWorld world;
  CHECK(world.run("const c = echo(); await c.keep({ callback: {} }); c.close(); return 1") == "1");
  auto kept = KJ_REQUIRE_NONNULL(world.state.kept);
  auto call = kept.newRequest("called").send().ignoreResult().then(
      [] { return kj::str("nothing"); },
      [](kj::Exception&& error) {
        CHECK(error.getType() == kj::Exception::Type::UNIMPLEMENTED);
        return kj::str(error.getDescription());
      });
  CHECK(call.wait(world.io.waitScope) == "RPC method not implemented: called");
}

TEST_CASE("Streaming methods of a server in JavaScript") {
  CapnpWorld world;
  CHECK(world.run("const fed = []; const s = new types.Callback({"
                  "  async fed({ chunk }) { fed.push(chunk); } });"
                  "await s.fed({ chunk: 'a' }); await s.fed({ chunk: 'b' }); s.close();"
                  "return fed") == "[\"a\",\"b\"]");
}

TEST_CASE("A kept capability calls its object while the request lives, then no more") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(
      world.run("globalThis.calls = 0; const c = echo();"
                "await c.keep({ callback: { called: () => { ++calls; return { text: 'x' }; } } });"
                "const r = (await c.callKept()).text; c.close(); return r") == "x");
  world.newRequest();
  CHECK(world.run("const c = echo(); const r = await rejected(c.callKept()); c.close(); return r")
            .ends_with("Called to event context that is no longer live."));
  CHECK(world.run("return calls") == "1");
  CHECK(world.run("const c = echo(); await c.forget(); c.close(); return 1") == "1");
}

TEST_CASE("A call that is under way when the request ends is told so") {
  CapnpWorld world;
  CHECK(world.run(
            "const c = echo(); await c.keep({ callback: { called: () => new Promise(() => {}) } });"
            "c.close(); return 1") == "1");
  auto kept = KJ_REQUIRE_NONNULL(world.state.kept);
  auto result = kj::str();
  auto call = kept.newRequest("called")
                  .send()
                  .ignoreResult()
                  .then([] {},
                        [&](kj::Exception&& error) {
                          CHECK(error.getType() == kj::Exception::Type::DISCONNECTED);
                          result = kj::str(error.getDescription());
                        })
                  .eagerlyEvaluate(nullptr);
  world.turn();
  CHECK(result == "");
  world.newRequest();
  world.turn();
  CHECK(result == "Called to event context that is no longer live.");
}

TEST_CASE("A caller that goes away leaves JavaScript to finish in peace") {
  CapnpWorld world;
  CHECK(world.run(
            "globalThis.done = null; const c = echo();"
            "await c.keep({ callback: { called: () => new Promise((r) => globalThis.done = r) } });"
            "c.close(); return 1") == "1");
  {
    auto dropped = KJ_REQUIRE_NONNULL(world.state.kept).newRequest("called").send();
    world.turn();
  }
  world.turn();
  CHECK(world.run("done({ text: 'x' }); return 1") == "1");
  world.turn();
}

TEST_CASE("close() of the object is called once, when the last reference drops") {
  CapnpWorld world(GENERATE(Transport::kDirect, Transport::kSocket));
  CHECK(world.run(R"js(
    globalThis.closed = 0;
    const c = echo();
    const callback = new types.Callback({ called: () => ({}), close() { ++closed; this.gone = true; } });
    await c.keep({ callback });
    callback.close();
    await c.say({});
    const before = closed;
    await c.forget();
    await c.say({}); await c.say({}); await c.say({});
    c.close();
    return before;
  )js") == "0");
  world.turn();
  CHECK(world.run("return closed") == "1");
  // What an object throws there is said, and nothing else happens.
  CHECK(world.run("new types.Callback({ close() { throw new Error('oh') } }).close(); return 1") ==
        "1");
  world.turn();
  CHECK(world.lines == std::vector<std::string>{"error: Uncaught (in close) Error: oh"});
}

TEST_CASE("An object whose request has ended is not called, and not closed") {
  CapnpWorld world;
  CHECK(
      world.run("globalThis.closed = 0; new types.Callback({ close() { ++closed } }); return 1") ==
      "1");
  world.newRequest();
  world.turn();
  CHECK(world.run("return closed") == "0");
}

TEST_CASE("unwrap() gives the local object, or null") {
  CapnpWorld world;
  CHECK(world
            .run(R"js(
    const c = echo();
    const object = { say: ({ text }) => ({ text: "js " + text }) };
    const own = new types.Echo(object);
    const { echo: back } = await c.giveBack({ echo: own });
    const { echo: fresh } = await c.giveBack({ echo: object });
    return [await own.unwrap() === object, await back.unwrap() === object, back === own,
            await fresh.unwrap() === object, await c.unwrap(), (await back.say({ text: "x" })).text,
            await c.failToOpen().echo.unwrap()];
  )js")
            .starts_with("[true,true,false,true,null,\"js x\""));
  // Over a pipeline, too.
  CHECK(world.run("const c = echo(); const object = {};"
                  "return await c.giveBack({ echo: object }).echo.unwrap() === object") == "true");
  // Not in another request.
  CHECK(world.run("const c = echo(); await c.keep({ callback: {} }); return 1") == "1");
}

TEST_CASE("unwrap() knows its own over a socket") {
  CapnpWorld world(Transport::kSocket);
  CHECK(world.run("const c = echo(); const object = {};"
                  "const { echo: back } = await c.giveBack({ echo: object });"
                  "return [await back.unwrap() === object, await c.unwrap()]") == "[true,null]");
}

TEST_CASE("Parameters that are capabilities belong to the object's request") {
  CapnpWorld world;
  CHECK(world.run("const c = echo();"
                  "await c.callBack({ callback: { called: ({ echo: e }) => ({}) } });"
                  "c.close(); return 1") == "1");
  world.newRequest();
  // The object did not close what it was given.
  CHECK(world.lines.size() == 1);
}

TEST_CASE("A server answers a super-interface's method that another one hides") {
  CapnpWorld world;
  CHECK(world.run("globalThis.held = new types.Override({ common: () => ({ from: 'js' }) });"
                  "return (await held.common()).from") == "js");
}

}  // namespace
}  // namespace flamesim::bindings
