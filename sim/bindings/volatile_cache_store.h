// The entries of one volatile cache, with its limits and its order of eviction
// (production-runtime.md section 1). Plain C++: values are bytes, time is passed in. Times are
// milliseconds since the epoch. Belongs to one thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace flamesim::bindings {

// A zero stands for a cache that keeps nothing.
struct VolatileCacheLimits {
  uint32_t maxKeys = 0;
  uint32_t maxValueSize = 0;       // bytes; never more than maxTotalValueSize counts
  uint64_t maxTotalValueSize = 0;  // bytes of all values; keys are free
  bool operator==(const VolatileCacheLimits&) const = default;
};

class VolatileCacheStore {
 public:
  // Shared, because an entry may be evicted while a reader still needs its bytes.
  using Value = std::shared_ptr<const std::string>;

  // The limits of one use. What holds is the field-wise maximum of all that were added and not yet
  // removed; without any, the store is empty. Entries that no longer fit go at once.
  void addLimits(const VolatileCacheLimits& limits);
  void removeLimits(const VolatileCacheLimits& limits);
  const VolatileCacheLimits& limits() const { return effective; }

  // The live value, which becomes the most recently used; nullptr where there is none. An entry
  // whose expiration is before `now` is removed.
  Value find(std::string_view key, double now);
  // When the entry of `key` expires; nothing: never, or there is none.
  std::optional<double> expiration(std::string_view key) const;
  // Replaces what `key` had. A value that is too large, or expired already, is not kept, and
  // neither is the old one. `expiration` must not be NaN; nothing: never.
  void put(std::string_view key, Value value, std::optional<double> expiration, double now);
  void remove(std::string_view key);

  size_t size() const { return entries.size(); }
  uint64_t totalValueSize() const { return totalSize; }
  // Entries that had to go for others, or because limits shrank.
  uint64_t evictions() const { return evicted; }

 private:
  struct Entry;
  using Node = std::pair<const std::string, Entry>;
  struct Entry {
    Value value;
    std::optional<double> expiration;
    std::list<Node*>::iterator recency;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  // Earliest first, then by key.
  struct ExpiresBefore {
    bool operator()(const Node* a, const Node* b) const;
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  void limitsChanged();
  void erase(Entries::iterator entry);
  void evictOne(double now);

  Entries entries;
  std::list<Node*> recency;                    // least recently used first
  std::set<Node*, ExpiresBefore> expirations;  // entries that expire
  uint64_t totalSize = 0;
  uint64_t evicted = 0;
  // The latest time that was passed in: what has expired when limits shrink.
  double latest = 0;
  std::vector<VolatileCacheLimits> uses;
  VolatileCacheLimits effective;
};

}  // namespace flamesim::bindings
