// Tail workers: what they hear of requests in other workers, and when.
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

WorkerPart told(WorkerPart part, const std::string& tailWorker) {
  auto changed = std::make_shared<bundle::Bundle>(*part.bundle);
  changed->tailConsumers.push_back({tailWorker, {}});
  return {part.name, std::move(changed)};
}

struct Tails : ChainWorld {
  // What `expression` of each item is, for a request to a worker whose fetch handler has that body.
  Strings hear(const std::string& expression, const std::string& body,
               net::Request asked = request("http://a.example/")) {
    inChain({told(handler("main", body, bindings), "tail")});
    outside({worker("tail",
                    "export default { tail(items) {\n"
                    "  for (const item of items) console.log(JSON.stringify(" +
                        expression + "));\n} };")});
    ask(kj::mv(asked));
    bool idle = false;
    auto waiting = exchange->idle().then([&] { idle = true; }).eagerlyEvaluate(nullptr);
    settle([&] { return idle; });
    CHECK(idle);
    Strings heard;
    std::string start = "tail log: ";
    for (auto& line : lines) {
      if (line.starts_with(start)) heard.push_back(line.substr(start.size()));
    }
    return heard;
  }
  std::vector<bundle::Binding> bindings;
};

}  // namespace

TEST_CASE_METHOD(Tails, "an item says who ran, how it ended and when") {
  CHECK(hear("item", "await scheduler.wait(20); return new Response('x', { status: 201 });") ==
        Strings{R"({"wallTime":20,"cpuTime":0,"truncated":false,"executionModel":"stateless",)"
                R"("outcome":"ok","scriptName":"main","diagnosticsChannelEvents":[],)"
                R"("exceptions":[],"logs":[],"eventTimestamp":1700000000000,"event":{"request":)"
                R"({"url":"http://a.example/","method":"GET","headers":{}},)"
                R"("response":{"status":201}}})"});
}

TEST_CASE_METHOD(Tails, "lines of the console have their arguments as JSON has them") {
  CHECK(hear("item.logs.map((log) => [log.level, log.message])",
             "const round = {}; round.round = round;\n"
             "console.log('text', { a: [1] }, 5, undefined, null, true, 10n, Symbol('s'), round);\n"
             "console.warn(class A {}, new (class B {})(), /x/g, new Set([1]), new Date(5),\n"
             "  new Uint8Array(3), new TypeError('wrong'), Object.create(null), NaN);\n"
             "console.error(); console.info('%s', 'as it is'); console.debug('d');\n"
             "console.table([1]); console.dir({}); console.count(); console.assert(false);\n"
             "return new Response();") ==
        Strings{R"([["log",["text",{"a":[1]},5,null,null,true,"10",{},{}]],)"
                R"(["warn",["class A {}","[object Object]","/x/g","[object Set]",)"
                R"("1970-01-01T00:00:00.005Z","0,0,0","TypeError: wrong",{},null]],)"
                R"(["error",[]],["info",["%s","as it is"]],["debug",["d"]]])"});
}

TEST_CASE_METHOD(Tails, "what is thrown is an exception: by the handler, waitUntil, a limit") {
  std::string exceptions =
      "[item.outcome, item.event.response ?? null, item.exceptions.map((e) => "
      "[e.name, e.message, e.stack?.startsWith('    at ') ?? null, e.timestamp])]";
  std::string body;
  std::string expected;
  SECTION("the handler") {
    body = "throw new RangeError('too far');";
    expected = R"(["exception",null,[["RangeError","too far",true,1700000000000]]])";
  }
  SECTION("no error") {
    body = "throw 'text';";
    expected = R"(["exception",null,[["Error","text",null,1700000000000]]])";
  }
  SECTION("waitUntil") {
    body =
        "ctx.waitUntil(scheduler.wait(9).then(() => { throw new Error('late'); }));\n"
        "return new Response();";
    expected = R"(["ok",{"status":200},[["Error","late",true,1700000000009]]])";
  }
  SECTION("reportError") {
    body = "reportError(new Error('told')); return new Response();";
    expected = R"(["ok",{"status":200},[["Error","told",true,1700000000000]]])";
  }
  SECTION("a hang") {
    body = "await new Promise(() => {});";
    expected =
        R"(["exception",null,[["Error","The Workers runtime canceled this request because it )"
        R"(detected that your Worker's code had hung and would never generate a response. Refer )"
        R"(to: https://developers.cloudflare.com/workers/observability/errors/",null,)"
        R"(1700000000000]]])";
  }
  CHECK(hear(exceptions, body) == Strings{expected});
}

TEST_CASE_METHOD(Tails, "secrets in headers and URLs are shown on demand only") {
  auto asked = request(
      "http://a.example/short/A1b2C3d4E5f6G7h8I9j0K.js"
      "?hex=01234567-89ab-cdef-0123-456789abcdef&word=abcdefghijklmnopqrstuvwxyz");
  for (auto name :
       {"Cookie", "Authorization", "X-Key", "My-Secret", "a-token", "jwt", "Password"}) {
    asked.headers.append(name, "value");
  }
  asked.headers.append("plain", "one");
  asked.headers.append("plain", "two");
  CHECK(
      hear("[item.event.request.url, item.event.request.headers,"
           " item.event.request.getUnredacted().url,"
           " item.event.request.getUnredacted().headers.cookie]",
           "return new Response();", kj::mv(asked)) ==
      Strings{
          R"(["http://a.example/short/REDACTED.js?hex=REDACTED&word=abcdefghijklmnopqrstuvwxyz",)"
          R"({"a-token":"REDACTED","authorization":"REDACTED","cookie":"REDACTED",)"
          R"("jwt":"REDACTED","my-secret":"REDACTED","password":"value","plain":"one, two",)"
          R"("x-key":"REDACTED"},"http://a.example/short/A1b2C3d4E5f6G7h8I9j0K.js)"
          R"(?hex=01234567-89ab-cdef-0123-456789abcdef&word=abcdefghijklmnopqrstuvwxyz","value"])"});
}

TEST_CASE_METHOD(Tails, "a request that says too much is cut short") {
  CHECK(hear("[item.truncated, item.logs.map((log) => [log.level, String(log.message).length])]",
             "for (let i = 0; i < 4; i++) console.log('x'.repeat(100_000));\n"
             "return new Response();") ==
        Strings{R"([true,[["log",100000],["log",100000],["warn",280]]])"});
}

TEST_CASE_METHOD(Tails, "calls are told by their method, other exports by their name") {
  inChain({handler("main", "return new Response(await env.B.twice(4));",
                   {binding("B", "service", {{"service", "callee"}, {"entrypoint", "Named"}})})});
  outside({told(worker("callee",
                       "import { WorkerEntrypoint } from 'cloudflare:workers';\n"
                       "export class Named extends WorkerEntrypoint {\n"
                       "  twice(n) { return 2 * n; }\n}"),
                "tail"),
           worker("tail",
                  "export default { tail([item]) {\n  console.log(item.scriptName, item.entrypoint,"
                  " item.outcome, item.event.rpcMethod);\n} };")});
  CHECK(get().body == "8");
  settle([&] { return !lines.empty(); });
  CHECK(lines == Strings{"tail log: callee Named ok twice"});
}

TEST_CASE_METHOD(Tails, "a tail worker's own requests can be tailed; one without a handler fails") {
  inChain({told(handler("main", "return new Response('fine');"), "first")});
  outside({told(worker("first", "export default {};"), "second"),
           worker("second",
                  "export const other = {};\nexport default { trace([item]) {\n"
                  "  console.log(item.scriptName, item.outcome, JSON.stringify(item.event));\n"
                  "} };")});
  CHECK(get().body == "fine");
  settle([&] { return lines.size() == 2; });
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with(
      "first error: Uncaught Error: Handler does not export a tail() function."));
  CHECK(lines[1] == R"(second log: first exception {"consumedEvents":[{"scriptName":"main"}]})");
}

TEST_CASE_METHOD(Tails, "classes of the items are the runtime's alone") {
  CHECK(hear("[item, item.event.request, item.event].map(({ constructor }) => {\n"
             "  try { return new constructor(); }\n"
             "  catch (error) { return constructor.name + ' ' + error; } })",
             "return new Response();") ==
        Strings{R"(["TraceItem TypeError: Illegal constructor",)"
                R"("Request TypeError: Illegal constructor",)"
                R"("FetchEventInfo TypeError: Illegal constructor"])"});
}
