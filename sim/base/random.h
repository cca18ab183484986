// The random source of an exchange: everything a worker draws comes from the exchange's seed, so
// that a replay repeats to the byte. xoshiro256** (Blackman and Vigna, 2018), seeded by SplitMix64.
// Not fit for secrets; `dev` seeds each request from the operating system.
#pragma once

#include <cstdint>
#include <span>

namespace flamesim {

class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t next();
  // Uniform in [0, 1) with 53 bits.
  double nextDouble() { return double(next() >> 11) * 0x1.0p-53; }
  void fill(std::span<uint8_t> bytes);

 private:
  uint64_t state[4];
};

// 64 bits from the operating system.
uint64_t systemSeed();

}  // namespace flamesim
