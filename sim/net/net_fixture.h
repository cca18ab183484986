// For the tests of this folder: an event loop, an ingress on a port of 127.0.0.1, and servers and
// clients that speak bytes.
#pragma once

#include <kj/async-io.h>
#include <kj/debug.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/net/curl_fetcher.h"
#include "sim/net/ingress.h"

namespace flamesim::net {

using HandlerFunction = std::function<kj::Promise<Response>(Request, ClientContext)>;

inline Response textResponse(std::string body, uint16_t status = 200) {
  Response response;
  response.status = status;
  response.body = Body::fromBytes(std::move(body));
  return response;
}

inline HeaderList headerList(std::initializer_list<Header> list) {
  return HeaderList(std::vector<Header>(list));
}

inline std::string render(const HeaderList& headers) {
  std::string text;
  for (const Header& header : headers.all()) text += header.name + "=" + header.value + "\n";
  return text;
}

inline size_t residentBytes() {
  FILE* file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (file == nullptr || fscanf(file, "%*u %lu", &pages) != 1) pages = 0;
  if (file != nullptr) fclose(file);
  return pages * size_t(sysconf(_SC_PAGESIZE));
}

// `size` bytes whose values follow from their place.
class PatternStream final : public kj::AsyncInputStream {
 public:
  explicit PatternStream(uint64_t size) : left(size) {}
  static char at(uint64_t offset) { return char(offset * 31 + (offset >> 16)); }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    auto n = std::min<uint64_t>(maxBytes, left);
    for (size_t i = 0; i < n; ++i) static_cast<char*>(buffer)[i] = at(offset + i);
    offset += n;
    left -= n;
    return size_t(n);
  }

 private:
  uint64_t offset = 0;
  uint64_t left;
};

// Gives its bytes, then fails.
class FailingStream final : public kj::AsyncInputStream {
 public:
  explicit FailingStream(std::string bytes) : bytes(std::move(bytes)) {}
  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    if (bytes.empty()) return KJ_EXCEPTION(FAILED, "the source broke");
    size_t n = std::min(maxBytes, bytes.size());
    memcpy(buffer, bytes.data(), n);
    bytes.erase(0, n);
    return n;
  }

 private:
  std::string bytes;
};

struct NetFixture {
  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::Timer& timer = io.provider->getTimer();

  // What takes a minute, even under a sanitizer on a busy machine, hangs.
  template <typename T>
  T wait(kj::Promise<T> promise) {
    auto limited = timer.timeoutAfter(60 * kj::SECONDS, kj::mv(promise));
    return limited.wait(io.waitScope);
  }

  kj::Own<kj::NetworkAddress> address(uint port) {
    return io.provider->getNetwork().parseAddress("127.0.0.1", port).wait(io.waitScope);
  }
  kj::Own<kj::AsyncIoStream> connect(uint port) { return wait(address(port)->connect()); }

  void send(kj::AsyncIoStream& stream, std::string_view bytes) {
    wait(stream.write(bytes.data(), bytes.size()));
  }
  // Reads until the bytes end with `end`.
  std::string readUntil(kj::AsyncIoStream& stream, std::string_view end) {
    std::string text;
    while (!text.ends_with(end)) {
      char buffer[1];
      if (wait(stream.tryRead(buffer, 1, 1)) == 0) break;
      text.push_back(buffer[0]);
    }
    return text;
  }
  std::string readAll(kj::AsyncIoStream& stream) { return wait(stream.readAllText()).cStr(); }
};

struct IngressFixture : NetFixture, private Ingress::Handler {
  explicit IngressFixture(HandlerFunction function, IngressOptions options = {})
      : function(std::move(function)) {
    options.onError = [this](std::string_view line) {
      UNSCOPED_INFO(line);
      errors.emplace_back(line);
    };
    ingress = kj::heap<Ingress>(timer, static_cast<Ingress::Handler&>(*this), std::move(options));
    auto receiver = address(0)->listen();
    port = receiver->getPort();
    listening = ingress->listen(kj::mv(receiver)).eagerlyEvaluate(nullptr);
  }

  // What comes back for these bytes on a connection of their own, which the server closes.
  std::string exchange(std::string_view bytes) {
    auto stream = connect(port);
    send(*stream, bytes);
    return readAll(*stream);
  }
  std::string url(std::string_view path = "/") {
    return "http://127.0.0.1:" + std::to_string(port) + std::string(path);
  }

  HandlerFunction function;
  std::vector<std::string> errors;
  kj::Own<Ingress> ingress;
  uint port = 0;
  kj::Promise<void> listening = nullptr;

 private:
  kj::Promise<Response> handle(Request request, ClientContext client) override {
    return function(std::move(request), std::move(client));
  }
};

// An origin that reads one request per answer, keeps the bytes and sends the answer's bytes. After
// the last answer it closes the connection.
struct RawOrigin {
  RawOrigin(NetFixture& net, std::vector<std::string> answers)
      : answers(std::move(answers)), receiver(net.address(0)->listen()) {
    port = receiver->getPort();
    serving = receiver->accept()
                  .then([this](kj::Own<kj::AsyncIoStream>&& accepted) {
                    ++connections;
                    stream = kj::mv(accepted);
                    return answerNext();
                  })
                  .eagerlyEvaluate(nullptr);
  }

  std::vector<std::string> answers;
  std::vector<std::string> requests;
  size_t connections = 0;
  kj::Own<kj::ConnectionReceiver> receiver;
  uint port = 0;

 private:
  kj::Own<kj::AsyncIoStream> stream;
  char buffer[4096];
  std::string pending;
  kj::Promise<void> serving = nullptr;

  static bool complete(const std::string& text) {
    auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    if (text.find("chunked") < end) return text.ends_with("0\r\n\r\n");
    auto length = text.find("Content-Length: ");
    size_t body = length < end ? std::stoul(text.substr(length + 16)) : 0;
    return text.size() >= end + 4 + body;
  }

  kj::Promise<void> answerNext() {
    if (requests.size() == answers.size()) {
      stream = nullptr;
      return kj::READY_NOW;
    }
    return stream->tryRead(buffer, 1, sizeof(buffer)).then([this](size_t n) -> kj::Promise<void> {
      if (n == 0) return kj::READY_NOW;
      pending.append(buffer, n);
      if (!complete(pending)) return answerNext();
      requests.push_back(std::exchange(pending, {}));
      auto& answer = answers[requests.size() - 1];
      return stream->write(answer.data(), answer.size()).then([this] { return answerNext(); });
    });
  }
};

}  // namespace flamesim::net
