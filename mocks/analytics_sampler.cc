#include "mocks/analytics_sampler.h"

#include <algorithm>
#include <bit>

namespace flamesim::mocks {

namespace {

// Indexes that are counted at a time; where there are more, counting begins anew.
constexpr size_t kMostIndexes = 100'000;
constexpr int kMostHalvings = 62;

}  // namespace

std::optional<uint64_t> PointSampler::take(const std::string& dataset, const std::string& index,
                                           int64_t second) {
  if (above == 0) return 1;
  if (second > latest || seen.size() >= kMostIndexes) {
    latest = std::max(latest, second);
    seen.clear();
  }
  uint64_t before = seen[dataset + '\0' + index]++;
  int halvings = std::min(int(std::bit_width(before / above)), kMostHalvings);
  uint64_t interval = uint64_t(1) << halvings;
  if (halvings > 0 && (random() & (interval - 1)) != 0) return std::nullopt;
  return interval;
}

}  // namespace flamesim::mocks
