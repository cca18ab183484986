// What lies behind the chain over HTTP, as flamesim.jsonc configures it: FL and the Internet.
#pragma once

#include <kj/async-io.h>

#include <map>
#include <memory>
#include <string>

#include "sim/base/outside_work.h"
#include "sim/bundle/simulation.h"
#include "sim/net/curl_fetcher.h"
#include "sim/net/origin_errors.h"
#include "sim/net/upstream.h"

namespace flamesim::cli {

// Belongs to the thread of `io`, which must outlive it.
class Network {
 public:
  // `outside`: where requests are noted while they are under way, for virtual time, which then has
  // them with their whole answers; nullptr: answers stream.
  Network(kj::AsyncIoContext& io, const bundle::Simulation& simulation,
          std::shared_ptr<OutsideWork> outside = nullptr);
  ~Network() noexcept(false);

  // By the names that chain::Egress knows; "cache" is what the HTTP cache has behind it. They live
  // as long as this.
  std::map<std::string, net::Fetcher*> fetchers();

 private:
  class Noted;
  net::Fetcher& noted(net::Fetcher& fetcher);

  const std::shared_ptr<OutsideWork> outside;
  const std::string cacheOrigin;
  net::CurlFetcher internetFetcher;
  net::OriginErrors internet;
  net::CurlFetcher flFetcher;
  std::unique_ptr<net::Upstream> fl;
  std::vector<std::unique_ptr<Noted>> notes;
};

}  // namespace flamesim::cli
