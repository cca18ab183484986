// The random source of faults: for each rule a stream of its own in each exchange, so that what one
// rule draws depends on nothing but the seed, the exchange, the rule, and how often the rule was
// asked in that exchange. Neither other rules, nor other exchanges, nor threads change it.
// A value; belongs to the thread of its exchange.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/base/random.h"

namespace flamesim::faults {

class Draws {
 public:
  // `exchange`: its seed; in `dev` its number, counted from the start of the server.
  explicit Draws(uint64_t exchange) : exchange(exchange) {}

  // For the next question to the rule. `seed`: of all faults.
  Random next(uint64_t seed, uint64_t rule);

 private:
  uint64_t exchange;
  std::vector<std::pair<uint64_t, uint64_t>> asked;  // rule -> how often
};

// 64 bits in which each bit of both takes part.
uint64_t mixed(uint64_t a, uint64_t b);

}  // namespace flamesim::faults
