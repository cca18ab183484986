#include "sim/base/random.h"

#include <sys/random.h>

#include <bit>
#include <cstring>
#include <stdexcept>

namespace flamesim {

Random::Random(uint64_t seed) {
  for (auto& word : state) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

uint64_t Random::next() {
  uint64_t result = std::rotl(state[1] * 5, 7) * 9;
  uint64_t t = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = std::rotl(state[3], 45);
  return result;
}

void Random::fill(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    uint64_t word = next();
    size_t n = std::min(bytes.size(), sizeof(word));
    std::memcpy(bytes.data(), &word, n);
    bytes = bytes.subspan(n);
  }
}

uint64_t systemSeed() {
  uint64_t seed;
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
    throw std::runtime_error("getrandom() gave no random bytes");
  }
  return seed;
}

}  // namespace flamesim
