#include "sim/bindings/volatile_cache_store.h"

#include <algorithm>

namespace flamesim::bindings {

namespace {

VolatileCacheLimits normalized(const VolatileCacheLimits& limits) {
  if (limits.maxKeys == 0 || limits.maxValueSize == 0 || limits.maxTotalValueSize == 0) return {};
  return {
      .maxKeys = limits.maxKeys,
      .maxValueSize = uint32_t(std::min<uint64_t>(limits.maxValueSize, limits.maxTotalValueSize)),
      .maxTotalValueSize = limits.maxTotalValueSize};
}

}  // namespace

bool VolatileCacheStore::ExpiresBefore::operator()(const Node* a, const Node* b) const {
  if (*a->second.expiration != *b->second.expiration) {
    return *a->second.expiration < *b->second.expiration;
  }
  return a->first < b->first;
}

void VolatileCacheStore::addLimits(const VolatileCacheLimits& limits) {
  uses.push_back(normalized(limits));
  limitsChanged();
}

void VolatileCacheStore::removeLimits(const VolatileCacheLimits& limits) {
  auto found = std::ranges::find(uses, normalized(limits));
  if (found == uses.end()) return;
  uses.erase(found);
  limitsChanged();
}

void VolatileCacheStore::limitsChanged() {
  effective = {};
  for (auto& use : uses) {
    effective.maxKeys = std::max(effective.maxKeys, use.maxKeys);
    effective.maxValueSize = std::max(effective.maxValueSize, use.maxValueSize);
    effective.maxTotalValueSize = std::max(effective.maxTotalValueSize, use.maxTotalValueSize);
  }
  for (auto entry = entries.begin(); entry != entries.end();) {
    auto next = std::next(entry);
    if (entry->second.value->size() > effective.maxValueSize) {
      ++evicted;
      erase(entry);
    }
    entry = next;
  }
  while (entries.size() > effective.maxKeys || totalSize > effective.maxTotalValueSize) {
    evictOne(latest);
  }
}

VolatileCacheStore::Value VolatileCacheStore::find(std::string_view key, double now) {
  latest = std::max(latest, now);
  auto found = entries.find(key);
  if (found == entries.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.expiration && *entry.expiration < now) {
    erase(found);
    return nullptr;
  }
  recency.splice(recency.end(), recency, entry.recency);
  return entry.value;
}

std::optional<double> VolatileCacheStore::expiration(std::string_view key) const {
  auto found = entries.find(key);
  return found == entries.end() ? std::nullopt : found->second.expiration;
}

void VolatileCacheStore::put(std::string_view key, Value value, std::optional<double> expiration,
                             double now) {
  latest = std::max(latest, now);
  remove(key);
  size_t size = value->size();
  if (size > effective.maxValueSize || effective.maxKeys == 0) return;
  if (expiration && *expiration < now) return;
  if (entries.size() >= effective.maxKeys) evictOne(now);
  while (totalSize + size > effective.maxTotalValueSize) evictOne(now);
  auto& node = *entries.emplace(std::string(key), Entry{std::move(value), expiration, {}}).first;
  node.second.recency = recency.insert(recency.end(), &node);
  if (expiration) expirations.insert(&node);
  totalSize += size;
}

void VolatileCacheStore::remove(std::string_view key) {
  auto found = entries.find(key);
  if (found != entries.end()) erase(found);
}

void VolatileCacheStore::erase(Entries::iterator entry) {
  totalSize -= entry->second.value->size();
  if (entry->second.expiration) expirations.erase(&*entry);
  recency.erase(entry->second.recency);
  entries.erase(entry);
}

void VolatileCacheStore::evictOne(double now) {
  Node* victim = recency.front();
  if (!expirations.empty() && *(*expirations.begin())->second.expiration < now) {
    victim = *expirations.begin();
  }
  ++evicted;
  erase(entries.find(victim->first));
}

}  // namespace flamesim::bindings
