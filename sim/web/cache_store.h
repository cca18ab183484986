// What the Cache API keeps its responses in (`caches`, cache.js). One store serves every worker of
// a simulated server, as one edge cache does. Belongs to the thread of the server.
#pragma once

#include <optional>
#include <string>

#include "sim/base/eventual.h"
#include "sim/base/time.h"
#include "sim/net/message.h"

namespace flamesim::web {

// Which of the caches: nothing is caches.default, else the name given to caches.open().
using CacheName = std::optional<std::string>;

class CacheStore {
 public:
  virtual ~CacheStore() noexcept(false) = default;

  // What is stored for the request's URL and fresh at `now`. Requests count as GET.
  virtual Eventual<std::optional<net::Response>> match(const CacheName& cache, net::Request request,
                                                       Time now) = 0;
  // Resolves when the response has been read and stored, or was found not to be cacheable: nothing
  // tells the two apart. Rejects where the response's body does.
  virtual kj::Promise<void> put(const CacheName& cache, net::Request request,
                                net::Response response, Time now) = 0;
  // Whether there was one.
  virtual Eventual<bool> remove(const CacheName& cache, net::Request request) = 0;
};

}  // namespace flamesim::web
