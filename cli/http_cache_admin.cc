#include "cli/http_cache_admin.h"

#include <kj/debug.h>

namespace flamesim::cli {

namespace {

std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

class Admin final : public schemas::HttpCacheAdmin::Server {
 public:
  explicit Admin(cache::HttpCache& cache) : cache(cache) {}

  kj::Promise<void> purge(PurgeContext context) override {
    context.getResults().setEntries(purged(context.getParams().getWhat()));
    return kj::READY_NOW;
  }

  kj::Promise<void> stats(StatsContext context) override {
    auto stats = cache.stats();
    auto result = context.getResults().initStats();
    result.setEntries(stats.sizes.entries);
    result.setMemoryBytes(stats.sizes.memoryBytes);
    result.setDiskBytes(stats.sizes.diskBytes);
    result.setEvictions(stats.sizes.evictions);
    result.setRequestsToOrigin(stats.requestsToOrigin);
    result.setJoined(stats.joined);
    auto counts = result.initAnswers(cache::kCacheStatuses);
    for (uint32_t i = 0; i < cache::kCacheStatuses; ++i) {
      counts[i].setStatus(cache::nameOf(cache::CacheStatus(i)).data());
      counts[i].setCount(stats.answers[i]);
    }
    return kj::READY_NOW;
  }

 private:
  size_t purged(schemas::Purge::Reader what) {
    auto& store = cache.store();
    switch (what.which()) {
      case schemas::Purge::EVERYTHING:
        return store.purgeEverything();
      case schemas::Purge::URL:
        return store.purgeUrl(view(what.getUrl()));
      case schemas::Purge::HOST:
        return store.purgeHost(view(what.getHost()));
      case schemas::Purge::TAG:
        return store.purgeTag(view(what.getTag()));
      case schemas::Purge::PREFIX:
        return store.purgePrefix(view(what.getPrefix()));
    }
    KJ_FAIL_REQUIRE("this server does not know that purge");
  }

  cache::HttpCache& cache;
};

}  // namespace

schemas::HttpCacheAdmin::Client httpCacheAdmin(cache::HttpCache& cache) {
  return kj::heap<Admin>(cache);
}

}  // namespace flamesim::cli
