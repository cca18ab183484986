// The volatile in-memory cache (production-runtime.md section 1): shared by id between the workers
// of one simulated server, and its binding. Its two halves, both without JavaScript:
// volatile_cache_store.h (entries and limits) and volatile_cache_flights.h (who produces a missing
// value, and who waits for it).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/bindings/request_scope.h"
#include "sim/bindings/volatile_cache_flights.h"
#include "sim/bindings/volatile_cache_store.h"

namespace flamesim::bindings {

// What one worker did with a cache.
struct VolatileCacheCounts {
  uint64_t hits = 0;
  uint64_t misses = 0;           // the fallback ran, or there was none
  uint64_t coalesced = 0;        // waited for another read's fallback
  uint64_t refreshes = 0;        // begun in the background, before the entry expired
  uint64_t failedRefreshes = 0;  // the entry stayed as it was
};

struct VolatileCacheStats {
  std::string name;  // its id, else "worker/binding"
  std::map<std::string, VolatileCacheCounts> workers;
  uint64_t evictions = 0;
  uint64_t entries = 0;
  uint64_t valueBytes = 0;
  VolatileCacheLimits limits;
};

// Whose use of a cache it is.
struct VolatileCacheUser {
  std::string worker;
  std::string binding;
};

// One binding's use of a cache. While it lives its limits count; when the last use of a cache goes,
// the cache is emptied. Times are milliseconds since the epoch.
class VolatileCache {
 public:
  using Value = VolatileCacheStore::Value;
  using Lease = VolatileCacheFlights::Lease;
  using Outcome = VolatileCacheFlights::Outcome;

  struct Shared;
  // For VolatileCaches::use().
  VolatileCache(std::shared_ptr<Shared> shared, VolatileCacheLimits limits,
                const std::string& worker);
  ~VolatileCache() noexcept(false);
  VolatileCache(const VolatileCache&) = delete;

  // Empty for a cache that is private to its binding.
  const std::string& id() const;

  // The live value, or nullptr.
  Value find(std::string_view key, double now);
  // When the entry expires; nothing: never, or there is none.
  std::optional<double> expiration(std::string_view key) const;
  // The way to a value that find() did not have, or to a newer one: the lease, or what its holder
  // makes.
  kj::Promise<Outcome> join(const std::string& key);
  bool inFlight(const std::string& key) const;
  // The value was made: kept, as far as the limits and `expiration` (not NaN) allow, and handed to
  // all who wait. Nothing happens when the lease was used.
  void complete(Lease& lease, std::string_view key, Value value, std::optional<double> expiration,
                double now);
  // Removes the entry. A value that is being made is still kept later.
  void remove(std::string_view key);

  // Of its worker; whoever reads counts.
  VolatileCacheCounts& counts() { return ownCounts; }

 private:
  const std::shared_ptr<Shared> shared;
  const VolatileCacheLimits limits;
  VolatileCacheCounts& ownCounts;
};

// The caches of one simulated server, by id.
class VolatileCaches {
 public:
  VolatileCaches();
  ~VolatileCaches() noexcept(false);
  // The cache named `id` (empty: a new one of its own), with the field-wise maximum of the limits
  // of all live uses.
  std::shared_ptr<VolatileCache> use(const std::string& id, VolatileCacheLimits limits,
                                     const VolatileCacheUser& user = {});
  // Of every cache that is in use, by name.
  std::vector<VolatileCacheStats> stats() const;

 private:
  struct State;
  std::unique_ptr<State> state;
};

// The object of a volatile_cache binding: read(key, fallback?), delete(key). Its effects name the
// cache's id as their destination, else `bindingName`.
//
// `refreshAhead`, in milliseconds: a read() with a fallback that hits an entry which expires within
// that time gets the value, and runs its fallback in the background, as work of ctx.waitUntil(), to
// replace the entry; one at a time for a key. Where that fails the entry stays until it expires. 0:
// never (production has no such option yet; docs/compatibility.md).
v8::Local<v8::Value> makeVolatileCache(js::Lock& js, std::shared_ptr<VolatileCache> cache,
                                       std::string bindingName, uint32_t refreshAhead = 0);

}  // namespace flamesim::bindings
