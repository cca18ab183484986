// Where a request goes: the order of the workers, the ways out, bindings that lead elsewhere.
#include "sim/chain/chain.h"

#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

// Passes on with its name at the end of x-way, and puts it at the end of the answer's body.
WorkerPart passing(const std::string& name) {
  return handler(name,
                 "const next = new Request(request);\n"
                 "next.headers.append('x-way', '" +
                     name +
                     "');\n"
                     "const answer = await fetch(next);\n"
                     "return new Response(await answer.text() + ' " +
                     name + "', answer);");
}

constexpr char kEcho[] =
    "return new Response(request.headers.get('x-way') + ' from ' + "
    "new URL(request.url).pathname);";

std::string loadError(ChainParts parts) {
  try {
    Chain chain(web::testEngine(), std::move(parts));
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE_METHOD(ChainWorld, "workers run in the order of the chain, not of their list") {
  outside({handler("last", kEcho), passing("second"), passing("first")});
  parts.order = {"first", "second", "last"};
  auto answer = get("http://a.example/path");
  CHECK(answer.status == 200);
  CHECK(answer.body == "first, second from /path second first");
  CHECK(fl.asked.empty());
  CHECK_FALSE(exchange->declined);
}

TEST_CASE_METHOD(ChainWorld, "a worker that answers by itself ends the way") {
  inChain({handler("first", "return new Response('mine');"),
           handler("second", "throw new Error('not asked');")});
  CHECK(get().body == "mine");
  CHECK(lines.empty());
}

TEST_CASE_METHOD(ChainWorld, "behind the last worker stands the egress") {
  inChain({passing("only")});
  auto egress = GENERATE("fl", "cache", "internet");
  parts.egress = egress;
  CHECK(get("http://a.example/x?y=1").body == std::string(egress) + " answers only");
  CHECK(exchange->declined == (std::string(egress) == "fl"));  // handed on to FL: no worker decided
  for (auto* way : {&fl, &cache, &internet}) {
    CHECK(way->asked ==
          (way->name == egress ? Strings{"GET http://a.example/x?y=1 a.example"} : Strings{}));
  }
}

TEST_CASE_METHOD(ChainWorld, "without workers the egress answers") {
  CHECK(get().body == "fl answers");
  CHECK(exchange->declined);
  CHECK(exchange->answeredBy == "fl");
}

TEST_CASE_METHOD(ChainWorld, "what goes out names the host of its URL") {
  inChain({handler("only", "return fetch('http://other.example:81/', request);")});
  auto asked = request("http://a.example/");
  asked.headers.append("Host", "a.example");
  ask(std::move(asked));
  CHECK(fl.asked == Strings{"GET http://other.example:81/ other.example:81"});
}

TEST_CASE_METHOD(ChainWorld, "a worker can be the egress; its own fetch() goes to the Internet") {
  inChain({passing("first")});
  outside({passing("customer")});
  parts.egress = "customer";
  CHECK(get().body == "internet answers customer first");
  CHECK(fl.asked.empty());
  CHECK_FALSE(exchange->declined);
}

TEST_CASE_METHOD(ChainWorld, "a body passes through all stages") {
  inChain({passing("first"), passing("second")});
  auto asked = request("http://a.example/", "POST");
  asked.body = net::Body::fromBytes("the body");
  ask(std::move(asked));
  CHECK(fl.asked == Strings{"POST http://a.example/ a.example the body"});
}

TEST_CASE_METHOD(ChainWorld, "bindings of ways out lead there, past the stages between") {
  std::vector<bundle::Binding> ways{binding("ORIGIN", "origin"),
                                    binding("FL", "egress", {{"to", "fl"}}),
                                    binding("CACHE", "egress", {{"to", "cache"}}),
                                    binding("NET", "egress", {{"to", "internet"}})};
  inChain(
      {handler("first", "return env[new URL(request.url).pathname.slice(1)].fetch(request);", ways),
       handler("second", "return new Response('second');")});
  CHECK(get("http://a.example/ORIGIN").body == "second");
  CHECK(get("http://a.example/CACHE").body == "cache answers");
  CHECK_FALSE(exchange->declined);
  CHECK(get("http://a.example/NET").body == "internet answers");
  CHECK(get("http://a.example/FL").body == "fl answers");
  CHECK(exchange->declined);
}

TEST_CASE_METHOD(ChainWorld, "a service binding calls a worker where that one stands") {
  std::vector<bundle::Binding> services{binding("AUTH", "service", {{"service", "auth"}}),
                                        binding("LAST", "service", {{"service", "last"}})};
  inChain({handler("first", "return env[new URL(request.url).pathname.slice(1)].fetch(request);",
                   services),
           handler("second", "return new Response('second');"), passing("last")});
  outside({passing("auth")});
  // One outside of the chain has the Internet behind it, one of the chain what stands behind it.
  CHECK(get("http://a.example/AUTH").body == "internet answers auth");
  CHECK(get("http://a.example/LAST").body == "fl answers last");
}

TEST_CASE_METHOD(ChainWorld, "what a worker called by a service binding throws arrives as thrown") {
  inChain({handler("first",
                   "try { return await env.SERVICE.fetch(request); }\n"
                   "catch (error) { return new Response(`${error.name} ${error.message}`,"
                   "  { status: 503 }); }",
                   {binding("SERVICE", "service", {{"service", "service"}})})});
  outside({handler("service", "throw new RangeError('too far');")});
  auto answer = get();
  CHECK(answer.status == 503);
  CHECK(answer.body == "RangeError too far");
}

TEST_CASE_METHOD(ChainWorld,
                 "a way out that fails or is not there is an error that can be caught") {
  inChain({handler("only",
                   "try { return await env.OUT.fetch(request); }\n"
                   "catch (error) { return new Response(String(error)); }",
                   {binding("OUT", "egress", {{"to", "internet"}})})});
  SECTION("it fails") {
    internet.failure = "could not connect to a.example";
    CHECK_THAT(get().body, Catch::Contains("could not connect to a.example"));
  }
  SECTION("it is not there") {
    parts.network.erase("internet");
    CHECK_THAT(get().body, Catch::Contains("no egress \"internet\" is configured"));
  }
}

TEST_CASE_METHOD(ChainWorld, "a chain that cannot be is refused") {
  SECTION("no such worker") {
    inChain({passing("there")});
    parts.order.push_back("absent");
    CHECK(loadError(std::move(parts)) == "error: the chain names no worker \"absent\"\n");
  }
  SECTION("a fault in global scope") {
    inChain({worker("broken", "const a = 1;\nnothing.there();\nexport default {};")});
    auto text = loadError(std::move(parts));
    CHECK_THAT(text, Catch::StartsWith("error: worker \"broken\": ReferenceError: nothing is"));
    CHECK_THAT(text, Catch::Contains("index.js:2:1\n"));
    CHECK_THAT(text, Catch::Contains("2 | nothing.there();"));
  }
  SECTION("a fault of syntax") {
    inChain({worker("broken", "export default {\n  fetch( {} \n};")});
    CHECK_THAT(loadError(std::move(parts)), Catch::Contains("SyntaxError"));
  }
  SECTION("a service that is not configured") {
    inChain({worker("logs", "export default {};",
                    {binding("LOG", "logfwdr", {{"destination", "http_request"}})})});
    CHECK(loadError(std::move(parts)) == "error: no service \"logfwdr\" is configured\n");
  }
}

TEST_CASE_METHOD(ChainWorld,
                 "the workers of a server share one Cache API, on the request's clock") {
  inChain({handler("writer",
                   "if (request.method === 'PUT') await caches.default.put(request.url, new "
                   "Response('kept', {headers: {'cache-control': 'max-age=60'}}));\n"
                   "return fetch(request);"),
           handler("reader",
                   "return (await caches.default.match(request.url)) ?? new Response('none');")});
  CHECK(get().body == "none");
  CHECK(ask(request("http://a.example/", "PUT")).body == "kept");
  CHECK(get().body == "kept");
  CHECK(get("http://a.example/other").body == "none");
  clock.advanceTo(clock.now() + std::chrono::seconds(60));
  CHECK(get().body == "none");
}

TEST_CASE_METHOD(ChainWorld, "a body that no worker touches keeps its coding") {
  inChain(
      {handler("outer",
               "const answer = await fetch(request);\n"
               "if (request.url.endsWith('/read')) return new Response(await answer.text());\n"
               "return answer;"),
       handler("inner", "return new Response('hello', {headers: {'content-encoding': 'gzip'}});")});
  auto untouched = get("http://a.example/pass");
  CHECK(untouched.headers.get("content-encoding") == "gzip");
  CHECK(untouched.body.starts_with("\x1f\x8b"));
  CHECK(get("http://a.example/read").body == "hello");
}
