// RPC between workers over service bindings. Each test is a worker that calls and one that is
// called, "callee"; what the caller's handler returns is the answer.
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

constexpr char kImport[] =
    "import { WorkerEntrypoint, RpcTarget, RpcStub, ServiceStub, env, waitUntil, withEnv } from "
    "'cloudflare:workers';\n"
    "const caught = async (what) => {\n"
    "  try { return await (typeof what === 'function' ? what() : what); }\n"
    "  catch (error) { return `${error.name}: ${error.message}`; }\n"
    "};\n";

struct Rpc : ChainWorld {
  // What a handler with this body answers; `callee`: members of the class behind env.CALLEE.
  std::string ask(const std::string& callee, const std::string& body,
                  const std::string& more = "") {
    outside({worker(
        "callee",
        kImport + more + "export default class extends WorkerEntrypoint {\n" + callee + "\n}",
        {binding("SECRET", "plain_text", {{"text", "of the callee"}})})});
    inChain({worker("caller",
                    kImport + more +
                        "export default { async fetch(request, env, ctx) {\n"
                        "const { CALLEE } = env;\n"
                        "const answer = await (async () => {\n" +
                        body +
                        "\n})();\nreturn new Response(typeof answer === 'string' ? answer"
                        " : JSON.stringify(answer)); } };",
                    {binding("CALLEE", "service", {{"service", "callee"}})})});
    auto answer = get();
    CHECK(exchange->error == "");
    return answer.body;
  }
};

}  // namespace

TEST_CASE_METHOD(Rpc, "a method of a worker is called over a service binding") {
  CHECK(ask("add(a, b) { return a + b; }", "return String(await CALLEE.add(2, 3));") == "5");
}

TEST_CASE_METHOD(Rpc, "a callee has its env and waits for what it must") {
  CHECK(ask("async whoAmI() { await scheduler.wait(1000); return this.env.SECRET; }",
            "return await CALLEE.whoAmI();") == "of the callee");
  CHECK(clock.now() == kStart + std::chrono::seconds(1));
}

TEST_CASE_METHOD(Rpc, "getters are read, with and without more of a path") {
  CHECK(ask("get settings() { return { color: 'red', deep: { size: 3 } }; }",
            "return [await CALLEE.settings, await CALLEE.settings.color, "
            "await CALLEE.settings.deep.size];") ==
        R"([{"color":"red","deep":{"size":3}},"red",3])");
}

TEST_CASE_METHOD(Rpc, "values pass as structured clones") {
  CHECK(ask("echo(...values) { return values; }",
            "const [date, map, bytes, none, big] = await CALLEE.echo(new Date(5), "
            "new Map([[1, { a: 1 }]]), new Uint8Array([1, 2]), undefined, 10n);\n"
            "return [date.getTime(), map.get(1).a, bytes[1], String(none), String(big)];") ==
        R"([5,1,2,"undefined","10"])");
}

TEST_CASE_METHOD(Rpc, "calls do not share values") {
  CHECK(ask("change(object) { object.changed = true; return object; }",
            "const mine = {}; const theirs = await CALLEE.change(mine);\n"
            "return [mine, theirs];") == R"([{},{"changed":true}])");
}

TEST_CASE_METHOD(Rpc, "what was not offered is not reached") {
  auto callee =
      "#hidden() { return 'hidden'; }\n"
      "own = () => 'own';\n"
      "secret = 'secret';\n"
      "visible() { return { plain: { inner: 'inner' }, list: [1] }; }\n"
      "fetch() { return new Response('fetch'); }\n"
      "alarm() { return 'alarm'; }\n"
      "static ofClass() { return 'static'; }\n"
      "get shared() { return shared; }";
  auto more =
      "class Base extends RpcTarget { own = 1; based() { return 'based'; } }\n"
      "class Plain { method() { return 'method'; } }\n"
      "const shared = { instance: new Plain(), target: new Base(), fn() { return 'fn'; } };\n";
  auto name = GENERATE(
      as<std::pair<std::string, std::string>>(),
      std::pair("CALLEE.own()",
                "TypeError: The RPC receiver does not implement the method \"own\"."),
      std::pair("CALLEE.secret",
                "TypeError: The RPC receiver does not implement the method \"secret\"."),
      std::pair("CALLEE.env.SECRET",
                "TypeError: The RPC receiver does not implement the method \"env\"."),
      std::pair("CALLEE.ctx", "TypeError: The RPC receiver does not implement the method \"ctx\"."),
      std::pair("CALLEE.absent()",
                "TypeError: The RPC receiver does not implement the method \"absent\"."),
      std::pair("CALLEE.hidden()",
                "TypeError: The RPC receiver does not implement the method \"hidden\"."),
      std::pair("CALLEE['#hidden']()",
                "TypeError: The RPC receiver does not implement the method \"#hidden\"."),
      std::pair("CALLEE.ofClass()",
                "TypeError: The RPC receiver does not implement the method \"ofClass\"."),
      std::pair("CALLEE.visible.call()",
                "TypeError: The RPC receiver does not implement the method \"call\"."),
      std::pair("CALLEE.visible.apply()",
                "TypeError: The RPC receiver does not implement the method \"apply\"."),
      std::pair("CALLEE.alarm()",
                "TypeError: 'alarm' is a reserved method and cannot be called over RPC."),
      std::pair("CALLEE.shared.list.length",
                "TypeError: The RPC receiver does not implement the method \"list\"."),
      std::pair("CALLEE.shared.instance.method()",
                "TypeError: The RPC receiver does not implement the method \"instance\"."),
      std::pair("CALLEE.shared.target.own",
                "TypeError: The RPC receiver does not implement the method \"own\"."),
      std::pair("CALLEE.shared.fn.call()",
                "TypeError: The RPC receiver does not implement the method \"call\"."),
      std::pair("CALLEE.visible().plain.hasOwnProperty2('x')",
                "TypeError: The RPC receiver does not implement the method \"hasOwnProperty2\"."),
      std::pair("CALLEE.visible().list.push(1)",
                "TypeError: The RPC receiver does not implement the method \"list\"."),
      std::pair("CALLEE.shared()", "TypeError: \"shared\" is not a function."),
      std::pair("CALLEE.shared.target.based()", "based"));
  CAPTURE(name.first);
  CHECK(ask(callee, "return await caught(() => " + name.first + ");", more) == name.second);
}

TEST_CASE_METHOD(Rpc, "names of Object.prototype lead nowhere, however they are sent") {
  // A caller that got hold of the classes can name any property.
  CHECK(
      ask("visible() { return { a: 1 }; }",
          "const property = CALLEE.visible;\n"
          "const any = (name) => Reflect.get(Object.getPrototypeOf(Object.getPrototypeOf(CALLEE)),"
          " name, CALLEE);\n"
          "return [typeof any('__proto__'), typeof any('hasOwnProperty'), typeof any('then'),"
          " typeof property.toString];") == R"(["object","function","undefined","function"])");
}

TEST_CASE_METHOD(Rpc, "a callee does not trust the names that a caller sends") {
  // Such a caller can send even the names that objects have by themselves.
  CHECK(ask("visible() { return { a: 1 }; }",
            "for (const name of Object.getOwnPropertyNames(Object.prototype)) {\n"
            "  delete Object.prototype[name]; }\n"
            "delete CALLEE.x.constructor.prototype.constructor;\n"
            "delete ServiceStub.prototype.constructor;\n"
            "return [await caught(() => CALLEE.__proto__.visible()),"
            " await caught(() => CALLEE.hasOwnProperty('visible')),"
            " await caught(() => CALLEE.toString()),"
            " await caught(() => CALLEE.__lookupGetter__('visible')),"
            " await caught(() => CALLEE.visible().__proto__.a),"
            " await caught(() => CALLEE.constructor('return 1')),"
            " await caught(() => CALLEE.visible.constructor('return 1')()),"
            " await caught(() => CALLEE.visible().a)];") ==
        R"(["TypeError: The RPC receiver does not implement the method \"__proto__\".",)"
        R"("TypeError: The RPC receiver does not implement the method \"hasOwnProperty\".",)"
        R"("TypeError: The RPC receiver does not implement the method \"toString\".",)"
        R"("TypeError: The RPC receiver does not implement the method \"__lookupGetter__\".",)"
        R"("TypeError: The RPC receiver does not implement the method \"__proto__\".",)"
        R"("TypeError: 'constructor' is a reserved method and cannot be called over RPC.",)"
        R"("TypeError: 'constructor' is a reserved method and cannot be called over RPC.",1])");
}

TEST_CASE_METHOD(Rpc, "errors cross with their types and messages") {
  auto thrown = GENERATE(
      as<std::pair<std::string, std::string>>(), std::pair("new TypeError('no')", "TypeError: no"),
      std::pair("new RangeError('far')", "RangeError: far"), std::pair("new Error('')", "Error: "),
      std::pair("Object.assign(new Error('mine'), { name: 'MyError' })", "MyError: mine"),
      std::pair("'text'", "Error: text"),
      std::pair("new DOMException('gone', 'NotFoundError')", "NotFoundError: gone"));
  CAPTURE(thrown.first);
  CHECK(ask("fail() { throw " + thrown.first + "; }",
            "try { await CALLEE.fail(); } catch (error) {\n"
            "  return [`${error.name}: ${error.message}`, error.remote, error instanceof Error]; "
            "}") == "[\"" + thrown.second + "\",true,true]");
  // The stack stays with the callee.
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("callee error: Uncaught "));
}

TEST_CASE_METHOD(Rpc, "errors cross with their properties, and without their stacks") {
  CHECK(ask("fail() { throw Object.assign(new RangeError('no', { cause: new Error('why') }),\n"
            "  { code: 7, list: [1] }); }\n"
            "odd() { throw Object.assign(new Error('odd'), { f() {} }); }\n"
            "object() { throw { a: 1 }; }",
            "const error = await CALLEE.fail().catch((error) => error);\n"
            "const odd = await CALLEE.odd().catch((error) => error);\n"
            "const object = await CALLEE.object().catch((error) => error);\n"
            "return [error.code, error.list, error.cause.message, error.stack.includes('fail'),"
            " odd.message, 'f' in odd, object];") ==
        R"([7,[1],"why",false,"odd",false,{"a":1,"remote":true}])");
}

TEST_CASE_METHOD(Rpc, "functions pass as stubs that call back") {
  CHECK(ask("async each(list, callback) { const out = [];\n"
            "for (const item of list) out.push(await callback(item)); return out; }",
            "let sum = 0;\n"
            "const out = await CALLEE.each([1, 2, 3], (n) => { sum += n; return n * 2; });\n"
            "return [out, sum];") == "[[2,4,6],6]");
}

TEST_CASE_METHOD(Rpc, "a callback does not run within the caller's code") {
  CHECK(ask("now(callback) { callback('called'); return 'returned'; }",
            "const order = [];\n"
            "const call = CALLEE.now((what) => { order.push(what); });\n"
            "order.push('after');\n"
            "await call;\n"
            "return order;") == R"(["after","called"])");
}

TEST_CASE_METHOD(Rpc, "objects derived from RpcTarget pass as stubs") {
  auto more =
      "class Counter extends RpcTarget {\n"
      "  #n; constructor(n) { super(); this.#n = n; }\n"
      "  add(by) { return this.#n += by; }\n"
      "  get value() { return this.#n; }\n"
      "}\n";
  CHECK(ask("counter(from) { return new Counter(from); }",
            "const counter = await CALLEE.counter(5);\n"
            "const isStub = counter instanceof RpcStub && !(counter instanceof RpcTarget);\n"
            "await counter.add(2); await counter.add(1);\n"
            "return [isStub, await counter.value, typeof counter];",
            more) == R"([true,8,"function"])");
}

TEST_CASE_METHOD(Rpc, "calls are made on promises before they are kept") {
  auto more =
      "class Thing extends RpcTarget { name() { return 'thing'; }\n"
      "  child() { return new Thing(); } get inner() { return { deep: () => 'deep' }; } }\n";
  CHECK(
      ask("getThing() { return new Thing(); }\n"
          "async plain() { await scheduler.wait(10); return { f: () => 'f', n: 4 }; }\n"
          "number() { return 4; }",
          "return [await CALLEE.getThing().name(), await CALLEE.getThing().child().child().name(),"
          " await CALLEE.getThing().inner.deep(), await CALLEE.plain().f(), await CALLEE.plain().n,"
          " await caught(() => CALLEE.number().toFixed2())];",
          more) == R"(["thing","thing","deep","f",4,)"
                   R"("TypeError: The RPC receiver does not implement the method \"toFixed2\"."])");
}

TEST_CASE_METHOD(Rpc, "calls are made on promises that were kept") {
  CHECK(ask("plain() { return { f: (x) => 'f' + x, n: 4 }; }",
            "const promise = CALLEE.plain();\n"
            "await promise;\n"
            "return [await promise.f(1), await promise.n];") == R"(["f1",4])");
}

TEST_CASE_METHOD(Rpc, "a failed call fails the calls on its promise") {
  CHECK(ask("fail() { throw new RangeError('first'); }",
            "const first = CALLEE.fail();\n"
            "const early = first.name.more();\n"
            "return [await caught(() => first), await caught(() => early),"
            " await caught(() => first.late())];") ==
        R"(["RangeError: first","RangeError: first","RangeError: first"])");
}

TEST_CASE_METHOD(Rpc, "stubs end when they are disposed of, each by itself") {
  auto more =
      "class Thing extends RpcTarget { name() { return 'thing'; }\n"
      "  [Symbol.dispose]() { console.log('disposed'); } }\n";
  CHECK(ask("getThing() { return new Thing(); }",
            "const first = await CALLEE.getThing();\n"
            "const second = first.dup();\n"
            "first[Symbol.dispose]();\n"
            "const results = [await caught(() => first.name()), await second.name()];\n"
            "console.log('still there');\n"
            "second[Symbol.dispose]();\n"
            "await scheduler.wait(1);\n"
            "return results;",
            more) == R"(["Error: RPC stub used after being disposed.","thing"])");
  CHECK(lines == Strings{"caller log: still there", "callee log: disposed"});
}

TEST_CASE_METHOD(Rpc, "disposing of a result disposes of the stubs in it") {
  CHECK(ask("pair() { return { f: () => 'f', [Symbol.dispose]() { console.log('disposed'); } }; }",
            "const pair = await CALLEE.pair();\n"
            "const keys = Object.keys(pair);\n"
            "pair[Symbol.dispose]();\n"
            "await scheduler.wait(1);\n"
            "return [keys, await caught(() => pair.f())];") ==
        R"([["f"],"Error: RPC stub used after being disposed."])");
  CHECK(lines == Strings{"callee log: disposed"});
}

TEST_CASE_METHOD(Rpc, "stubs in arguments are lent for the time of the call") {
  CHECK(ask("session() { return new Session(); }",
            "const call = () => 'called';\n"
            "const target = await CALLEE.session();\n"
            "await target.keep(call);\n"
            "const lent = await caught(() => target.use());\n"
            "await target.copy(call);\n"
            "return [lent, await target.use()];",
            "let kept;\n"
            "class Session extends RpcTarget {\n"
            "  keep(callback) { kept = callback; }\n"
            "  copy(callback) { kept = callback.dup(); }\n"
            "  use() { return kept(); }\n"
            "}\n") == R"(["Error: RPC stub used after being disposed.","called"])");
}

TEST_CASE_METHOD(Rpc, "a stub passes on to a third worker") {
  outside(
      {worker("third", std::string(kImport) + "export default class extends WorkerEntrypoint {\n"
                                              "  run(callback) { return callback('third'); } }")});
  outside({worker("callee",
                  std::string(kImport) +
                      "export default class extends WorkerEntrypoint {\n"
                      "  relay(callback) { return this.env.THIRD.run(callback); }\n"
                      "  async fetched() { return await this.env.THIRD.run((x) => () => x); } }",
                  {binding("THIRD", "service", {{"service", "third"}})})});
  inChain({worker("caller",
                  std::string(kImport) +
                      "export default { async fetch(request, env) {\n"
                      "  const back = await env.CALLEE.fetched();\n"
                      "  return new Response(await env.CALLEE.relay((x) => x + ' called') + ', ' +"
                      " await back()); } };",
                  {binding("CALLEE", "service", {{"service", "callee"}})})});
  CHECK(get().body == "third called, third");
}

TEST_CASE_METHOD(Rpc, "objects of classes that are no RpcTargets do not pass") {
  auto value = GENERATE(
      as<std::pair<std::string, std::string>>(),
      std::pair("new (class Foo {})",
                "DataCloneError: Could not serialize object of type \"Foo\". This type does not "
                "support serialization."),
      std::pair("new URL('http://a/')",
                "DataCloneError: Could not serialize object of type \"URL\". This type does not "
                "support serialization."),
      std::pair("CALLEE.something",
                "DataCloneError: Could not serialize object of type "
                "\"RpcProperty\". This type does not support serialization."),
      std::pair("CALLEE",
                "DataCloneError: Could not serialize object of type \"Fetcher\". This "
                "type does not support serialization."));
  CAPTURE(value.first);
  CHECK(ask("take() { return 'taken'; }", "return await caught(() => CALLEE.take({ inside: " +
                                              value.first + " }));") == value.second);
}

TEST_CASE_METHOD(Rpc, "stubs and RpcTargets are no matter for structuredClone()") {
  CHECK(ask("f() { return () => 1; }",
            "const stub = await CALLEE.f();\n"
            "return [await caught(() => structuredClone(stub)),"
            " await caught(() => structuredClone(new RpcTarget())),"
            " (await caught(() => structuredClone(() => 1)))];") ==
        R"(["DataCloneError: Remote RPC references can only be serialized for RPC.",)"
        R"("DataCloneError: Remote RPC references can only be serialized for RPC.",)"
        R"("DataCloneError: () => 1 could not be cloned."])");
}

TEST_CASE_METHOD(Rpc, "requests, responses, headers and streams pass by value") {
  CHECK(ask("async look(request, headers) { return [request.method, request.url, await "
            "request.text(),"
            " request.headers.get('x-a'), headers.get('x-b'), request.redirect]; }\n"
            "answer() { return new Response('body', { status: 201, headers: { 'x-c': '3' } }); }\n"
            "stream() { return new Response('streamed').body; }",
            "const looked = await CALLEE.look(new Request('http://x.example/p', { method: 'POST',"
            " body: 'sent', headers: { 'x-a': '1' } }), new Headers({ 'x-b': '2' }));\n"
            "const answer = await CALLEE.answer();\n"
            "answer.headers.set('x-d', '4');\n"
            "const stream = await CALLEE.stream();\n"
            "return [looked, answer.status, answer.headers.get('x-c'), answer.headers.get('x-d'),"
            " await answer.text(), await new Response(stream).text()];") ==
        R"([["POST","http://x.example/p","sent","1","2","follow"],201,"3","4","body","streamed"])");
}

TEST_CASE_METHOD(Rpc, "a response that came over RPC is an answer") {
  outside({worker("callee", std::string(kImport) +
                                "export default class extends WorkerEntrypoint {\n"
                                "  render() { return new Response('made there', { status: 203,"
                                " headers: { 'x-by': 'callee' } }); } }")});
  inChain({handler("caller", "return await env.CALLEE.render();",
                   {binding("CALLEE", "service", {{"service", "callee"}})})});
  auto answer = get();
  CHECK(answer.status == 203);
  CHECK(answer.headers.get("x-by") == "callee");
  CHECK(answer.body == "made there");
}

TEST_CASE_METHOD(Rpc, "a call that never returns is found to hang") {
  CHECK_THAT(ask("never() { return new Promise(() => {}); }",
                 "return await caught(() => CALLEE.never());"),
             Catch::Contains("detected that your Worker's code had hung"));
}

TEST_CASE_METHOD(Rpc, "a call that waits for another is not taken for a hang") {
  auto more =
      "class Gate extends RpcTarget {\n"
      "  #open; #opened = new Promise((resolve) => { this.#open = resolve; });\n"
      "  wait() { return this.#opened; } open() { this.#open('opened'); }\n"
      "}\n";
  CHECK(ask("gate() { return new Gate(); }",
            "const gate = await CALLEE.gate();\n"
            "const waiting = gate.wait();\n"
            "await scheduler.wait(5000);\n"
            "await gate.open();\n"
            "return await waiting;",
            more) == "opened");
}

TEST_CASE_METHOD(Rpc, "a callee's waitUntil() outlives the session") {
  CHECK(ask("log() { this.ctx.waitUntil(scheduler.wait(3000).then(() => console.log('logged')));\n"
            "  waitUntil(scheduler.wait(1000).then(() => console.log('imported'))); return 'ok'; }",
            "return await CALLEE.log();") == "ok");
  CHECK(lines.empty());
  bool idle = false;
  auto waiting = exchange->idle().then([&] { idle = true; }).eagerlyEvaluate(nullptr);
  settle([&] { return idle; });
  CHECK(lines == Strings{"callee log: imported", "callee log: logged"});
}

TEST_CASE_METHOD(Rpc, "a session ends with the caller's request") {
  CHECK(ask("slow(callback) { return scheduler.wait(1000).then(() => console.log('never')); }",
            "CALLEE.slow(); return 'gone';") == "gone");
  settle([] { return false; });
  CHECK(lines.empty());
}

TEST_CASE_METHOD(Rpc, "a stub of a request that is over says so") {
  CHECK(ask("use(callback) { this.ctx.waitUntil((async () => { const mine = callback.dup();\n"
            "  await scheduler.wait(1000); console.log(await caught(() => mine())); })());\n"
            "  return 'kept'; }",
            "return await CALLEE.use(() => 'called');") == "kept");
  settle([] { return false; });
  CHECK(lines ==
        Strings{"callee log: Error: The execution context which hosts this callback is no longer "
                "running."});
}

TEST_CASE_METHOD(Rpc, "a stub works in its own request only") {
  outside(
      {worker("callee", std::string(kImport) + "export default class extends WorkerEntrypoint {\n"
                                               "  f() { return () => 'f'; } }")});
  inChain({worker("caller",
                  std::string(kImport) +
                      "let kept;\n"
                      "export default { async fetch(request, env) {\n"
                      "  if (kept) return new Response(await caught(() => kept()));\n"
                      "  kept = await env.CALLEE.f();\n"
                      "  return new Response(await kept()); } };",
                  {binding("CALLEE", "service", {{"service", "callee"}})})});
  CHECK(get().body == "f");
  CHECK_THAT(get().body,
             Catch::StartsWith("Error: Cannot perform I/O on behalf of a different request."));
}

TEST_CASE_METHOD(Rpc, "stubs of two workers in each other's hands do not keep them") {
  auto party =
      "let partner;\n"
      "class Party extends RpcTarget {\n"
      "  take(other) { this.other = other.dup(); }\n"
      "  name() { return 'party'; }\n"
      "  partnersName() { return this.other.name(); }\n"
      "  [Symbol.dispose]() { console.log('disposed'); }\n"
      "}\n";
  outside({worker("third", std::string(kImport) + party +
                               "export default class extends WorkerEntrypoint {\n"
                               "  party() { return new Party(); } }")});
  outside({worker("callee", std::string(kImport) + party +
                                "export default class extends WorkerEntrypoint {\n"
                                "  party() { return new Party(); } }")});
  inChain({worker("caller",
                  std::string(kImport) +
                      "export default { async fetch(request, env) {\n"
                      "  const one = await env.CALLEE.party(), two = await env.THIRD.party();\n"
                      "  await one.take(two); await two.take(one);\n"
                      "  return new Response(await one.partnersName() + await two.partnersName());"
                      " } };",
                  {binding("CALLEE", "service", {{"service", "callee"}}),
                   binding("THIRD", "service", {{"service", "third"}})})});
  CHECK(get().body == "partyparty");
  // They hold each other, but no longer than the request that brought them together. The callee
  // that ends first takes its object with it, and lets go of the other's.
  settle([] { return false; });
  CHECK(lines == Strings{"third log: disposed"});
}

TEST_CASE_METHOD(Rpc, "objects are disposed of when the request that holds their stubs ends") {
  CHECK(ask("thing() { return new Thing(); }", "const thing = await CALLEE.thing(); return 'ok';",
            "class Thing extends RpcTarget {\n"
            "  [Symbol.dispose]() { console.log('disposed'); } }\n") == "ok");
  settle([] { return false; });
  CHECK(lines == Strings{"callee log: disposed"});
}

TEST_CASE_METHOD(Rpc, "a callee that is over its CPU limit fails the call, not the caller") {
  js::Watchdog watchdog;
  parts.options.isolate.watchdog = &watchdog;
  parts.options.isolate.cpuLimit = std::chrono::milliseconds(50);
  CHECK(ask("spin() { for (;;); }", "return await caught(() => CALLEE.spin());") ==
        "Error: Worker exceeded CPU time limit.");
  CHECK(lines == Strings{"callee error: Worker exceeded CPU time limit."});
  chain = nullptr;
}

TEST_CASE_METHOD(Rpc, "a callee that aborts fails its calls") {
  CHECK(ask("async stop() { this.ctx.abort(new TypeError('enough')); await scheduler.wait(1); }",
            "return await caught(() => CALLEE.stop());") == "TypeError: enough");
}

TEST_CASE_METHOD(Rpc, "values that are too large do not pass") {
  CHECK(ask("take() {}", "return await caught(() => CALLEE.take('x'.repeat(32 << 20) + 'y'));") ==
        "Error: Serialized RPC arguments or return values are limited to 32MiB, but the size of "
        "this value was: 33554445 bytes.");
}

TEST_CASE_METHOD(Rpc, "objects with stubs in them show on the console, without a call") {
  CHECK(ask("f() { return () => 1; }\n get g() { throw new Error('was called'); }",
            "const stub = await CALLEE.f();\n"
            "console.log(CALLEE, stub, CALLEE.g);\n"
            "return 'ok';") == "ok");
  CHECK(lines == Strings{"caller log: Fetcher {} [RpcStub (anonymous)] [RpcProperty (anonymous)]"});
}

TEST_CASE_METHOD(Rpc, "a request of the same seed draws the same in callees") {
  auto first =
      ask("draw() { return Math.random(); }",
          "return [Math.random(), await CALLEE.draw(), Math.random(), await CALLEE.draw()]");
  CHECK(nlohmann::json::parse(first).size() == 4);
  CHECK(get().body == first);
}

TEST_CASE_METHOD(Rpc, "plain objects take calls with one argument, and get env and ctx") {
  outside({worker("callee",
                  "export default { async greet(who, env, ctx) {\n"
                  "  return [who, env.A, typeof ctx.waitUntil]; },\n"
                  "  four(a, b, env, ctx) {} };",
                  {binding("A", "plain_text", {{"text", "a"}})})});
  inChain({worker("caller",
                  std::string(kImport) + "export default { async fetch(request, env) {\n"
                                         "  return Response.json([await env.CALLEE.greet('you'),"
                                         " await caught(() => env.CALLEE.greet(1, 2)),"
                                         " await caught(() => env.CALLEE.four(1)),"
                                         " await caught(() => env.CALLEE.toString2(1))]); } };",
                  {binding("CALLEE", "service", {{"service", "callee"}})})});
  auto body = nlohmann::json::parse(get().body);
  CHECK(body[0] == nlohmann::json({"you", "a", "function"}));
  CHECK_THAT(body[1].get<std::string>(),
             Catch::StartsWith("TypeError: Attempted to call RPC function \"greet\" with the wrong "
                               "number of arguments."));
  CHECK_THAT(body[2].get<std::string>(),
             Catch::StartsWith("TypeError: Cannot call handler function \"four\" over RPC"));
  CHECK(body[3] == "TypeError: The RPC receiver does not implement the method \"toString2\".");
}

TEST_CASE_METHOD(Rpc, "an entrypoint gets the props of the binding") {
  outside({worker("callee", std::string(kImport) +
                                "export class Named extends WorkerEntrypoint {\n"
                                "  who() { return this.ctx.props; }\n"
                                "  fetch() { return Response.json(this.ctx.props); } }\n"
                                "export default {};")});
  inChain({handler(
      "caller",
      "return Response.json([await env.CALLEE.who(),"
      " await (await env.CALLEE.fetch('http://x/')).json(), ctx.props]);",
      {binding("CALLEE", "service",
               {{"service", "callee"}, {"entrypoint", "Named"}, {"props", {{"tenant", 7}}}})})});
  CHECK(get().body == R"([{"tenant":7},{"tenant":7},{}])");
}

TEST_CASE_METHOD(Rpc, "a worker calls its own entrypoints through ctx.exports") {
  inChain(
      {worker("only", std::string(kImport) +
                          "import { exports } from 'cloudflare:workers';\n"
                          "export class Named extends WorkerEntrypoint {\n"
                          "  hello(who) { return `hello ${who}`; } }\n"
                          "export default { async fetch(request, env, ctx) {\n"
                          "  return Response.json([await ctx.exports.Named.hello('me'),"
                          " await exports.Named.hello('you'), Object.keys(ctx.exports)]); } };")});
  CHECK(get().body == R"(["hello me","hello you",["Named","default"]])");
}

TEST_CASE_METHOD(Rpc, "env can be imported, and be another for a while") {
  inChain({worker("only",
                  std::string(kImport) +
                      "const early = env.A;\n"
                      "const later = async () => { await null; return env.A; };\n"
                      "export default { async fetch(request) {\n"
                      "  return Response.json([early, env.A, Object.keys(env), 'A' in env,\n"
                      "    await withEnv({ A: 'other' }, later), env.A]); } };",
                  {binding("A", "plain_text", {{"text", "a"}})})});
  CHECK(get().body == R"(["a","a",["A"],true,"other","a"])");
}

TEST_CASE_METHOD(Rpc, "what flamesim does not run says so") {
  inChain({worker("only",
                  std::string(kImport) +
                      "import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';\n"
                      "export class Room extends DurableObject {}\n"
                      "export default { async fetch() {\n"
                      "  return Response.json([await caught(() => new Room()),"
                      " await caught(() => new WorkflowEntrypoint())]); } };")});
  CHECK(get().body == R"(["TypeError: Durable Objects are not there: flamesim does not run them.",)"
                      R"("TypeError: Workflows are not there: flamesim does not run them."])");
}

TEST_CASE_METHOD(Rpc, "a way out takes no calls") {
  inChain({worker("only",
                  std::string(kImport) +
                      "export default { async fetch(request, env) {\n"
                      "  return new Response(await caught(() => env.OUT.method())); } };",
                  {binding("OUT", "egress", {{"to", "fl"}})})});
  CHECK(get().body == "Error: External HTTP servers don't support this event type.");
}

TEST_CASE_METHOD(Rpc, "a class that is no entrypoint takes no calls") {
  outside({worker("callee", "export class Other { method() { return 1; } }\nexport default {};")});
  inChain({worker(
      "caller",
      std::string(kImport) + "export default { async fetch(request, env) {\n"
                             "  return new Response(await caught(() => env.CALLEE.method())); } };",
      {binding("CALLEE", "service", {{"service", "callee"}, {"entrypoint", "Other"}})})});
  CHECK_THAT(get().body, Catch::Contains("does not support RPC"));
}
