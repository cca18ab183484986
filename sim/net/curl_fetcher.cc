#include "sim/net/curl_fetcher.h"

#include "sim/net/curl_loop.h"
#include "sim/net/curl_socket.h"
#include "sim/net/curl_transfer.h"
#include "sim/net/fetch_failure.h"
#include "sim/net/web_socket.h"
#include "sim/net/web_socket_client.h"

namespace flamesim::net {

const std::string* matchHost(const std::map<std::string, std::string>& patterns,
                             std::string_view host) {
  const std::string* best = nullptr;
  size_t bestSize = 0;
  for (auto& [pattern, target] : patterns) {
    if (equalsIgnoringCase(pattern, host)) return &target;
    if (!pattern.starts_with('*')) continue;
    auto suffix = std::string_view(pattern).substr(1);  // ".example.com", or "" of "*"
    bool matches =
        suffix.empty() || (suffix.starts_with('.') && host.size() > suffix.size() &&
                           equalsIgnoringCase(host.substr(host.size() - suffix.size()), suffix));
    if (matches && (best == nullptr || suffix.size() > bestSize)) {
      best = &target;
      bestSize = suffix.size();
    }
  }
  return best;
}

bool closedWithoutAnswer(const kj::Exception& exception) {
  return fetchFailureOf(exception) == FetchFailure::kClosed;
}

CurlFetcher::CurlFetcher(kj::UnixEventPort& port, CurlFetcherOptions options)
    : port(port), options(std::move(options)) {}

CurlFetcher::~CurlFetcher() noexcept(false) = default;

kj::Promise<Response> CurlFetcher::fetch(Request request) {
  return kj::evalNow([&]() -> kj::Promise<Response> {
    if (asksForWebSocket(request)) {
      auto connecting = connectWithCurl(startedLoop(), port, options, request.url);
      return connecting.then(
          [request = std::move(request)](kj::Own<kj::AsyncIoStream>&& stream) mutable {
            return openWebSocket(kj::mv(stream), std::move(request));
          });
    }
    return kj::refcounted<CurlTransfer>(startedLoop(), options, std::move(request))->start();
  });
}

CurlLoop& CurlFetcher::startedLoop() {
  if (loop.get() == nullptr) loop = kj::heap<CurlLoop>(port);
  return *loop;
}

}  // namespace flamesim::net
