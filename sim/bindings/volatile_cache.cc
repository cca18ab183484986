#include "sim/bindings/volatile_cache.h"

#include <unordered_map>

namespace flamesim::bindings {

struct VolatileCache::Shared {
  explicit Shared(std::string id) : id(std::move(id)) {}
  const std::string id;
  VolatileCacheStore store;
  VolatileCacheFlights flights;
};

VolatileCache::VolatileCache(std::shared_ptr<Shared> shared, VolatileCacheLimits limits)
    : shared(std::move(shared)), limits(limits) {
  this->shared->store.addLimits(limits);
}

VolatileCache::~VolatileCache() noexcept(false) {
  shared->store.removeLimits(limits);
}

const std::string& VolatileCache::id() const {
  return shared->id;
}

VolatileCache::Value VolatileCache::find(std::string_view key, double now) {
  return shared->store.find(key, now);
}

kj::Promise<VolatileCache::Outcome> VolatileCache::join(const std::string& key) {
  return shared->flights.join(key);
}

bool VolatileCache::inFlight(const std::string& key) const {
  return shared->flights.inFlight(key);
}

void VolatileCache::complete(Lease& lease, std::string_view key, Value value,
                             std::optional<double> expiration, double now) {
  if (!lease.held()) return;
  shared->store.put(key, value, expiration, now);
  lease.land(value);
}

void VolatileCache::remove(std::string_view key) {
  shared->store.remove(key);
}

struct VolatileCaches::State {
  std::unordered_map<std::string, std::weak_ptr<VolatileCache::Shared>> byId;
};

VolatileCaches::VolatileCaches() : state(std::make_unique<State>()) {}
VolatileCaches::~VolatileCaches() noexcept(false) = default;

std::shared_ptr<VolatileCache> VolatileCaches::use(const std::string& id,
                                                   VolatileCacheLimits limits) {
  std::shared_ptr<VolatileCache::Shared> shared;
  if (!id.empty()) shared = state->byId[id].lock();
  if (shared == nullptr) {
    shared = std::make_shared<VolatileCache::Shared>(id);
    if (!id.empty()) state->byId[id] = shared;
  }
  return std::make_shared<VolatileCache>(std::move(shared), limits);
}

}  // namespace flamesim::bindings
