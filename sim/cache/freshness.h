// How long a response may be used, and whether it may be kept at all: RFC 9111 sections 3 and 4.2
// with production's defaults where the RFC leaves it to the cache
// (https://developers.cloudflare.com/cache/concepts/default-cache-behavior/, .../cache-control/).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"
#include "sim/cache/cf_options.h"
#include "sim/net/message.h"

namespace flamesim::cache {

// How long the edge keeps what does not say: 200, 206, 301 for 120 min; 302, 303 for 20 min; 404,
// 410 for 3 min; nothing: it does not keep it.
std::optional<Seconds> defaultLifetime(uint16_t status);

// Whether the path of a URL ends in one of the extensions that production caches without being
// told to. HTML and JSON are not among them.
bool isCachedByExtension(std::string_view path);

// What a stored response has of time and of rules. All of it follows from its headers when it came.
struct Freshness {
  Time received;           // when it came, or was last found to be good
  Duration initialAge{0};  // how old it was then (section 4.2.3)
  Duration lifetime{0};
  Duration whileRevalidate{0};      // RFC 5861
  std::optional<Duration> ifError;  // RFC 5861; nothing: it does not say
  bool neverStale = false;          // must-revalidate and its kin, s-maxage

  Duration age(Time now) const { return initialAge + (now - received); }
  // Negative: for how long it has been stale.
  Duration left(Time now) const { return lifetime - age(now); }
  // Whether it may answer while the origin is asked again.
  bool mayAnswerMeanwhile(Time now) const {
    return whileRevalidate > Duration(0) && left(now) > -whileRevalidate;
  }
  // Whether it may answer for an origin that failed; `answered`: with a 5xx, else it was not
  // reached at all.
  bool mayAnswerForError(Time now, bool answered) const {
    if (ifError) return left(now) > -*ifError;
    return !answered && !neverStale;
  }
};

// The value of Age that counts: the first of the list; nothing where that is no number.
std::optional<Seconds> parseAge(std::string_view value);

enum class Storing : uint8_t {
  kYes,
  kForbidden,   // the response, or a credential of the request, forbids it
  kSetsCookie,  // it sets a cookie, and nothing says that the rest may be kept
  kNo,          // nothing says how long it could be kept
};

struct StoringDecision {
  Storing storing = Storing::kNo;
  Freshness freshness;
  std::vector<std::string> tags;  // of Cache-Tag and of cf, in lower case
};

enum class Origin : uint8_t {
  kFetched,  // the answer to a request
  kPut,      // given by caches.put(): what could not be used at once is not kept
};

// What of `response` may be stored, which came at `received` after `delay`. `request`: the headers
// that it answers.
StoringDecision decideStoring(const net::HeaderList& request, const net::Response& response,
                              const CfOptions& cf, Origin origin, Time received, Duration delay);

// What is stored of the headers: without those of the connection, Set-Cookie, and the ones that
// Cache-Control lets nobody else have. Of what was fetched it has a Date.
net::HeaderList headersToStore(const net::HeaderList& headers, Origin origin, Time received);

// Removes what is for this cache alone: Cache-Tag, Cloudflare-CDN-Cache-Control.
void removeOwnHeaders(net::HeaderList& headers);

// The Cache-Control that is for this cache: Cloudflare-CDN-Cache-Control before CDN-Cache-Control
// (RFC 9213) before Cache-Control. `targeted`: whether it was one of the first two, beside which
// Expires says nothing.
ResponseDirectives directivesFor(const net::HeaderList& headers, bool& targeted);

}  // namespace flamesim::cache
