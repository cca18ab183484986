// The volatile in-memory cache (production-runtime.md section 1): shared by id between the workers
// of one simulated server, and its binding. Its two halves, both without JavaScript:
// volatile_cache_store.h (entries and limits) and volatile_cache_flights.h (who produces a missing
// value, and who waits for it).
#pragma once

#include <memory>

#include "sim/bindings/request_scope.h"
#include "sim/bindings/volatile_cache_flights.h"
#include "sim/bindings/volatile_cache_store.h"

namespace flamesim::bindings {

// One binding's use of a cache. While it lives its limits count; when the last use of a cache goes,
// the cache is emptied. Times are milliseconds since the epoch.
class VolatileCache {
 public:
  using Value = VolatileCacheStore::Value;
  using Lease = VolatileCacheFlights::Lease;
  using Outcome = VolatileCacheFlights::Outcome;

  struct Shared;
  // For VolatileCaches::use().
  VolatileCache(std::shared_ptr<Shared> shared, VolatileCacheLimits limits);
  ~VolatileCache() noexcept(false);
  VolatileCache(const VolatileCache&) = delete;

  // Empty for a cache that is private to its binding.
  const std::string& id() const;

  // The live value, or nullptr.
  Value find(std::string_view key, double now);
  // The way to a value that find() did not have: the lease, or what its holder makes.
  kj::Promise<Outcome> join(const std::string& key);
  bool inFlight(const std::string& key) const;
  // The value was made: kept, as far as the limits and `expiration` (not NaN) allow, and handed to
  // all who wait. Nothing happens when the lease was used.
  void complete(Lease& lease, std::string_view key, Value value, std::optional<double> expiration,
                double now);
  // Removes the entry. A value that is being made is still kept later.
  void remove(std::string_view key);

 private:
  const std::shared_ptr<Shared> shared;
  const VolatileCacheLimits limits;
};

// The caches of one simulated server, by id.
class VolatileCaches {
 public:
  VolatileCaches();
  ~VolatileCaches() noexcept(false);
  // The cache named `id` (empty: a new one of its own), with the field-wise maximum of the limits
  // of all live uses.
  std::shared_ptr<VolatileCache> use(const std::string& id, VolatileCacheLimits limits);

 private:
  struct State;
  std::unique_ptr<State> state;
};

// The object of a volatile_cache binding: read(key, fallback?), delete(key). Its effects name the
// cache's id as their destination, else `bindingName`.
v8::Local<v8::Value> makeVolatileCache(js::Lock& js, std::shared_ptr<VolatileCache> cache,
                                       std::string bindingName);

}  // namespace flamesim::bindings
