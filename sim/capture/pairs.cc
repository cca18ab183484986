#include "sim/capture/pairs.h"

#include <map>
#include <utility>

namespace flamesim::capture {

namespace {

using Waiting = std::map<uint64_t, net::Exchange>;

// Reads one exchange; the one of the same id that waited on the other side, or nothing.
std::optional<std::pair<net::Exchange, net::Exchange>> step(CaptureReader& reader, Waiting& own,
                                                            Waiting& other, bool& more) {
  auto exchange = reader.next();
  if (!exchange) return std::nullopt;
  more = true;
  auto found = other.find(exchange->id);
  if (found == other.end()) {
    auto id = exchange->id;
    own.emplace(id, std::move(*exchange));
    return std::nullopt;
  }
  auto partner = std::move(found->second);
  other.erase(found);
  return std::pair(std::move(*exchange), std::move(partner));
}

}  // namespace

Unpaired readPairs(
    CaptureReader& first, CaptureReader& second,
    const std::function<void(const net::Exchange& first, const net::Exchange& second)>& pair) {
  Waiting ofFirst;
  Waiting ofSecond;
  for (bool more = true; more;) {
    more = false;
    if (auto found = step(first, ofFirst, ofSecond, more)) pair(found->first, found->second);
    if (auto found = step(second, ofSecond, ofFirst, more)) pair(found->second, found->first);
  }
  return {.first = ofFirst.size(), .second = ofSecond.size()};
}

}  // namespace flamesim::capture
