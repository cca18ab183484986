// Recorded subrequests as answers, and what a chain notes of an exchange that is replayed.
#include "sim/chain/transcript.h"

#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

net::Effect subrequest(const std::string& url, std::string body, const std::string& method = "GET",
                       const std::string& destination = "internet") {
  net::Effect effect{.kind = net::EffectKind::kSubrequest, .destination = destination};
  effect.request = net::RecordedRequest{.method = method, .url = url};
  effect.response = net::RecordedResponse{.status = 200, .body = std::move(body)};
  effect.duration = std::chrono::milliseconds(3);
  return effect;
}

struct Replayed : ChainWorld {
  Replayed() {
    recorded = &exchangeOnFile;
    effects = std::make_shared<net::EffectLog>();
    exchangeOnFile.outcome.response =
        net::RecordedResponse{.status = 404, .statusText = "Not Found", .body = "of FL"};
  }
  void on(net::Effect effect) { exchangeOnFile.outcome.effects.push_back(std::move(effect)); }
  // What answers, or "".
  std::string take(const std::string& url, const std::string& method = "GET",
                   const std::string& destination = "internet") {
    auto* effect = takeRecordedSubrequest(*exchange, destination, request(url, method));
    return effect == nullptr ? "" : effect->response->body;
  }
  void begin() {
    exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
    exchange->recorded = recorded;
  }
  net::Exchange exchangeOnFile;
};

const std::vector<bundle::Binding> kNet{binding("NET", "egress", {{"to", "internet"}})};

}  // namespace

TEST_CASE_METHOD(Replayed, "a recorded subrequest answers the same method and URL, once") {
  on(subrequest("http://a.example/x?q=1", "first"));
  on(subrequest("http://a.example/x?q=2", "second"));
  on(subrequest("http://a.example/x?q=2", "third"));
  begin();
  CHECK(take("http://a.example/x?q=2") == "second");
  CHECK(take("http://a.example/x?q=2") == "third");
  CHECK(take("http://a.example/x?q=1") == "first");
  CHECK(take("http://a.example/x?q=1") == "");
  begin();  // another exchange in progress has them all again
  CHECK(take("http://a.example/x?q=1") == "first");
}

TEST_CASE_METHOD(Replayed, "else one of the same path answers, whatever host and query") {
  on(subrequest("http://a.example/x?q=1", "x"));
  on(subrequest("http://a.example", "root"));
  begin();
  CHECK(take("https://b.example/x?q=other") == "x");
  CHECK(take("http://a.example/") == "root");
  CHECK(take("http://a.example/x/y") == "");
}

TEST_CASE_METHOD(Replayed, "method, destination and kind must be those of the recording") {
  on(subrequest("http://a.example/", "post", "POST"));
  on(subrequest("http://a.example/", "cached", "GET", "cache"));
  auto call = subrequest("http://a.example/", "call");
  call.kind = net::EffectKind::kRpc;
  on(call);
  begin();
  CHECK(take("http://a.example/") == "");
  CHECK(take("http://a.example/", "POST") == "post");
  CHECK(take("http://a.example/", "GET", "cache") == "cached");
}

TEST_CASE_METHOD(Replayed, "in a replay FL answers as it did, and is not asked") {
  inChain({handler("only", "return fetch(request);")});
  auto answer = get();
  CHECK(answer.status == 404);
  CHECK(answer.statusText == "Not Found");
  CHECK(answer.body == "of FL");
  CHECK(fl.asked.empty());
  CHECK(exchange->declined);
}

TEST_CASE_METHOD(Replayed, "in a replay what was recorded answers, a way out what was not") {
  inChain({handler("only",
                   "const texts = [];\n"
                   "for (const path of ['a', 'b']) {\n"
                   "  texts.push(await (await env.NET.fetch('http://x.example/' + path, "
                   "    { method: 'POST', body: path + '!' })).text());\n"
                   "}\n"
                   "return new Response(texts.join());",
                   kNet)});
  on(subrequest("http://x.example/a", "recorded", "POST"));
  CHECK(get().body == "recorded,internet answers");
  CHECK(internet.asked == Strings{"POST http://x.example/b x.example b!"});
  // Both are noted alike.
  auto& noted = effects->all();
  REQUIRE(noted.size() == 2);
  CHECK(noted[0].kind == net::EffectKind::kSubrequest);
  CHECK(noted[0].worker == "only");
  CHECK(noted[0].destination == "internet");
  CHECK(noted[0].duration == std::chrono::milliseconds(3));
  CHECK(noted[0].request->url == "http://x.example/a");
  CHECK(noted[0].request->body == "a!");
  CHECK(noted[0].response->body == "recorded");
  CHECK(noted[1].request->body == "b!");
  CHECK(noted[1].response->body == "internet answers");
}

TEST_CASE_METHOD(Replayed, "a recorded failure fails again; what nobody has says so") {
  inChain({handler("only",
                   "try { return await env.NET.fetch(request); }\n"
                   "catch (error) { return new Response(error.message); }",
                   kNet)});
  auto failed = subrequest("http://a.example/failed", "");
  failed.response = std::nullopt;
  failed.error = "connection refused";
  on(failed);
  parts.network.clear();
  CHECK_THAT(get("http://a.example/failed").body, Catch::Contains("connection refused"));
  CHECK(effects->all().at(0).error == "connection refused");
  CHECK_THAT(get("http://a.example/other").body,
             Catch::Contains("no recorded answer for GET http://a.example/other to \"internet\""));
  CHECK_THAT(effects->all().at(1).error, Catch::Contains("no recorded answer"));
}

TEST_CASE_METHOD(Replayed, "console lines are effects, in the order of what happens") {
  inChain({handler("only",
                   "console.log('before', 1);\n"
                   "await env.NET.fetch('http://x.example/');\n"
                   "console.warn('after');\n"
                   "return new Response();",
                   kNet)});
  get();
  Strings seen;
  for (auto& effect : effects->all()) {
    seen.push_back(std::string(net::effectKindName(effect.kind)) + " " + effect.operation + " " +
                   effect.input);
  }
  CHECK(seen == Strings{"console log before 1", "subrequest  ", "console warn after"});
}
