// End to end on real sockets: client, recorder, front line, recorder, origin; one event loop.
#include <catch2/catch.hpp>

#include <fstream>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/reader.h"
#include "sim/capture/testing.h"
#include "sim/record/recording_proxy.h"

using namespace flamesim;
using namespace flamesim::record;
using capture::testing::slurp;
using capture::testing::spit;

namespace {

using Handle = std::function<kj::Promise<net::Response>(net::Request, net::ClientContext)>;

net::Response answer(std::string body, uint16_t status = 200) {
  net::Response response;
  response.status = status;
  response.statusText = std::string(net::reasonPhrase(status));
  response.headers.append("Content-Type", "text/plain");
  response.body = net::Body::fromBytes(std::move(body));
  return response;
}

// An HTTP server on a free port.
class Server final : private net::Ingress::Handler {
 public:
  Server(kj::AsyncIoContext& io, Handle handle)
      : onRequest(std::move(handle)), ingress(io.provider->getTimer(), *this), serving(nullptr) {
    auto receiver =
        io.provider->getNetwork().parseAddress("127.0.0.1:0").wait(io.waitScope)->listen();
    port = uint16_t(receiver->getPort());
    serving = ingress.listen(kj::mv(receiver)).eagerlyEvaluate(nullptr);
  }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port); }
  uint16_t port = 0;

 private:
  kj::Promise<net::Response> handle(net::Request request, net::ClientContext client) override {
    return onRequest(std::move(request), std::move(client));
  }
  Handle onRequest;
  net::Ingress ingress;
  kj::Promise<void> serving;
};

struct World {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  RealClock clock{io.provider->getTimer()};
  capture::testing::TemporaryFolder folder;
  std::filesystem::path output = folder / "recorded.cap";
  kj::Own<RecordingProxy> proxy;
  RecordSummary summary;

  RecordOptions options(const std::string& to) {
    RecordOptions result{.listen = "127.0.0.1:0", .to = to, .upstreams = {}, .output = output};
    result.recorder.redactionKey = "key";
    return result;
  }
  void start(RecordOptions options) { proxy = kj::heap<RecordingProxy>(io, clock, options); }

  kj::Own<kj::AsyncIoStream> connect(uint16_t port) {
    return io.provider->getNetwork()
        .parseAddress(("127.0.0.1:" + std::to_string(port)).c_str())
        .wait(io.waitScope)
        ->connect()
        .wait(io.waitScope);
  }
  void write(kj::AsyncIoStream& stream, std::string_view text) {
    stream.write(text.data(), text.size()).wait(io.waitScope);
  }
  // Reads until `text` has come, or the end.
  std::string readUntil(kj::AsyncIoStream& stream, std::string_view text) {
    std::string seen;
    char buffer[65536];
    while (seen.find(text) == std::string::npos) {
      size_t n = stream.tryRead(buffer, 1, sizeof(buffer)).wait(io.waitScope);
      if (n == 0) break;
      seen.append(buffer, n);
    }
    return seen;
  }
  std::string readAll(kj::AsyncIoStream& stream) {
    auto text = stream.readAllText().wait(io.waitScope);
    return {text.begin(), text.size()};
  }
  // One request over a connection of its own.
  std::string roundTrip(const std::string& request) {
    auto stream = connect(proxy->port());
    write(*stream, request);
    return readAll(*stream);
  }
  std::string get(const std::string& path, const std::string& headers = "") {
    return roundTrip("GET " + path + " HTTP/1.1\r\nHost: a.example\r\n" + headers +
                     "Connection: close\r\n\r\n");
  }
  void wait(Duration duration) { clock.after(duration).wait(io.waitScope); }

  std::vector<net::Exchange> stop() {
    proxy->stop().wait(io.waitScope);
    summary = proxy->summary();
    proxy = nullptr;
    return readCapture();
  }
  std::vector<net::Exchange> readCapture() {
    auto reader = capture::CaptureReader::open(output).orThrow();
    std::vector<net::Exchange> result;
    while (auto exchange = reader.next()) result.push_back(std::move(*exchange));
    return result;
  }
};

// Reads something from whoever connects, and closes the connection.
kj::Promise<void> closeEach(kj::ConnectionReceiver& receiver) {
  return receiver.accept()
      .then([](kj::Own<kj::AsyncIoStream>&& stream) {
        auto buffer = kj::heapArray<char>(4096);
        auto reading = stream->tryRead(buffer.begin(), 1, buffer.size());
        return reading.attach(kj::mv(stream), kj::mv(buffer));
      })
      .then([&receiver](size_t) { return closeEach(receiver); });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE_METHOD(World, "what passes is the same on both sides, and kept") {
  net::Request seen;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    seen.method = request.method;
    seen.url = request.url;
    seen.headers = request.headers;
    return request.body.takeBytes().then([&](std::string body) {
      seen.body = net::Body::fromBytes(body);
      net::Response response = answer("created", 201);
      response.headers = net::HeaderList({{"X-First", "1"},
                                          {"content-type", "text/plain"},
                                          {"x-MIXED", "2"},
                                          {"X-Twice", "a"},
                                          {"X-Twice", "b"},
                                          {"CF-Ray", "230b030023ae2822-SJC"},
                                          {"Server", "fl"}});
      return response;
    });
  });
  start(options(fl.origin()));
  std::string reply = roundTrip(
      "POST /a//b/../c?x=%20y HTTP/1.1\r\naccept: */*\r\nHost: shop.example:8080\r\n"
      "X-SHOUT: 1\r\nContent-Type: text/plain\r\nx-twice: 1\r\nx-twice: 2\r\n"
      "Content-Length: 5\r\nConnection: close\r\n\r\nhello");
  CHECK(
      reply.starts_with("HTTP/1.1 201 Created\r\nX-First: 1\r\ncontent-type: text/plain\r\n"
                        "x-MIXED: 2\r\nX-Twice: a\r\nX-Twice: b\r\n"));
  CHECK(reply.ends_with("\r\n\r\ncreated"));

  net::HeaderList sent({{"accept", "*/*"},
                        {"Host", "shop.example:8080"},
                        {"X-SHOUT", "1"},
                        {"Content-Type", "text/plain"},
                        {"x-twice", "1"},
                        {"x-twice", "2"},
                        {"Content-Length", "5"},
                        {"Connection", "close"}});
  CHECK(seen.method == "POST");
  CHECK(seen.url == "http://shop.example:8080/a//b/../c?x=%20y");
  CHECK(seen.headers == sent);
  CHECK(*seen.body.bytes() == "hello");

  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  auto& exchange = exchanges[0];
  CHECK(exchange.id == 1);
  CHECK(exchange.seed == capture::seedFor(1));
  CHECK(clock.now() - exchange.time < std::chrono::minutes(1));
  CHECK(exchange.client.ip == "127.0.0.1");
  CHECK(exchange.client.port != 0);
  CHECK(exchange.client.connectedAddress == "127.0.0.1");
  CHECK(exchange.client.rayId == "230b030023ae2822-SJC");
  CHECK(exchange.request.method == "POST");
  CHECK(exchange.request.url == "http://shop.example:8080/a//b/../c?x=%20y");
  CHECK(exchange.request.headers == sent);
  CHECK(exchange.request.body == "hello");
  CHECK(exchange.outcome.kind == net::OutcomeKind::kResponse);
  CHECK(exchange.outcome.answeredBy == "fl");
  CHECK(exchange.outcome.error.empty());
  CHECK(exchange.outcome.response.status == 201);
  CHECK(exchange.outcome.response.statusText == "Created");
  CHECK(exchange.outcome.response.body == "created");
  auto& headers = exchange.outcome.response.headers.all();
  REQUIRE(headers.size() >= 7);
  CHECK(headers[2] == net::Header{"x-MIXED", "2"});
  CHECK_FALSE(exchange.outcome.response.headers.has("connection"));
}

TEST_CASE_METHOD(World, "Host passes as it was sent, and follows a target in absolute form") {
  std::vector<std::string> hosts;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    hosts.push_back(request.headers.get("host").value_or(""));
    return answer("fine");
  });
  start(options(fl.origin()));
  roundTrip("GET /a HTTP/1.1\r\nHost: Shop.EXAMPLE:80\r\nConnection: close\r\n\r\n");
  roundTrip("GET http://b.example/b HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  CHECK(hosts == std::vector<std::string>{"Shop.EXAMPLE:80", "b.example"});
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[1].request.url == "http://b.example/b");
  CHECK(exchanges[1].request.headers.get("host") == "a.example");  // what the client sent
}

TEST_CASE_METHOD(World, "a slow response passes chunk by chunk") {
  auto pipe = kj::newOneWayPipe();
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    auto response = answer("");
    response.body = net::Body::fromStream(kj::mv(pipe.in));
    return response;
  });
  start(options(fl.origin()));
  auto client = connect(proxy->port());
  write(*client, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  pipe.out->write("first,", 6).wait(io.waitScope);
  CHECK(contains(readUntil(*client, "first,"), "200 OK"));  // before there is a second
  pipe.out->write("second", 6).wait(io.waitScope);
  CHECK(contains(readUntil(*client, "second"), "second"));
  pipe.out = nullptr;
  CHECK(contains(readUntil(*client, "0\r\n\r\n"), "0\r\n\r\n"));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].outcome.response.body == "first,second");
  CHECK(exchanges[0].outcome.error.empty());
  CHECK_FALSE(exchanges[0].outcome.response.headers.has("transfer-encoding"));
}

TEST_CASE_METHOD(World, "a slow request passes chunk by chunk") {
  auto firstSeen = kj::newPromiseAndFulfiller<void>();
  std::string rest;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    auto stream = request.body.takeStream();
    auto& body = *stream;
    auto buffer = kj::heapArray<char>(6);
    auto begin = buffer.begin();
    return body.read(begin, 6)
        .then([&body, &firstSeen, begin] {
          CHECK(std::string_view(begin, 6) == "first,");
          firstSeen.fulfiller->fulfill();
          return body.readAllText();
        })
        .then([&rest](kj::String text) {
          rest = text.cStr();
          return answer("done");
        })
        .attach(kj::mv(stream), kj::mv(buffer));
  });
  start(options(fl.origin()));
  auto client = connect(proxy->port());
  write(*client,
        "PUT / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nfirst,\r\n");
  firstSeen.promise.wait(io.waitScope);
  write(*client, "6\r\nsecond\r\n0\r\n\r\n");
  CHECK(contains(readUntil(*client, "done"), "done"));
  CHECK(rest == "second");
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].request.body == "first,second");
  CHECK_FALSE(exchanges[0].request.headers.has("transfer-encoding"));
}

TEST_CASE_METHOD(World, "bodies up to the limit are kept, larger ones pass and are marked") {
  constexpr uint64_t kLimit = 2 << 20;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    size_t size = contains(request.url, "large") ? kLimit + 1 : kLimit;
    return answer(std::string(size, 'x'));
  });
  auto given = options(fl.origin());
  given.recorder.bodyLimit = kLimit;
  start(given);
  CHECK(get("/fits").size() > kLimit);
  CHECK(get("/large").ends_with(std::string(kLimit + 1, 'x')));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[0].outcome.response.body == std::string(kLimit, 'x'));
  CHECK(capture::bodiesComplete(exchanges[0].outcome));
  CHECK(exchanges[1].outcome.response.body.empty());
  CHECK(exchanges[1].outcome.error ==
        "body not kept: of the response 2097153 bytes, more than the limit of 2097152");
  CHECK(exchanges[1].outcome.kind == net::OutcomeKind::kResponse);
  CHECK(summary.counts.bodiesNotKept == 1);
}

TEST_CASE_METHOD(World, "what cannot be reached is answered with 502 and kept, and it goes on") {
  auto fl =
      kj::heap<Server>(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
        return answer("fine");
      });
  auto origin = fl->origin();
  start(options(origin));
  CHECK(contains(get("/1"), "200 OK"));
  fl = nullptr;
  std::string reply = get("/2");
  CHECK(reply.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(contains(reply, "no answer from " + origin));
  CHECK(contains(reply, "refused"));
  CHECK(get("/3").starts_with("HTTP/1.1 502"));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 3);
  CHECK(exchanges[0].outcome.kind == net::OutcomeKind::kResponse);
  CHECK(exchanges[1].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(contains(exchanges[1].outcome.error, "no answer from " + origin));
  CHECK(exchanges[1].request.url == "http://a.example/2");
  CHECK(exchanges[1].outcome.response == net::RecordedResponse());
  CHECK(summary.counts.failed == 2);
  CHECK(contains(summary.render(), "2 without an answer, the first: GET http://a.example/2"));
}

TEST_CASE_METHOD(World, "a response that breaks off is marked") {
  auto pipe = kj::newOneWayPipe(100);
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    auto response = answer("");
    response.body = net::Body::fromStream(kj::mv(pipe.in), 100);
    return response;
  });
  start(options(fl.origin()));
  auto client = connect(proxy->port());
  write(*client, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  pipe.out->write("only this", 9).wait(io.waitScope);
  CHECK(contains(readUntil(*client, "only this"), "Content-Length: 100"));
  pipe.out = nullptr;
  CHECK(readAll(*client).empty());  // closed, so that the client can tell
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].outcome.response.body == "only this");
  CHECK(contains(exchanges[0].outcome.error, "body not kept: of the response 9 bytes passed"));
}

TEST_CASE_METHOD(World, "clients that go away leave an exchange that says so") {
  auto pipe = kj::newOneWayPipe();
  auto never = kj::newPromiseAndFulfiller<net::Response>();
  bool asked = false;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    asked = true;
    if (contains(request.url, "never")) return kj::mv(never.promise);
    auto response = answer("");
    response.body = net::Body::fromStream(kj::mv(pipe.in));
    return response;
  });
  start(options(fl.origin()));
  {
    auto client = connect(proxy->port());
    write(*client, "GET /stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
    pipe.out->write("begin", 5).wait(io.waitScope);
    readUntil(*client, "begin");
  }
  {
    auto client = connect(proxy->port());
    asked = false;
    write(*client, "GET /never HTTP/1.1\r\nHost: a.example\r\n\r\n");
    while (!asked) wait(std::chrono::milliseconds(1));
  }
  // The next write tells that nobody reads.
  for (int i = 0; i < 200; ++i) {
    auto failed = kj::runCatchingExceptions([&] { pipe.out->write("more", 4).wait(io.waitScope); });
    if (failed != nullptr) break;
    wait(std::chrono::milliseconds(1));
  }
  wait(std::chrono::milliseconds(50));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[0].outcome.kind == net::OutcomeKind::kResponse);
  CHECK(exchanges[0].outcome.response.body.starts_with("begin"));
  CHECK_FALSE(capture::bodiesComplete(exchanges[0].outcome));
  CHECK(exchanges[1].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(contains(exchanges[1].outcome.error, "before there was an answer"));
}

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
          "sid=" + Redactor("key").pseudonym("s3cret") + "; Path=/");
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

TEST_CASE_METHOD(World, "a server that closes without an answer is seen as it is, and kept") {
  // Stands for FL and, behind the second proxy, for its origin.
  auto receiver =
      io.provider->getNetwork().parseAddress("127.0.0.1:0").wait(io.waitScope)->listen();
  auto closing = closeEach(*receiver).eagerlyEvaluate(nullptr);
  std::string closed = "http://127.0.0.1:" + std::to_string(receiver->getPort());
  SECTION("FL") {
    start(options(closed));
    CHECK(get("/").empty());
    CHECK(roundTrip("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\n{}").empty());
    auto exchanges = stop();
    REQUIRE(exchanges.size() == 2);
    for (auto& exchange : exchanges) {
      CHECK(exchange.outcome.kind == net::OutcomeKind::kFailed);
      CHECK(contains(exchange.outcome.error, "closed the connection without an answer"));
    }
    CHECK(exchanges[1].request.body == "{}");
  }
  SECTION("its origin") {
    auto fetcher = kj::heap<net::CurlFetcher>(io.unixEventPort);
    Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
      net::Request sub;
      sub.url = "http://127.0.0.1:" + std::to_string(proxy->upstreamPort(0)) + "/";
      sub.headers.append("CF-Ray", "00000000000000a1-SJC");
      return fetcher->fetch(std::move(sub))
          .then([](net::Response got) { return answer("status " + std::to_string(got.status)); },
                [](kj::Exception&& exception) {
                  bool seen = net::closedWithoutAnswer(exception);
                  auto response = answer(seen ? "closed" : exception.getDescription().cStr(), 520);
                  response.headers.append("CF-Ray", "00000000000000a1-SJC");
                  return response;
                });
    });
    auto given = options(fl.origin());
    given.upstreams = {{.listen = "127.0.0.1:0", .to = closed}};
    start(given);
    CHECK(get("/").ends_with("\r\n\r\nclosed"));
    auto exchanges = stop();
    REQUIRE(exchanges.size() == 1);
    CHECK(exchanges[0].outcome.response.status == 520);
    REQUIRE(exchanges[0].outcome.effects.size() == 1);
    auto& effect = exchanges[0].outcome.effects[0];
    CHECK_FALSE(effect.response.has_value());
    CHECK(contains(effect.error, "closed the connection without an answer"));
  }
}

TEST_CASE_METHOD(World, "OPTIONS * passes as it is") {
  std::vector<std::string> seen;
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    seen.push_back(request.method + " " + request.url);
    return answer("fine");
  });
  start(options(fl.origin()));
  for (auto target : {"*", "http://a.example", "/*"}) {
    roundTrip("OPTIONS " + std::string(target) +
              " HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  }
  // The ingress of FL gives a URL without a path for "*" alone.
  CHECK(seen == std::vector<std::string>{"OPTIONS http://a.example", "OPTIONS http://a.example",
                                         "OPTIONS http://a.example/*"});
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 3);
  CHECK(exchanges[0].request.url == "http://a.example");
}

TEST_CASE_METHOD(World, "what is not HTTP is refused by the proxy and not kept") {
  size_t asked = 0;
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    ++asked;
    return answer("fine");
  });
  start(options(fl.origin()));
  for (auto request : {"GET / HTTP/1.1\r\n\r\n", "GET * HTTP/1.1\r\nHost: a.example\r\n\r\n",
                       "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    CHECK(roundTrip(request).starts_with("HTTP/1.1 400 Bad Request\r\n"));
  }
  CHECK(contains(get("/"), "200 OK"));
  CHECK(asked == 1);
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 1);
  CHECK(exchanges[0].id == 1);
}

TEST_CASE_METHOD(World, "what has passed is on disk within a second, while recording goes on") {
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("fine");
  });
  start(options(fl.origin()));
  get("/1");
  get("/2");
  wait(std::chrono::milliseconds(950));
  CHECK(readCapture().size() == 2);  // as whoever comes after a kill -9 finds it
  get("/3");
  CHECK(stop().size() == 3);
}

TEST_CASE_METHOD(World, "what does not end is cut off when the recording ends") {
  auto pipe = kj::newOneWayPipe();
  bool asked = false;
  auto never = kj::newPromiseAndFulfiller<net::Response>();
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    if (contains(request.url, "never")) {
      asked = true;
      return kj::mv(never.promise);
    }
    auto response = answer("");
    response.body = net::Body::fromStream(kj::mv(pipe.in));
    return response;
  });
  auto given = options(fl.origin());
  given.drainTimeout = std::chrono::milliseconds(50);
  start(given);
  auto streaming = connect(proxy->port());
  write(*streaming, "GET /stream HTTP/1.1\r\nHost: a.example\r\n\r\n");
  pipe.out->write("begin", 5).wait(io.waitScope);
  readUntil(*streaming, "begin");
  auto waiting = connect(proxy->port());
  write(*waiting, "GET /never HTTP/1.1\r\nHost: a.example\r\n\r\n");
  while (!asked) wait(std::chrono::milliseconds(1));
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[0].outcome.response.body == "begin");
  CHECK_FALSE(capture::bodiesComplete(exchanges[0].outcome));
  CHECK(exchanges[1].outcome.kind == net::OutcomeKind::kFailed);
  CHECK(contains(exchanges[1].outcome.error, "the end of the recording"));
}

TEST_CASE_METHOD(World, "redaction is on unless it is switched off") {
  Server fl(io, [&](net::Request request, net::ClientContext) -> kj::Promise<net::Response> {
    CHECK(request.headers.get("cookie") == "sid=s3cret");  // FL gets the real one
    return answer("fine");
  });
  auto given = options(fl.origin());
  SECTION("on") {
    start(given);
    get("/", "Cookie: sid=s3cret\r\n");
    auto exchanges = stop();
    CHECK(exchanges.at(0).request.headers.get("cookie") ==
          "sid=" + Redactor("key").pseudonym("s3cret"));
    CHECK_FALSE(contains(slurp(output), "s3cret"));
    auto reader = capture::CaptureReader::open(output).orThrow();
    CHECK(contains(reader.header().notes, "pseudonyms"));
  }
  SECTION("off") {
    given.recorder.redaction = Redaction::kOff;
    start(given);
    get("/", "Cookie: sid=s3cret\r\n");
    CHECK(stop().at(0).request.headers.get("cookie") == "sid=s3cret");
  }
}

TEST_CASE_METHOD(World, "appending goes on behind what was recorded before") {
  Server fl(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("fine");
  });
  auto given = options(fl.origin());
  start(given);
  get("/1");
  CHECK(stop().size() == 1);
  given.append = true;
  start(given);
  get("/2");
  auto exchanges = stop();
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[1].request.url == "http://a.example/2");
  CHECK(exchanges[1].id == 2);
}

TEST_CASE_METHOD(World, "options that cannot be used are refused before the file is touched") {
  Server other(io, [&](net::Request, net::ClientContext) -> kj::Promise<net::Response> {
    return answer("");
  });
  spit(output, "precious");
  auto refused = [&](RecordOptions given) -> std::string {
    try {
      RecordingProxy proxy(io, clock, std::move(given));
    } catch (const UserError& error) {
      CHECK(error.code == ExitCode::kUsage);
      return error.diagnostic.message;
    }
    return "";
  };
  auto given = options("http://127.0.0.1:1");
  given.listen = "127.0.0.1:" + std::to_string(other.port);
  CHECK(refused(given) == "cannot listen on " + given.listen + " (--listen): the port is in use");
  given = options("127.0.0.1:9000");
  CHECK(contains(refused(given), "--to \"127.0.0.1:9000\" is not the address"));
  given = options("http://127.0.0.1:9000/path");
  CHECK(contains(refused(given), "is not the address"));
  given = options("http://127.0.0.1:1");
  given.listen = "nonsense address";
  CHECK(contains(refused(given), "cannot listen on nonsense address"));
  given = options("http://127.0.0.1:1");
  given.output = folder / "absent" / "x.cap";
  CHECK(contains(refused(given), "cannot open"));
  CHECK(slurp(output) == "precious");
}
