#include "sim/cache/http_cache.h"

#include <algorithm>

#include "sim/cache/conditional.h"
#include "sim/cache/http_cache_flight.h"
#include "sim/cache/http_date.h"
#include "sim/net/url.h"

namespace flamesim::cache {

namespace {

std::string keyOfUrl(const std::string& url) {
  return url.substr(0, url.find('#'));
}

bool isSafe(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

// Answers of an origin that is out of order (RFC 5861 section 4).
bool isFailure(uint16_t status) {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

// Whether an answer to the request may be stored or had from the cache at all.
bool isCacheable(const net::Request& request, const CfOptions& cf, bool onlyIfCached) {
  if (request.method != "GET" && request.method != "HEAD") return false;
  if (!request.body.isNull() || request.headers.has("upgrade")) return false;
  // Conditions that an origin alone can judge.
  if (request.headers.has("if-match") || request.headers.has("if-unmodified-since")) return false;
  auto url = net::Url::parse(request.url);
  if (!url || !url->hasHost()) return false;
  return cf.cacheEverything || cf.lifetime || !cf.byStatus.empty() || onlyIfCached ||
         isCachedByExtension(url->pathname());
}

net::Response gatewayTimeout(CacheStatus status) {
  net::Response response;
  response.status = 504;
  response.statusText = net::reasonPhrase(504);
  response.headers.set("CF-Cache-Status", nameOf(status));
  response.body = net::Body::fromBytes("");
  return response;
}

enum class Use : uint8_t { kYes, kStale, kMeanwhile, kNo };

// Whether what is stored may answer (RFC 9111 section 4).
Use useOf(const Freshness& freshness, const RequestDirectives& directives, Time now) {
  auto left = freshness.left(now);
  bool tooOld = directives.maxAge && freshness.age(now) > Duration(*directives.maxAge);
  bool tooShort = directives.minFresh && left < Duration(*directives.minFresh);
  if (left > Duration(0) && !tooOld && !tooShort) return Use::kYes;
  if (tooShort) return Use::kNo;
  if (directives.maxStale && !freshness.neverStale && -left <= Duration(*directives.maxStale)) {
    return Use::kStale;
  }
  return !tooOld && freshness.mayAnswerMeanwhile(now) ? Use::kMeanwhile : Use::kNo;
}

}  // namespace

class HttpCache::Before final : public net::Fetcher {
 public:
  Before(HttpCache& cache, net::Fetcher& origin) : cache(cache), origin(origin) {}
  kj::Promise<net::Response> fetch(net::Request request) override {
    return cache.fetch(origin, kj::mv(request));
  }

 private:
  HttpCache& cache;
  net::Fetcher& origin;
};

HttpCache::HttpCache(Clock& clock, HttpCacheOptions options)
    : clock(clock),
      rules(options.rules),
      stored(options.limits),
      budget(std::make_shared<DownloadBudget>(DownloadBudget{options.limits.memoryBytes})),
      tasks(*this) {}

HttpCache::~HttpCache() noexcept(false) = default;

net::Fetcher& HttpCache::before(net::Fetcher& origin) {
  fronts.push_back(std::make_unique<Before>(*this, origin));
  return *fronts.back();
}

kj::Promise<net::Response> HttpCache::fetch(net::Fetcher& origin, net::Request request) {
  auto cf = parseCfOptions(request.cfJson);
  auto directives = parseRequestDirectives(request.headers.get("cache-control").value_or(""));
  if (rules == Rules::kProduction) {
    bool onlyIfCached = directives.onlyIfCached;
    directives = RequestDirectives();
    directives.onlyIfCached = onlyIfCached;
  }
  if (!isCacheable(request, cf, directives.onlyIfCached)) {
    return pass(origin, kj::mv(request), CacheStatus::kDynamic);
  }
  if (cf.bypass || directives.noStore) {
    return pass(origin, kj::mv(request), CacheStatus::kBypass);
  }
  auto key = cf.cacheKey.empty() ? keyOfUrl(request.url) : cf.cacheKey;
  auto asked = std::make_shared<const Asked>(
      Asked{origin, kj::mv(request), std::move(cf), directives, std::move(key)});
  return serve(std::move(asked), Turn::kMayJoin);
}

kj::Promise<net::Response> HttpCache::pass(net::Fetcher& origin, net::Request request,
                                           CacheStatus status) {
  // Of a request that changes something the answer tells what else it changed.
  net::Request about;
  about.method = request.method;
  about.url = request.url;
  ++requestsToOrigin;
  count(status);
  return origin.fetch(kj::mv(request))
      .then([this, status, about = kj::mv(about)](net::Response response) {
        if (!isSafe(about.method)) invalidate(about, response);
        removeOwnHeaders(response.headers);
        response.headers.set("CF-Cache-Status", nameOf(status));
        return kj::mv(response);
      });
}

// Section 4.4: what a request changed is not used any more, nor what its answer points to on the
// same host.
void HttpCache::invalidate(const net::Request& request, const net::Response& response) {
  if (rules == Rules::kProduction || response.status < 200 || response.status >= 400) return;
  auto url = net::Url::parse(request.url);
  if (!url) return;
  stored.remove(std::nullopt, keyOfUrl(request.url));
  for (auto name : {"location", "content-location"}) {
    auto* value = response.headers.first(name);
    auto target = value == nullptr ? std::nullopt : net::Url::parse(*value, *url);
    if (target && target->origin() == url->origin()) {
      stored.remove(std::nullopt, keyOfUrl(std::string(target->href())));
    }
  }
}

kj::Promise<net::Response> HttpCache::serve(std::shared_ptr<const Asked> asked, Turn turn) {
  auto now = clock.now();
  auto found = stored.find(std::nullopt, asked->key, asked->request.headers);
  auto use = Use::kNo;
  if (found && !asked->wantsItsOwn()) {
    use = useOf(found->entry->freshness, asked->directives, now);
  }
  if (use == Use::kYes) return answer(*asked, *found, CacheStatus::kHit);
  if (use == Use::kStale) return answer(*asked, *found, CacheStatus::kStale);
  if (asked->directives.onlyIfCached) {
    auto status = found ? CacheStatus::kExpired : CacheStatus::kMiss;
    count(status);
    return gatewayTimeout(status);
  }
  auto flight = flights.find(flightKey(*asked));
  if (use == Use::kMeanwhile) {
    auto response = answer(*asked, *found, CacheStatus::kUpdating);
    if (flight == flights.end()) depart(asked, std::move(found));
    return kj::mv(response);
  }
  if (flight == flights.end() && turn == Turn::kMayJoin) {
    return depart(asked, std::move(found))
        .landing.addBranch()
        .then([this, asked](std::shared_ptr<Outcome> outcome) { return land(*asked, *outcome); });
  }
  if (turn == Turn::kMayJoin && !asked->wantsItsOwn()) return join(*flight->second, asked);
  return fly(asked, std::move(found)).then([this, asked](std::shared_ptr<Outcome> outcome) {
    tasks.add(kj::mv(outcome->storing));
    return land(*asked, *outcome);
  });
}

kj::Promise<net::Response> HttpCache::join(Flight& flight, std::shared_ptr<const Asked> asked) {
  return flight.landing.addBranch().then(
      [this, asked](std::shared_ptr<Outcome> outcome) -> kj::Promise<net::Response> {
        bool usable = outcome->found &&
                      selects(asked->request.headers, outcome->found->entry->selection) &&
                      (outcome->download.get() == nullptr || outcome->download->mayJoin());
        if (!usable) return serve(asked, Turn::kAlone);
        ++joined;
        bool stale = outcome->status == CacheStatus::kStale;
        return answer(*asked, *outcome, stale ? CacheStatus::kStale : CacheStatus::kHit);
      });
}

HttpCache::Flight& HttpCache::depart(std::shared_ptr<const Asked> asked,
                                     std::optional<Found> found) {
  auto key = flightKey(*asked);
  auto flight = std::make_shared<Flight>(Flight{fly(asked, std::move(found)).fork()});
  // Others may wait for it: it goes on when the one who asked has gone.
  tasks.add(flight->landing.addBranch()
                .then([](std::shared_ptr<Outcome> outcome) {
                  // Everybody who waited reads by now, or never will.
                  return kj::evalLast([outcome]() mutable {
                    outcome->guard = nullptr;
                    return kj::mv(outcome->storing);
                  });
                })
                .then([this, key] { flights.erase(key); },
                      [this, key](kj::Exception&&) { flights.erase(key); }));
  return *(flights[key] = std::move(flight));
}

std::string HttpCache::flightKey(const Asked& asked) const {
  auto key = asked.key;
  auto names = stored.selectingNames(std::nullopt, asked.key);
  for (auto& [name, value] : selectionOf(names, asked.request.headers)) {
    key += "\n" + name + (value ? ":" + *value : "");
  }
  return key;
}

kj::Promise<std::shared_ptr<HttpCache::Outcome>> HttpCache::fly(std::shared_ptr<const Asked> asked,
                                                                std::optional<Found> found) {
  net::Request request;
  request.url = asked->request.url;
  request.headers = asked->request.headers;
  request.redirect = asked->request.redirect;
  request.cfJson = asked->request.cfJson;
  // A cache asks for the whole, and on conditions of its own.
  removeConditions(request.headers);
  if (found) addValidators(request.headers, found->entry->headers);
  ++requestsToOrigin;
  auto sent = clock.now();
  auto stale = [found](CacheStatus status) {
    auto outcome = std::make_shared<Outcome>();
    outcome->found = found;
    outcome->status = status;
    return outcome;
  };
  return asked->origin.fetch(kj::mv(request))
      .then(
          [this, asked, found, sent,
           stale](net::Response response) -> kj::Promise<std::shared_ptr<Outcome>> {
            auto now = clock.now();
            if (!found) return fetched(*asked, CacheStatus::kMiss, kj::mv(response), now - sent);
            if (response.status == 304) {
              return revalidated(*asked, *found, kj::mv(response), now - sent);
            }
            if (isFailure(response.status) &&
                found->entry->freshness.mayAnswerForError(now, true)) {
              return stale(CacheStatus::kStale);
            }
            return fetched(*asked, CacheStatus::kExpired, kj::mv(response), now - sent);
          },
          [this, found, stale](kj::Exception&& exception) -> kj::Promise<std::shared_ptr<Outcome>> {
            if (found && found->entry->freshness.mayAnswerForError(clock.now(), false)) {
              return stale(CacheStatus::kStale);
            }
            return kj::mv(exception);
          });
}

// Sections 3.2 and 4.3.4: the stored body, with the news that the 304 brings.
std::shared_ptr<HttpCache::Outcome> HttpCache::revalidated(const Asked& asked, const Found& found,
                                                           net::Response response, Duration delay) {
  auto now = clock.now();
  auto update = std::move(response.headers);
  update.remove("set-cookie");
  if (!update.has("date")) update.set("Date", formatHttpDate(now));
  auto entry = std::make_shared<Entry>(*found.entry);
  net::Response fresh;
  fresh.status = entry->status;
  fresh.headers = mergeNotModified(entry->headers, update);
  auto decision =
      decideStoring(asked.request.headers, fresh, asked.cf, Origin::kFetched, now, delay);
  entry->headers = headersToStore(fresh.headers, Origin::kFetched, now);
  entry->freshness = decision.freshness;
  for (auto& tag : decision.tags) {
    auto& tags = entry->tags;
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  }
  auto outcome = std::make_shared<Outcome>();
  outcome->status = CacheStatus::kRevalidated;
  if (decision.storing == Storing::kYes) {
    stored.replace(found.entry, entry);
  } else {
    entry->freshness.received = now;
    stored.remove(std::nullopt, asked.key);
  }
  outcome->found = Found{std::move(entry), found.body};
  return outcome;
}

std::shared_ptr<HttpCache::Outcome> HttpCache::fetched(const Asked& asked, CacheStatus status,
                                                       net::Response response, Duration delay) {
  auto now = clock.now();
  auto outcome = std::make_shared<Outcome>();
  outcome->status = status;
  auto decision =
      decideStoring(asked.request.headers, response, asked.cf, Origin::kFetched, now, delay);
  auto selection = selectionFor(response.headers, asked.request.headers);
  if (decision.storing == Storing::kYes && !selection) decision.storing = Storing::kForbidden;
  if (response.webSocket != nullptr) decision.storing = Storing::kNo;
  if (decision.storing != Storing::kYes) {
    // As production has it: what is cached by its name alone is bypassed, what is to be cached
    // whatever it is just misses.
    bool bypass = decision.storing == Storing::kForbidden ||
                  (decision.storing == Storing::kSetsCookie && !asked.cf.cacheEverything);
    if (bypass) outcome->status = CacheStatus::kBypass;
    outcome->own = kj::mv(response);
    return outcome;
  }
  auto entry = std::make_shared<Entry>();
  entry->key = asked.key;
  entry->url = keyOfUrl(asked.request.url);
  entry->selection = std::move(*selection);
  entry->status = response.status;
  entry->statusText = response.statusText;
  entry->headers = headersToStore(response.headers, Origin::kFetched, now);
  entry->freshness = decision.freshness;
  entry->tags = std::move(decision.tags);
  auto bytes = response.body.sharedBytes();
  outcome->found = Found{entry, bytes};
  if (!response.body.isStream()) {
    stored.put(std::move(entry), std::move(bytes));
    return outcome;
  }
  auto length = response.body.length();
  outcome->download = kj::refcounted<Download>(response.body.takeStream(), length, budget);
  outcome->guard = outcome->download->reader();
  outcome->storing = keep(kj::addRef(*outcome->download), std::move(entry));
  return outcome;
}

kj::Promise<void> HttpCache::keep(kj::Own<Download> download, std::shared_ptr<const Entry> entry) {
  auto whole = download->run();
  return whole
      .then([this, entry = std::move(entry)](SharedBytes bytes) mutable {
        if (bytes != nullptr) stored.put(std::move(entry), std::move(bytes));
      })
      .attach(kj::mv(download));
}

std::optional<Selection> HttpCache::selectionFor(const net::HeaderList& response,
                                                 const net::HeaderList& request) const {
  auto vary = parseVary(response.get("vary").value_or(""));
  if (rules == Rules::kProduction) {
    vary.all = false;
    std::erase_if(vary.names, [](auto& name) { return name != "accept-encoding"; });
  }
  if (vary.all) return std::nullopt;
  return selectionOf(vary.names, request);
}

// For the one who asked the origin.
net::Response HttpCache::land(const Asked& asked, Outcome& outcome) {
  if (!outcome.own) return answer(asked, outcome, outcome.status);
  count(outcome.status);
  auto response = kj::mv(*outcome.own);
  outcome.own.reset();
  removeOwnHeaders(response.headers);
  response.headers.set("CF-Cache-Status", nameOf(outcome.status));
  if (asked.request.method == "HEAD") response.body = net::Body();
  return response;
}

net::Response HttpCache::answer(const Asked& asked, Outcome& outcome, CacheStatus status) {
  if (outcome.download.get() == nullptr) return answer(asked, *outcome.found, status);
  count(status);
  return answerFrom(*outcome.found->entry, outcome.download.get(), asked.request.method,
                    asked.request.headers, status, clock.now());
}

net::Response HttpCache::answer(const Asked& asked, const Found& found, CacheStatus status) {
  count(status);
  return answerFrom(*found.entry, found.body, asked.request.method, asked.request.headers, status,
                    clock.now());
}

HttpCacheStats HttpCache::stats() const {
  return {stored.sizes(), answers, requestsToOrigin, joined};
}

}  // namespace flamesim::cache
