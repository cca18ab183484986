// What a client gets of a stored response: the whole, a part, or that it has it already (RFC 9110
// sections 13 and 14), with Age and CF-Cache-Status.
#pragma once

#include <string_view>
#include <variant>

#include "sim/cache/download.h"
#include "sim/cache/entry.h"

namespace flamesim::cache {

// Production's values of CF-Cache-Status
// (https://developers.cloudflare.com/cache/concepts/cache-responses/).
enum class CacheStatus : uint8_t {
  kHit,
  kMiss,
  kExpired,      // it was stale, and the origin gave another
  kStale,        // it is stale, and the origin failed
  kBypass,       // the origin or the worker asked that it be not stored
  kRevalidated,  // it was stale, and the origin said that it is still good
  kUpdating,     // it is stale, and is being fetched again
  kDynamic,      // not a thing that is cached
};
constexpr size_t kCacheStatuses = 8;
std::string_view nameOf(CacheStatus status);

// The bytes behind an entry: all of them (nullptr: a null body), or on their way. A Download must
// be one that may be joined.
using BodySource = std::variant<SharedBytes, Download*>;

// `method`: GET or HEAD; `request`: the client's headers.
net::Response answerFrom(const Entry& entry, BodySource body, std::string_view method,
                         const net::HeaderList& request, CacheStatus status, Time now);

}  // namespace flamesim::cache
