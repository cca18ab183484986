// The HTTP cache of a simulated server as its administrator's capability, and the command that
// calls it (`flamesim cache`).
#pragma once

#include "schemas/http_cache.capnp.h"
#include "sim/cache/http_cache.h"

namespace flamesim::cli {

// The part's name and kind on the control socket (cli/control.h).
constexpr const char* kHttpCache = "http-cache";

// `cache` must outlive the capability; both belong to the calling thread's event loop.
schemas::HttpCacheAdmin::Client httpCacheAdmin(cache::HttpCache& cache);

}  // namespace flamesim::cli
