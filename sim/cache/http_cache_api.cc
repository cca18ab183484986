// The side of HttpCache that the Cache API has.
#include "sim/cache/http_cache.h"

namespace flamesim::cache {

namespace {

std::string keyOfRequest(const net::Request& request) {
  return request.url.substr(0, request.url.find('#'));
}

// The whole body, or nothing where there is more than `most`; it is read to its end all the same:
// its producer sees no difference.
class BoundedReader {
 public:
  BoundedReader(kj::Own<kj::AsyncInputStream> stream, size_t most)
      : stream(kj::mv(stream)), most(most), buffer(64 << 10, '\0') {}

  kj::Promise<std::optional<std::string>> read() {
    return stream->tryRead(buffer.data(), 1, buffer.size())
        .then([this](size_t n) -> kj::Promise<std::optional<std::string>> {
          if (n == 0) {
            if (tooMuch) return std::optional<std::string>();
            return std::optional<std::string>(std::move(content));
          }
          if (content.size() + n > most) tooMuch = true;
          if (tooMuch) {
            content.clear();
          } else {
            content.append(buffer, 0, n);
          }
          return read();
        });
  }

 private:
  kj::Own<kj::AsyncInputStream> stream;
  const size_t most;
  std::string buffer;
  std::string content;
  bool tooMuch = false;
};

}  // namespace

std::optional<net::Response> HttpCache::match(const CacheName& cache, const net::Request& request) {
  auto now = clock.now();
  auto found = stored.find(cache, keyOfRequest(request), request.headers);
  // Only a HIT counts.
  if (!found || found->entry->freshness.left(now) <= Duration(0)) return std::nullopt;
  count(CacheStatus::kHit);
  return answerFrom(*found->entry, found->body, "GET", request.headers, CacheStatus::kHit, now);
}

kj::Promise<void> HttpCache::put(const CacheName& cache, net::Request request,
                                 net::Response response) {
  auto now = clock.now();
  auto decision =
      decideStoring(request.headers, response, CfOptions(), Origin::kPut, now, Duration(0));
  auto selection = selectionFor(response.headers, request.headers);
  bool storing = decision.storing == Storing::kYes && selection;
  auto entry = std::make_shared<Entry>();
  entry->cache = cache;
  entry->key = entry->url = keyOfRequest(request);
  if (selection) entry->selection = std::move(*selection);
  entry->status = response.status;
  entry->statusText = std::move(response.statusText);
  entry->headers = headersToStore(response.headers, Origin::kPut, now);
  entry->freshness = decision.freshness;
  entry->tags = std::move(decision.tags);
  if (!response.body.isStream()) {
    if (storing) stored.put(std::move(entry), response.body.sharedBytes());
    return kj::READY_NOW;
  }
  auto reader = kj::heap<BoundedReader>(response.body.takeStream(),
                                        storing ? stored.mostBodyBytes() : size_t(0));
  auto whole = reader->read();
  return whole
      .then([this, storing, entry = std::move(entry)](std::optional<std::string> content) mutable {
        if (!storing || !content) return;
        stored.put(std::move(entry), std::make_shared<const std::string>(std::move(*content)));
      })
      .attach(kj::mv(reader));
}

bool HttpCache::remove(const CacheName& cache, const net::Request& request) {
  return stored.remove(cache, keyOfRequest(request)) > 0;
}

}  // namespace flamesim::cache
