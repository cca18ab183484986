// What the tests of the recorder share: servers on real sockets of one event loop, and a world with
// a recorder between a client and what stands behind it.
#pragma once

#include <catch2/catch.hpp>

#include <fstream>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/reader.h"
#include "sim/capture/testing.h"
#include "sim/record/recording_proxy.h"

namespace flamesim::record::testing {

using Handle = std::function<kj::Promise<net::Response>(net::Request, net::ClientContext)>;

inline net::Response answer(std::string body, uint16_t status = 200) {
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
    result.redacting.key = "key";
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

// Reads something from whoever connects, sends `answer` as it stands, and closes the connection.
inline kj::Promise<void> closeEach(kj::ConnectionReceiver& receiver, std::string answer = "") {
  auto serve = [answer](kj::Own<kj::AsyncIoStream>&& stream) {
    auto& client = *stream;
    auto buffer = kj::heapArray<char>(4096);
    auto text = kj::heap<std::string>(answer);
    auto& bytes = *text;
    auto begin = buffer.begin();
    return client.tryRead(begin, 1, 4096)
        .then([&client, &bytes](size_t) -> kj::Promise<void> {
          if (bytes.empty()) return kj::READY_NOW;
          return client.write(bytes.data(), bytes.size());
        })
        .attach(kj::mv(stream), kj::mv(buffer), kj::mv(text));
  };
  return receiver.accept().then(std::move(serve)).then([&receiver, answer] {
    return closeEach(receiver, answer);
  });
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace flamesim::record::testing
