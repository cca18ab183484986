// What a worker's fetch() asks of the cache: the members of `cf` that are about it
// (https://developers.cloudflare.com/workers/runtime-apis/request/#the-cf-property-requestinitcfproperties).
// Members of a wrong type are passed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cache/cache_control.h"

namespace flamesim::cache {

struct StatusLifetime {
  uint16_t from = 0;
  uint16_t to = 0;  // included
  // Negative: must not be stored; zero: stored, and validated each time.
  Seconds lifetime{0};
};

struct CfOptions {
  bool cacheEverything = false;
  bool bypass = false;           // cacheLevel "bypass", or a negative cacheTtl
  bool forceRevalidate = false;  // of fetch() with cache: "no-cache"
  std::string cacheKey;          // empty: the URL
  std::vector<std::string> tags;
  std::optional<Seconds> lifetime;  // cacheTtl
  std::vector<StatusLifetime> byStatus;

  // What cacheTtl and cacheTtlByStatus say of a response; nothing: they do not.
  std::optional<Seconds> lifetimeOf(uint16_t status) const;
};

// `json`: net::Request::cfJson; what is no JSON object asks for nothing.
CfOptions parseCfOptions(std::string_view json);

}  // namespace flamesim::cache
