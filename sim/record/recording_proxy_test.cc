// End to end on real sockets: client, recorder, front line, recorder, origin; one event loop.
#include "sim/record/recording_fixture.h"

using namespace flamesim;
using namespace flamesim::record;
using namespace flamesim::record::testing;
using capture::testing::slurp;
using capture::testing::spit;

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
          "sid=" + redact::Pseudonyms("key").token("s3cret"));
    CHECK_FALSE(contains(slurp(output), "s3cret"));
    auto reader = capture::CaptureReader::open(output).orThrow();
    CHECK(contains(reader.header().notes, "pseudonyms"));
  }
  SECTION("off") {
    given.redaction = redact::Redaction::kOff;
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
