// How often a request has been through the edge, so that loops end: CDN-Loop (RFC 8586), which
// counts in a parameter of its own, and CF-EW-Via, which counts workers' fetches down from 16.
#pragma once

#include <cstdint>
#include <string>

#include "sim/net/message.h"

namespace flamesim::net {

struct Passes {
  static constexpr uint32_t kMost = 16;
  uint32_t left = kMost;  // of CF-EW-Via: fetches that are still allowed
  uint32_t loops = 0;     // of CDN-Loop: how often the CDN saw the request before
  std::string otherCdns;  // what CDN-Loop says of other CDNs, as it came
  bool operator==(const Passes&) const = default;

  // A request is refused (error 1019) when its fetches are used up, or it came round too often.
  bool spent() const { return left <= 1 || loops >= kMost; }
};

// Of a request that came in. What cannot be read counts as absent.
Passes passesOf(const HeaderList& headers);
// Marks a request that goes out on behalf of one that came in with `passes`.
void markPass(HeaderList& headers, const Passes& passes);

}  // namespace flamesim::net
