// Cache-Control of requests and responses (RFC 9111 section 5.2), read as tolerantly as the RFC
// asks: names in any case, arguments as tokens or quoted strings, unknown directives passed over.
// Of a directive that comes twice the first counts (section 4.2.1).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::cache {

using Seconds = std::chrono::seconds;

// A number of seconds: digits alone; what does not fit 31 bits is 2^31 (section 1.2.2). Nothing
// where it is no number.
std::optional<Seconds> parseDeltaSeconds(std::string_view text);

// Calls `each` with every member of a list of "name", "name=token" and "name=\"quoted\"", in
// order. Names are in lower case, quoted arguments without their quotes. Members whose name is not
// a token are left out. A quoted string that never ends reaches to the end of the text.
void forEachDirective(std::string_view value,
                      const std::function<void(const std::string& name,
                                               const std::optional<std::string>& argument)>& each);

struct ResponseDirectives {
  bool present = false;  // there was a directive, if only an unknown one
  bool noStore = false;
  bool noCache = false;    // without field names
  bool isPrivate = false;  // without field names
  bool isPublic = false;
  bool mustRevalidate = false;
  bool proxyRevalidate = false;
  bool mustUnderstand = false;
  // An argument that is no number is zero: what cannot be read is stale (section 4.2.1).
  std::optional<Seconds> maxAge;
  std::optional<Seconds> sharedMaxAge;
  // RFC 5861; an argument that is no number is as if the directive were not there.
  std::optional<Seconds> staleWhileRevalidate;
  std::optional<Seconds> staleIfError;
  // Of no-cache="..." and private="...", in lower case.
  std::vector<std::string> noCacheFields;
  std::vector<std::string> privateFields;
};
ResponseDirectives parseResponseDirectives(std::string_view value);

struct RequestDirectives {
  bool noCache = false;
  bool noStore = false;
  bool onlyIfCached = false;
  std::optional<Seconds> maxAge;
  std::optional<Seconds> minFresh;
  std::optional<Seconds> maxStale;  // without an argument: as long as can be
};
RequestDirectives parseRequestDirectives(std::string_view value);

}  // namespace flamesim::cache
