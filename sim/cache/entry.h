// A stored response. Immutable: a 304 makes another that shares the body.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cache/freshness.h"
#include "sim/cache/vary.h"
#include "sim/net/message.h"

namespace flamesim::cache {

// Which of the caches: nothing is the one that fetch() and caches.default share, else the name
// given to caches.open().
using CacheName = std::optional<std::string>;

struct Entry {
  CacheName cache;
  std::string key;  // the URL without its fragment, or cf.cacheKey
  std::string url;  // what purges go by
  Selection selection;
  uint16_t status = 200;
  std::string statusText;
  net::HeaderList headers;
  Freshness freshness;
  std::vector<std::string> tags;  // in lower case

  // The bytes that it takes besides its body, roughly.
  size_t headSize() const;
};

// nullptr: a null body.
using SharedBytes = std::shared_ptr<const std::string>;

struct Found {
  std::shared_ptr<const Entry> entry;
  SharedBytes body;
};

}  // namespace flamesim::cache
