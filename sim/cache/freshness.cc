#include "sim/cache/freshness.h"

#include <algorithm>
#include <array>

#include "sim/cache/conditional.h"
#include "sim/cache/http_date.h"
#include "sim/net/syntax.h"

namespace flamesim::cache {

namespace {

using std::chrono::minutes;

constexpr size_t kMostTags = 1000;

// Sorted.
constexpr std::array<std::string_view, 56> kExtensions = {
    "7z",   "apk",  "avi",  "avif",  "bin", "bmp",  "bz2",  "class", "css", "csv", "dmg",  "doc",
    "docx", "ejs",  "eot",  "eps",   "exe", "flac", "gif",  "gz",    "ico", "iso", "jar",  "jpeg",
    "jpg",  "js",   "mid",  "midi",  "mkv", "mp3",  "mp4",  "ogg",   "otf", "pdf", "pict", "pls",
    "png",  "ppt",  "pptx", "ps",    "rar", "svg",  "svgz", "swf",   "tar", "tif", "tiff", "ttf",
    "webm", "webp", "woff", "woff2", "xls", "xlsx", "zip",  "zst"};

bool isListed(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](auto& known) { return net::equalsIgnoringCase(known, name); });
}

// Statuses whose meaning this cache knows (must-understand, RFC 9111 section 5.2.2.3).
bool isUnderstood(uint16_t status) {
  return !net::reasonPhrase(status).empty();
}

// When the response was made, as far as it says.
Time dateOf(const net::HeaderList& headers, Time received) {
  auto* date = headers.first("date");
  return date == nullptr ? received : parseHttpDate(*date, received).value_or(received);
}

Duration initialAge(const net::HeaderList& headers, Time received, Duration delay) {
  auto age = parseAge(headers.get("age").value_or("")).value_or(Seconds(0));
  auto apparent = headers.has("date") ? received - dateOf(headers, received) : Duration(0);
  return std::max(apparent, Duration(age) + delay);
}

// What the response itself says; nothing: it says nothing.
std::optional<Duration> statedLifetime(const net::HeaderList& headers,
                                       const ResponseDirectives& directives, bool targeted,
                                       Time received) {
  if (directives.sharedMaxAge) return *directives.sharedMaxAge;
  if (directives.maxAge) return *directives.maxAge;
  auto expires = headers.get("expires");
  if (targeted || !expires) return std::nullopt;
  auto end = parseHttpDate(*expires, received);
  if (!end) return Duration(0);
  constexpr Duration kMost = Seconds(int64_t(1) << 31);
  auto date = dateOf(headers, received);
  return *end <= date ? Duration(0) : std::min<Duration>(*end - date, kMost);
}

// Section 3.5: what answers a request with credentials is for that user unless it says otherwise.
bool isForOneUser(const net::HeaderList& request, const ResponseDirectives& directives) {
  return request.has("authorization") && !directives.isPublic && !directives.mustRevalidate &&
         !directives.sharedMaxAge;
}

std::vector<std::string> tagsOf(const net::HeaderList& headers, const CfOptions& cf) {
  std::vector<std::string> tags;
  auto add = [&](std::string_view tag) {
    if (!tag.empty() && tags.size() < kMostTags) tags.push_back(net::toLowerAscii(tag));
  };
  auto list = headers.get("cache-tag").value_or("");
  std::string_view rest = list;
  while (!rest.empty()) {
    auto comma = rest.find(',');
    add(net::trimWhitespace(rest.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  for (auto& tag : cf.tags) add(tag);
  return tags;
}

// kYes: nothing forbids it. `forced`: cf has a lifetime for it, which goes over all that the
// response says, but not over a credential of the request.
Storing permission(const net::HeaderList& request, const net::Response& response,
                   const ResponseDirectives& directives, bool forced) {
  if (isForOneUser(request, directives)) return Storing::kForbidden;
  if (forced) return Storing::kYes;
  bool understood = isUnderstood(response.status);
  if (directives.mustUnderstand && !understood) return Storing::kForbidden;
  bool noStore = directives.noStore && !directives.mustUnderstand;
  if (noStore || directives.isPrivate) return Storing::kForbidden;
  bool cookieStays = response.headers.has("set-cookie") &&
                     !isListed(directives.privateFields, "set-cookie") &&
                     !isListed(directives.noCacheFields, "set-cookie");
  return cookieStays ? Storing::kSetsCookie : Storing::kYes;
}

Freshness freshnessOf(const net::Response& response, const ResponseDirectives& directives,
                      Duration lifetime, Time received, Duration delay) {
  Freshness freshness;
  freshness.received = received;
  freshness.initialAge = initialAge(response.headers, received, delay);
  freshness.lifetime = directives.noCache ? Duration(0) : lifetime;
  bool always = directives.noCache || directives.mustRevalidate || directives.proxyRevalidate;
  freshness.neverStale = always || directives.sharedMaxAge.has_value();
  if (always) return freshness;
  freshness.whileRevalidate = directives.staleWhileRevalidate.value_or(Seconds(0));
  if (directives.staleIfError) freshness.ifError = *directives.staleIfError;
  return freshness;
}

}  // namespace

std::optional<Seconds> defaultLifetime(uint16_t status) {
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
      return std::nullopt;
  }
}

bool isCachedByExtension(std::string_view path) {
  auto file = path.substr(path.rfind('/') + 1);
  auto dot = file.rfind('.');
  if (dot == std::string_view::npos) return false;
  auto extension = net::toLowerAscii(file.substr(dot + 1));
  return std::binary_search(kExtensions.begin(), kExtensions.end(), extension);
}

std::optional<Seconds> parseAge(std::string_view value) {
  return parseDeltaSeconds(net::trimWhitespace(value.substr(0, value.find(','))));
}

void removeOwnHeaders(net::HeaderList& headers) {
  headers.remove("cache-tag");
  headers.remove("cloudflare-cdn-cache-control");
}

ResponseDirectives directivesFor(const net::HeaderList& headers, bool& targeted) {
  for (auto name : {"cloudflare-cdn-cache-control", "cdn-cache-control"}) {
    auto value = headers.get(name);
    if (!value) continue;
    auto directives = parseResponseDirectives(*value);
    targeted = directives.present;
    if (targeted) return directives;
  }
  targeted = false;
  auto value = headers.get("cache-control");
  return value ? parseResponseDirectives(*value) : ResponseDirectives();
}

StoringDecision decideStoring(const net::HeaderList& request, const net::Response& response,
                              const CfOptions& cf, Origin origin, Time received, Duration delay) {
  StoringDecision decision;
  // A part is never stored; a 304 is no answer of its own.
  if (response.status < 200 || response.status == 206 || response.status == 304) return decision;
  bool targeted = false;
  auto directives = directivesFor(response.headers, targeted);
  auto forced = cf.lifetimeOf(response.status);
  decision.storing = forced && *forced < Seconds(0)
                         ? Storing::kForbidden
                         : permission(request, response, directives, forced.has_value());
  if (decision.storing != Storing::kYes) return decision;
  std::optional<Duration> lifetime;
  if (forced) {
    lifetime = *forced;
    directives.noCache = directives.mustRevalidate = directives.proxyRevalidate = false;
    directives.sharedMaxAge.reset();
  } else {
    lifetime = statedLifetime(response.headers, directives, targeted, received);
    if (!lifetime) lifetime = defaultLifetime(response.status);
    // It may be kept to be validated, which no-cache asks for.
    if (!lifetime && directives.noCache) lifetime = Duration(0);
  }
  if (!lifetime) {
    decision.storing = Storing::kNo;
    return decision;
  }
  decision.freshness = freshnessOf(response, directives, *lifetime, received, delay);
  if (forced) decision.freshness.initialAge = Duration(0);
  if (origin == Origin::kPut && decision.freshness.left(received) <= Duration(0)) {
    decision.storing = Storing::kForbidden;
    return decision;
  }
  decision.tags = tagsOf(response.headers, cf);
  return decision;
}

net::HeaderList headersToStore(const net::HeaderList& headers, Origin origin, Time received) {
  bool targeted = false;
  auto directives = directivesFor(headers, targeted);
  auto kept = storable(headers);
  for (auto& name : directives.privateFields) kept.remove(name);
  for (auto& name : directives.noCacheFields) kept.remove(name);
  // What is stored although it sets a cookie was told to be (cacheTtl): not with the cookie.
  kept.remove("set-cookie");
  if (origin == Origin::kFetched && !kept.has("date")) kept.set("Date", formatHttpDate(received));
  return kept;
}

}  // namespace flamesim::cache
