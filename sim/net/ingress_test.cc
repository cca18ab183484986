#include "sim/net/ingress.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "sim/net/net_fixture.h"

namespace flamesim::net {

// NOLINTNEXTLINE(misc-unused-using-decls): it is used
using std::string_literals::operator""s;

namespace {

// Answers with the request's method, URL, headers and body, a line each.
kj::Promise<Response> echo(Request request, ClientContext) {
  auto head = request.method + " " + request.url + "\n" + render(request.headers);
  if (request.body.isNull()) return textResponse(head + "null body");
  return request.body.takeBytes().then(
      [head](std::string body) { return textResponse(head + "body " + body); });
}

std::string bodyOf(const std::string& answer) {
  auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

HandlerFunction always(std::function<Response()> make) {
  return
      [make = std::move(make)](Request, ClientContext) -> kj::Promise<Response> { return make(); };
}

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

}  // namespace

TEST_CASE("ingress: headers keep order, casing and duplicates") {
  IngressFixture net(echo);
  auto answer = net.exchange(
      "GET /p?q=1 HTTP/1.1\r\n"
      "X-one:  a b \t\r\n"
      "hOST: example.com\r\n"
      "content-TYPE: text/a\r\n"
      "Accept: x\r\n"
      "Content-Type: text/b\r\n"
      "X-Empty:\r\n"
      "DATE: now\r\n"
      "Set-cookie: a=1\r\n"
      "set-Cookie: b=2\r\n"
      "accept: y\r\n"
      "location:\r\n"
      "conNECtion: close\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bodyOf(answer) ==
        "GET http://example.com/p?q=1\n"
        "X-one=a b\n"
        "hOST=example.com\n"
        "content-TYPE=text/a\n"
        "Accept=x\n"
        "Content-Type=text/b\n"
        "X-Empty=\n"
        "DATE=now\n"
        "Set-cookie=a=1\n"
        "set-Cookie=b=2\n"
        "accept=y\n"
        "location=\n"
        "conNECtion=close\n"
        "null body");
  CHECK(net.errors.empty());
}

TEST_CASE("ingress: lines that end in bare LF, folded values, a body right behind") {
  IngressFixture net(echo);
  auto answer = net.exchange(
      "POST / HTTP/1.1\nHost: a\nX-Folded: one\n two\nConnection: close\n"
      "Content-Length: 22\n\nContent-Type: x\n\nDate:");
  CHECK(bodyOf(answer) ==
        "POST http://a/\nHost=a\nX-Folded=one  two\nConnection=close\nContent-Length=22\n"
        "body Content-Type: x\n\nDate:");
}

TEST_CASE("ingress: values that begin with a fold, and duplicates that are empty") {
  // Found by fuzzing: the first made the head fall back to the order of kj-http.
  IngressFixture net(echo);
  auto answer = net.exchange(
      "GET / HTTP/1.1\r\nHost: a\r\nDATE:\r\n folded\r\nX-y:\r\n z\r\ntE:\r\nTe: "
      "b\r\nTE:\r\nte:c\r\n"
      "Connection: close\r\n\r\n");
  CHECK(bodyOf(answer) ==
        "GET http://a/\nHost=a\nDATE=folded\nX-y=z\ntE=\nTe=b\nTE=\nte=c\n"
        "Connection=close\nnull body");
}

TEST_CASE("ingress: all built-in headers, nothing else") {
  IngressFixture net(echo);
  auto answer = net.exchange(
      "GET / HTTP/1.1\r\nTE: trailers\r\nconnection: close\r\nHost: a\r\nUPGRADE: h2c\r\n\r\n");
  CHECK(bodyOf(answer) ==
        "GET http://a/\nTE=trailers\nconnection=close\nHost=a\nUPGRADE=h2c\nnull body");
}

TEST_CASE("ingress: a large head is kept whole") {
  IngressFixture net(echo);
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::string expected = "GET http://a/\nHost=a\n";
  for (int i = 0; i < 400; ++i) {
    auto number = std::to_string(i);
    head += "X-Header-" + number + ": " + std::string(100, 'v') + "\r\n";
    expected += "X-Header-" + number + "=" + std::string(100, 'v') + "\n";
  }
  CHECK((bodyOf(net.exchange(head + "Connection: close\r\n\r\n")) ==
         expected + "Connection=close\nnull body"));
}

TEST_CASE("ingress: request bodies") {
  IngressFixture net(echo);
  SECTION("chunked, in pieces, with trailing pipelined request") {
    auto stream = net.connect(net.port);
    net.send(*stream, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
    net.send(*stream, "lo\r\n6\r\n world\r\n0\r\n\r\nGET /next HTTP/1.1\r\nhost: b\r\n\r\n");
    CHECK_THAT(net.readUntil(*stream, "body hello world"),
               Catch::Contains("Transfer-Encoding=chunked\n"));
    CHECK_THAT(net.readUntil(*stream, "null body"), Catch::Contains("GET http://b/next\nhost=b\n"));
  }
  SECTION("chunked, with the next head in the same piece") {
    auto stream = net.connect(net.port);
    net.send(*stream,
             "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    net.wait(net.timer.afterDelay(5 * kj::MILLISECONDS));
    net.send(*stream, "0\r\n\r\nGET / HTTP/1.0\nhOST: b\n\n");
    net.readUntil(*stream, "body hello");
    CHECK_THAT(net.readAll(*stream), Catch::EndsWith("GET http://b/\nhOST=b\nnull body"));
  }
  SECTION("of length 0 is not null") {
    auto answer = net.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    CHECK(answer.ends_with("body "));
  }
  SECTION("after 100 Continue") {
    auto stream = net.connect(net.port);
    net.send(*stream,
             "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(net.readUntil(*stream, "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    net.send(*stream, "ok");
    CHECK_THAT(net.readUntil(*stream, "body ok"), Catch::StartsWith("HTTP/1.1 200 OK"));
  }
  SECTION("that is not read leaves the connection usable") {
    net.function = always([] { return textResponse("no"); });
    auto stream = net.connect(net.port);
    net.send(*stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345");
    net.readUntil(*stream, "\r\n\r\nno");
    net.send(*stream, kGet);
    CHECK_THAT(net.readAll(*stream), Catch::EndsWith("\r\n\r\nno"));
  }
  SECTION("cannot be read after the response") {
    Body kept;
    net.function = [&](Request request, ClientContext) -> kj::Promise<Response> {
      kept = std::move(request.body);
      return textResponse("early");
    };
    auto stream = net.connect(net.port);
    net.send(*stream, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12");
    net.readUntil(*stream, "early");
    CHECK_THROWS_WITH(net.wait(kept.takeBytes()), Catch::Contains("after its response"));
  }
}

TEST_CASE("ingress: pipelined requests are answered in order") {
  IngressFixture net([](Request request, ClientContext) -> kj::Promise<Response> {
    return textResponse("<" + request.url + ">");
  });
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  auto stream = net.connect(net.port);
  net.send(*stream, requests);
  for (int i = 0; i < 100; ++i) {
    REQUIRE_THAT(net.readUntil(*stream, ">"),
                 Catch::EndsWith("\r\n\r\n<http://a/" + std::to_string(i) + ">"));
  }
}

TEST_CASE("ingress: responses keep order and casing; framing is ours") {
  Response made;
  IngressFixture net(always([&] { return std::move(made); }));
  made.headers = headerList({{"x-B", "1"},
                             {"content-TYPE", "text/html"},
                             {"CONTENT-length", "999"},
                             {"Set-Cookie", "a=1"},
                             {"X-A", "2"},
                             {"Connection", "keep-alive"},
                             {"Keep-Alive", "timeout=5"},
                             {"Date", "today"},
                             {"set-cookie", "b=2"}});
  SECTION("memory") {
    made.body = Body::fromBytes("12345");
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 200 OK\r\nx-B: 1\r\ncontent-TYPE: text/html\r\nCONTENT-length: 5\r\n"
          "Set-Cookie: a=1\r\nX-A: 2\r\nDate: today\r\nset-cookie: b=2\r\nConnection: close\r\n"
          "\r\n12345");
  }
  SECTION("a stream of known length, own status text") {
    made.status = 299;
    made.statusText = "Fine Indeed";
    made.body = Body::fromStream(Body::fromBytes("12345").takeStream(), 5);
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 299 Fine Indeed\r\nx-B: 1\r\ncontent-TYPE: text/html\r\n"
          "CONTENT-length: 5\r\nSet-Cookie: a=1\r\nX-A: 2\r\nDate: today\r\nset-cookie: b=2\r\n"
          "Connection: close\r\n\r\n12345");
  }
  SECTION("a stream of unknown length is chunked") {
    made.body = Body::fromStream(Body::fromBytes("12345").takeStream());
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 200 OK\r\nx-B: 1\r\ncontent-TYPE: text/html\r\nSet-Cookie: a=1\r\nX-A: 2\r\n"
          "Date: today\r\nset-cookie: b=2\r\nTransfer-Encoding: chunked\r\n"
          "Connection: close\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
  }
  SECTION("to HTTP/1.0 the close ends a stream of unknown length") {
    made.headers = headerList({{"X", "1"}});
    made.body = Body::fromStream(Body::fromBytes("12345").takeStream());
    CHECK(net.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") ==
          "HTTP/1.1 200 OK\r\nX: 1\r\nConnection: close\r\n\r\n12345");
  }
}

TEST_CASE("ingress: a large body in memory") {
  std::string large(3'000'000, 'x');
  IngressFixture net(always([&] { return textResponse(large); }));
  auto answer = net.exchange(kGet);
  CHECK_THAT(answer.substr(0, 60), Catch::Contains("Content-Length: 3000000\r\n"));
  CHECK((bodyOf(answer) == large));
}

TEST_CASE("ingress: responses without body") {
  Response made;
  IngressFixture net(always([&] { return std::move(made); }));
  std::string head(kGet);
  head.replace(0, 3, "HEAD");
  SECTION("HEAD keeps the Content-Length of the list") {
    made.headers = headerList({{"content-length", "1234"}});
    CHECK(net.exchange(head) ==
          "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\nConnection: close\r\n\r\n");
  }
  SECTION("HEAD tells the length of a body that GET would have") {
    made.body = Body::fromBytes("12345");
    CHECK(net.exchange(head) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  }
  SECTION("HEAD of a stream of unknown length") {
    made.body = Body::fromStream(kj::heap<PatternStream>(10));
    CHECK(net.exchange(head) ==
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  }
  SECTION("GET with a null body says length 0") {
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }
  SECTION("204") {
    made.status = 204;
    made.headers = headerList({{"X", "1"}, {"Content-Length", "5"}});
    made.body = Body::fromBytes("12345");
    CHECK(net.exchange(kGet) == "HTTP/1.1 204 No Content\r\nX: 1\r\nConnection: close\r\n\r\n");
  }
  SECTION("205") {
    made.status = 205;
    made.body = Body::fromBytes("12345");
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }
  SECTION("304 keeps what the list says of the length") {
    made.status = 304;
    made.headers = headerList({{"Content-Length", "5"}, {"ETag", "\"a\""}});
    CHECK(net.exchange(kGet) ==
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"a\"\r\n"
          "Connection: close\r\n\r\n");
  }
}

TEST_CASE("ingress: after a response without body the connection goes on") {
  auto status = GENERATE(200, 204, 205, 304);
  IngressFixture net([&](Request request, ClientContext) -> kj::Promise<Response> {
    Response response;
    response.status = uint16_t(request.url.ends_with("/last") ? 200 : status);
    response.headers.append("X-Url", request.url);
    return response;
  });
  auto stream = net.connect(net.port);
  net.send(*stream, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  net.readUntil(*stream, "\r\n\r\n");
  net.readUntil(*stream, "\r\n\r\n");
  net.send(*stream, "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(net.readAll(*stream) ==
        "HTTP/1.1 200 OK\r\nX-Url: http://a/last\r\nContent-Length: 0\r\nConnection: close\r\n"
        "\r\n");
}

TEST_CASE("ingress: malformed requests get 400 and never reach the handler") {
  int calls = 0;
  IngressFixture net([&](Request, ClientContext) -> kj::Promise<Response> {
    ++calls;
    return textResponse("");
  });
  auto request = GENERATE(as<std::string>(),
                          "GET / HTTP/1.1\r\n\r\n",                            // no Host
                          "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",      //
                          "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",               //
                          "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",               //
                          "GET / HTTP/1.1\r\nHost : a\r\n\r\n",                //
                          "GET / HTTP/1.1\r\nHost: a\r\nX-Other : a\r\n\r\n",  //
                          "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",     //
                          "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s,     //
                          "GET x HTTP/1.1\r\nHost: a\r\n\r\n",                 //
                          "GET / HTTP/2.0\r\nHost: a\r\n\r\n",                 //
                          "GET /\n\n",  // found by fuzzing: the head was read beyond its end
                          "GET /\r\n\r\n", "GET \n\n", "GET / \n\n",
                          "GET /\r\nHost: a\r\n\r\n",                                 //
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",  //
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n1",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n1",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                          "Content-Length: 2\r\n\r\n12",
                          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  INFO(request);
  auto answer = net.exchange(request);
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  CHECK(calls == 0);
  CHECK(net.exchange(kGet).starts_with("HTTP/1.1 200 OK"));
}

TEST_CASE("ingress: an unknown method is 501, a WebSocket upgrade is for later") {
  IngressFixture net(echo);
  CHECK_THAT(net.exchange("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
             Catch::StartsWith("HTTP/1.1 501 Not Implemented\r\n"));
  CHECK_THAT(net.exchange("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
             Catch::StartsWith("HTTP/1.1 501 Not Implemented\r\n"));
}

TEST_CASE("ingress: requests say which version the client spoke") {
  IngressFixture net([](Request request, ClientContext) -> kj::Promise<Response> {
    Response response;
    response.body = Body::fromBytes(request.httpVersion);
    return response;
  });
  CHECK(bodyOf(net.exchange("GET / HTTP/1.0\r\n\r\n")) == "HTTP/1.0");
  CHECK(bodyOf(net.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")) ==
        "HTTP/1.1");
}

TEST_CASE("ingress: HTTP/1.0 and Connection decide whether the connection stays") {
  IngressFixture net(echo);
  SECTION("1.0 closes, without Host the URL has the local address") {
    auto answer = net.exchange("GET /x HTTP/1.0\r\n\r\n");
    CHECK(bodyOf(answer) == "GET " + net.url("/x") + "\nnull body");
    CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  }
  SECTION("1.0 with keep-alive stays and says so") {
    auto stream = net.connect(net.port);
    for (int i = 0; i < 2; ++i) {
      net.send(*stream, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      CHECK_THAT(net.readUntil(*stream, "null body"),
                 Catch::Contains("Connection: keep-alive\r\n"));
    }
  }
}

TEST_CASE("ingress: target in absolute form, and *") {
  IngressFixture net(echo);
  CHECK_THAT(net.exchange("GET http://b/c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
             Catch::Contains("GET http://b/c\n"));
  CHECK_THAT(net.exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
             Catch::Contains("OPTIONS http://a\n"));
  CHECK_THAT(net.exchange("OPTIONS /* HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
             Catch::Contains("OPTIONS http://a/*\n"));
  CHECK_THAT(net.exchange("GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
             Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_CASE("ingress: a handler that fails is a 500 with empty body and a report") {
  auto expected =
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n";
  SECTION("it rejects") {
    IngressFixture net([](Request, ClientContext) -> kj::Promise<Response> {
      return KJ_EXCEPTION(FAILED, "the reason");
    });
    CHECK(net.exchange(kGet) == expected);
    REQUIRE(net.errors.size() == 1);
    CHECK_THAT(net.errors[0], Catch::Contains("the handler failed: the reason"));
  }
  SECTION("it throws") {
    IngressFixture net([](Request, ClientContext) -> kj::Promise<Response> {
      throw std::runtime_error("the reason");
    });
    CHECK(net.exchange(kGet) == expected);
    REQUIRE(net.errors.size() == 1);
    CHECK_THAT(net.errors[0], Catch::Contains("the reason"));
  }
  SECTION("its response would split the head") {
    IngressFixture net(always([] {
      Response response;
      response.headers.append("X", "a\r\nInjected: b");
      return response;
    }));
    CHECK(net.exchange(kGet) == expected);
    CHECK(net.errors.size() == 1);
  }
}

TEST_CASE("ingress: rejections that closeOn knows are answered with nothing") {
  IngressOptions options;
  options.closeOn = [](const kj::Exception& exception) {
    return exception.getDescription() == "no answer"_kj;
  };
  std::string reason = "no answer";
  IngressFixture net(
      [&](Request request, ClientContext) -> kj::Promise<Response> {
        if (request.url.ends_with("/fine")) return textResponse("fine");
        return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                             kj::str(reason.c_str()));
      },
      options);
  // Behind an answer on the same connection, and with a body that nobody has read.
  auto answer = net.exchange(
      "GET /fine HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /closed HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  CHECK(answer == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
  CHECK(net.errors.empty());
  reason = "another";
  CHECK_THAT(net.exchange(kGet), Catch::StartsWith("HTTP/1.1 500"));
  CHECK(net.errors.size() == 1);
}

TEST_CASE("ingress: a response that breaks off looks broken to the client") {
  bool known = GENERATE(false, true);
  IngressFixture net(always([&] {
    Response response;
    response.body = Body::fromStream(kj::heap<FailingStream>("abc"),
                                     known ? std::optional<uint64_t>(10) : std::nullopt);
    return response;
  }));
  auto answer = net.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK_THAT(answer, Catch::EndsWith(known ? "\r\n\r\nabc" : "3\r\nabc\r\n"));
  CHECK(net.errors == std::vector<std::string>{"the response broke off: the source broke"});
}

TEST_CASE("ingress: a client that goes away cancels its handler") {
  bool reset = GENERATE(false, true);
  bool cancelled = false;
  bool called = false;
  IngressFixture net([&](Request, ClientContext) {
    called = true;
    return kj::Promise<Response>(kj::NEVER_DONE).attach(kj::defer([&cancelled] {
      cancelled = true;
    }));
  });
  auto stream = net.connect(net.port);
  net.send(*stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (!called) net.wait(net.timer.afterDelay(1 * kj::MILLISECONDS));
  CHECK_FALSE(cancelled);
  if (reset) {
    linger hard{.l_onoff = 1, .l_linger = 0};
    KJ_IF_MAYBE (fd, stream->getFd()) setsockopt(*fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  }
  stream = nullptr;
  for (int i = 0; i < 1000 && !cancelled; ++i) net.wait(net.timer.afterDelay(5 * kj::MILLISECONDS));
  CHECK(cancelled);
  CHECK(net.ingress->connectionCount() == 0);
}

TEST_CASE("ingress: drain finishes what runs and closes what is idle") {
  kj::Own<kj::PromiseFulfiller<void>> fulfiller;
  IngressFixture net([&](Request, ClientContext) {
    auto paf = kj::newPromiseAndFulfiller<void>();
    fulfiller = kj::mv(paf.fulfiller);
    return paf.promise.then([] { return textResponse("done"); });
  });
  auto idle = net.connect(net.port);
  auto busy = net.connect(net.port);
  net.send(*busy, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (fulfiller.get() == nullptr) net.wait(net.timer.afterDelay(1 * kj::MILLISECONDS));

  bool drained = false;
  auto draining = net.ingress->drain().then([&] { drained = true; }).eagerlyEvaluate(nullptr);
  CHECK(net.readAll(*idle) == "");
  net.wait(kj::mv(net.listening));
  CHECK_FALSE(drained);
  fulfiller->fulfill();
  auto answer = net.readAll(*busy);
  CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
  CHECK(bodyOf(answer) == "done");
  net.wait(kj::mv(draining));
  CHECK(drained);
}

TEST_CASE("ingress: the client context names both ends") {
  ClientContext seen;
  IngressFixture net([&](Request, ClientContext client) -> kj::Promise<Response> {
    seen = client;
    return textResponse("");
  });
  net.exchange(kGet);
  CHECK(seen.ip == "127.0.0.1");
  CHECK(seen.port != 0);
  CHECK(seen.port != net.port);
  CHECK(seen.connectedAddress == "127.0.0.1");
  CHECK(seen.scheme == "http");
}

}  // namespace flamesim::net
