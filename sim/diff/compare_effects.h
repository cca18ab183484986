// Compares what two runs did besides answering. Effects of one kind to one destination are lined
// up in their order; how effects of different destinations interleave says nothing.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/diff/judge.h"
#include "sim/net/exchange.h"

namespace flamesim::diff {

// What a capture records at all: kinds of effect and their destinations. FL recorded by a proxy has
// its subrequests and nothing else, so that RPC calls of a candidate have no counterpart in it.
// Filled by a pass over the reference capture; a value, which threads share when it is filled.
class EffectScope {
 public:
  void observe(const net::Exchange& exchange);
  void merge(const EffectScope& other) { seen.insert(other.seen.begin(), other.seen.end()); }
  bool covers(const net::Effect& effect) const;

 private:
  std::set<std::pair<net::EffectKind, std::string>> seen;
};

// `scope`: nullptr for what the reference exchange itself has.
void compareEffects(const std::vector<net::Effect>& reference,
                    const std::vector<net::Effect>& candidate, const EffectScope* scope,
                    Judge& judge);

}  // namespace flamesim::diff
