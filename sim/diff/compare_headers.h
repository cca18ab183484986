// Compares two header lists (RFC 9110 section 5): names without case, the order of different names
// says nothing, values of one name in their order, joined. Set-Cookie is a list of its own. Values
// that differ from run to run are compared by presence and syntax, framing is set apart.
#pragma once

#include <string>

#include "sim/diff/judge.h"
#include "sim/net/message.h"

namespace flamesim::diff {

struct HeaderSide {
  const net::HeaderList& headers;
  size_t bodySize;           // in bytes as on the wire
  std::string_view implied;  // value of the Host header where the list has none; empty: no matter
};

struct HeaderComparison {
  std::string prefix;     // before "header:<name>": "" or "effect:subrequest internet GET /x "
  bool bodyless = false;  // no body can follow, and Content-Length tells of another one: HEAD, 304
  const std::string* worker = nullptr;  // nullptr: attributed by the field
};

void compareHeaders(const HeaderSide& reference, const HeaderSide& candidate,
                    const HeaderComparison& comparison, Judge& judge);

}  // namespace flamesim::diff
