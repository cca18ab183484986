// What http_cache.cc keeps of a request and of its way to the origin. Not for others.
#pragma once

#include <kj/async.h>

#include "sim/cache/http_cache.h"

namespace flamesim::cache {

struct HttpCache::Asked {
  net::Fetcher& origin;
  net::Request request;  // GET or HEAD, without a body
  CfOptions cf;
  RequestDirectives directives;
  std::string key;

  // Whether it must not have what others asked for before.
  bool wantsItsOwn() const { return cf.forceRevalidate || directives.noCache; }
};

// What came of a request to the origin. `found` is for everybody whom it selects, `own` only for
// the one who asked.
struct HttpCache::Outcome {
  std::optional<Found> found;
  kj::Own<Download> download;  // of `found`, while its body is on its way; else null
  // Holds the download until whoever asked reads it.
  kj::Own<kj::AsyncInputStream> guard;
  kj::Promise<void> storing = kj::READY_NOW;
  std::optional<net::Response> own;
  CacheStatus status = CacheStatus::kMiss;  // for the one who asked
};

// A request to the origin that others may join, until its body is stored.
struct HttpCache::Flight {
  kj::ForkedPromise<std::shared_ptr<Outcome>> landing;
};

}  // namespace flamesim::cache
