// The recorder's second side, between front line and origin: which exchange a subrequest belongs
// to.
#include "sim/record/recording_fixture.h"

using namespace flamesim;
using namespace flamesim::record;
using namespace flamesim::record::testing;

TEST_CASE_METHOD(World, "subrequests stand in the exchange they were sent for") {
  Server site(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    auto response = answer("site " + request.url);
    response.headers.append("Set-Cookie", "sid=s3cret; Path=/");
    return response;
  });
  Server api(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("api " + request.method, 203);
  });
  // FL: gives each request a ray, asks the site and then the API, and waits for both clients in
  // between, so that their subrequests mix.
  kj::Maybe<kj::Own<net::CurlFetcher>> fetcher;
  auto bothThere = kj::newPromiseAndFulfiller<void>();
  auto bothFork = bothThere.promise.fork();
  int clients = 0;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    std::string ray = "00000000000000a" + std::to_string(++clients) + "-SJC";
    auto subrequest = [&](size_t upstream, const char* path) {
      net::Request sub;
      sub.method = upstream == 0 ? "GET" : "DELETE";
      sub.url = "http://127.0.0.1:" + std::to_string(proxy->upstreamPort(upstream)) + path;
      sub.headers.append("Host", upstream == 0 ? "site.example" : "api.example");
      sub.headers.append("CF-Ray", ray);
      sub.headers.append("CF-IPCountry", "PT");
      return sub;
    };
    if (clients == 2) bothThere.fulfiller->fulfill();
    auto& out = *KJ_ASSERT_NONNULL(fetcher);
    return bothFork.addBranch()
        .then([&out, sub = subrequest(0, "/page")]() mutable { return out.fetch(std::move(sub)); })
        .then([&out, sub = subrequest(1, "/call")](net::Response) mutable {
          return out.fetch(std::move(sub));
        })
        .then([ray](net::Response) {
          auto response = answer("by fl");
          response.headers.append("CF-Ray", ray);
          return response;
        });
  });
  auto given = options(fl.origin());
  given.upstreams = {{.listen = "127.0.0.1:0", .to = site.origin()},
                     {.listen = "127.0.0.1:0", .to = api.origin(), .name = "api"}};
  start(given);
  fetcher = kj::heap<net::CurlFetcher>(io.unixEventPort);
  auto first = connect(proxy->port());
  auto second = connect(proxy->port());
  write(*first, "GET /1 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  while (clients == 0) wait(std::chrono::milliseconds(1));
  write(*second, "GET /2 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  CHECK(contains(readAll(*second), "by fl"));
  CHECK(contains(readAll(*first), "by fl"));
  fetcher = nullptr;

  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  for (auto& exchange : exchanges) {
    std::string ray = "00000000000000a" + std::to_string(exchange.id) + "-SJC";
    CHECK(exchange.client.rayId == ray);
    CHECK(exchange.client.country == "PT");
    REQUIRE(exchange.outcome.effects.size() == 2);
    auto& page = exchange.outcome.effects[0];
    CHECK(page.kind == net::EffectKind::kSubrequest);
    CHECK(page.destination == "internet");
    CHECK(page.error.empty());
    CHECK(page.start >= exchange.time);
    CHECK(page.duration > Duration::zero());
    REQUIRE(page.request.has_value());
    CHECK(page.request->method == "GET");
    CHECK(page.request->url == "http://site.example/page");
    CHECK(page.request->headers.get("cf-ray") == ray);
    REQUIRE(page.response.has_value());
    CHECK(page.response->status == 200);
    CHECK(page.response->body == "site http://site.example/page");
    CHECK(page.response->headers.get("set-cookie") ==
          "sid=" + redact::Pseudonyms("key").token("s3cret") + "; Path=/");
    auto& call = exchange.outcome.effects[1];
    CHECK(call.destination == "api");
    CHECK(call.request->method == "DELETE");
    CHECK(call.response->status == 203);
    CHECK(call.start >= page.start + page.duration);
  }
  CHECK(exchanges[0].request.url == "http://a.example/1");
  CHECK(summary.counts.subrequests == 4);
  CHECK(summary.counts.unpaired == 0);
}

TEST_CASE_METHOD(World, "subrequests are paired by traceparent where there is no ray") {
  Server site(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("site");
  });
  auto fetcher = kj::heap<net::CurlFetcher>(io.unixEventPort);
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    net::Request sub;
    sub.url = "http://127.0.0.1:" + std::to_string(proxy->upstreamPort(0)) + "/";
    sub.headers.append("traceparent", "00-0123456789abcdef0123456789abcdef-00000000000000b2-01");
    return fetcher->fetch(std::move(sub)).then([](net::Response) { return answer("fl"); });
  });
  auto given = options(fl.origin());
  given.upstreams = {{.listen = "127.0.0.1:0", .to = site.origin()}};
  start(given);
  get("/", "traceparent: 00-0123456789abcdef0123456789ABCDEF-00000000000000b1-01\r\n");
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].outcome.effects.size() == 1);
  CHECK(summary.counts.unpaired == 0);
}

TEST_CASE_METHOD(World, "subrequests that belong to no exchange are counted and reported") {
  Server site(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("site");
  });
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("fl");
  });
  auto given = options(fl.origin());
  given.upstreams = {{.listen = "127.0.0.1:0", .to = site.origin()}};
  start(given);
  auto stray = connect(proxy->upstreamPort(0));
  write(*stray, "GET /stray HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n");
  CHECK(contains(readAll(*stray), "site"));
  get("/");
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].outcome.effects.empty());
  CHECK(summary.counts.unpaired == 1);
  CHECK(contains(summary.render(), "1 subrequests of FL belong to no exchange"));
  CHECK(contains(summary.render(), "GET http://b.example/stray"));
}

TEST_CASE_METHOD(World, "an origin that cannot be reached is recorded as FL saw it") {
  uint16_t closedPort;
  {
    Server gone(io, [](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
      return answer("");
    });
    closedPort = gone.port;
  }
  auto fetcher = kj::heap<net::CurlFetcher>(io.unixEventPort);
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    net::Request sub;
    sub.url = "http://127.0.0.1:" + std::to_string(proxy->upstreamPort(0)) + "/";
    sub.headers.append("CF-Ray", "00000000000000a1-SJC");
    return fetcher->fetch(std::move(sub)).then([](net::Response got) {
      auto response = answer("the origin said " + std::to_string(got.status));
      response.headers.append("CF-Ray", "00000000000000a1-SJC");
      return response;
    });
  });
  auto given = options(fl.origin());
  given.upstreams = {
      {.listen = "127.0.0.1:0", .to = "http://127.0.0.1:" + std::to_string(closedPort)}};
  start(given);
  CHECK(contains(get("/"), "the origin said 502"));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  REQUIRE(exchanges[0].outcome.effects.size() == 1);
  auto& effect = exchanges[0].outcome.effects[0];
  REQUIRE(effect.response.has_value());
  CHECK(effect.response->status == 502);
  CHECK(contains(effect.response->body, "no answer from"));
}
