// A CacheStore in memory, bounded by the bytes that it holds: what was used least recently goes
// first. It keeps to Cache-Control and Expires of what is put; it knows nothing of validation, of
// ranges, of Vary or of stale responses (RFC 9111 is a later issue).
#pragma once

#include <list>
#include <map>

#include "sim/web/cache_store.h"

namespace flamesim::web {

// How long a response may be used from when it is stored, by its headers; nothing: it must not be
// stored. Production's rules: s-maxage before max-age before Expires before a default by status.
std::optional<Duration> freshnessLifetime(const net::Response& response, Time now);

class MemoryCacheStore final : public CacheStore {
 public:
  static constexpr size_t kMostBytes = 64 << 20;
  explicit MemoryCacheStore(size_t mostBytes = kMostBytes) : mostBytes(mostBytes) {}

  Eventual<std::optional<net::Response>> match(const CacheName& cache, net::Request request,
                                               Time now) override;
  kj::Promise<void> put(const CacheName& cache, net::Request request, net::Response response,
                        Time now) override;
  Eventual<bool> remove(const CacheName& cache, net::Request request) override;

 private:
  using Key = std::pair<CacheName, std::string>;  // and the URL
  struct Entry {
    Key key;
    uint16_t status;
    std::string statusText;
    net::HeaderList headers;
    std::shared_ptr<const std::string> body;  // nullptr: null
    Time stored;
    Time expires;
    size_t size;
  };
  using Entries = std::list<Entry>;  // the most recently used first

  void store(Entry entry);
  void erase(Entries::iterator entry);

  const size_t mostBytes;
  size_t bytes = 0;
  Entries entries;
  std::map<Key, Entries::iterator> byKey;
};

}  // namespace flamesim::web
