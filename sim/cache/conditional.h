// Conditional requests (RFC 9110 section 13) at a cache: what a client's condition comes to, the
// condition that a cache asks its origin, and what a 304 changes (RFC 9111 sections 4.3 and 3.2).
#pragma once

#include <string_view>

#include "sim/base/time.h"
#include "sim/net/message.h"

namespace flamesim::cache {

// Whether one of the entity tags of an If-None-Match is `etag`, by weak comparison. Tags without
// their quotes are compared as they stand.
bool etagMatches(std::string_view ifNoneMatch, std::string_view etag);

// Whether the client of `request` has what `stored` (headers of a stored 200) would give:
// If-None-Match, or in its absence If-Modified-Since.
bool isNotModified(const net::HeaderList& request, const net::HeaderList& stored, Time now);

// Whether a Range counts, by its If-Range: true where there is none.
bool mayAnswerRange(const net::HeaderList& request, const net::HeaderList& stored);

// Whether there is anything to validate by: an ETag or a Last-Modified.
bool hasValidator(const net::HeaderList& stored);
// Asks the origin whether `stored` is still good.
void addValidators(net::HeaderList& request, const net::HeaderList& stored);
// Removes all conditions and ranges: a cache asks for whole answers.
void removeConditions(net::HeaderList& request);

// The headers of `stored` with those of the 304 in their place. What describes the stored bytes
// (Content-Length, -Encoding, -Range) stays.
net::HeaderList mergeNotModified(const net::HeaderList& stored, const net::HeaderList& update);

// Without what must not be stored (RFC 9111 section 3.1): headers of one connection, and those that
// its Connection header names.
net::HeaderList storable(const net::HeaderList& headers);

}  // namespace flamesim::cache
