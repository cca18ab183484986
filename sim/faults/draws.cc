#include "sim/faults/draws.h"

namespace flamesim::faults {

uint64_t mixed(uint64_t a, uint64_t b) {
  return Random(a ^ Random(b).next()).next();
}

Random Draws::next(uint64_t seed, uint64_t rule) {
  for (auto& [known, count] : asked) {
    if (known == rule) return Random(mixed(mixed(seed, exchange), mixed(rule, ++count)));
  }
  asked.emplace_back(rule, 0);
  return Random(mixed(mixed(seed, exchange), mixed(rule, 0)));
}

}  // namespace flamesim::faults
