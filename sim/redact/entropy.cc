#include "sim/redact/entropy.h"

#include <array>
#include <cmath>
#include <cstdint>

namespace flamesim::redact {

double entropyOf(std::string_view text) {
  std::array<uint32_t, 256> counts{};
  for (char c : text) ++counts[uint8_t(c)];
  double sum = 0;
  for (uint32_t count : counts) {
    if (count == 0) continue;
    double share = double(count) / double(text.size());
    sum -= share * std::log2(share);
  }
  return sum;
}

}  // namespace flamesim::redact
