// Which data points are kept, so that an index with many of them does not drown the others: of each
// index and second the first `above` points are kept, of the next as many one half, of the next
// twice as many a quarter, and so on. A point that is kept stands for as many as the inverse of its
// share says, so the sum of these estimates how many there were.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>

namespace flamesim::mocks {

class PointSampler {
 public:
  // `above`: 0: all are kept. The same seed and points give the same choice.
  PointSampler(uint64_t above, uint64_t seed) : above(above), random(seed) {}

  // How many points this one stands for; nothing: it is not kept. `second`: since 1970; one that
  // is before the latest counts as that.
  std::optional<uint64_t> take(const std::string& dataset, const std::string& index,
                               int64_t second);

 private:
  const uint64_t above;
  std::mt19937_64 random;
  int64_t latest = INT64_MIN;
  std::unordered_map<std::string, uint64_t> seen;  // in that second, by data set and index
};

}  // namespace flamesim::mocks
