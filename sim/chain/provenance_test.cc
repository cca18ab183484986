// Which worker made what of an answer.
#include "sim/chain/provenance.h"

#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

using SetBy = std::map<std::string, std::string>;

struct Noting : ChainWorld {
  Noting() { effects = std::make_shared<net::EffectLog>(); }
};

}  // namespace

TEST_CASE_METHOD(Noting, "an answer that passes unchanged is that of whoever made it") {
  inChain({handler("first", "return fetch(request);"),
           handler("second", "return new Response('x', { headers: { a: '1' } });")});
  get();
  CHECK(exchange->answeredBy == "second");
  CHECK(exchange->setBy == SetBy{});
}

TEST_CASE_METHOD(Noting, "what workers change is theirs, the last one's where several do") {
  inChain({handler("first",
                   "const answer = new Response((await fetch(request)).body, "
                   "  { status: 201, headers: { A: '1', b: '2' } });\n"
                   "return answer;"),
           handler("second",
                   "const answer = await fetch(request);\n"
                   "const headers = new Headers(answer.headers);\n"
                   "headers.set('b', '3');\n"
                   "headers.delete('gone');\n"
                   "return new Response('new', { status: answer.status, headers });"),
           handler("third",
                   "return new Response('old', "
                   "  { headers: { gone: '1', b: '2', 'content-type': 'text/x' } });")});
  auto answer = get();
  CHECK(answer.status == 201);
  CHECK(answer.body == "new");
  CHECK(exchange->answeredBy == "first");
  CHECK(exchange->setBy == SetBy{{"status", "first"},
                                 {"body", "second"},
                                 {"header:a", "first"},
                                 {"header:b", "first"},
                                 {"header:content-type", "first"},
                                 {"header:gone", "second"}});
}

TEST_CASE_METHOD(Noting, "a body that is made anew with the same bytes is not changed") {
  inChain({handler("first",
                   "const answer = await fetch(request);\n"
                   "return new Response(await answer.text(), answer);"),
           handler("second", "return new Response('same');")});
  get();
  CHECK(exchange->answeredBy == "second");
  CHECK(exchange->setBy == SetBy{});
}

TEST_CASE_METHOD(Noting, "what the egress answered is the egress's, but for what was changed") {
  inChain({handler("only",
                   "const answer = await fetch(request);\n"
                   "if (request.url.endsWith('/same')) return answer;\n"
                   "return new Response(answer.body, { status: 206 });")});
  get("http://a.example/same");
  CHECK(exchange->answeredBy == "fl");
  CHECK(exchange->setBy == SetBy{});
  get("http://a.example/");
  CHECK(exchange->answeredBy == "only");
  CHECK(exchange->setBy == SetBy{{"status", "only"}});
}

TEST_CASE_METHOD(Noting, "header names match without regard to case, values with it") {
  exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
  net::Response below;
  below.headers = net::HeaderList({{"X-Same", "v"}, {"X-Value", "v"}});
  exchange->below = Snapshot::of(below);
  net::Response response;
  response.headers = net::HeaderList({{"x-same", "v"}, {"x-value", "V"}});
  noteChanges("worker", response, *exchange);
  CHECK(exchange->setBy == SetBy{{"header:x-value", "worker"}});
  CHECK(exchange->below->headers == response.headers);  // what the next one is held against
}

TEST_CASE_METHOD(Noting, "a null body and an empty one are two things") {
  exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
  exchange->below = Snapshot::of(net::Response());
  auto empty = textResponse("");
  noteChanges("worker", empty, *exchange);
  CHECK(exchange->setBy == SetBy{{"body", "worker"}});
}
