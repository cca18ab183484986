// Bodies larger than memory should hold pass through every part: out by the fetcher, in by the
// ingress, back as the response, with a reader that is slower than the sender.
#include <catch2/catch.hpp>

#include "sim/net/net_fixture.h"

namespace flamesim::net {

namespace {

constexpr uint64_t kSize = 256 << 20;
constexpr size_t kAllowed = 24 << 20;  // growth of the resident memory
#ifdef __SANITIZE_ADDRESS__
constexpr bool kMemoryTells = false;  // the sanitizer keeps freed memory for a while
#else
constexpr bool kMemoryTells = true;
#endif

// Reads and checks all bytes, noting the most memory on the way.
class Checker {
 public:
  Checker(kj::Own<kj::AsyncInputStream> stream, kj::Timer& timer, bool pauses)
      : stream(kj::mv(stream)), timer(timer), pauses(pauses) {}

  kj::Promise<uint64_t> run() {
    return stream->tryRead(buffer.data(), 1, buffer.size())
        .then([this](size_t n) -> kj::Promise<uint64_t> {
          if (n == 0) return seen;
          for (size_t i = 0; i < n; ++i) wrong += buffer[i] != PatternStream::at(seen + i);
          bool mark = (seen >> 22) != ((seen + n) >> 22);
          seen += n;
          if (mark) most = std::max(most, residentBytes());
          if (mark && pauses) {
            return timer.afterDelay(2 * kj::MILLISECONDS).then([this] { return run(); });
          }
          return run();
        });
  }

  uint64_t wrong = 0;
  size_t most = 0;

 private:
  kj::Own<kj::AsyncInputStream> stream;
  kj::Timer& timer;
  const bool pauses;
  uint64_t seen = 0;
  std::string buffer = std::string(64 << 10, '\0');
};

}  // namespace

TEST_CASE("256 MiB there and back in bounded memory") {
  bool known = GENERATE(true, false);
  bool slow = GENERATE(true, false);
  IngressFixture server([](Request request, ClientContext) -> kj::Promise<Response> {
    Response response;
    response.body = std::move(request.body);
    return response;
  });
  CurlFetcher fetcher(server.io.unixEventPort);

  auto before = residentBytes();
  Request request;
  request.method = "POST";
  request.url = server.url();
  request.body = Body::fromStream(kj::heap<PatternStream>(kSize),
                                  known ? std::optional<uint64_t>(kSize) : std::nullopt);
  auto response = server.wait(fetcher.fetch(std::move(request)));
  CHECK(response.body.length() == (known ? std::optional<uint64_t>(kSize) : std::nullopt));
  // A reader that has not begun holds the sender back.
  server.wait(server.timer.afterDelay(50 * kj::MILLISECONDS));

  Checker checker(response.body.takeStream(), server.timer, slow);
  CHECK(checker.run().wait(server.io.waitScope) == kSize);
  CHECK(checker.wrong == 0);
  INFO("grew by " << (checker.most - before) / 1024 << " KiB");
  if (kMemoryTells) CHECK(checker.most < before + kAllowed);
  CHECK(server.errors.empty());
}

}  // namespace flamesim::net
