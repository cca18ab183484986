// The effects of one exchange, in the order in which they began. Belongs to the thread of its
// simulated server.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/net/exchange.h"

namespace flamesim::net {

class EffectLog {
 public:
  // Returns the index by which the effect is completed later.
  size_t begin(Effect effect) {
    effects.push_back(std::move(effect));
    return effects.size() - 1;
  }
  // Valid until the next begin().
  Effect& at(size_t index) { return effects[index]; }
  const std::vector<Effect>& all() const { return effects; }
  std::vector<Effect> take() { return std::move(effects); }

 private:
  std::vector<Effect> effects;
};

}  // namespace flamesim::net
