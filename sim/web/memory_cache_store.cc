#include "sim/web/memory_cache_store.h"

#include <ctime>

namespace flamesim::web {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Seconds of a directive's argument; nothing where it is no number.
std::optional<Duration> deltaSeconds(std::string_view text) {
  if (text.starts_with('"') && text.ends_with('"') && text.size() >= 2) {
    text = text.substr(1, text.size() - 2);
  }
  if (text.empty()) return std::nullopt;
  // More than 2^31 counts as that (RFC 9111 section 1.2.2).
  constexpr int64_t kMost = int64_t(1) << 31;
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(value * 10 + (c - '0'), kMost);
  }
  return seconds(value);
}

struct CacheControl {
  bool refused = false;  // no-store, no-cache, private, or private for some other field
  bool privateSetCookie = false;
  std::optional<Duration> maxAge;
  std::optional<Duration> sharedMaxAge;
};

CacheControl parseCacheControl(std::string_view value) {
  CacheControl result;
  while (!value.empty()) {
    size_t comma = value.find(',');
    std::string_view directive = trimmed(value.substr(0, comma));
    value = comma == std::string_view::npos ? "" : value.substr(comma + 1);
    size_t equals = directive.find('=');
    std::string name = net::toLowerAscii(trimmed(directive.substr(0, equals)));
    std::string_view argument =
        equals == std::string_view::npos ? "" : trimmed(directive.substr(equals + 1));
    if (name == "private" && net::equalsIgnoringCase(argument, "set-cookie")) {
      result.privateSetCookie = true;
    } else if (name == "no-store" || name == "private" || name == "no-cache") {
      result.refused = true;
    } else if (name == "max-age") {
      // What cannot be read is stale (RFC 9111 section 4.2.1).
      result.maxAge = deltaSeconds(argument).value_or(seconds(0));
    } else if (name == "s-maxage") {
      result.sharedMaxAge = deltaSeconds(argument).value_or(seconds(0));
    }
  }
  return result;
}

// An IMF-fixdate (RFC 9110 section 5.6.7).
std::optional<Time> httpDate(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timeFromNanos(int64_t(timegm(&parts)) * 1'000'000'000);
}

// How long the edge keeps what does not say.
Duration defaultLifetime(uint16_t status) {
  switch (status) {
    case 200:
    case 206:
    case 301:
      return minutes(120);
    case 302:
    case 303:
      return minutes(20);
    case 404:
    case 410:
      return minutes(3);
    default:
      return Duration(0);
  }
}

size_t sizeOf(const net::HeaderList& headers) {
  size_t size = 0;
  for (auto& header : headers.all()) size += header.name.size() + header.value.size();
  return size;
}

// The whole body, or nothing where there is more than `most`; it is read to its end all the same.
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

std::optional<Duration> freshnessLifetime(const net::Response& response, Time now) {
  auto control = parseCacheControl(response.headers.get("cache-control").value_or(""));
  if (control.refused) return std::nullopt;
  if (response.headers.has("set-cookie") && !control.privateSetCookie) return std::nullopt;
  Duration lifetime = defaultLifetime(response.status);
  if (control.sharedMaxAge) {
    lifetime = *control.sharedMaxAge;
  } else if (control.maxAge) {
    lifetime = *control.maxAge;
  } else if (auto expires = response.headers.get("expires")) {
    auto date = httpDate(response.headers.get("date").value_or(""));
    lifetime = httpDate(*expires).value_or(now) - date.value_or(now);
  }
  if (lifetime <= Duration(0)) return std::nullopt;
  return lifetime;
}

Eventual<std::optional<net::Response>> MemoryCacheStore::match(const CacheName& cache,
                                                               net::Request request, Time now) {
  auto found = byKey.find({cache, request.url});
  if (found == byKey.end()) return std::optional<net::Response>();
  auto entry = found->second;
  if (entry->expires <= now) {
    erase(entry);
    return std::optional<net::Response>();
  }
  entries.splice(entries.begin(), entries, entry);
  net::Response response;
  response.status = entry->status;
  response.statusText = entry->statusText;
  response.headers = entry->headers;
  response.headers.set("cf-cache-status", "HIT");
  auto age = std::chrono::duration_cast<seconds>(now - entry->stored);
  response.headers.set("age", std::to_string(age.count()));
  if (entry->body != nullptr) response.body = net::Body::fromShared(entry->body);
  return std::optional<net::Response>(kj::mv(response));
}

kj::Promise<void> MemoryCacheStore::put(const CacheName& cache, net::Request request,
                                        net::Response response, Time now) {
  auto lifetime = freshnessLifetime(response, now);
  Entry entry{.key = {cache, std::move(request.url)},
              .status = response.status,
              .statusText = std::move(response.statusText),
              .headers = std::move(response.headers),
              .body = response.body.sharedBytes(),
              .stored = now,
              .expires = now + lifetime.value_or(Duration(0)),
              .size = 0};
  if (lifetime && entry.headers.has("set-cookie")) entry.headers.remove("set-cookie");
  if (!response.body.isStream()) {
    if (lifetime) store(std::move(entry));
    return kj::READY_NOW;
  }
  // A body that is not to be stored is read as well: its producer sees no difference.
  auto reader =
      kj::heap<BoundedReader>(response.body.takeStream(), lifetime ? mostBytes : size_t(0));
  auto& reading = *reader;
  return reading.read()
      .then([this, entry = std::move(entry),
             cacheable = lifetime.has_value()](std::optional<std::string> content) mutable {
        if (!cacheable || !content) return;
        entry.body = std::make_shared<const std::string>(std::move(*content));
        store(std::move(entry));
      })
      .attach(kj::mv(reader));
}

Eventual<bool> MemoryCacheStore::remove(const CacheName& cache, net::Request request) {
  auto found = byKey.find({cache, request.url});
  if (found == byKey.end()) return false;
  erase(found->second);
  return true;
}

void MemoryCacheStore::store(Entry entry) {
  if (auto found = byKey.find(entry.key); found != byKey.end()) erase(found->second);
  entry.size = entry.key.second.size() + sizeOf(entry.headers) +
               (entry.body == nullptr ? 0 : entry.body->size());
  if (entry.size > mostBytes) return;
  while (bytes + entry.size > mostBytes) erase(std::prev(entries.end()));
  bytes += entry.size;
  entries.push_front(std::move(entry));
  byKey[entries.front().key] = entries.begin();
}

void MemoryCacheStore::erase(Entries::iterator entry) {
  bytes -= entry->size;
  byKey.erase(entry->key);
  entries.erase(entry);
}

}  // namespace flamesim::web
