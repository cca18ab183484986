// What goes out of a chain: which hosts, how often, and what stands for a customer's worker that
// fails.
#include "sim/chain/testing.h"

namespace flamesim::chain {

namespace {

using namespace testing;

// A worker whose answer is what its fetch of `url` becomes.
WorkerPart fetching(const std::string& name, const std::string& url) {
  return handler(name,
                 "try { const r = await env.OUT.fetch('" + url +
                     "'); return new Response(r.status + ' ' + await r.text()); }"
                     "catch (e) { return new Response(String(e)); }",
                 {binding("OUT", "egress", {{"to", "internet"}})});
}

}  // namespace

TEST_CASE("egress: no host may be reached that is not on the list", "[egress]") {
  ChainWorld world;
  world.parts.policy.emplace(EgressPolicy{.allow = {"*.good.example"}});
  SECTION("one on it") {
    world.inChain({fetching("w", "http://a.good.example/")});
    CHECK(world.get().body == "200 internet answers");
  }
  SECTION("another") {
    world.inChain({fetching("w", "http://good.example/")});
    CHECK(world.get().body ==
          "Error: the host good.example may not be reached: add it to \"internet\": {\"allow\": "
          "[...]} in flamesim.jsonc");
    CHECK(world.internet.asked.empty());
  }
  SECTION("a worker's own list stands in its place") {
    world.parts.policy->ofWorkers["w"] = {"b.example"};
    world.inChain({handler("w",
                           "const out = [];"
                           "for (const u of ['http://b.example/', 'http://a.good.example/'])"
                           "  out.push(await env.OUT.fetch(u).then((r) => r.status, String));"
                           "return new Response(out.join('|'));",
                           {binding("OUT", "egress", {{"to", "internet"}})})});
    CHECK(world.get().body ==
          "200|Error: the host a.good.example may not be reached: add it to \"workers\": {\"w\": "
          "{\"allow\": [...]}} in flamesim.jsonc");
  }
  SECTION("FL has rules of its own") {
    world.inChain({handler("w", "return fetch(request)")});
    CHECK(world.get("http://elsewhere.example/").body == "fl answers");
  }
  SECTION("so it has behind a cache") {
    bool beforeFl = GENERATE(false, true);
    world.parts.policy->cacheBeforeFl = beforeFl;
    world.parts.egress = "cache";
    world.inChain({handler("w", "return fetch(request)")});
    CHECK(world.get("http://elsewhere.example/").status == (beforeFl ? 200 : 500));
    CHECK(world.get("http://a.good.example/").body == "cache answers");
  }
}

TEST_CASE("egress: the fetch() of a worker outside of the chain goes where it says", "[egress]") {
  ChainWorld world;
  auto customer = handler("customer", "return fetch(request)");
  customer.egress = "cache";
  world.inChain({handler("w", "return fetch(request)")});
  world.outside({customer});
  world.parts.egress = "customer";
  CHECK(world.get().body == "cache answers");
}

TEST_CASE("egress: requests are marked on their way out, and a loop ends", "[egress]") {
  ChainWorld world;
  class Marks final : public net::Fetcher {
   public:
    kj::Promise<net::Response> fetch(net::Request request) override {
      return textResponse(request.headers.get("cdn-loop").value_or("none") + " " +
                          request.headers.get("cf-ew-via").value_or("none"));
    }
  } marks;
  world.parts.network["internet"] = &marks;
  world.parts.egress = "internet";
  world.inChain({handler("w", "return fetch(request)")});
  CHECK(world.get().body == "cloudflare; loops=1 15");

  auto exchange =
      kj::refcounted<ExchangeScope>(world.clock, 1, net::ClientContext(), world.endings);
  exchange->passes = {.left = 1, .loops = 15, .otherCdns = ""};
  auto response =
      world.chain->handle(request("http://a.example/"), *exchange).promise().wait(world.scope);
  CHECK(response.status == 500);
  CHECK(*response.body.bytes() == "error code: 1019");
}

TEST_CASE("egress: a customer's worker that fails is error 1101", "[egress]") {
  ChainWorld world;
  world.inChain({handler("w", "return fetch(request)")});
  world.outside({handler("customer", "throw new Error('secret')")});
  world.parts.egress = "customer";
  auto answer = world.get();
  CHECK(answer.status == 500);
  CHECK(answer.body == "error code: 1101");
  CHECK(world.exchange->error == "customer: Error: secret");
}

}  // namespace flamesim::chain
