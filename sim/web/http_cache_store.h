// The store of the Cache API that is the simulated server's HTTP cache: what fetch() has cached and
// what `caches.default` holds are one.
#pragma once

#include "sim/cache/http_cache.h"
#include "sim/web/cache_store.h"

namespace flamesim::web {

class HttpCacheStore final : public CacheStore {
 public:
  // `cache` must outlive this; its clock is the requests' own.
  explicit HttpCacheStore(cache::HttpCache& cache) : cache(cache) {}

  Eventual<std::optional<net::Response>> match(const CacheName& name, net::Request request,
                                               Time now) override {
    return cache.match(name, request);
  }
  kj::Promise<void> put(const CacheName& name, net::Request request, net::Response response,
                        Time now) override {
    return cache.put(name, kj::mv(request), kj::mv(response));
  }
  Eventual<bool> remove(const CacheName& name, net::Request request) override {
    return cache.remove(name, request);
  }

 private:
  cache::HttpCache& cache;
};

}  // namespace flamesim::web
