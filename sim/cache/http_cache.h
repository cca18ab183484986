// The HTTP cache of one simulated server: stands before FL or the Internet as a Fetcher, and behind
// `caches`. Requests that miss at the same time are one request to the origin; bodies stream to
// the clients while they are stored. What is stored by which rule stands in freshness.h, what a
// client gets of it in answer.h. Belongs to the thread of its server.
#pragma once

#include <kj/async.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/clock.h"
#include "sim/base/eventual.h"
#include "sim/cache/answer.h"
#include "sim/cache/store.h"
#include "sim/net/fetcher.h"

namespace flamesim::cache {

// Where the RFC and production part.
enum class Rules : uint8_t {
  kRfc9111,
  // Production's: of a request's Cache-Control only only-if-cached counts, of Vary only
  // Accept-Encoding, and what a request changes is not dropped.
  kProduction,
};

struct HttpCacheOptions {
  StoreLimits limits;
  Rules rules = Rules::kRfc9111;
};

struct HttpCacheStats {
  StoreSizes sizes;
  std::array<uint64_t, kCacheStatuses> answers{};  // by CacheStatus
  uint64_t requestsToOrigin = 0;
  uint64_t joined = 0;  // requests that had the answer to another's request to the origin
};

class HttpCache final : private kj::TaskSet::ErrorHandler {
 public:
  // `clock` must outlive this. Throws UserError where the folder for the disk cannot be used.
  explicit HttpCache(Clock& clock, HttpCacheOptions options = {});
  ~HttpCache() noexcept(false);

  // `origin`, which must outlive this, behind this cache. Lives as long as this.
  net::Fetcher& before(net::Fetcher& origin);

  // The Cache API (web::CacheStore). Requests count as GET.
  std::optional<net::Response> match(const CacheName& cache, const net::Request& request);
  // Resolves when the body has been read and stored, or found not to be for storing. Rejects where
  // the body does.
  kj::Promise<void> put(const CacheName& cache, net::Request request, net::Response response);
  bool remove(const CacheName& cache, const net::Request& request);

  // What is stored, for purges; requests that are under way store their answers afterwards.
  Store& store() { return stored; }
  HttpCacheStats stats() const;

 private:
  struct Asked;
  struct Outcome;
  struct Flight;
  class Before;
  enum class Turn : uint8_t { kMayJoin, kAlone };

  kj::Promise<net::Response> fetch(net::Fetcher& origin, net::Request request);
  kj::Promise<net::Response> pass(net::Fetcher& origin, net::Request request, CacheStatus status);
  kj::Promise<net::Response> serve(std::shared_ptr<const Asked> asked, Turn turn);
  kj::Promise<net::Response> join(Flight& flight, std::shared_ptr<const Asked> asked);
  Flight& depart(std::shared_ptr<const Asked> asked, std::optional<Found> found);
  kj::Promise<std::shared_ptr<Outcome>> fly(std::shared_ptr<const Asked> asked,
                                            std::optional<Found> found);
  std::shared_ptr<Outcome> revalidated(const Asked& asked, const Found& found,
                                       net::Response response, Duration delay);
  // `status`: for whoever asked, where it is stored.
  std::shared_ptr<Outcome> fetched(const Asked& asked, CacheStatus status, net::Response response,
                                   Duration delay);
  kj::Promise<void> keep(kj::Own<Download> download, std::shared_ptr<const Entry> entry);
  net::Response land(const Asked& asked, Outcome& outcome);
  net::Response answer(const Asked& asked, Outcome& outcome, CacheStatus status);
  net::Response answer(const Asked& asked, const Found& found, CacheStatus status);
  std::string flightKey(const Asked& asked) const;
  std::optional<Selection> selectionFor(const net::HeaderList& response,
                                        const net::HeaderList& request) const;
  void invalidate(const net::Request& request, const net::Response& response);
  void count(CacheStatus status) { ++answers[size_t(status)]; }
  void taskFailed(kj::Exception&&) override {}

  Clock& clock;
  const Rules rules;
  Store stored;
  const std::shared_ptr<DownloadBudget> budget;
  std::array<uint64_t, kCacheStatuses> answers{};
  uint64_t requestsToOrigin = 0;
  uint64_t joined = 0;
  std::vector<std::unique_ptr<Before>> fronts;
  std::map<std::string, std::shared_ptr<Flight>> flights;
  kj::TaskSet tasks;  // goes first: it uses all of the above
};

}  // namespace flamesim::cache
