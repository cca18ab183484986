#include "cli/network.h"

#include <iostream>

namespace flamesim::cli {

// A fetcher whose requests are outside work until the whole answer is there.
class Network::Noted final : public net::Fetcher {
 public:
  Noted(net::Fetcher& inner, std::shared_ptr<OutsideWork> outside)
      : inner(inner), outside(std::move(outside)) {}

  kj::Promise<net::Response> fetch(net::Request request) override {
    auto piece = kj::heap(outside->begin());
    return inner.fetch(kj::mv(request))
        .then([](net::Response&& response) -> kj::Promise<net::Response> {
          if (!response.body.isStream()) return kj::mv(response);
          auto bytes = response.body.takeBytes();
          return bytes.then([response = kj::mv(response)](std::string body) mutable {
            response.body = net::Body::fromBytes(std::move(body));
            return kj::mv(response);
          });
        })
        .attach(kj::mv(piece));
  }

 private:
  net::Fetcher& inner;
  const std::shared_ptr<OutsideWork> outside;
};

namespace {
net::CurlFetcherOptions optionsOf(const bundle::Simulation& simulation) {
  net::CurlFetcherOptions options;
  options.resolve = simulation.internet.resolve;
  options.connectTimeout = std::chrono::milliseconds(simulation.internet.connectTimeoutMillis);
  return options;
}
}  // namespace

Network::Network(kj::AsyncIoContext& io, const bundle::Simulation& simulation,
                 std::shared_ptr<OutsideWork> outside)
    : outside(std::move(outside)),
      cacheOrigin(simulation.cache.origin),
      internetFetcher(io.unixEventPort, optionsOf(simulation)),
      internet(internetFetcher, io.provider->getTimer(),
               std::chrono::milliseconds(simulation.internet.timeoutMillis),
               [](const std::string& line) { std::cerr << "flamesim: error " << line << "\n"; }),
      flFetcher(io.unixEventPort) {
  if (!simulation.flUrl.empty()) {
    fl = std::make_unique<net::Upstream>(flFetcher, simulation.flUrl);
  }
}

Network::~Network() noexcept(false) = default;

net::Fetcher& Network::noted(net::Fetcher& fetcher) {
  if (outside == nullptr) return fetcher;
  notes.push_back(std::make_unique<Noted>(fetcher, outside));
  return *notes.back();
}

std::map<std::string, net::Fetcher*> Network::fetchers() {
  std::map<std::string, net::Fetcher*> result{{"internet", &noted(internet)}};
  if (fl != nullptr) result.emplace("fl", &noted(*fl));
  // The HTTP cache itself is the simulated server's.
  auto origin = result.find(cacheOrigin);
  if (origin != result.end()) result.emplace("cache", origin->second);
  return result;
}

}  // namespace flamesim::cli
