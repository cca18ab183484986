#include "sim/bindings/volatile_cache.h"

#include <algorithm>
#include <unordered_map>

namespace flamesim::bindings {

struct VolatileCache::Shared {
  Shared(std::string id, std::string name) : id(std::move(id)), name(std::move(name)) {}
  const std::string id;
  const std::string name;
  std::map<std::string, VolatileCacheCounts> workers;
  VolatileCacheStore store;
  VolatileCacheFlights flights;
};

VolatileCache::VolatileCache(std::shared_ptr<Shared> shared, VolatileCacheLimits limits,
                             const std::string& worker)
    : shared(std::move(shared)), limits(limits), ownCounts(this->shared->workers[worker]) {
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

std::optional<double> VolatileCache::expiration(std::string_view key) const {
  return shared->store.expiration(key);
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
  std::vector<std::weak_ptr<VolatileCache::Shared>> all;
};

VolatileCaches::VolatileCaches() : state(std::make_unique<State>()) {}
VolatileCaches::~VolatileCaches() noexcept(false) = default;

std::shared_ptr<VolatileCache> VolatileCaches::use(const std::string& id,
                                                   VolatileCacheLimits limits,
                                                   const VolatileCacheUser& user) {
  std::shared_ptr<VolatileCache::Shared> shared;
  if (!id.empty()) shared = state->byId[id].lock();
  if (shared == nullptr) {
    auto name = id.empty() ? user.worker + "/" + user.binding : id;
    shared = std::make_shared<VolatileCache::Shared>(id, std::move(name));
    std::erase_if(state->all, [](auto& gone) { return gone.expired(); });
    state->all.push_back(shared);
    if (!id.empty()) state->byId[id] = shared;
  }
  return std::make_shared<VolatileCache>(std::move(shared), limits, user.worker);
}

std::vector<VolatileCacheStats> VolatileCaches::stats() const {
  std::vector<VolatileCacheStats> result;
  for (auto& weak : state->all) {
    auto cache = weak.lock();
    if (cache == nullptr) continue;
    result.push_back({.name = cache->name,
                      .workers = cache->workers,
                      .evictions = cache->store.evictions(),
                      .entries = cache->store.size(),
                      .valueBytes = cache->store.totalValueSize(),
                      .limits = cache->store.limits()});
  }
  std::ranges::sort(result, {}, &VolatileCacheStats::name);
  return result;
}

}  // namespace flamesim::bindings
