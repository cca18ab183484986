// TLS and HTTP/2 against a real NGINX, which proxies to an ingress of this process.
#include <signal.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim/net/net_fixture.h"
#include "sim/net/web_socket.h"

namespace flamesim::net {

namespace {

namespace fs = std::filesystem;

// NGINX with a certificate for "secure.example" in a folder of its own.
class Nginx {
 public:
  explicit Nginx(IngressFixture& server) : port(freePort(server)) {
    char pattern[] = "/tmp/flamesim-nginx-XXXXXX";
    folder = mkdtemp(pattern);
    auto command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=secure.example "
        "-addext subjectAltName=DNS:secure.example -keyout " +
        certificate("key.pem") + " -out " + certificate("cert.pem") + " 2> /dev/null";
    REQUIRE(system(command.c_str()) == 0);
    std::ofstream(folder / "nginx.conf")
        << "pid nginx.pid; error_log error.log; daemon off; master_process off;\n"
        << "events {}\nhttp { access_log off; client_max_body_size 0;\n"
        << "client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u;\n"
        << "scgi_temp_path s;\n"
        << "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }\n"
        << "server { listen 127.0.0.1:" << port << " ssl http2;\n"
        << "ssl_certificate cert.pem; ssl_certificate_key key.pem;\n"
        << "location / { proxy_pass http://127.0.0.1:" << server.port << "; \n"
        << "proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;\n"
        << "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "
           "$connection_upgrade;\n"
        << "proxy_set_header Host $host; proxy_set_header X-Protocol $server_protocol; } } }\n";
    pid = fork();
    if (pid == 0) {
      execlp("nginx", "nginx", "-p", folder.c_str(), "-c", "nginx.conf", "-e", "error.log",
             nullptr);
      _exit(127);
    }
    for (int i = 0; i < 500; ++i) {
      auto connected = server.address(port)
                           ->connect()
                           .then([](kj::Own<kj::AsyncIoStream>&&) { return true; },
                                 [](kj::Exception&&) { return false; })
                           .wait(server.io.waitScope);
      if (connected) return;
      server.wait(server.timer.afterDelay(10 * kj::MILLISECONDS));
    }
    FAIL("nginx does not listen");
  }
  ~Nginx() {
    // Without a master process NGINX misses a SIGTERM that comes just before it waits for events.
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    fs::remove_all(folder);
  }
  std::string certificate(const char* name) const { return (folder / name).string(); }

  static bool installed() {
    return system("nginx -v > /dev/null 2>&1 && openssl version > /dev/null 2>&1") == 0;
  }

  const uint port;

 private:
  fs::path folder;
  pid_t pid = -1;

  static uint freePort(NetFixture& net) { return net.address(0)->listen()->getPort(); }
};

std::string failureOf(NetFixture& net, CurlFetcher& fetcher, std::string url) {
  Request request;
  request.url = std::move(url);
  std::string text = "no failure";
  net.wait(fetcher.fetch(std::move(request))
               .then([](Response&&) {},
                     [&text](kj::Exception&& exception) { text = exception.getDescription(); }));
  return text;
}

}  // namespace

TEST_CASE("curl: TLS and HTTP/2 with a real NGINX") {
  if (!Nginx::installed()) {
    WARN("left out: nginx or openssl is not installed");
    return;
  }
  kj::Own<kj::WebSocket> worker;
  HandlerFunction handler = [&worker](Request request, ClientContext) -> kj::Promise<Response> {
    Response response;
    if (asksForWebSocket(request)) {
      auto pipe = kj::newWebSocketPipe();
      worker = kj::mv(pipe.ends[0]);
      response.status = 101;
      response.webSocket = std::make_shared<WebSocket>(kj::mv(pipe.ends[1]));
      return kj::mv(response);
    }
    response.status = 201;
    response.headers.append("X-Seen", *request.headers.first("x-protocol"));
    response.headers.append("X-Seen-Host", *request.headers.first("host"));
    for (const Header& header : request.headers.all()) {
      if (header.name.starts_with("x-sent")) response.headers.append("X-Sent", header.value);
    }
    response.headers.append("Set-Cookie", "a=1");
    response.headers.append("Set-Cookie", "b=2");
    response.body = std::move(request.body);
    return kj::mv(response);
  };
  IngressFixture server(handler, {.webSockets = true});
  Nginx nginx(server);
  auto address = "127.0.0.1:" + std::to_string(nginx.port);
  CurlFetcherOptions options;
  options.resolve["*"] = address;
  options.caFile = nginx.certificate("cert.pem");

  SECTION("headers and a streamed body") {
    constexpr uint64_t kSize = 24 << 20;
    bool known = GENERATE(true, false);
    CurlFetcher fetcher(server.io.unixEventPort, options);
    Request request;
    request.method = "POST";
    request.url = "https://secure.example/";
    request.headers = headerList({{"X-Sent-One", "1"},
                                  {"Connection", "keep-alive"},
                                  {"HOST", "secure.example"},
                                  {"x-SENT-two", "2"}});
    request.body = Body::fromStream(kj::heap<PatternStream>(kSize),
                                    known ? std::optional<uint64_t>(kSize) : std::nullopt);
    auto response = server.wait(fetcher.fetch(std::move(request)));
    CHECK(response.status == 201);
    CHECK(*response.headers.first("x-seen") == "HTTP/2.0");
    CHECK(*response.headers.first("x-seen-host") == "secure.example");
    CHECK(response.headers.getAll("x-sent") == std::vector<std::string>{"1", "2"});
    CHECK(response.headers.getAll("set-cookie") == std::vector<std::string>{"a=1", "b=2"});
    // Nobody reads: the sender waits.
    server.wait(server.timer.afterDelay(50 * kj::MILLISECONDS));
    auto body = response.body.takeBytes().wait(server.io.waitScope);
    REQUIRE(body.size() == kSize);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < kSize; ++i) wrong += body[i] != PatternStream::at(i);
    CHECK(wrong == 0);
  }
  SECTION("fetches at once share a connection, one that is dropped harms no other") {
    CurlFetcher fetcher(server.io.unixEventPort, options);
    kj::Vector<kj::Promise<void>> all;
    size_t good = 0;
    for (int i = 0; i < 50; ++i) {
      Request request;
      request.method = "PUT";
      request.url = "https://secure.example/";
      auto text = std::string(size_t(i) * 4000, char('a' + i % 26));
      request.body = Body::fromBytes(text);
      all.add(fetcher.fetch(std::move(request)).then([&good, text, i](Response&& response) {
        if (i % 5 == 4) return kj::Promise<void>(kj::READY_NOW);
        return response.body.takeBytes().then([&good, text](std::string body) {
          if (body == text) ++good;
        });
      }));
    }
    server.wait(kj::joinPromises(all.releaseAsArray()));
    CHECK(good == 40);
  }
  SECTION("a WebSocket") {
    CurlFetcher fetcher(server.io.unixEventPort, options);
    Request request;
    request.url = "https://secure.example/socket";
    request.headers = headerList({{"Upgrade", "websocket"}});
    auto response = server.wait(fetcher.fetch(std::move(request)));
    REQUIRE(response.status == 101);
    auto socket = response.webSocket->take();
    // More than TLS and sockets hold at once, so that both sides have to wait.
    auto large = kj::heapString(24 << 20);
    for (size_t i = 0; i < large.size(); ++i) large[i] = char('a' + i % 23);
    auto sending = socket->send(large.asArray()).eagerlyEvaluate(nullptr);
    auto received = server.wait(worker->receive(kMostMessageBytes));
    CHECK(received.get<kj::String>() == large);
    server.wait(kj::mv(sending));
    auto answering = worker->send(large.asArray()).eagerlyEvaluate(nullptr);
    CHECK(server.wait(socket->receive(kMostMessageBytes)).get<kj::String>() == large);
    server.wait(kj::mv(answering));
    socket = nullptr;
    CHECK(server.wait(worker->receive().then([](kj::WebSocket::Message&&) { return false; },
                                             [](kj::Exception&&) { return true; })));
  }
  SECTION("a certificate that nobody vouches for") {
    options.caFile.clear();
    CurlFetcher fetcher(server.io.unixEventPort, options);
    CHECK_THAT(failureOf(server, fetcher, "https://secure.example/"),
               Catch::StartsWith("TLS with secure.example:443 (by configuration " + address +
                                 ") failed: SSL certificate problem"));
  }
  SECTION("a certificate of another name") {
    CurlFetcher fetcher(server.io.unixEventPort, options);
    CHECK_THAT(failureOf(server, fetcher, "https://other.example/"),
               Catch::Contains("TLS with other.example:443"));
    Request request;
    request.url = "https://other.example/";
    request.headers = headerList({{"Upgrade", "websocket"}});
    auto failed = fetcher.fetch(std::move(request))
                      .then([](Response&&) { return std::string("no failure"); },
                            [](kj::Exception&& e) { return std::string(e.getDescription()); });
    CHECK_THAT(server.wait(kj::mv(failed)),
               Catch::StartsWith("could not connect to other.example:443"));
  }
}

}  // namespace flamesim::net
