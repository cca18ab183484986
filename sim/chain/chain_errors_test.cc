// What becomes of a request whose worker fails.
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

void checkIs500(const Answer& answer) {
  CHECK(answer.rejection == "");
  CHECK(answer.status == 500);
  CHECK(answer.statusText == "Internal Server Error");
  CHECK(answer.body == "");
  CHECK(answer.headers.size() == 0);
}

}  // namespace

TEST_CASE_METHOD(ChainWorld, "a worker that throws is answered with 500 and an empty body") {
  auto [body, error] = GENERATE(
      std::pair<std::string, std::string>{"throw new TypeError('soon');", "TypeError: soon"},
      std::pair<std::string, std::string>{"await 1; throw new Error('late');", "Error: late"},
      std::pair<std::string, std::string>{
          "await new Promise((r) => setTimeout(r, 1000)); throw new Error('later');",
          "Error: later"});
  inChain({handler("bad", body)});
  checkIs500(get());
  CHECK(exchange->error == "bad: " + error);
  CHECK(exchange->answeredBy == "bad");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("bad error: Uncaught " + error));
  CHECK_THAT(lines[0], Catch::Contains("index.js:2:"));  // the stack
}

TEST_CASE_METHOD(ChainWorld, "a handler that is no async function throws likewise") {
  inChain({worker("bad", "export default { fetch() { throw new Error('at once'); } };")});
  checkIs500(get());
  CHECK(exchange->error == "bad: Error: at once");
}

TEST_CASE_METHOD(ChainWorld, "a worker without an answer is answered with 500") {
  SECTION("no Response") {
    inChain({handler("bad", "return 'text';")});
    checkIs500(get());
    CHECK_THAT(exchange->error, Catch::StartsWith("bad: TypeError: "));
  }
  SECTION("nothing") {
    inChain({handler("bad", "")});
    checkIs500(get());
  }
  SECTION("no handler") {
    inChain({worker("bad", "export default {};")});
    checkIs500(get());
  }
  SECTION("a promise that nobody settles") {
    inChain({handler("bad", "await new Promise(() => {});")});
    checkIs500(get());
    CHECK_THAT(exchange->error, Catch::Contains("had hung"));
    CHECK(lines.size() == 1);
  }
}

TEST_CASE_METHOD(ChainWorld, "a stage that fails is a 500 to the one before it, not an exception") {
  inChain({handler("first",
                   "const answer = await fetch(request);\n"
                   "return new Response('got ' + answer.status);"),
           handler("second", "throw new Error('no');")});
  auto answer = get();
  CHECK(answer.status == 200);
  CHECK(answer.body == "got 500");
  CHECK(exchange->error == "second: Error: no");
}

TEST_CASE_METHOD(ChainWorld, "a failure spoils neither the next request nor one that is running") {
  inChain({handler("only",
                   "if (request.url.endsWith('/bad')) throw new Error('no');\n"
                   "return new Response('fine');")});
  CHECK(get("http://a.example/").body == "fine");
  checkIs500(get("http://a.example/bad"));
  CHECK(get("http://a.example/").body == "fine");
  CHECK(exchange->error == "");
}

TEST_CASE_METHOD(ChainWorld, "passThroughOnException() sends the request on as it came") {
  inChain({handler("first",
                   "ctx.passThroughOnException();\n"
                   "const mine = new Request(request.url + 'changed', request);\n"
                   "mine.headers.set('x', '1');\n"
                   "throw new Error('no');"),
           handler("second",
                   "return new Response(`${request.method} ${request.url} "
                   "${request.headers.get('x')}`);")});
  CHECK(get("http://a.example/p").body == "GET http://a.example/p null");
  CHECK(exchange->error == "first: Error: no");
  CHECK_THAT(lines.at(0), Catch::StartsWith("first error: Uncaught Error: no"));
}

TEST_CASE_METHOD(ChainWorld, "passThroughOnException() sends the body on, too") {
  inChain({handler("first", "ctx.passThroughOnException(); throw new Error('no');")});
  auto asked = request("http://a.example/", "PUT");
  asked.body = net::Body::fromBytes("the body");
  CHECK(ask(std::move(asked)).body == "fl answers");
  CHECK(fl.asked == Strings{"PUT http://a.example/ a.example the body"});
}

// Broke: the body that the worker had taken was passed on as a null pointer, and read.
TEST_CASE_METHOD(ChainWorld, "passThroughOnException() passes on no body that has been read") {
  inChain({handler("first", "ctx.passThroughOnException(); await request.text(); throw 1;"),
           handler("second",
                   "return fetch(request.url, "
                   "  { method: 'PUT', body: '<' + await request.text() + '>' });")});
  auto asked = request("http://a.example/", "PUT");
  asked.body = net::Body::fromBytes("the body");
  CHECK(ask(std::move(asked)).body == "fl answers");
  CHECK(fl.asked == Strings{"PUT http://a.example/ a.example <>"});
}

TEST_CASE_METHOD(ChainWorld, "passThroughOnException() of one stage does not hold for others") {
  inChain({handler("first", "ctx.passThroughOnException(); return fetch(request);"),
           handler("second", "throw new Error('no');")});
  checkIs500(get());
  CHECK(fl.asked.empty());
}

TEST_CASE_METHOD(ChainWorld, "where nothing answers what was passed on there is no answer") {
  inChain({handler("first", "ctx.passThroughOnException(); throw new Error('no');")});
  fl.failure = "fl is gone";
  auto answer = get();
  CHECK(answer.status == 0);
  CHECK_THAT(answer.rejection, Catch::Contains("fl is gone"));
}

TEST_CASE_METHOD(ChainWorld, "what nobody handles is written to the console and changes nothing") {
  inChain({handler("only",
                   "Promise.reject(new Error('lost'));\n"
                   "return new Response('fine');")});
  CHECK(get().body == "fine");
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("only error: Uncaught (in promise) Error: lost"));
}

TEST_CASE_METHOD(ChainWorld, "a request has so many subrequests, and no more") {
  parts.options.subrequestLimit = 3;
  inChain({handler("many",
                   "const ended = [];\n"
                   "for (let i = 0; i < 5; ++i) {\n"
                   "  ended.push(await fetch('http://a/').then((r) => r.status, (e) => `${e}`));\n"
                   "}\n"
                   "return Response.json(ended);")});
  const char* tooMany = "\"Error: Too many subrequests by single Worker invocation.\"";
  auto ended = "[200,200,200," + std::string(tooMany) + "," + tooMany + "]";
  CHECK(get().body == ended);
  CHECK(get().body == ended);  // each request has its own
  CHECK(fl.asked.size() == 6);
}

TEST_CASE_METHOD(ChainWorld, "a worker's own limit of subrequests counts instead") {
  auto part = handler("one", "await fetch('http://a/');\nreturn fetch('http://a/');");
  auto limited = std::make_shared<bundle::Bundle>(*part.bundle);
  limited->subrequestLimit = 1;
  part.bundle = limited;
  inChain({part});
  checkIs500(get());
  CHECK(exchange->error == "one: Error: Too many subrequests by single Worker invocation.");
}

TEST_CASE_METHOD(ChainWorld, "what flamesim does not emulate says so where it is used") {
  inChain({handler(
      "some",
      "const ended = [typeof env.DB, `${await (async () => env.DB)() === env.DB}`];\n"
      "for (const use of [() => env.DB.prepare('x'), () => env.DB(), () => env.DB.x = 1]) {\n"
      "  try { use(); } catch (error) { ended.push(error.message); }\n"
      "}\n"
      "return Response.json(ended);",
      {binding("DB", "unserved", {{"section", "d1_databases"}})})});
  auto message =
      nlohmann::json("flamesim does not emulate \"d1_databases\", of which env.DB is").dump();
  CHECK(get().body == "[\"function\",\"true\"," + message + "," + message + "," + message + "]");
}

TEST_CASE_METHOD(ChainWorld, "modules of what flamesim does not emulate can be imported") {
  inChain({worker(
      "some",
      "import { connect } from 'cloudflare:sockets';\n"
      "import { EmailMessage } from 'cloudflare:email';\n"
      "export default { fetch() {\n"
      "  const ended = [];\n"
      "  for (const use of [() => connect('a:1'), () => new EmailMessage('a', 'b', '')]) {\n"
      "    try { use(); } catch (error) { ended.push(error.message); }\n"
      "  }\n"
      "  return Response.json(ended);\n"
      "} };")});
  CHECK(get().body == R"(["flamesim does not emulate sockets: connect() was called",)"
                      R"("flamesim does not emulate e-mail: an EmailMessage was made"])");
}
